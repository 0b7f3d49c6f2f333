"""Where the videos of a recipe lie now. Only looks: nothing is fetched."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from share_data import registry
from share_data.build.plan.invalidation import Done, EarlierBuilds
from share_data.recipe.model import Recipe
from share_data.records import Video
from share_data.scan.clips import ClipsConfig
from share_data.sources.base import Holds
from share_data.store.hashing import file_sha256
from share_data.store.paths import data_home

HASHED_AT_MOST = 4 << 30
"""Bytes that are read to tell what is in files no build here has met; a few seconds."""


@dataclass(frozen=True, slots=True)
class File:
    """A video's file. sha256: empty where nobody has found out."""

    path: Path
    sha256: str
    bytes: int
    mtime_ns: int


class LocatedVideos:
    """Finds videos' files. earlier: earlier builds here; fetch_digest: of a video under a clips section.

    hashing: whether the content of files that no build here has met is of interest.
    """

    def __init__(
        self, recipe: Recipe, earlier: EarlierBuilds, fetch_digest: Callable[[Video, ClipsConfig], str], hashing: bool
    ) -> None:
        self._recipe = recipe
        self._earlier = earlier
        self._fetch_digest = fetch_digest
        self._hashing = hashing
        self._left = HASHED_AT_MOST
        self.unread = 0
        """Files that would have been too much to read."""
        self._source = cache(self._make_source)

    def find(self, video: Video) -> File | None:
        """The file of a video that would not have to be fetched, or None."""
        done = self._earlier.last("fetch", video.unit)
        path = self._in_place(video)
        if path is not None:
            return _unchanged(done, path) or self._looked_into(path)
        return _unchanged(done, Path(done.result["path"])) if done and self._same(video, done) else None

    def _make_source(self, label: str) -> Any:
        config = next(config for config in self._recipe.sources if config.label == label)
        return registry.load("sources", config.kind)(config)

    def _in_place(self, video: Video) -> Path | None:
        """The file that the source has ready; a source that cannot tell would set to work when asked."""
        source = self._source(video.source)
        try:
            path = source.held(video, data_home() / "videos" / video.source) if isinstance(source, Holds) else None
        except OSError:
            return None
        return None if path is None else path.absolute()

    def _same(self, video: Video, done: Done) -> bool:
        """Whether what was fetched then was this video, whatever its clips were to be."""
        try:
            clips = ClipsConfig.model_validate(done.recipe["clips"])
        except (KeyError, ValueError):
            return False
        return self._fetch_digest(video, clips) == done.digest

    def _looked_into(self, path: Path) -> File:
        stat = path.stat()
        sha256 = ""
        if self._hashing and stat.st_size <= self._left:
            self._left -= stat.st_size
            sha256 = file_sha256(path)
        elif self._hashing:
            self.unread += 1
        return File(path, sha256, stat.st_size, stat.st_mtime_ns)


def _unchanged(done: Done | None, path: Path) -> File | None:
    """The file at `path` where it is the one that a build has met, by its size and time."""
    if done is None or done.result["path"] != str(path):
        return None
    try:
        stat = path.stat()
    except OSError:
        return None
    known = (done.result["bytes"], done.result["mtime_ns"])
    same = (stat.st_size, stat.st_mtime_ns) == known
    return File(path, done.result["sha256"], *known) if same else None
