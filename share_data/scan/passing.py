"""The one pass over a video: every frame is reduced and compared with the one before, some are looked at."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from share_data.filters.evidence.changes import ChangeMeter
from share_data.filters.evidence.fades import FadeMeter
from share_data.filters.evidence.stillness import standing
from share_data.filters.evidence.tracks import link, steady
from share_data.records import Ints
from share_data.scan.cuts import CutWatch
from share_data.scan.fading import fading
from share_data.scan.looker import Finder, Looker, Sample, Sink
from share_data.scan.sampling import END, IMAGE, NOTHING, PEOPLE, Grid
from share_data.scan.scanned import GREY_SIDE, People, Scan
from share_data.video.decode import decode
from share_data.video.index import IndexBuilder
from share_data.video.picture import Decoded, Image
from share_data.video.reduced import Reducer, reduced_size
from share_data.video.tally import Tally

_SMALL = 256
"""Wider pictures tell no more about cuts (PySceneDetect reduces to about this width too)."""
LONGEST_GAP_S = 0.5
"""Motion across a longer hole in the timestamps is not continuous: paused recordings, damaged stretches."""


def scan_video(path: Path, track: int | None, time_scale: float, step: float, finder: Finder, sink: Sink) -> Scan:
    """Go through a video once.

    Args:
        path: the video.
        track: the video track, see `choose_track`.
        time_scale: true seconds in a second of the file.
        step: true seconds from sample to sample, see `scan.sampling`.
        finder: of people.
        sink: is given the samples' images as they come.

    Returns:
        What was found.

    Raises:
        VideoError: see `decode`.
    """
    tally = Tally()
    going = _Pass(time_scale, step, Looker(finder, sink))
    for decoded in decode(path, tally, track):
        going.add(decoded)
    return going.done(tally)


@dataclass(slots=True)
class _Pass:
    """What has been seen so far."""

    time_scale: float
    step: float
    looker: Looker
    index: IndexBuilder = field(default_factory=IndexBuilder)
    cuts: CutWatch = field(default_factory=CutWatch)
    meter: ChangeMeter = field(default_factory=ChangeMeter)
    fades: FadeMeter = field(default_factory=FadeMeter)
    reducer: Reducer = field(default_factory=Reducer)
    shots: list[int] = field(default_factory=list)
    before: tuple[int, float, Decoded] | None = None
    grid: Grid = field(init=False)

    def __post_init__(self) -> None:
        self.grid = Grid(self.step)

    def add(self, decoded: Decoded) -> None:
        """The next frame."""
        number, time = len(self.index), decoded.time * self.time_scale
        self.index.add(decoded)
        small = self.reducer.rgb(decoded, _SMALL)
        luma = _luma(small)
        self.meter.add(luma)
        self.fades.add(time, luma, self.meter.means)
        cut = self.cuts.is_cut(small)
        if self.before is None or cut or time - self.before[1] > LONGEST_GAP_S:
            self._new_shot(number)
            wanted = self.grid.begins(time)
        else:
            wanted = self.grid.next(time)
            if self.looker.due(time, self.meter.means) and not wanted.mask:
                wanted = PEOPLE
        if wanted.before and self.before is not None:
            self.looker.take(*self.before, IMAGE)
        if wanted != NOTHING:
            self.looker.take(number, time, decoded, wanted, self.meter.means)
        self.before = number, time, decoded

    def _new_shot(self, number: int) -> None:
        if self.before is not None:
            self.shots.append(number)
            self.looker.take(*self.before, END)
        self.looker.begins()

    def done(self, tally: Tally) -> Scan:
        """The video has ended; it has a frame, or decoding would have said otherwise."""
        assert self.before is not None
        self.looker.take(*self.before, END)
        samples = self.looker.done()
        looked = np.array([each.boxes is not None for each in samples])
        width, height = self.before[2].size
        index, shots, changes = self.index.done(), np.array(self.shots, np.int64), self.meter.changes()
        numbers, times = np.array([each.number for each in samples], np.int64), index.times * self.time_scale
        people = _people(samples, np.flatnonzero(looked))
        seen = [people.of(row) for row in np.flatnonzero(looked).tolist()]
        size = reduced_size((width, height), GREY_SIDE)
        return Scan(
            width,
            height,
            index,
            shots,
            changes,
            numbers,
            looked,
            np.array([each.masked for each in samples]),
            people,
            tally.footage,
            standing(changes, shots, times),
            fading(self.fades.even(), self.fades.known(), times, shots, numbers[looked], seen, size),
        )


def _people(samples: list[Sample], looked: Ints) -> People:
    boxes = [np.zeros((0, 5), np.float32) if (b := samples[row].boxes) is None else b for row in looked.tolist()]
    times = np.array([samples[row].time for row in looked.tolist()])
    boxes = list(steady(times, boxes))
    tracks = link(times, boxes)
    rows = np.repeat(looked, [len(each) for each in boxes])
    return People(rows.astype(np.int64), np.concatenate(boxes), np.concatenate(tracks).astype(np.int64))


def _luma(small: Image) -> Image:
    import cv2

    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)
