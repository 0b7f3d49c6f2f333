"""One look at each video, taken once and kept in the stage store: what was found, and the samples' images in pieces."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any

from share_data.build.stages.keys import StageKeys, how_read
from share_data.records import Video
from share_data.scan.known_index import keep_index
from share_data.scan.passing import scan_video
from share_data.scan.pictures import Picture, Pictures, pack
from share_data.scan.sampling import step_of
from share_data.scan.scanned import Scan
from share_data.store.seeds import seeded
from share_data.store.store import Artifact, Store

_HELD = 2
"""Videos whose scan is kept at hand, and pieces of images: the clips of one are measured one after another."""


class Scans:
    """max_seconds: of a recipe's clips; timed: notes how long a look takes."""

    def __init__(
        self,
        store: Store,
        keys: StageKeys,
        max_seconds: float,
        timed: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._store = store
        self._keys = keys
        self._step = step_of(max_seconds)
        self._timed = timed
        self._held: OrderedDict[str, Scan] = OrderedDict()

    @cached_property
    def _finder(self) -> Any:
        from share_data.pipeline.humans.people import PeopleFinder

        return PeopleFinder()

    def of(self, video: Video, path: Path, sha256: str) -> Scan:
        """What is to be seen in a fetched video whose content hash is `sha256`. Raises VideoError."""
        key = self._keys.scan(sha256, how_read(video))
        if key not in self._held:
            stored = self._store.get("scan", key)
            self._held[key] = self._look(video, path, sha256, key) if stored is None else Scan.from_artifact(stored)
            while len(self._held) > _HELD:
                self._held.popitem(last=False)
        return self._held[key]

    def read(self, video: Video, path: Path, sha256: str) -> tuple[Scan, Pictures]:
        """What is to be seen in a fetched video, and the images of its samples. Raises VideoError."""
        key = self._keys.scan(sha256, how_read(video))
        scan = self.of(video, path, sha256)

        @lru_cache(maxsize=_HELD)
        def piece(number: int) -> Artifact:
            found = self._store.get("samples", self._keys.samples(key, number))
            if found is None:  # It has gone from the store.
                self._look(video, path, sha256, key)
                found = self._store.get("samples", self._keys.samples(key, number))
            assert found is not None
            return found

        return scan, Pictures(piece)

    def _look(self, video: Video, path: Path, sha256: str, key: str) -> Scan:
        with self._timed(), seeded(key):
            sink = partial(self._keep, key)
            scan = scan_video(path, video.video_track, video.time_scale, self._step, self._finder, sink)
        self._store.put("scan", key, scan.to_artifact())
        keep_index(self._store, sha256, video.video_track, scan.index)
        return scan

    def _keep(self, key: str, number: int, pictures: Sequence[Picture]) -> None:
        self._store.put("samples", self._keys.samples(key, number), pack(pictures))
