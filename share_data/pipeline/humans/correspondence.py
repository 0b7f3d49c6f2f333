"""Which BlazePose landmark shows which point of the body, and how far each is to be trusted."""

import numpy as np

from share_data.camera import Floats

L_HIP, R_HIP, L_SHOULDER, R_SHOULDER = 0, 1, 2, 3
"""Rows of the four trunk points in every target array."""

# name, BlazePose landmarks averaged, body point (joint number, or 24 + row of skeleton.SURFACE), weight
_TABLE: tuple[tuple[str, tuple[int, ...], int, float], ...] = (
    ("left_hip", (23,), 1, 0.5),
    ("right_hip", (24,), 2, 0.5),
    ("left_shoulder", (11,), 16, 1.0),
    ("right_shoulder", (12,), 17, 1.0),
    ("left_elbow", (13,), 18, 1.0),
    ("right_elbow", (14,), 19, 1.0),
    ("left_wrist", (15,), 20, 1.0),
    ("right_wrist", (16,), 21, 1.0),
    ("left_hand", (17, 19), 22, 0.3),
    ("right_hand", (18, 20), 23, 0.3),
    ("left_knee", (25,), 4, 1.0),
    ("right_knee", (26,), 5, 1.0),
    ("left_ankle", (27,), 7, 1.0),
    ("right_ankle", (28,), 8, 1.0),
    ("nose", (0,), 24, 0.5),
    ("left_eye", (2,), 25, 0.3),
    ("right_eye", (5,), 26, 0.3),
    ("left_ear", (7,), 27, 0.5),
    ("right_ear", (8,), 28, 0.5),
    ("left_big_toe", (31,), 29, 1.0),
    ("left_heel", (29,), 30, 1.0),
    ("right_big_toe", (32,), 31, 1.0),
    ("right_heel", (30,), 32, 1.0),
)

NAMES = tuple(row[0] for row in _TABLE)
BODY_POINTS = tuple(row[2] for row in _TABLE)
WEIGHTS: Floats = np.array([row[3] for row in _TABLE], dtype=np.float64)


def targets(landmarks: Floats) -> Floats:
    """The 23 fitted points of (T, 33, C) landmarks: (T, 23, C). A hand is the middle of its two outer
    knuckles.
    """
    return np.stack([landmarks[:, row[1]].mean(axis=1) for row in _TABLE], axis=1)
