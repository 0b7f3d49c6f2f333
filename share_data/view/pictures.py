"""What the camera saw, frame by frame: small pictures of the clip's video, decoded once, beside the viewer."""

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from share_data.body.overlay import Image, decode_jpeg, encode_jpeg, shrink
from share_data.corpus.read import Record
from share_data.corpus.storage import Storage
from share_data.errors import VideoError

LONG_SIDE = 320
MOST = 300
"""Pictures of a clip, some 4 MB; of a longer clip every second frame, or third, is there."""


class Videos:
    """Where the videos of a corpus are; each is looked for once, since it is known by the hash of all its bytes.

    Args:
        storage: of the corpus, whose recipe says where videos are.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage, self._lock = storage, threading.Lock()
        self._found: dict[tuple[str, str, str], Path | None] = {}

    def of(self, record: Record) -> Path | None:
        """The file of a record's video; None where it is not there."""
        from share_data.audit.find_video import find_video  # Sources, which the first picture can do without.

        metadata = record.metadata
        which = (metadata["source"], metadata["video_id"], metadata["video_sha256"])
        with self._lock:
            if which not in self._found:
                self._found[which] = find_video(record, self._storage)
            return self._found[which]


class Pictures:
    """The pictures of a clip; they come one by one, in a thread of their own.

    Args:
        record: whose clip.
        videos: of its corpus.
        arrived: called with the number of a frame when its picture is there; never, where no video is found.
    """

    def __init__(self, record: Record, videos: Videos, arrived: Callable[[int], None]) -> None:
        self._jpegs: dict[int, bytes] = {}
        self._step = -(-int(record.metadata["n_frames"]) // MOST)
        self._stopped = threading.Event()
        work = threading.Thread(target=self._read, args=(record, videos, arrived), daemon=True)
        work.start()

    def at(self, frame: int) -> Image | None:
        """(H, W, 3) uint8 RGB, of this frame or the one before that has a picture; None where it is not there yet."""
        jpeg = self._jpegs.get(self.of(frame))
        return None if jpeg is None else decode_jpeg(jpeg)

    def of(self, frame: int) -> int:
        """The frame whose picture stands for this one."""
        return frame - frame % self._step

    def stop(self) -> None:
        """No more are wanted."""
        self._stopped.set()

    def _read(self, record: Record, videos: Videos, arrived: Callable[[int], None]) -> None:
        from share_data.audit.contact_sheet import record_frames

        video = videos.of(record)
        if video is None or self._stopped.is_set():
            return
        frames = record_frames(record, video)
        with suppress(VideoError):  # What was read until then is shown.
            for number, image in frames.select(range(0, len(frames), self._step)):
                if self._stopped.is_set():
                    return
                self._jpegs[number] = encode_jpeg(shrink(image, LONG_SIDE))
                arrived(number)
