"""A people finder that takes the bright square of `media.moving_square` for a person, and looks at videos with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import media
import numpy as np
from numpy.typing import NDArray

from share_data.scan.passing import scan_video
from share_data.scan.pictures import PIECE, Picture, Pictures, pack
from share_data.scan.sampling import step_of
from share_data.scan.scanned import Scan
from share_data.store.store import Artifact, decode, encode


@dataclass(frozen=True)
class Found:
    """What the fake finder calls a person."""

    box: NDArray[np.float32]
    score: float = 0.9


class SquareFinder:
    """Takes the bright square of `media.moving_square` for a person."""

    def detect(self, rgb: media.Image, region: NDArray[np.float64] | None = None) -> list[Found]:
        """One person where the square is, none in a dark picture, or a dark region."""
        bright = rgb.mean(axis=2) > 135
        if region is not None:
            x1, y1, x2, y2 = region.astype(int)
            seen = np.zeros_like(bright)
            seen[y1:y2, x1:x2] = bright[y1:y2, x1:x2]
            bright = seen
        if not bright.any():
            return []
        y, x = np.nonzero(bright)
        return [Found(np.array([x.min(), y.min(), x.max() + 1, y.max() + 1], np.float32))]

    def mask(self, rgb: media.Image, detection: Found) -> NDArray[np.bool_]:
        """The square's pixels."""
        return rgb.mean(axis=2) > 135


def scanned(
    path: Path, max_seconds: float = 10.0, time_scale: float = 1.0, finder: SquareFinder | None = None
) -> tuple[Scan, Pictures]:
    """One look at a video, through the store's bytes and back."""
    pieces: list[Artifact] = []

    def keep(number: int, pictures: Sequence[Picture]) -> None:
        assert number == len(pieces)
        assert len(pictures) <= PIECE
        pieces.append(decode(encode(pack(pictures))))

    scan = scan_video(path, None, time_scale, step_of(max_seconds), finder or SquareFinder(), keep)
    return Scan.from_artifact(decode(encode(scan.to_artifact()))), Pictures(pieces.__getitem__)
