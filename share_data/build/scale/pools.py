"""Which clips share a metric scale, and when all that their pool has to say is known.

The clips of a video show one room through one lens, and so do those of a fixed camera's videos: their maps are too
large or too small alike. So a clip that may share its scale is reconstructed in two jobs: the first estimates, and
tells what its keyframes say of the scale; the second assembles, once every video and clip of its pool is decided and
those let through have spoken or failed. A pool is the candidates that gave evidence, by key, whatever order they
ended in, so it is the same after any number of kills; one of a single clip says what that clip says alone.
"""

from array import array
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Protocol

from share_data.build.stages.scale_rows import pool_hash
from share_data.records import Video

MOST = 24
"""Clips whose keyframes tell a pool's scale, the first ones by key. What is left then is the body's error."""


class Told(Protocol):
    """What a job that is done has told; a `JobFactory`."""

    def told(self, clip: int) -> Sequence[Sequence[float]]:
        """The rows of a clip's keyframes."""
        ...

    def key(self, clip: int) -> str:
        """The clip's key."""
        ...


class ScalePools:
    """What every pool still waits for: some 50 bytes a video, 17 a clip.

    enabled: whether any clips share a scale; by_camera: whether a fixed camera's videos do. `ready` is told of every
    clip whose pool is complete.
    """

    ready: Callable[[int], None]

    def __init__(self, enabled: bool, by_camera: bool, jobs: Told) -> None:
        self._enabled = enabled
        self._by_camera = by_camera
        self._jobs = jobs
        self._cameras: dict[tuple[str, str], int] = {}
        self._of_video = array("q")
        self._of_clip = array("q")
        self._has_told = bytearray()
        self._videos = array("q")
        self._open = array("q")
        self._members: dict[int, list[int]] = {}
        self._rows = lru_cache(maxsize=8)(self._read_rows)

    def add_video(self, video: Video) -> None:
        """The next video of the catalogue; all are added before anything else happens."""
        camera = (video.source, video.camera)
        known = self._by_camera and bool(video.camera)
        pool = self._cameras.get(camera, -1) if known else -1
        if pool < 0:
            pool = len(self._open)
            self._open.append(0)
            self._videos.append(0)
            if known:
                self._cameras[camera] = pool
        self._of_video.append(pool)
        self._videos[pool] += 1
        self._open[pool] += 1

    def opened(self, video: int, clips: int) -> None:
        """A video has so many clips in place of itself; none also where nothing comes of it."""
        self._close(self._of_video[video], 1 - clips)

    def add_window(self, video: int, clips: int) -> None:
        """The next window of the catalogue, of a video that has so many clips."""
        pool = self._of_video[video]
        shares = self._enabled and (clips > 1 or self._videos[pool] > 1)
        self._of_clip.append(pool if shares else -1)
        self._has_told.append(False)

    def waits(self, clip: int) -> bool:
        """Whether the next that is wanted of a candidate is its evidence."""
        return self._of_clip[clip] >= 0 and not self._has_told[clip]

    def ended(self, clip: int, told: bool = False) -> None:
        """A clip has given its evidence, or will give none."""
        pool = self._of_clip[clip]
        if pool >= 0:
            self._has_told[clip] = told
            if told:
                self._members.setdefault(pool, []).append(clip)
            self._close(pool, 1)

    def pooled(self, clip: int) -> dict[str, Any] | None:
        """For the job that assembles a clip, see `rows.from_payload`; None where its own keyframes tell alone."""
        pool = self._of_clip[clip]
        members = self._members.get(pool, [])[:MOST]
        if len(members) < 2:
            return None
        source = "camera" if self._videos[pool] > 1 else "video"
        return {"source": source, "clips": len(members), "keyframes": self._rows(pool), "own": self._jobs.told(clip)}

    def pool_of(self, clip: int) -> str:
        """Hash of what `pooled` gives, less the clip's own; empty where that is None."""
        pooled = self.pooled(clip)
        return "" if pooled is None else pool_hash(pooled["source"], pooled["clips"], pooled["keyframes"])

    def _read_rows(self, pool: int) -> list[Sequence[float]]:
        return [row for member in self._members[pool][:MOST] for row in self._jobs.told(member)]

    def _close(self, pool: int, units: int) -> None:
        self._open[pool] -= units
        if self._open[pool] == 0 and pool in self._members:
            self._members[pool].sort(key=self._jobs.key)
            for clip in tuple(self._members[pool]):
                self.ready(clip)
