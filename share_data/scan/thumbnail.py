"""A clip in one small picture: who was found in it, at its beginning, its end, and where most people were."""

from collections.abc import Sequence

import cv2
import numpy as np

from share_data.camera import Floats
from share_data.filters.evidence.tracks import SURE
from share_data.records import Clip, Ints
from share_data.scan.pictures import Picture, Pictures
from share_data.scan.scanned import Scan
from share_data.video.picture import Image

VERSION = 2
"""Raise it when another picture is made of the same clip."""
MOST_BYTES = 30_000
_LARGE, _SMALL = 340, 168
"""Long sides of the middle picture, and of the first and the last, pixels."""
_GAP = 4
_MAIN, _OTHER = (0, 114, 178), (230, 110, 0)
"""RGB of Okabe and Ito's blue, and of their vermilion lightened: told apart by everybody, and on grey."""
_QUALITIES = (80, 60, 40, 20, 5)


def thumbnail(clip: Clip, scan: Scan, pictures: Pictures) -> bytes:
    """A JPEG of at most `MOST_BYTES`: the sample with most people, the first and the last, each with its time.

    The main person, whose box is the largest, is boxed and outlined in blue, everybody else boxed in orange.

    Args:
        clip: whose frames are among the scan's; a piece that became no clip does as well.
        scan: of the clip's video.
        pictures: of the scan's samples.
    """
    rows = _chosen(clip, scan)
    panels, sides = [], [_SMALL, _LARGE, _SMALL] if len(rows) == 3 else [_LARGE] * len(rows)
    for row, side, picture in zip(rows.tolist(), sides, pictures.read(rows), strict=True):
        time = float(clip.times[scan.sampled[row] - clip.start])
        panels.append(_panel(picture, side, scan.people.of(row)[0], f"{time:.1f} s"))
    return _small(_arranged(panels))


def _chosen(clip: Clip, scan: Scan) -> Ints:
    """Ascending samples of the clip: the first and the last in which people were looked for, and one between."""
    rows = np.flatnonzero((scan.sampled >= clip.start) & (scan.sampled < clip.stop))
    looked = rows[scan.looked[rows]]
    rows = looked if len(looked) else rows
    if len(rows) <= 2:
        return np.asarray(rows)
    between = rows[1:-1]
    people = np.array([(scan.people.of(row)[0][:, 4] >= SURE).sum() for row in between.tolist()])
    most = between[people == people.max()]
    return np.array([rows[0], most[len(most) // 2], rows[-1]])


def _panel(picture: Picture, side: int, boxes: Floats, time: str) -> Image:
    height, width = picture.grey.shape
    factor = side / max(height, width)
    size = max(round(width * factor), 1), max(round(height * factor), 1)
    panel = cv2.cvtColor(cv2.resize(picture.grey, size, interpolation=cv2.INTER_AREA), cv2.COLOR_GRAY2RGB)
    if picture.mask is not None:
        small = cv2.resize(picture.mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
        edges, _ = cv2.findContours(small, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        cv2.drawContours(panel, edges, -1, _MAIN, 1)
    sure = sorted((box for box in boxes if box[4] >= SURE), key=lambda b: -(b[2] - b[0]) * (b[3] - b[1]))
    for number, box in reversed(list(enumerate(sure))):
        corners = [round(float(edge) * factor) for edge in box[:4]]
        cv2.rectangle(panel, corners[:2], corners[2:], _OTHER if number else _MAIN, 2)
    for colour, thick in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        cv2.putText(panel, time, (4, size[1] - 5), cv2.FONT_HERSHEY_SIMPLEX, 0.4, colour, thick, cv2.LINE_AA)
    return np.asarray(panel, np.uint8)


def _arranged(panels: Sequence[Image]) -> Image:
    """The middle one large, with the others below it, or beside it where pictures are upright."""
    first, *between, last = panels if len(panels) > 1 else [panels[0], panels[0]]
    if len(panels) == 1:
        return first
    upright = first.shape[0] > first.shape[1]
    if not between:
        return _joined(first, last, 1 if upright else 0)
    return _joined(between[0], _joined(first, last, 0 if upright else 1), 1 if upright else 0)


def _joined(one: Image, other: Image, axis: int) -> Image:
    """Two pictures along an axis, centred across it."""
    across = max(one.shape[1 - axis], other.shape[1 - axis])
    parts = []
    for image in (one, np.full((_GAP, _GAP, 3), 255, np.uint8), other):
        missing = across - image.shape[1 - axis]
        margins = [(0, 0), (missing // 2, missing - missing // 2)]
        parts.append(np.pad(image, [*(margins if axis == 0 else margins[::-1]), (0, 0)], constant_values=255))
    return np.concatenate(parts, axis=axis)


def _small(image: Image) -> bytes:
    data = b""
    for quality in _QUALITIES:
        data = bytes(cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1])
        if len(data) <= MOST_BYTES:
            break
    return data
