"""Looks at some of a video's frames, and no oftener than needed: networks are most of what a pass costs.

Between two looks that show the same people, or nobody, and a picture that changes nowhere else, nothing need be looked
for. Where they were seen, and where the picture has changed since, is where to look, at the same scale; the whole
picture is looked at every few seconds, and whenever the part does not show as many.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from share_data.camera import Floats
from share_data.filters.evidence.novelty import NoveltyWatch
from share_data.filters.evidence.tracks import SURE
from share_data.records import Bools
from share_data.scan.pictures import PIECE, Picture
from share_data.scan.regions import paired, paths, region_of, within
from share_data.scan.sampling import Wanted
from share_data.scan.scanned import GREY_SIDE
from share_data.video.picture import Decoded, Image
from share_data.video.reduced import Reducer

_LOOK_SIDE = 960
"""Pixels of the longer side of what is looked at, at most: the detector's own are 512, the masks' 480."""
_WHOLE_S = 3.0
"""Seconds after which the whole picture is looked at again."""
_CAMERA = 0.5
"""Share of the cells from which on the camera moves, and what else happens between two looks is no matter: what is
filmed so is rejected for it."""
_MANY = 4
"""So many people are looked for at every sample."""
_NOBODY = np.zeros((0, 5), np.float32)
_NO_IMAGE = np.zeros((0, 0), np.uint8)

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

    def detect(self, rgb: Image, region: Floats | None = None) -> Sequence[Any]:
        """The people (`Person`) in a (H, W, 3) uint8 RGB image, or in its region (4,) x1 y1 x2 y2, which is looked at
        as if the whole image were."""
        ...

    def mask(self, rgb: Image, detection: Any) -> Bools:
        """(H, W) bool: the pixels of one detected person."""
        ...


@dataclass(slots=True)
class Sample:
    """One sample so far. boxes: (n, 5), None where nobody was looked for."""

    number: int
    time: float
    grey: Image
    boxes: Floats | None = None
    mask: Bools | None = None
    masked: bool = False


@dataclass(frozen=True, slots=True)
class _Held:
    """A sample that may not need a look. changed: (9, 16) cells that are not as when people were last looked for."""

    sample: Sample
    decoded: Decoded
    changed: Bools


class Looker:
    """Takes samples, and hands their images on."""

    def __init__(self, finder: Finder, sink: Sink) -> None:
        self._finder, self._sink = finder, sink
        self._reducer, self._watch = Reducer(), NoveltyWatch()
        self._waiting: list[Sample] = []
        self._pieces = 0
        self._held: _Held | None = None
        self._seen = _NOBODY
        self._whole = self._time = -np.inf
        self._taken: list[Sample] = []

    def due(self, time: float, means: Floats) -> bool:
        """Whether somebody new may be in the next frame. means: see `ChangeMeter.means`."""
        return self._watch.due(time, means)

    def begins(self) -> None:
        """A new shot begins: nothing is known of it."""
        self._whole, self._seen = -np.inf, _NOBODY
        self._watch.begins()

    def take(self, number: int, time: float, decoded: Decoded, wanted: Wanted, means: Floats | None = None) -> None:
        """Sample a frame, the last one that was sampled or one after it. means: of the frame's cells, where known."""
        sample = self._waiting[-1] if self._waiting else None
        if sample is None or sample.number != number:
            sample = Sample(number, time, self._reducer.grey(decoded, GREY_SIDE))
            self._hand_on(PIECE)
            self._waiting.append(sample)
        if not wanted.people or not (sample.boxes is None or wanted.mask > sample.masked):
            return
        if wanted.may_wait and means is not None and len(self._sure) < _MANY:
            self._held = _Held(sample, decoded, self._watch.changed(means))
            self._watch.assumed(time, means)
        else:
            self._look(sample, decoded, wanted.mask, means)

    @property
    def _sure(self) -> Floats:
        """(n, 4) boxes of who was surely seen at the last look, pixels of the grey images."""
        return self._seen[self._seen[:, 4] >= SURE, :4]

    def _look(self, sample: Sample, decoded: Decoded, mask: bool, means: Floats | None) -> None:
        size = sample.grey.shape[1], sample.grey.shape[0]
        if means is not None and self._nothing_new(sample.time, means):
            sample.boxes, sample.masked = _NOBODY, mask
        else:
            image = self._reducer.rgb(decoded, _LOOK_SIDE)
            found = self._found(image, sample, means)
            sample.boxes = _boxes(found, size[0] / image.shape[1])
            if mask:
                sample.mask, sample.masked = _main_mask(image, found, self._finder, sample.grey.shape), True
        self._settle(sample)
        self._seen, self._time = sample.boxes, sample.time
        if means is not None:
            self._watch.looked(sample.time, means, self._sure, size)

    def _nothing_new(self, time: float, means: Floats) -> bool:
        """Whether the picture is as it was when it was last looked at, and nobody was there."""
        return not (len(self._seen) or self._watch.changed(means).any()) and time - self._whole < _WHOLE_S

    def _found(self, image: Image, sample: Sample, means: Floats | None) -> Sequence[Any]:
        """The people of a frame, by a look at the part that matters, where that is enough."""
        known = self._sure
        if means is not None and 0 < len(known) < _MANY and sample.time - self._whole < _WHOLE_S:
            size = sample.grey.shape[1], sample.grey.shape[0]
            region = region_of(known, self._watch.changed(means), size)
            if region is not None:
                scale = image.shape[1] / size[0]
                found = self._finder.detect(image, region * scale)
                sure = [person.box / scale for person in found if person.score >= SURE]
                if len(sure) == len(known) and within(np.stack(sure), region, size):
                    return found
        self._whole = sample.time
        return self._finder.detect(image)

    def _settle(self, sample: Sample) -> None:
        """Whom the sample that waits shows, now that a look before it and one after it are known."""
        held, self._held = self._held, None
        if held is None or held.sample is sample:
            return
        assert sample.boxes is not None
        held.sample.boxes = self._between(held, sample)
        if held.sample.boxes is None:
            image = self._reducer.rgb(held.decoded, _LOOK_SIDE)
            held.sample.boxes = _boxes(self._finder.detect(image), sample.grey.shape[1] / image.shape[1])

    def _between(self, held: _Held, sample: Sample) -> Floats | None:
        """(n, 5) the people between two looks that explain each other; None where they do not."""
        assert sample.boxes is not None
        first, last = self._seen, sample.boxes
        first, last = first[first[:, 4] >= SURE], last[last[:, 4] >= SURE]
        size = sample.grey.shape[1], sample.grey.shape[0]
        pairs = paired(first, last, sample.time - self._time)
        if self._watch.sudden or pairs is None:
            return None
        moves = held.changed.mean() > _CAMERA
        if not moves and (held.changed & ~paths(first, last[pairs], size)).any():
            return None
        middle = np.minimum(first, last[pairs])  # Of scores, the lower one.
        middle[:, :4] = (first[:, :4] + last[pairs, :4]) / 2
        return middle

    def _hand_on(self, least: int) -> None:
        while self._waiting and len(self._waiting) >= least:
            piece, self._waiting = self._waiting[:PIECE], self._waiting[PIECE:]
            self._sink(self._pieces, [Picture(each.grey, each.mask) for each in piece])
            self._pieces += 1
            for each in piece:  # The images are not kept, nor a view of one, which would keep it.
                each.grey, each.mask = _NO_IMAGE, None
            self._taken += piece

    def done(self) -> list[Sample]:
        """All samples, without their images."""
        self._hand_on(1)
        return self._taken


def _boxes(found: Sequence[Any], scale: float) -> Floats:
    """(n, 5) boxes of detected people at `scale`, and their scores."""
    return np.array([[*person.box * scale, person.score] for person in found], np.float32).reshape(-1, 5)


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
