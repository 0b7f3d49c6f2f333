"""Whoever is not the main person: somebody in the room, or far away, or only a picture: on a screen, in a mirror.

Nothing here knows a room. A screen is a rectangle that changes throughout while the room around it does not, or a
person who does not change at all, who is a poster (or a chair, taken for one). A mirror's person does what the main
person does, in the same clothes, smaller.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.filters.evidence.tracks import areas, shared

VERSION = 1
"""Raise it when somebody is taken for something else."""
Kind = Literal["company", "far", "pictured", "mirrored"]
KINDS: tuple[Kind, ...] = ("company", "far", "pictured", "mirrored")

RELEVANT_AREA = 0.1
"""Smaller ones, as a share of the main person's box, are far away."""
_ALIVE, _ALIVE_SHARE = 14.0, 0.03
"""Grey values by which this share of a living person's pixels differ from one sample to another."""
_SIDES = 0.8
"""Share of its bounding rectangle that a screen's changing pixels fill."""
_CHANGES = 6.0
"""Standard deviation over the samples, grey values, of a pixel that changes."""
_SYNC, _CLOTHES, _MIRROR_AREA = 0.9, 0.8, 0.85
"""Least correlations of a mirror's person with the main one, in place and in clothes, and his largest area."""
_BANDS = 12
_MET = 4
"""Samples that must show both."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One track. samples: (n,) ascending; boxes: (n, 4) pixels, in those."""

    samples: NDArray[np.int64]
    boxes: Floats


def tracks_of(people: Sequence[Floats], linked: Sequence[NDArray[np.int64]]) -> dict[int, Seen]:
    """Each track's samples and boxes, by its number; see `tracks.link`."""
    found: dict[int, tuple[list[int], list[Floats]]] = {}
    for sample, (boxes, names) in enumerate(zip(people, linked, strict=True)):
        for box, name in zip(boxes, names.tolist(), strict=True):
            if name >= 0:
                samples, own = found.setdefault(name, ([], []))
                samples.append(sample)
                own.append(box[:4])
    return {name: Seen(np.array(samples), np.stack(own)) for name, (samples, own) in found.items()}


def main_track(tracks: dict[int, Seen]) -> int:
    """The track that fills most of the picture for longest. Raises ValueError where there is none."""
    return max(tracks, key=lambda name: (float(areas(tracks[name].boxes).sum()), -name))


def kind_of(other: Seen, main: Seen, grey: NDArray[np.uint8]) -> Kind:
    """What somebody is who is not the main person. grey: (S, h, w) uint8, the samples."""
    if _relative_area(other, main) < RELEVANT_AREA:
        return "far"
    if not _alive(other, main, grey) or _on_screen(other, main, grey):
        return "pictured"
    return "mirrored" if _mirrored(other, main, grey) else "company"


def _relative_area(other: Seen, main: Seen) -> float:
    """Of the largest view of him, to the main person's usual area."""
    return float(areas(other.boxes).max() / max(np.median(areas(main.boxes)), 1.0))


def _alive(other: Seen, main: Seen, grey: NDArray[np.uint8]) -> bool:
    """Whether the picture changes within his box, from any of his samples to the sample before or after it."""
    for sample, box in zip(other.samples.tolist(), other.boxes, strict=True):
        for near in (sample - 1, sample + 1):
            if not 0 <= near < len(grey) or _touched(box, main, (sample, near)):
                continue
            here, there = _crop(grey[sample], box), _crop(grey[near], box)
            # Exposure is taken out by the median ratio, noise by the size of what counts.
            gain = (np.median(there) + 1) / (np.median(here) + 1)
            if np.mean(np.abs(there - gain * here) > _ALIVE) > _ALIVE_SHARE:
                return True
    # Where the main person hides every comparison, nothing says that he is a picture.
    return all(
        _touched(box, main, (sample, near))
        for sample, box in zip(other.samples.tolist(), other.boxes, strict=True)
        for near in (sample - 1, sample + 1)
        if 0 <= near < len(grey)
    )


def _touched(box: Floats, main: Seen, samples: tuple[int, int]) -> bool:
    """Whether the main person comes near the box in one of the samples."""
    near = main.boxes[np.isin(main.samples, samples)]
    return bool((shared(box, near) > 0).any())


def _crop(image: NDArray[np.uint8], box: Floats) -> Floats:
    x1, y1, x2, y2 = np.maximum(box, 0).astype(int)
    return image[y1 : max(y2, y1 + 1), x1 : max(x2, x1 + 1)].astype(np.float64)


def _on_screen(other: Seen, main: Seen, grey: NDArray[np.uint8]) -> bool:
    """Whether he stays within a rectangle that changes throughout, and the room about it does not."""
    import cv2

    changing = _spread(grey, main) > _CHANGES
    _, labels, stats, _ = cv2.connectedComponentsWithStats(changing.astype(np.uint8), connectivity=4)
    x, y = ((other.boxes[:, :2] + other.boxes[:, 2:]) / 2).mean(axis=0).astype(int)
    height, width = changing.shape
    label = labels[min(max(y, 0), height - 1), min(max(x, 0), width - 1)]
    if label == 0:
        return False
    left, top, wide, high, filled = stats[label]
    margin = 0.15 * high
    low, beyond = other.boxes.min(axis=0)[:2], other.boxes.max(axis=0)[2:]
    within = (low >= (left - margin, top - margin)).all() and (beyond <= (left + wide + margin, top + high + margin)).all()
    return bool(within and filled >= _SIDES * wide * high and wide * high < 0.5 * changing.size)


def _spread(grey: NDArray[np.uint8], main: Seen) -> Floats:
    """(h, w) standard deviation of each pixel over the samples in which the main person is not there, grey values."""
    free = np.ones(grey.shape, dtype=bool)
    for sample, box in zip(main.samples.tolist(), main.boxes, strict=True):
        x1, y1, x2, y2 = np.maximum(box, 0).astype(int)
        free[sample, max(y1 - 4, 0) : y2 + 4, max(x1 - 4, 0) : x2 + 4] = False
    counts = np.maximum(free.sum(axis=0), 1)
    lit = grey.astype(np.float32) / (grey.mean(axis=(1, 2), keepdims=True) + 1)
    mean = np.where(free, lit, 0).sum(axis=0) / counts
    variance = np.where(free, (lit - mean) ** 2, 0).sum(axis=0) / counts
    return np.asarray(np.sqrt(variance) * float(grey.mean() + 1))


def _mirrored(other: Seen, main: Seen, grey: NDArray[np.uint8]) -> bool:
    """Whether he moves as the main person does, and wears the same."""
    both, mine, his = np.intersect1d(main.samples, other.samples, return_indices=True)
    if len(both) < _MET or _relative_area(other, main) > _MIRROR_AREA:
        return False
    first, second = main.boxes[mine], other.boxes[his]
    places = [(boxes[:, 0] + boxes[:, 2]) / 2 for boxes in (first, second)]
    heights = [boxes[:, 3] - boxes[:, 1] for boxes in (first, second)]
    in_step = max(abs(_correlation(*places)), _correlation(*heights))
    alike = np.mean([_correlation(_profile(grey[k], a), _profile(grey[k], b)) for k, a, b in zip(both, first, second, strict=True)])
    return bool(in_step >= _SYNC and alike >= _CLOTHES)


def _profile(image: NDArray[np.uint8], box: Floats) -> Floats:
    """(12,) mean grey along a person, from the head down, of the middle third of his box."""
    x1, y1, x2, y2 = box
    middle = np.array([x1 + (x2 - x1) / 3, y1, x2 - (x2 - x1) / 3, y2])
    rows = _crop(image, middle).mean(axis=1)
    return np.interp(np.linspace(0, len(rows) - 1, _BANDS), np.arange(len(rows)), rows)


def _correlation(first: Floats, second: Floats) -> float:
    """Pearson's; 0 where one of them hardly varies."""
    spread = float(np.std(first)), float(np.std(second))
    if min(spread) < 2.0:
        return 0.0
    return float(np.mean((first - first.mean()) * (second - second.mean())) / (spread[0] * spread[1]))
