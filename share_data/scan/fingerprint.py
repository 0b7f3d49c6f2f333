"""What tells footage apart from all other footage, however it was encoded: what stands there, and what moves when.

One hash of the picture is not enough: a fixed camera's videos all show one room. So the room is told by a hash, and the
take by where in the picture something moves, fifth of a second by fifth of a second.
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.records import Clip
from share_data.scan.pictures import Pictures
from share_data.scan.scanned import Scan

VERSION = 1
"""Raise it when another fingerprint is taken of the same clip."""
STEP_S = 0.2
ROWS, COLUMNS = 3, 4
_SCALE = 20.0
"""Of the square root of grey levels a pixel and step, to fill a byte: who walks through a cell makes some 4."""
_SIDE, _LOW = 32, 8
_LEAST_TEXTURE = 4.0
"""Grey levels by which a picture departs from the plane that fits it best: all plain walls have one hash."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Of a clip.

    picture, mirrored: 64-bit hashes of what stands in the picture, and of its mirror image, None where it is too plain;
    motion: (S, 12) uint8, how much moves in each cell of 3 rows and 4 columns in each `STEP_S` seconds, as a square
    root.
    """

    picture: int | None
    mirrored: int | None
    motion: NDArray[np.uint8]

    @property
    def amount(self) -> float:
        """How much moves, whenever and wherever it does."""
        return float(self.motion.mean()) if len(self.motion) else 0.0

    def to_json(self) -> list[Any]:
        """As plain data."""
        return [self.picture, self.mirrored, b64encode(self.motion.tobytes()).decode()]

    @classmethod
    def from_json(cls, told: list[Any]) -> Self:
        """What `to_json` gave."""
        motion = np.frombuffer(b64decode(told[2]), np.uint8).reshape(-1, ROWS * COLUMNS)
        return cls(told[0], told[1], motion)


def fingerprint_problem(told: Any) -> str:
    """Why this is not what `Fingerprint.to_json` gives; empty where it is."""
    if not isinstance(told, list) or len(told) != 3 or not isinstance(told[2], str):
        return "fingerprint"
    hashes = all(each is None or (type(each) is int and 0 <= each < 2**64) for each in told[:2])
    try:
        size = len(b64decode(told[2], validate=True))
    except ValueError:
        return "fingerprint"
    return "" if hashes and (told[0] is None) == (told[1] is None) and size % (ROWS * COLUMNS) == 0 else "fingerprint"


def fingerprint(clip: Clip, scan: Scan, pictures: Pictures) -> Fingerprint:
    """The fingerprint of a clip of a scanned video."""
    room = _room(clip, scan, pictures)
    plain = _texture(room) < _LEAST_TEXTURE
    picture, mirrored = (None, None) if plain else (_hash(room), _hash(room[:, ::-1]))
    return Fingerprint(picture, mirrored, _motion(scan.changes.fine[clip.start : clip.stop], clip.times))


def _room(clip: Clip, scan: Scan, pictures: Pictures) -> Floats:
    """(32, 32) the median over the clip's samples of what is outside all boxes, as far as there is any."""
    rows = np.flatnonzero((scan.sampled >= clip.start) & (scan.sampled < clip.stop))
    looked = rows[scan.looked[rows]]
    rows = looked if len(looked) else rows
    small, seen = [], []
    for row, picture in zip(rows.tolist(), pictures.read(rows), strict=True):
        small.append(cv2.resize(picture.grey, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float32))
        outside = np.ones((_SIDE, _SIDE), bool)
        for x1, y1, x2, y2 in scan.people.of(row)[0][:, :4] / np.tile(picture.grey.shape[::-1], 2) * _SIDE:
            outside[max(int(y1) - 1, 0) : int(y2) + 2, max(int(x1) - 1, 0) : int(x2) + 2] = False
        seen.append(outside)
    free = np.array(seen)
    hidden = ~free.any(axis=0)
    room = np.nanmedian(np.where(free | hidden, np.array(small), np.nan), axis=0).astype(np.float32)
    filled: Any = cv2.inpaint(room, np.asarray(hidden, np.uint8), 3, cv2.INPAINT_TELEA)
    return np.asarray(filled, np.float32)


def _texture(room: Floats) -> float:
    y, x = np.mgrid[:_SIDE, :_SIDE]
    plane = np.column_stack([x.ravel(), y.ravel(), np.ones(_SIDE**2)])
    fitted = plane @ np.linalg.lstsq(plane, room.ravel(), rcond=None)[0]
    return float(np.std(room.ravel() - fitted))


def _hash(room: Floats) -> int:
    """64 signs of the lowest frequencies about their median, less the mean: the usual perceptual hash (pHash)."""
    low = cv2.dct(np.ascontiguousarray(room, np.float32))[:_LOW, :_LOW].ravel()
    bits = low > np.median(low[1:])
    return int.from_bytes(np.packbits(bits).tobytes())


def _motion(fine: NDArray[np.float16], times: Floats) -> NDArray[np.uint8]:
    """fine: (T, 9, 16), see `Changes`; the first frame's is against another clip's and counts for nothing."""
    changes = np.array(fine, np.float32)
    changes[0] = 0
    cells = changes.reshape(len(fine), ROWS, 9 // ROWS, COLUMNS, 16 // COLUMNS).mean(axis=(2, 4)).reshape(len(fine), -1)
    bins = ((times - times[0]) / STEP_S + 1e-6).astype(np.int64)
    sums = np.zeros((bins[-1] + 1, ROWS * COLUMNS))
    np.add.at(sums, bins, cells)
    return np.asarray(np.minimum(np.rint(np.sqrt(sums) * _SCALE), 255), np.uint8)
