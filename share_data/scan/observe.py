"""Looks at a clip once, on behalf of every filter: sampled grey images, the people in them, some of their masks."""

import math
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.filters.base import Observation
from share_data.records import Bools
from share_data.video.frames import ClipFrames
from share_data.video.picture import Image

VERSION = 2
LONG_SIDE = 960
# Slow changes show in samples half a second apart; shake shows between consecutive frames, so some samples have a twin.
_SPACING_S = 0.5
_FEWEST, _MOST = 12, 24
_TWINS = 4
_MASKS = 9


class Person(Protocol):
    """A detected person."""

    @property
    def box(self) -> Floats:
        """(4,) x1 y1 x2 y2, pixels of the image given to `detect`."""
        ...

    @property
    def score(self) -> float:
        """Detector's confidence, 0 to 1."""
        ...


class Finder(Protocol):
    """Finds people in an image, and the pixels of one of them."""

    def detect(self, rgb: Image) -> Sequence[Any]:
        """The people (`Person`) in a (H, W, 3) uint8 RGB image."""
        ...

    def mask(self, rgb: Image, detection: Any) -> Bools:
        """(H, W) bool: the pixels of one detected person."""
        ...


def observe(frames: ClipFrames, times: Floats, finder: Finder) -> Observation:
    """Sample a clip in one pass, holding one full-size image at a time.

    times: (T,) seconds of the clip's frames. Raises VideoError.
    """
    indices = sample_indices(times)
    mask_frames = mask_indices(times)
    grey: list[Image] = []
    people: list[Floats] = []
    masks: dict[int, Bools | None] = {}
    for index, image in frames.select(indices.tolist()):
        found = finder.detect(image)
        grey.append(_small_grey(image))
        scale = grey[-1].shape[1] / image.shape[1]
        people.append(np.array([[*person.box * scale, person.score] for person in found], np.float32).reshape(-1, 5))
        if index in mask_frames:
            masks[index] = _main_mask(image, found, finder, grey[-1].shape)
    ordered = tuple(masks[frame] for frame in mask_frames.tolist())
    return Observation(indices, times[indices], np.stack(grey), tuple(people), mask_frames, ordered)


def sample_indices(times: Floats) -> NDArray[np.int64]:
    """(S,) ascending frame numbers: evenly spaced, first and last included, some followed by the very next frame."""
    spread = _spread(times)
    twins = spread[np.round(np.linspace(0, len(spread) - 2, _TWINS)).astype(int)] + 1
    return np.unique(np.concatenate([spread, twins]))


def mask_indices(times: Floats) -> NDArray[np.int64]:
    """(M,) ascending frame numbers at which the main person's mask is taken: of `sample_indices`, evenly spaced."""
    spread = _spread(times)
    chosen = np.round(np.linspace(0, len(spread) - 1, min(_MASKS, len(spread)))).astype(int)
    return np.asarray(spread[chosen])


def _spread(times: Floats) -> NDArray[np.int64]:
    last = len(times) - 1
    wanted = math.ceil((times[-1] - times[0]) / _SPACING_S) + 1
    return np.round(np.linspace(0, last, min(max(wanted, _FEWEST), _MOST, last + 1))).astype(np.int64)


def _small_grey(image: Image) -> Image:
    import cv2

    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    scale = LONG_SIDE / max(grey.shape)
    if scale < 1:
        size = (round(grey.shape[1] * scale), round(grey.shape[0] * scale))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return np.asarray(grey, dtype=np.uint8)


def _main_mask(image: Image, found: Sequence[Any], finder: Finder, shape: tuple[int, ...]) -> Bools | None:
    """Mask, at the grey image's size, of the person with the largest box; None where there is nobody."""
    import cv2

    if not found:
        return None
    main = max(found, key=lambda person: float(np.prod(person.box[2:] - person.box[:2])))
    mask = finder.mask(image, main).astype(np.uint8)
    if not mask.any():
        return None
    return np.asarray(cv2.resize(mask, (shape[1], shape[0]), interpolation=cv2.INTER_NEAREST), dtype=bool)
