"""What the names of depth images tell: the number of a frame, or a time."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import numpy as np

from share_data.camera import Floats
from share_data.errors import EstimationError

_UNITS = (Decimal(1), Decimal("1e-3"), Decimal("1e-6"), Decimal("1e-9"))
"""Seconds, milliseconds, microseconds, nanoseconds."""
_LEAST_STEP = 4
"""Numbers nearer to each other than this count images: no clock in a film ticks so rarely."""
_MOST_APART = 3.0
"""Images may be so many times farther apart in time, or nearer to each other, than the video's frames."""


@dataclass(frozen=True, slots=True)
class NamedImages:
    """The images of a folder in the order of their numbers.

    seconds: what their numbers mean where they are times, on whatever clock; None where they number the frames.
    """

    paths: tuple[Path, ...]
    seconds: tuple[Decimal, ...] | None

    @property
    def span(self) -> float:
        """Seconds from the first image to the last."""
        assert self.seconds is not None
        return float(self.seconds[-1] - self.seconds[0])

    def after(self, zero: Decimal) -> Floats:
        """(N,) seconds of the images after a time of their clock."""
        assert self.seconds is not None
        return np.array([float(second - zero) for second in self.seconds])


def named_images(folder: Path, name: str, times: Floats) -> NamedImages:
    """The PNG images of a folder. name: of the folder, for messages; times: (T,) seconds of frames of the video.

    The last number in a name counts. With a decimal point in one of them all are seconds. Whole numbers with no gap are
    the frames'. Others are times in s, ms, us or ns, by which of these puts the images about as far apart as frames.
    Raises EstimationError where a name holds no number, or one that another has, or numbers are neither.
    """
    numbers = _numbers(folder, name)
    ordered = sorted(numbers)
    paths = tuple(numbers[number] for number in ordered)
    if any("." in _last_number(path) for path in paths):
        return NamedImages(paths, tuple(ordered))
    gap = next(((before, after) for before, after in pairwise(ordered) if after != before + 1), None)
    if gap is None:
        return NamedImages(paths, None)
    unit = _unit(ordered, times)
    if unit is None:
        raise EstimationError(
            f"{name}: image number {gap[0]} is followed by {gap[1]}, so frames and images cannot be matched. Number "
            "the images without gaps, one a frame, or by their times (1650000123.456789.png, seconds)."
        )
    return NamedImages(paths, tuple(number * unit for number in ordered))


def _numbers(folder: Path, name: str) -> dict[Decimal, Path]:
    numbers: dict[Decimal, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() != ".png" or path.name.startswith("."):
            continue
        digits = _last_number(path)
        if not digits or Decimal(digits) in numbers:
            raise EstimationError(
                f"{name}: nothing tells which frame {path.name} belongs to. Number the images: 000000.png, 000001.png "
                "and so on, or name them by their times (1650000123.456789.png, seconds)."
            )
        numbers[Decimal(digits)] = path
    return numbers


def _last_number(path: Path) -> str:
    numbers: list[str] = re.findall(r"[0-9]+(?:\.[0-9]+)?", path.stem)
    return numbers[-1] if numbers else ""


def _unit(ordered: Sequence[Decimal], times: Floats) -> Decimal | None:
    """Seconds of one unit of these numbers; None where they tell no time. Units are so far apart that one fits."""
    step = float(np.median(np.diff([float(number - ordered[0]) for number in ordered])))
    if len(times) < 2 or step < _LEAST_STEP:
        return None
    frame = float(np.median(np.diff(times)))
    return next((unit for unit in _UNITS if 1 / _MOST_APART <= step * float(unit) / frame <= _MOST_APART), None)
