"""All events of a shot."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.filters.evidence import changes, company, jumps, stillness, sweeps, tracks, unmoved
from share_data.filters.evidence.changes import Changes
from share_data.filters.evidence.company import main_and_others
from share_data.filters.evidence.jumps import jump_cuts, zones_of
from share_data.filters.evidence.stillness import freezes, repeated
from share_data.filters.evidence.sweeps import sweeps as swept
from share_data.filters.evidence.tracks import link
from share_data.filters.evidence.unmoved import by_camera
from share_data.records import Bools, Ints
from share_data.scan.events import camera
from share_data.scan.events import people as coming
from share_data.scan.events.camera import camera_events
from share_data.scan.events.event import Event

VERSION = 1 + sum(
    part.VERSION for part in (changes, company, jumps, stillness, sweeps, tracks, unmoved, coming, camera)
)
"""Changes whenever other events come out of the same video."""


def find_events(
    times: Floats,
    seen: Changes,
    frames: Ints,
    people: Sequence[Floats],
    grey: Sequence[NDArray[np.uint8]],
    may_sway: bool = False,
) -> list[Event]:
    """Of one shot of T frames, by when they begin. Frame numbers count from its first frame.

    Args:
        times: (T,) seconds.
        seen: how every frame differs from the one before.
        frames: (S,) ascending frame numbers of the samples in which people were looked for.
        people: S arrays of (n, 4 or more) boxes, pixels of the grey images.
        grey: the S images (h, w) uint8.
        may_sway: see `camera_events`.
    """
    high, wide = grey[0].shape
    linked = link(times[frames], people)
    at = partial(zones_of, times, times[frames], size=(wide, high), cells=seen.coarse.shape[1:])
    zones = at(people)
    same = repeated(seen.fine, seen.coarse)
    stands = freezes(seen.fine, same, times)
    moves = by_camera(swept(seen.coarse, zones, times), times, times[frames], people, grey)
    slower = camera_events(frames, times[frames], people, grey, moves, may_sway)
    main, others = main_and_others(people, linked)
    cuts = jump_cuts(seen, same, times, at(main), at(others))
    found = [Event(int(a) + 1, int(b), "frozen") for a, b in stands]
    found += [Event(int(a), int(b), "camera_moves") for a, b in moves]
    found += slower
    cuts = cuts[~_inside(cuts, np.array([*moves.tolist(), *(event[:2] for event in slower)]).reshape(-1, 2))]
    found += [Event(int(cut), int(cut), "jump_cut") for cut in cuts]
    found += coming.people_events(frames, times[frames], people, linked, grey)
    return sorted(event for event in found if event.kind == "nobody" or not _within(event, found))


def _within(event: Event, found: Sequence[Event]) -> bool:
    """Whether nobody is there to whom it happens."""
    return any(each.kind == "nobody" and each.begin <= event.begin and event.end <= each.end for each in found)


def _inside(frames: Ints, spans: Ints) -> Bools:
    """(n,) whether each frame lies in one of the (m, 2) spans [start, stop)."""
    return np.array([bool(((spans[:, 0] <= f) & (f < spans[:, 1])).any()) for f in frames.tolist()], dtype=bool)
