"""Between which samples the camera moves: pans too slow, and rooms too plain, to show from frame to frame.

Two samples half a second apart are compared by their features, and only where the means of their cells say that more
than people has moved: a camera that stands costs next to nothing.
"""

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.filters.evidence import background
from share_data.filters.evidence.background import Reference
from share_data.filters.evidence.changes import CELLS, unlike
from share_data.filters.evidence.novelty import cells_of
from share_data.filters.evidence.runs import joined, runs
from share_data.filters.static_camera import LIMIT_PCT, NO_OVERLAY
from share_data.records import Bools, Ints
from share_data.scan.events.event import Event

VERSION = 1 + background.VERSION
"""Changes whenever other events come out of the same samples."""
_SHIFT_PCT = 0.25
"""Shift of a corner from one sample to the next, % of the diagonal: slower drift is the windows' own affair."""
_MOVING_SHARE = 0.4
"""Of the picture's middle, that moves while banners stand."""
_SPREAD = 4
"""Cells of a 3 x 3 grid that the features which move cover, at least: fewer may be on a thing that is carried past."""
_STIRS, _CELLS = 1.0, 3
"""Grey values by which cells without people differ, and how many do, where the camera may have moved."""
_PAUSE_S = 1.0
"""A sway that turns round is one: between two samples on either side of that nothing has moved."""
_REACH = 0.3
"""Heights of a person's box around it that are his."""


def camera_events(
    frames: Ints,
    times: Floats,
    people: Sequence[Floats],
    grey: Sequence[NDArray[np.uint8]],
    moves: Ints,
    may_sway: bool = False,
) -> list[Event]:
    """`camera_moves`, from the frame after a sample to the sample from which on the camera stands again.

    Args:
        frames: (S,) ascending frame numbers of the samples of one shot.
        times: (S,) seconds.
        people: S arrays of (n, 4 or more) boxes, pixels of the grey images.
        grey: the S images (h, w) uint8.
        moves: (n, 2) frames [start, stop) in which it is known to move: no more is asked of samples around them.
        may_sway: a camera that stays within what can be turned back is taken to stand.
    """
    known = [bool(((moves[:, 0] < b) & (moves[:, 1] > a)).any()) for a, b in pairwise(frames.tolist())]
    moved = np.array([not each and _moves(grey, people, k) for k, each in enumerate(known)], dtype=bool)
    found = joined(runs(moved), times, _PAUSE_S)
    return [
        Event(int(frames[a]) + 1, int(frames[b]), "camera_moves")
        for a, b in found.tolist()
        if not (may_sway and _sways(grey, people, a, b))
    ]


def _sways(grey: Sequence[NDArray[np.uint8]], people: Sequence[Floats], first: int, last: int) -> bool:
    """Whether the camera stays near where it is in the first of these samples, and that can be told of all."""
    reference = Reference(grey[first], people[first])
    motions = (reference.motion(grey[k], people[k]) for k in range(first + 1, last + 1))
    return all(each.trusted and each.shift <= LIMIT_PCT and each.moving_share <= NO_OVERLAY for each in motions)


def _moves(grey: Sequence[NDArray[np.uint8]], people: Sequence[Floats], sample: int) -> bool:
    """Whether the camera has moved from a sample to the next one."""
    before, now = grey[sample], grey[sample + 1]
    size = now.shape[1], now.shape[0]
    free = ~_held(people[sample], size) & ~_held(people[sample + 1], size)
    if (unlike(_means(before), _means(now))[free] > _STIRS).sum() < _CELLS:
        return False
    motion = Reference(before, people[sample]).motion(now, people[sample + 1])
    seen = motion.trusted and motion.cells >= _SPREAD
    return seen and (motion.shift > _SHIFT_PCT or motion.moving_share > _MOVING_SHARE)


def _held(boxes: Floats, size: tuple[int, int]) -> Bools:
    """(9, 16) cells in which people may be."""
    made = np.zeros(CELLS, dtype=bool)
    for box in boxes:
        made |= cells_of(box[None], size, _REACH * float(box[3] - box[1]))
    return made


def _means(grey: NDArray[np.uint8]) -> Floats:
    return np.asarray(cv2.resize(grey.astype(np.float32), CELLS[::-1], interpolation=cv2.INTER_AREA), np.float32)
