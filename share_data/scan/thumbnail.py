"""A clip in one small picture: who was found in it, at its beginning, its end, and where most people were."""

from collections.abc import Sequence

import cv2
import numpy as np

from share_data.camera import Floats
from share_data.filters.evidence.tracks import SURE
from share_data.records import Bools, Clip, Ints
from share_data.scan.pictures import Pictures
from share_data.scan.scanned import Scan
from share_data.video.picture import Image

VERSION = 1
"""Raise it when another picture is made of the same clip."""
MOST_BYTES = 30_000
_SIDE = 208
"""Long side of each of the pictures, pixels."""
_GAP = 4
_MAIN, _OTHER = (0, 114, 178), (230, 110, 0)
"""RGB of Okabe and Ito's blue, and of their vermilion lightened: told apart by everybody, and on grey."""
_QUALITIES = (80, 60, 40, 20, 5)


def thumbnail(clip: Clip, scan: Scan, pictures: Pictures) -> bytes:
    """A JPEG of at most `MOST_BYTES`: up to three samples side by side, each with its time in the video.

    The main person, whose box is the largest, is boxed and outlined in blue, everybody else boxed in orange.

    Args:
        clip: whose frames are among the scan's; a piece that became no clip does as well.
        scan: of the clip's video.
        pictures: of the scan's samples.
    """
    rows = _chosen(clip, scan)
    panels = []
    for row, picture in zip(rows.tolist(), pictures.read(rows), strict=True):
        time = float(clip.times[scan.sampled[row] - clip.start])
        panels.append(_panel(picture.grey, picture.mask, scan.people.of(row)[0], f"{time:.1f} s"))
    return _small(_beside(panels))


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


def _panel(grey: Image, mask: Bools | None, boxes: Floats, time: str) -> Image:
    height, width = grey.shape
    factor = min(_SIDE / max(height, width), 1.0)
    size = max(round(width * factor), 1), max(round(height * factor), 1)
    panel = cv2.cvtColor(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), cv2.COLOR_GRAY2RGB)
    if mask is not None:
        small = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
        edges, _ = cv2.findContours(small, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        cv2.drawContours(panel, edges, -1, _MAIN, 1)
    sure = sorted((box for box in boxes if box[4] >= SURE), key=lambda b: -(b[2] - b[0]) * (b[3] - b[1]))
    for number, box in reversed(list(enumerate(sure))):
        corners = [round(float(edge) * factor) for edge in box[:4]]
        cv2.rectangle(panel, corners[:2], corners[2:], _OTHER if number else _MAIN, 2)
    for colour, thick in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        cv2.putText(panel, time, (4, size[1] - 5), cv2.FONT_HERSHEY_SIMPLEX, 0.4, colour, thick, cv2.LINE_AA)
    return np.asarray(panel, np.uint8)


def _beside(panels: Sequence[Image]) -> Image:
    gap = np.full((panels[0].shape[0], _GAP, 3), 255, np.uint8)
    return np.hstack([part for panel in panels for part in (gap, panel)][1:])


def _small(image: Image) -> bytes:
    data = b""
    for quality in _QUALITIES:
        data = bytes(cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1])
        if len(data) <= MOST_BYTES:
            break
    return data
