"""People who come and go: when the main person of a shot is alone, and when he is another one."""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.filters.evidence.company import Kind, kinds_of, tracks_of
from share_data.filters.evidence.runs import runs
from share_data.filters.evidence.tracks import areas
from share_data.records import Bools, Ints
from share_data.scan.events.event import Event
from share_data.scan.events.event import Kind as Happening

VERSION = 1
"""Raise it when other events come out of the same samples."""
_OVERLOOKED_S = 1.0
"""Seconds between two samples that show him, in which a person may be overlooked, or hidden, and is still there."""
_NOBODY = -1


def people_events(
    frames: Ints, times: Floats, people: Sequence[Floats], linked: Sequence[Ints], grey: Sequence[NDArray[np.uint8]]
) -> list[Event]:
    """What the samples of one shot tell of its people.

    Args:
        frames: (S,) ascending frame numbers of the samples in which people were looked for.
        times: (S,) seconds.
        people: S arrays of (n, 4 or more) boxes, pixels of the grey images.
        linked: S arrays of (n,) track numbers, see `tracks.link`.
        grey: the S images (h, w) uint8.

    Returns:
        `company` from the frame after the last sample of the main person alone to the next such sample, `nobody` where
        he is away for more than a second, and `person_changes` between samples of two different main persons.
    """
    main, company = _cast(people, linked, grey)
    found = [
        Event(int(frames[start - 1]) + 1 if start else int(frames[0]), _stop(frames, stop), "company")
        for start, stop in runs(company)
    ]
    away = main == _NOBODY
    for start, stop in runs(away):
        before, after = max(start - 1, 0), min(stop, len(times) - 1)
        if times[after] - times[before] > _OVERLOOKED_S:
            found.append(Event(int(frames[start - 1]) + 1 if start else int(frames[0]), _stop(frames, stop), "nobody"))
    shown = np.flatnonzero(~away)
    kind: Happening = "person_changes"
    found += [
        Event(int(frames[a]) + 1, int(frames[b]), kind) for a, b in pairwise(shown.tolist()) if main[a] != main[b]
    ]
    return sorted(found)


def _stop(frames: Ints, sample: int) -> int:
    """The frame of a sample, or after the last one."""
    return int(frames[sample]) if sample < len(frames) else int(frames[-1]) + 1


def _cast(
    people: Sequence[Floats], linked: Sequence[Ints], grey: Sequence[NDArray[np.uint8]]
) -> tuple[NDArray[np.int64], Bools]:
    """The main track of each sample, (S,), `_NOBODY` where there is none, and whether he has company, (S,) bool."""
    tracks = tracks_of(people, linked)
    weight = {name: float(areas(track.boxes).sum()) for name, track in tracks.items()}

    @cache
    def kinds(main: int) -> dict[int, Kind]:
        met = {name for names in linked if main in names for name in names.tolist() if name >= 0} - {main}
        return kinds_of({name: tracks[name] for name in sorted(met)}, tracks[main], grey)

    main = np.full(len(people), _NOBODY, dtype=np.int64)
    company = np.zeros(len(people), dtype=bool)
    for sample, names in enumerate(linked):
        present = sorted((name for name in names.tolist() if name >= 0), key=lambda name: -weight[name])
        if present:
            main[sample] = present[0]
            company[sample] = any(kinds(present[0])[other] == "company" for other in present[1:])
    return main, company
