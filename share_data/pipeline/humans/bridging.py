"""SMPL motion at some moments made motion at all moments: rotations on the shortest arc, translations on a line."""

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from share_data.camera import Floats
from share_data.records import Bools


def bridge_rotations(rotations: Rotation, known: Floats, times: Floats) -> Floats:
    """Axis-angle (T, 3) float32 radians at `times` (T,) of rotations known at `known` (N,), N >= 2, ascending.

    Before the first and after the last known moment the rotation stays as it is there.
    """
    return np.asarray(Slerp(known, rotations)(np.clip(times, known[0], known[-1])).as_rotvec(), np.float32)


def bridge_positions(positions: Floats, known: Floats, times: Floats) -> Floats:
    """(T, C) float32 at `times` (T,) of values (N, C) known at `known` (N,), ascending; ends held."""
    columns = [np.interp(times, known, column) for column in np.asarray(positions, np.float64).T]
    return np.stack(columns, axis=1).astype(np.float32)


def bridge_boxes(boxes: Floats, valid: Bools, times: Floats) -> Floats:
    """(T, 4) float32: boxes interpolated at `times` (T,) where not valid. At least one frame is valid."""
    return bridge_positions(boxes[valid], times[valid], times)
