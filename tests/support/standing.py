"""A figure on its feet and on its way: SMPL's 24 joints without a body model."""

import numpy as np

FIGURE = np.array(
    [
        (0, 0, 0.92), (0.08, 0, 0.86), (-0.08, 0, 0.86), (0, 0, 1.03), (0.09, 0, 0.48), (-0.09, 0, 0.48),
        (0, 0, 1.16), (0.09, 0.02, 0.08), (-0.09, 0.02, 0.08), (0, 0, 1.22), (0.10, -0.11, 0.03), (-0.10, -0.11, 0.03),
        (0, 0, 1.43), (0.07, 0, 1.36), (-0.07, 0, 1.36), (0, -0.02, 1.52), (0.18, 0, 1.39), (-0.18, 0, 1.39),
        (0.24, 0, 1.14), (-0.24, 0, 1.14), (0.26, -0.03, 0.89), (-0.26, -0.03, 0.89), (0.27, -0.04, 0.81),
        (-0.27, -0.04, 0.81),
    ]
)  # fmt: skip
"""Metres, z up, facing -y, soles at 0."""


def walking(count: int) -> np.ndarray:
    """(count, 24, 3) metres: across and away, from (-1, 3.5) to (1, 4.5), the feet lifted in turn."""
    joints = np.repeat(FIGURE[None], count, axis=0)
    phase = np.arange(count) * 2 * np.pi / 30
    for foot, sign in (((7, 10), 1), ((8, 11), -1)):
        joints[:, foot, 2] += 0.12 * np.maximum(0, sign * np.sin(phase))[:, None]
    joints[..., :2] += np.linspace((-1.0, 3.5), (1.0, 4.5), count)[:, None]
    return joints
