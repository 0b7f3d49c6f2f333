"""Where windows begin and end because something happens there, whatever a recipe's thresholds are."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import overload

import numpy as np

from share_data.camera import Floats
from share_data.filters.evidence.changes import Changes
from share_data.filters.evidence.runs import runs
from share_data.records import Ints
from share_data.scan.events.event import Event
from share_data.scan.events.find import find_events
from share_data.scan.pictures import Pictures
from share_data.scan.scanned import Scan
from share_data.video.picture import Image


def event_borders(scan: Scan, pictures: Pictures, times: Floats, may_sway: bool = False) -> Ints:
    """(B,) ascending numbers of frames at which a window begins: of shots, 0 first, and on both sides of events.

    An event lies between two samples: its window begins at the sample before it and ends at the one after.
    times: (N,) true seconds; may_sway: see `camera_events`.
    """
    shots = [0, *scan.shots.tolist(), len(scan)]
    found = set(shots[:-1])
    for start, stop in pairwise(shots):
        borders = [start, *scan.borders[(scan.borders > start) & (scan.borders < stop)].tolist(), stop]
        for event in _events(scan, pictures, times, (start, stop), may_sway):
            found.add(max(border for border in borders if border <= event.begin))
            found.add(min(border for border in borders if border >= event.end))
    return np.array(sorted(found - {len(scan)}), np.int64)


def _events(scan: Scan, pictures: Pictures, times: Floats, shot: tuple[int, int], may_sway: bool) -> Iterator[Event]:
    """Of the shot [start, stop), in frames of the video."""
    start, stop = shot
    rows = np.flatnonzero(scan.looked & (scan.sampled >= start) & (scan.sampled < stop))
    fine, coarse = scan.changes.fine[start:stop].copy(), scan.changes.coarse[start:stop].copy()
    fine[0], coarse[0] = 0, 0  # The first frame differs from another shot's.
    people = [scan.people.of(row)[0] for row in rows.tolist()]
    greys = _Greys(pictures, rows)
    numbers = scan.sampled[rows] - start
    for event in find_events(times[start:stop], Changes(fine, coarse), numbers, people, greys, may_sway):
        yield Event(start + event.begin, start + event.end, event.kind)
    for begin, end in runs(scan.fades[start:stop]).tolist():
        yield Event(start + begin, start + end, "jump_cut")


class _Greys(Sequence[Image]):
    """The grey images of some samples, each read when it is asked for."""

    def __init__(self, pictures: Pictures, rows: Ints) -> None:
        self._pictures = pictures
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, number: int) -> Image: ...
    @overload
    def __getitem__(self, number: slice) -> list[Image]: ...
    def __getitem__(self, number: int | slice) -> Image | list[Image]:
        if isinstance(number, slice):
            return [self[k] for k in range(*number.indices(len(self)))]
        return self._pictures.read(self._rows[[number]])[0].grey
