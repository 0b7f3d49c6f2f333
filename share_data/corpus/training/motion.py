"""A stretch of a record's motion: read from its file, at the rate that was asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.corpus.training.canonical import Turn, first_frame
from share_data.corpus.training.record_file import RecordFile
from share_data.corpus.training.resample import Moments, moments, nearest, positions, seen, turns
from share_data.corpus.training.rotations import quaternions
from share_data.records import Bools

_SMOOTH = ("transl", "joints", "contact_distance", "confidence")
_NEAREST = ("foot_contact", "company")
"""Of the nearest frame, where frames are between those of the record."""
_MARGIN = 3
"""Frames beside a stretch that the cubics of its ends reach."""


@dataclass(frozen=True, slots=True)
class Motion:
    """F frames, world frame.

    Attributes:
        axis_angle: (F, 24, 3) as stored; None where the frames are between those of the record.
        turns: (F, 24, 4) quaternions; None where `axis_angle` is there.
        arrays: `transl` (F, 3), `joints` (F, 24, 3), `contact_distance` (F, 24), `confidence` (F,),
            `foot_contact` (F, 4), `company` (F,), which is false where the record does not tell.
        betas: (10,).
        times: (F,) seconds from the first of them.
        seen: (F,) whether the person was seen.
    """

    axis_angle: NDArray[np.float32] | None
    turns: Floats | None
    arrays: Mapping[str, NDArray[Any]]
    betas: NDArray[np.float32]
    times: Floats
    seen: Bools

    def quaternions(self) -> Floats:
        """(F, 24, 4)."""
        return quaternions(self.axis_angle) if self.turns is None else self.turns  # type: ignore[arg-type]

    def canonical(self) -> Turn:
        """The canonical frame of its first frame."""
        first = self.quaternions()[0, 0] if self.turns is not None else quaternions(self.axis_angle[0, 0])  # type: ignore[index]
        return first_frame(first, np.asarray(self.arrays["joints"][0], np.float64))


def read_motion(record: RecordFile, start: int, length: int, fps: float | None) -> Motion:
    """A stretch of a record.

    Args:
        record: whose motion it is.
        start, length: frames at `fps`, None for the record's own.
        fps: frames a second.
    """
    times = record.whole("times")
    if fps is None:
        raw = _frames(record, start, start + length)
        here = times[start : start + length]
        kept = {name: raw[name] for name in (*_SMOOTH, *_NEAREST)}
        return Motion(_pose(raw), None, kept, raw["betas"], here - here[0], raw["valid"])
    when = np.minimum(times[0] + (start + np.arange(length)) / fps, times[-1])
    low = max(int(np.searchsorted(times, when[0])) - _MARGIN, 0)
    high = min(int(np.searchsorted(times, when[-1])) + _MARGIN, len(times))
    raw, here = _frames(record, low, high), times[low:high]
    if len(here) == 1:
        raw = {name: array if name == "betas" else np.repeat(array, 2, axis=0) for name, array in raw.items()}
        here = np.array([here[0], here[0] + 1])
    at = moments(here, raw["valid"], when)
    return _resampled(raw, here, at, when)


def _resampled(raw: Mapping[str, NDArray[Any]], times: Floats, at: Moments, when: Floats) -> Motion:
    arrays: dict[str, NDArray[Any]] = {name: positions(raw[name], at) for name in _SMOOTH}
    arrays |= {name: nearest(raw[name], at) for name in _NEAREST}
    found = turns(quaternions(_pose(raw)), at)
    return Motion(None, found, arrays, raw["betas"], when - when[0], seen(times, raw["valid"], at))


def _pose(raw: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
    """(F, 24, 3): the root and the 23 joints of the body."""
    frames = len(raw["global_orient"])
    return np.concatenate([raw["global_orient"][:, None], raw["body_pose"].reshape(frames, 23, 3)], axis=1)


def _frames(record: RecordFile, low: int, high: int) -> dict[str, NDArray[Any]]:
    """Frames `low` to `high` of what a sample holds of them, and the shape."""
    raw: dict[str, NDArray[Any]] = {"betas": np.empty(10, np.float32)}
    parts = [(record.stored["betas"].start, raw["betas"])]
    for name in ("global_orient", "body_pose", "valid", *_SMOOTH, *_NEAREST):
        place = record.stored.get(name)
        if place is None:
            raw[name] = np.zeros(high - low, np.bool_)
            continue
        raw[name] = np.empty((high - low, *place.shape[1:]), place.dtype)
        parts.append((place.start + low * place.row_bytes, raw[name]))
    record.read(parts)
    return raw


def seen_frames(times: Floats, valid: Bools, length: int, fps: float | None) -> Bools:
    """(F,) whether the person was seen at each frame of a whole record.

    Args:
        times: (T,) seconds of its frames.
        valid: (T,) frames in which the person was seen.
        length: frames at `fps`, None for the record's own.
    """
    if fps is None or len(times) == 1:
        return valid[:length]
    return seen(times, valid, moments(times, valid, np.minimum(times[0] + np.arange(length) / fps, times[-1])))
