"""The one pass over a video: every frame is reduced and compared with the one before, some are looked at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from share_data.camera import Floats
from share_data.filters.evidence.changes import ChangeMeter
from share_data.filters.evidence.novelty import NoveltyWatch
from share_data.filters.evidence.tracks import SURE, link, steady
from share_data.records import Bools, Ints
from share_data.scan.cuts import CutWatch
from share_data.scan.pictures import PIECE, Picture
from share_data.scan.sampling import END, IMAGE, NOTHING, PEOPLE, Grid, Wanted
from share_data.scan.scanned import GREY_SIDE, People, Scan
from share_data.video.decode import decode
from share_data.video.index import IndexBuilder
from share_data.video.picture import Decoded, Image
from share_data.video.reduced import Reducer
from share_data.video.tally import Tally

_SMALL = 256
"""Wider pictures tell no more about cuts (PySceneDetect reduces to about this width too)."""
LONGEST_GAP_S = 0.5
"""Motion across a longer hole in the timestamps is not continuous: paused recordings, damaged stretches."""

Sink = Callable[[int, Sequence[Picture]], None]
"""Takes piece n of the samples' images."""


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


@dataclass(slots=True)
class _Sample:
    """One sample so far. boxes: (n, 5), None where nobody was looked for."""

    number: int
    time: float
    grey: Image
    boxes: Floats | None = None
    mask: Bools | None = None
    masked: bool = False


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
    going = _Pass(time_scale, step, _Looker(finder, sink))
    for decoded in decode(path, tally, track):
        going.add(decoded)
    return going.done(tally)


class _Looker:
    """Takes samples, and hands their images on."""

    def __init__(self, finder: Finder, sink: Sink) -> None:
        self._finder, self._sink = finder, sink
        self._reducer = Reducer()
        self._waiting: list[_Sample] = []
        self._pieces = 0
        self.taken: list[_Sample] = []

    def take(self, number: int, time: float, decoded: Decoded, wanted: Wanted) -> _Sample:
        """Look at a frame, the last one that was taken or one after it."""
        sample = self._waiting[-1] if self._waiting else None
        if sample is None or sample.number != number:
            sample = _Sample(number, time, self._reducer.grey(decoded, GREY_SIDE))
            self._hand_on(PIECE)
            self._waiting.append(sample)
        if wanted.people and (sample.boxes is None or wanted.mask > sample.masked):
            self._look(sample, decoded, wanted.mask)
        return sample

    def _look(self, sample: _Sample, decoded: Decoded, mask: bool) -> None:
        image = decoded.rgb()
        found = self._finder.detect(image)
        scale = sample.grey.shape[1] / image.shape[1]
        boxes = [[*person.box * scale, person.score] for person in found]
        sample.boxes = np.array(boxes, np.float32).reshape(-1, 5)
        if mask:
            sample.mask, sample.masked = _main_mask(image, found, self._finder, sample.grey.shape), True

    def _hand_on(self, least: int) -> None:
        while self._waiting and len(self._waiting) >= least:
            piece, self._waiting = self._waiting[:PIECE], self._waiting[PIECE:]
            self._sink(self._pieces, [Picture(each.grey, each.mask) for each in piece])
            self._pieces += 1
            for each in piece:  # The images are not kept.
                each.grey, each.mask = each.grey[:0], None
            self.taken += piece

    def done(self) -> list[_Sample]:
        """All samples, without their images."""
        self._hand_on(1)
        return self.taken


@dataclass(slots=True)
class _Pass:
    """What has been seen so far."""

    time_scale: float
    step: float
    looker: _Looker
    index: IndexBuilder = field(default_factory=IndexBuilder)
    cuts: CutWatch = field(default_factory=CutWatch)
    meter: ChangeMeter = field(default_factory=ChangeMeter)
    novelty: NoveltyWatch = field(default_factory=NoveltyWatch)
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
        self.meter.add(_luma(small))
        cut = self.cuts.is_cut(small)
        if self.before is None or cut or time - self.before[1] > LONGEST_GAP_S:
            self._new_shot(number)
            wanted = self.grid.begins(time)
        else:
            wanted = self.grid.next(time)
            if not wanted.people and self.novelty.due(time, self.meter.means):
                wanted = PEOPLE
        if wanted.before and self.before is not None:
            self.looker.take(*self.before, IMAGE)
        if wanted != NOTHING:
            sample = self.looker.take(number, time, decoded, wanted)
            if sample.boxes is not None:
                size = sample.grey.shape[1], sample.grey.shape[0]
                self.novelty.looked(time, self.meter.means, sample.boxes[sample.boxes[:, 4] >= SURE], size)
        self.before = number, time, decoded

    def _new_shot(self, number: int) -> None:
        if self.before is not None:
            self.shots.append(number)
            self.looker.take(*self.before, END)

    def done(self, tally: Tally) -> Scan:
        """The video has ended; it has a frame, or decoding would have said otherwise."""
        assert self.before is not None
        self.looker.take(*self.before, END)
        samples = self.looker.done()
        looked = np.array([each.boxes is not None for each in samples])
        width, height = self.before[2].size
        return Scan(
            width,
            height,
            self.index.done(),
            np.array(self.shots, np.int64),
            self.meter.changes(),
            np.array([each.number for each in samples], np.int64),
            looked,
            np.array([each.masked for each in samples]),
            _people(samples, np.flatnonzero(looked)),
            tally.footage,
        )


def _people(samples: list[_Sample], looked: Ints) -> People:
    boxes = [np.zeros((0, 5), np.float32) if (b := samples[row].boxes) is None else b for row in looked.tolist()]
    times = np.array([samples[row].time for row in looked.tolist()])
    boxes = list(steady(times, boxes))
    tracks = link(times, boxes)
    rows = np.repeat(looked, [len(each) for each in boxes])
    return People(rows.astype(np.int64), np.concatenate(boxes), np.concatenate(tracks).astype(np.int64))


def _luma(small: Image) -> Image:
    import cv2

    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)


def _main_mask(image: Image, found: Sequence[Any], finder: Finder, shape: tuple[int, ...]) -> Bools | None:
    """Mask, at the grey image's size, of the person with the largest box; None where there is nobody."""
    import cv2

    sure = [person for person in found if person.score >= SURE]
    if not sure:
        return None
    main = max(sure, key=lambda person: float(np.prod(person.box[2:] - person.box[:2])))
    mask = finder.mask(image, main).astype(np.uint8)
    if not mask.any():
        return None
    return np.asarray(cv2.resize(mask, (shape[1], shape[0]), interpolation=cv2.INTER_NEAREST), dtype=bool)
