"""The videos of one fixed camera, pooled: what a single clip shows of its camera badly, many show well.

A depth network's field of view differs from image to image, and a person may stand in one place for a whole clip; the
camera and its room are the same in all of its videos. So clips of a camera share its focal and its empty room.
"""

import os
import re
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, Self

from share_data import registry
from share_data.errors import SourceError, StaleVideoError, VideoError
from share_data.ledger.opt_out import OptOut
from share_data.recipe.model import Recipe
from share_data.records import Clip, Video
from share_data.sources.base import SharesCameras
from share_data.sources.spellings import spellings
from share_data.store.content import content_sha256
from share_data.store.hashing import bytes_sha256, canonical_json
from share_data.text import safe_key
from share_data.video.one_frame import middle_picture
from share_data.video.picture import Image

LEAST = 2
"""Pictures that make a pool; a single one says less about the focal than the clip's own keyframes."""
UNTOLD = "untold"
"""Stamp of a pool that its source cannot tell now."""


@dataclass(frozen=True, slots=True)
class Still:
    """The picture from the middle of a video; sha256: of its pixels, which are not kept; track: as `Video` has it."""

    path: Path
    width: int
    height: int
    sha256: str
    track: int | None = None

    @classmethod
    def of(cls, path: Path, track: int | None = None) -> Self:
        """Raises VideoError for what is no video, StaleVideoError for a file that is not there any more."""
        if not path.exists():
            raise StaleVideoError(
                f"{path.name}: was listed by its source and is not there. It must lie at the same path on every "
                "machine; build again once it does."
            )
        image = middle_picture(path, track)
        return cls(path, image.shape[1], image.shape[0], bytes_sha256(image.tobytes()), track)

    def image(self) -> Image:
        """(height, width, 3) uint8 RGB. Raises StaleVideoError when it is not the same picture any more."""
        image = middle_picture(self.path, self.track)
        if bytes_sha256(image.tobytes()) != self.sha256:
            raise StaleVideoError(f"{self.path.name}: has changed since its camera was looked at. Build again.")
        return image


class CameraPool:
    """The recipe's fixed cameras. Sources are built when first asked; of a camera some KB are kept."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._opt_out = OptOut.of(recipe.opt_out, spellings())
        self._opted_out = {_plain(rule.rpartition("/")[2]) for rule in self._opt_out.ids}
        self._source = cache(self._make_source)
        self._files: dict[tuple[str, str], tuple[Path, ...]] = {}
        self._stills: dict[tuple[str, str], tuple[Still, ...]] = {}
        self._stamps: dict[tuple[str, str], str] = {}

    def stamp(self, video: Video) -> str:
        """Which files are pooled for this video: a hash of their names and sizes, empty where none are.

        Cheap: no file is opened, unless contents are opted out. A source in trouble is the worker's to report.
        """
        camera = video.source, video.camera
        if video.camera and camera not in self._stamps:
            try:
                self._stamps[camera] = _stamp(self._members(video))
            except (SourceError, OSError):
                self._stamps[camera] = UNTOLD
        return self._stamps.get(camera, "")

    def require(self, video: Video, stamp: str) -> None:
        """Raises StaleVideoError where the files to pool here are not those of the driver's `stamp`.

        Its digest of the clip's job stands for those: with others, the journal would call done what it is not.
        """
        if self.stamp(video) != stamp:
            raise StaleVideoError(
                f"{video.unit}: the other videos of its camera {video.camera!r} are not those that the build began "
                "with. Let their folder be as it is while a build runs; build again."
            )

    def stills(self, clip: Clip) -> tuple[Still, ...]:
        """Pictures of the clip's camera that are of the clip's size, `LEAST` or more; else none at all.

        Files that are no videos are passed over. Raises SourceError and StaleVideoError.
        """
        camera = clip.video.source, clip.video.camera
        if not clip.video.camera:
            return ()
        if camera not in self._stills:
            looked = (_looked_at(path, clip.video.video_track) for path in self._members(clip.video))
            self._stills[camera] = tuple(still for still in looked if still is not None)
        size = clip.width, clip.height
        fitting = tuple(still for still in self._stills[camera] if (still.width, still.height) == size)
        return fitting if len(fitting) >= LEAST else ()

    def _members(self, video: Video) -> tuple[Path, ...]:
        camera = video.source, video.camera
        if camera not in self._files:
            self._files[camera] = self._found(video)
        return self._files[camera]

    def _found(self, video: Video) -> tuple[Path, ...]:
        """The files to pool, less those that somebody wants left out. Raises SourceError."""
        source, count = self._source(video.source), self._recipe.camera.pool
        if source is None or not count:
            return ()
        spare = len(self._opt_out.ids) + len(self._opt_out.contents)
        wanted = (path for path in source.siblings(video, count + spare) if not self._left_out(path))
        return tuple(islice(wanted, count))

    def _left_out(self, path: Path) -> bool:
        """Whether an opt-out rule names this file; compared loosely, for one file fewer does a pool no harm."""
        names = (path.name, path.stem, safe_key(path.stem))
        if self._opted_out.intersection(map(_plain, names)):
            return True
        return bool(self._opt_out.contents) and self._opt_out.holds(content_sha256(path))

    def _make_source(self, label: str) -> SharesCameras | None:
        config: Any = next((config for config in self._recipe.sources if config.label == label), None)
        source = None if config is None else registry.load("sources", config.kind)(config)
        return source if isinstance(source, SharesCameras) else None


def _looked_at(path: Path, track: int | None) -> Still | None:
    try:
        return Still.of(path, track)
    except VideoError:
        return None


def _stamp(files: tuple[Path, ...]) -> str:
    """A hash of names, from the folder common to all files, and sizes; empty where there are too few."""
    if len(files) < LEAST:
        return ""
    paths = sorted(path.absolute() for path in files)
    root = os.path.commonpath([path.parent for path in paths])
    told = [[os.fsencode(path.relative_to(root)).hex(), path.stat().st_size] for path in paths]
    return bytes_sha256(canonical_json(told))


def _plain(name: str) -> str:
    """The letters and digits of a name, in one case: what is left of it in any id."""
    return re.sub(r"[\W_]+", "", name.casefold())
