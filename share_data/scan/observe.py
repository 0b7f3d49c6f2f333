"""What the filters are shown of a clip: its part of what one look at the video has found."""

import numpy as np

from share_data.filters.base import Observation
from share_data.records import Bools, Clip, Ints
from share_data.scan.pictures import Pictures
from share_data.scan.scanned import Scan
from share_data.video.picture import Image


def observation_of(clip: Clip, scan: Scan, pictures: Pictures | None) -> Observation:
    """A clip's samples.

    A sample in which nobody was looked for shows whom the sample nearest in time shows, a tenth of a second away at
    most: for a clip's last frame that is the first of what follows, and the clip's own last look where something has
    happened between. So do masks. pictures: None where no filter needs them: grey images and masks are then left out.
    """
    rows = np.flatnonzero((scan.sampled >= clip.start) & (scan.sampled < clip.stop))
    numbers = scan.sampled[rows] - clip.start
    seen = [scan.people.of(row) for row in _known(rows, scan.looked, scan)]
    shown = _masked(rows, scan, clip.stop - 1)
    grey, masks = _images(rows, rows[shown], scan, pictures)
    return Observation(
        numbers,
        clip.times[numbers],
        grey,
        tuple(boxes for boxes, _ in seen),
        numbers[shown],
        masks,
        tuple(tracks for _, tracks in seen),
        clip.times,
        scan.changes.fine[clip.start : clip.stop],
        scan.changes.coarse[clip.start : clip.stop],
        scan.stands[clip.start : clip.stop],
        scan.fades[clip.start : clip.stop],
    )


def _known(rows: Ints, has: Bools, scan: Scan) -> list[int]:
    """For each sample of a clip, the one whose people it is shown with. has: (S,) bool, those that have some."""
    taken = _nearest(rows, np.flatnonzero(has), scan)
    own = [row for row in rows.tolist() if scan.looked[row]]
    if taken and taken[-1] > rows[-1] and own and _count(scan, taken[-1]) != _count(scan, own[-1]):
        taken[-1] = max(row for row in np.flatnonzero(has).tolist() if row <= rows[-1])
    return taken


def _count(scan: Scan, sample: int) -> int:
    return len(scan.people.of(sample)[0])


def _nearest(rows: Ints, known: Ints, scan: Scan) -> list[int]:
    """For each sample, the nearest in time of those that are known; of two, the later."""
    times = scan.index.times[scan.sampled]
    after = np.minimum(np.searchsorted(known, rows), len(known) - 1)
    before = np.maximum(after - 1, 0)
    later = np.abs(times[known[after]] - times[rows]) <= np.abs(times[known[before]] - times[rows])
    return [int(row) for row in np.where(later, known[after], known[before])]


def _masked(rows: Ints, scan: Scan, last: int) -> Bools:
    """(S,) bool: the samples that have a mask of their own, and the clip's last frame."""
    return np.asarray(scan.masked[rows] | (scan.sampled[rows] == last))


def _images(rows: Ints, masked: Ints, scan: Scan, pictures: Pictures | None) -> tuple[Image, tuple[Bools | None, ...]]:
    """The samples' grey images, stacked, and the masks of some."""
    if pictures is None:
        return np.zeros((len(rows), 0, 0), np.uint8), (None,) * len(masked)
    own = _known(masked, scan.masked, scan)
    wanted = np.union1d(rows, own)
    found = dict(zip(wanted.tolist(), pictures.read(wanted), strict=True))
    return np.stack([found[row].grey for row in rows.tolist()]), tuple(found[row].mask for row in own)
