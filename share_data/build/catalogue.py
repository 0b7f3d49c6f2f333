"""Every video and clip of a build, on disk: memory holds a few bytes a unit, however many there are."""

from array import array
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from share_data.engine.journal import read_line
from share_data.records import Video
from share_data.store.atomic import disk_full_named
from share_data.store.hashing import canonical_json

PENDING, DROPPED, REJECTED, CANDIDATE, KEPT, FAILED, UNFIT = range(7)
"""What has become of a clip so far: a byte in the scheduler's array. UNFIT: rejected for its reconstruction."""


class Spill:
    """A list of JSON values in a temporary file; memory holds 8 bytes an item. No one else sees the file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115  open as long as this object lives
        self._starts = array("q")
        self._size = 0
        self._flushed = 0

    def __len__(self) -> int:
        return len(self._starts)

    def append(self, value: Any) -> int:
        """Add a value; returns its number."""
        line = canonical_json(value) + b"\n"
        with disk_full_named(self._folder):
            self._file.write(line)
        self._starts.append(self._size)
        self._size += len(line)
        return len(self) - 1

    def keep(self, count: int) -> None:
        """Forget all but the first `count` values."""
        del self._starts[count:]

    def __getitem__(self, number: int) -> Any:
        start = self._starts[number]
        if start >= self._flushed:
            with disk_full_named(self._folder):
                self._file.flush()
            self._flushed = self._size
        return read_line(self._file.fileno(), start)

    def __iter__(self) -> Iterator[Any]:
        return (self[number] for number in range(len(self)))

    def close(self) -> None:
        """Remove the file."""
        self._file.close()


@dataclass(frozen=True, slots=True)
class Window:
    """A clip as the driver knows it: frames [start, stop) of a video, number `video` of the catalogue.

    dropped: why mining made no clip of it, empty for a clip.
    """

    key: str
    video: int
    start: int
    stop: int
    dropped: str = ""


class Catalogue:
    """Videos in the order they were listed, windows in the order they were found."""

    def __init__(self, folder: Path) -> None:
        self._videos = Spill(folder)
        self._windows = Spill(folder)

    @property
    def videos(self) -> int:
        """How many there are."""
        return len(self._videos)

    @property
    def windows(self) -> int:
        """How many there are."""
        return len(self._windows)

    def add_video(self, video: Video) -> int:
        """Add a video; returns its number."""
        return self._videos.append(asdict(video))

    def keep_videos(self, count: int) -> None:
        """Forget all but the first `count` videos."""
        self._videos.keep(count)

    def video(self, number: int) -> Video:
        """Video `number`."""
        return Video(**self._videos[number])

    def add_window(self, window: Window) -> int:
        """Add a window; returns its number."""
        return self._windows.append([window.key, window.video, window.start, window.stop, window.dropped])

    def window(self, number: int) -> Window:
        """Window `number`."""
        return Window(*self._windows[number])

    def keys(self) -> list[str]:
        """The windows' keys, in their order."""
        return [row[0] for row in self._windows]

    def units(self) -> list[str]:
        """The videos' names, in their order."""
        return [f"{row['source']}/{row['video_id']}" for row in self._videos]

    def close(self) -> None:
        """Remove the files."""
        self._videos.close()
        self._windows.close()
