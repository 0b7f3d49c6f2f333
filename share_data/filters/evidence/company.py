"""Whoever is not the main person: somebody in the room, or far away, or only a picture: on a screen, in a mirror.

Nothing here knows a room. A screen is a rectangle that changes throughout while the room around it does not, or a
person who does not change at all, who is a poster (or a chair, taken for one). A mirror's person does what the main
person does, in the same clothes, smaller.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.filters.evidence.tracks import areas, shared
from share_data.records import Bools, Ints

VERSION = 3
"""Raise it when somebody is taken for something else."""
Kind = Literal["company", "far", "pictured", "mirrored"]
Pictures = Sequence[NDArray[np.uint8]] | NDArray[np.uint8]
"""Grey ones, each (h, w) uint8."""
KINDS: tuple[Kind, ...] = ("company", "far", "pictured", "mirrored")

RELEVANT_AREA = 0.1
"""Smaller ones, as a share of the main person's box, are far away."""
_ALIVE, _ALIVE_SHARE = 14.0, 0.03
"""Grey values by which this share of a living person's pixels differ from one sample to another."""
_SIDES = 0.8
"""Share of its bounding rectangle that a screen's changing pixels fill."""
_SEEN = 0.25
"""Share of it that must be seen to change, and not only be hidden by whom it shows."""
_WITHIN = 0.85
"""Share of a person's box that lies within the screen."""
_CHANGES = 6.0
"""Standard deviation over the samples, grey values, of a pixel that changes."""
_SYNC, _CLOTHES, _MIRROR_AREA = 0.9, 0.8, 0.85
"""Least correlations of a mirror's person with the main one, in place and in clothes, and his largest area."""
_CLOTHES_IN_STEP = 0.6
"""The least in clothes where place and height are both in step: two who walk by chance do, but not two who sit down."""
_BANDS = 12
_LOOKS = 16
"""Samples that a screen is looked for in, at most: those that show him, and as many before and after."""
_MET = 4
"""Samples that must show both."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One track. samples: (n,) ascending; boxes: (n, 4) pixels, in those."""

    samples: NDArray[np.int64]
    boxes: Floats


def tracks_of(people: Sequence[Floats], linked: Sequence[Ints]) -> dict[int, Seen]:
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


def main_and_others(people: Sequence[Floats], linked: Sequence[Ints]) -> tuple[list[Floats], list[Floats]]:
    """Boxes of the main track in each of S samples, (1, 4) or (0, 4), and those of everybody else, (n, 4)."""
    tracks = tracks_of(people, linked)
    if not tracks:
        nobody = [np.zeros((0, 4), np.float32)] * len(people)
        return nobody, nobody
    name = main_track(tracks)
    found = list(zip(people, linked, strict=True))
    return [boxes[of == name, :4] for boxes, of in found], [boxes[(of != name) & (of >= 0), :4] for boxes, of in found]


def kinds_of(others: Mapping[int, Seen], main: Seen, grey: Pictures) -> dict[int, Kind]:
    """What everybody is who is not the main person, by track. grey: the S samples, each (h, w) uint8.

    A screen that one of them has shown to be there shows whoever else lies within it, if only for a sample.
    """
    kinds: dict[int, Kind] = {}
    screens = []
    for name, other in others.items():
        if _relative_area(other, main) < RELEVANT_AREA:
            kinds[name] = "far"
            continue
        screen = _screen_of(other, main, grey)
        screens += [] if screen is None else [screen]
        if screen is not None or not _alive(other, main, grey):
            kinds[name] = "pictured"
        else:
            kinds[name] = "mirrored" if _mirrored(other, main, grey) else "company"
    shown = {name for name in kinds if any(_lies_on(others[name], main, screen) for screen in screens)}
    return kinds | {name: "pictured" for name in shown if kinds[name] != "far"}


def _relative_area(other: Seen, main: Seen) -> float:
    """Of the largest view of him, to the main person's usual area."""
    return float(areas(other.boxes).max() / max(np.median(areas(main.boxes)), 1.0))


def _alive(other: Seen, main: Seen, grey: Pictures) -> bool:
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


def _screen_of(other: Seen, main: Seen, grey: Pictures) -> Floats | None:
    """(4,) x1 y1 x2 y2 of the rectangle he stays within, which changes throughout while the room about it does not."""
    import cv2

    first, last = max(int(other.samples[0]) - _LOOKS // 2, 0), min(int(other.samples[-1]) + _LOOKS // 2, len(grey) - 1)
    samples = np.unique(np.linspace(first, last, min(last - first + 1, _LOOKS)).astype(np.int64))
    if len(samples) < _MET:
        return None
    people = [np.concatenate(boxes) for boxes in zip(_boxes_at(main, samples), _boxes_at(other, samples), strict=True)]
    seen, hidden = _changing(np.stack([grey[k] for k in samples]), people)
    changing = (seen | hidden).astype(np.uint8)
    whole = cv2.morphologyEx(changing, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    whole = cv2.morphologyEx(whole, cv2.MORPH_OPEN, np.ones((9, 9), np.uint8))
    labels, stats = cv2.connectedComponentsWithStats(whole.astype(np.uint8), connectivity=4)[1:3]
    middles = ((other.boxes[:, :2] + other.boxes[:, 2:]) / 2).astype(int)
    x, y = np.clip(np.median(middles, axis=0).astype(int), 0, (changing.shape[1] - 1, changing.shape[0] - 1))
    left, top, wide, high, filled = stats[labels[y, x]]
    if labels[y, x] == 0 or filled < _SIDES * wide * high or wide * high > changing.size / 2:
        return None
    if seen[top : top + high, left : left + wide].sum() < _SEEN * wide * high:
        return None
    screen = np.array([left, top, left + wide, top + high], np.float64)
    return screen if _lies_on(other, main, screen) else None


def _lies_on(other: Seen, main: Seen, screen: Floats) -> bool:
    """Whether a screen's rectangle, (4,), holds his boxes, but for what the main person hides of them: who is half
    hidden may get a box that reaches down the other's body."""
    common = []
    for sample, box in zip(other.samples.tolist(), other.boxes, strict=True):
        hidden = main.boxes[main.samples == sample]
        whole = areas(box[None])[0] - shared(box, hidden).sum()
        on_it = np.array([*np.maximum(box[:2], screen[:2]), *np.minimum(box[2:], screen[2:])])
        common.append((areas(on_it[None])[0] - shared(on_it, hidden).sum()) / max(float(whole), 1.0))
    return bool(np.median(common) >= _WITHIN)


def _boxes_at(track: Seen, samples: NDArray[np.int64]) -> list[Floats]:
    """The track's box in each of these samples, (1, 4), or none, (0, 4)."""
    return [track.boxes[track.samples == k] for k in samples.tolist()]


def _changing(grey: NDArray[np.uint8], people: Sequence[Floats]) -> tuple[Bools, Bools]:
    """Which pixels of (S, h, w) pictures change with nobody in front, (h, w), and which somebody always hides, (h, w).

    people: the boxes of whom to leave out, a picture each.
    """
    free = np.ones(grey.shape, dtype=bool)
    for picture, boxes in zip(free, people, strict=True):
        for x1, y1, x2, y2 in np.maximum(boxes, 0).astype(int).tolist():
            picture[max(y1 - 4, 0) : y2 + 4, max(x1 - 4, 0) : x2 + 4] = False
    counts = np.maximum(free.sum(axis=0), 1)
    lit = grey.astype(np.float32) / (grey.mean(axis=(1, 2), keepdims=True) + 1)
    mean = np.where(free, lit, 0).sum(axis=0) / counts
    variance = np.where(free, (lit - mean) ** 2, 0).sum(axis=0) / counts
    return np.sqrt(variance) * float(grey.mean() + 1) > _CHANGES, counts < 2


def _mirrored(other: Seen, main: Seen, grey: Pictures) -> bool:
    """Whether he moves as the main person does, and wears the same."""
    both, mine, his = np.intersect1d(main.samples, other.samples, return_indices=True)
    if len(both) < _MET or _relative_area(other, main) > _MIRROR_AREA:
        return False
    first, second = main.boxes[mine], other.boxes[his]
    places = [(boxes[:, 0] + boxes[:, 2]) / 2 for boxes in (first, second)]
    heights = [boxes[:, 3] - boxes[:, 1] for boxes in (first, second)]
    steps = abs(_correlation(*places)), _correlation(*heights)
    alike = np.median(
        [_correlation(_profile(grey[k], a), _profile(grey[k], b)) for k, a, b in zip(both, first, second, strict=True)]
    )
    return bool(max(steps) >= _SYNC and alike >= (_CLOTHES_IN_STEP if min(steps) >= _SYNC else _CLOTHES))


def _profile(image: NDArray[np.uint8], box: Floats) -> Floats:
    """(12,) mean grey along a person, from the head down, of the middle third of his box."""
    x1, y1, x2, y2 = box
    middle = np.array([x1 + (x2 - x1) / 3, y1, x2 - (x2 - x1) / 3, y2])
    rows = _crop(image, middle).mean(axis=1)
    return np.asarray(np.interp(np.linspace(0, len(rows) - 1, _BANDS), np.arange(len(rows)), rows))


def _correlation(first: Floats, second: Floats) -> float:
    """Pearson's; 0 where one of them hardly varies."""
    spread = float(np.std(first)), float(np.std(second))
    if min(spread) < 2.0:
        return 0.0
    return float(np.mean((first - first.mean()) * (second - second.mean())) / (spread[0] * spread[1]))
