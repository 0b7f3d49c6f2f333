"""From a camera's images to one video file: straightened, 30 frames a second by frame number, the same bytes always."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import cv2
import numpy as np

from share_data.errors import SourceError, VideoError
from share_data.scan.clips import MAX_LOST
from share_data.sources.rich.calibration import Calibration
from share_data.sources.rich.images import read_image
from share_data.sources.rich.pinhole import pinhole, reduced_size
from share_data.store.hashing import bytes_sha256, canonical_json
from share_data.video.encode import encode_mp4
from share_data.video.picture import Image

VERSION = 3
"""Raise it when the pictures or the bytes of a film change."""
FPS = 30
# Visually lossless. Lossless RGB takes many times the room, and is read far more slowly, by every stage anew.
CRF = 10


@dataclass(frozen=True, slots=True)
class Film:
    """What becomes one video. frames: its images by frame number, ascending, at least one.

    calibration: None for the moving camera alone, whose images are reduced and keep their lens. A damaged image is left
    out, which is a gap in time, unless the film must be `complete`. `unit` names it in messages.
    """

    unit: str
    frames: Mapping[int, Path]
    calibration: Calibration | None
    downscale: int
    complete: bool

    @property
    def digest(self) -> str:
        """12 hexadecimal digits that change with the images (by name, size and time of change), lens and scale."""
        lens = self.calibration
        stated = None if lens is None else [lens.matrix.tolist(), lens.distortion.tolist()]
        identity = [VERSION, self.downscale, self.complete, stated, [_stamp(path) for path in self.frames.values()]]
        return bytes_sha256(canonical_json(identity))[:12]

    def write(self, out: BinaryIO) -> None:
        """Write H.264 in MP4; frame n is shown at (n - first) / 30 seconds.

        Raises VideoError when too many images are damaged or their size changes, SourceError when they do not fit the
        calibration.
        """
        first = min(self.frames)
        encode_mp4(((number - first, picture) for number, picture in self._pictures()), FPS, CRF, out, late=True)

    def _pictures(self) -> Iterator[tuple[int, Image]]:
        """Number and straightened picture of every frame that can be read."""
        lost: list[Path] = []
        shape: tuple[int, ...] = ()
        straighten: Callable[[Image], Image] | None = None
        for number, path in self.frames.items():
            image = read_image(path)
            if image is None:
                lost.append(path)
                continue
            if straighten is None:
                shape, straighten = image.shape, self._straightener((image.shape[1], image.shape[0]))
            elif image.shape != shape:
                raise VideoError(
                    f"{self.unit}: {path.name} is {image.shape[1]} x {image.shape[0]}, the images before it are "
                    f"{shape[1]} x {shape[0]}. Extract this folder again; reduced copies belong in images_ds4."
                )
            yield number, straighten(image)
        if len(lost) > (0 if self.complete else MAX_LOST * len(self.frames)):
            rule = "a published clip needs them all" if self.complete else f"at most {MAX_LOST:.0%} may be"
            raise VideoError(
                f"{self.unit}: {len(lost)} of {len(self.frames)} images are damaged ({rule}), the first is "
                f"{lost[0].name}. Copy or extract them again."
            )

    def _straightener(self, size: tuple[int, int]) -> Callable[[Image], Image]:
        if self.calibration is None:
            return partial(_reduce, size=reduced_size(size, self.downscale))
        try:
            return pinhole(self.calibration, size, self.downscale)
        except SourceError as error:
            raise SourceError(f"{self.unit}: {error}") from error


def _stamp(path: Path) -> list[Any]:
    try:
        stat = path.stat()
    except OSError:
        return [path.name]
    return [path.name, stat.st_size, stat.st_mtime_ns]


def _reduce(image: Image, size: tuple[int, int]) -> Image:
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
