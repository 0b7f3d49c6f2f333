"""A textured room filmed by a camera that turns by known angles, with a bright square as the person."""

from pathlib import Path

import cv2
import numpy as np
from media import Image, texture, write_video
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

WIDTH, HEIGHT, FRAMES, RATE = 320, 180, 36, 15
FOCAL = 0.8 * WIDTH
_MARGIN = 24


def diagonal() -> float:
    """Pixels."""
    return float(np.hypot(WIDTH, HEIGHT))


def sway(pct: float) -> NDArray[np.float64]:
    """(T, 3) radians about x, y and z: slowly to and fro, moving the middle by `pct` % of the diagonal at most."""
    times = np.arange(FRAMES) / RATE
    swing = np.stack([np.sin(2 * np.pi * times / period) for period in (1.7, 2.4, 2.9)], axis=1)
    return np.asarray(pct / 100 * diagonal() / FOCAL * swing * (0.5, 0.5, 0.3))


def homographies(turns: NDArray[np.float64]) -> NDArray[np.float64]:
    """(T, 3, 3) from the pixels of the camera that does not turn to each frame's, the first pixel's middle at 0.5."""
    lens = np.array([[FOCAL, 0, WIDTH / 2], [0, FOCAL, HEIGHT / 2], [0, 0, 1]])
    return np.stack([lens @ Rotation.from_rotvec(turn).as_matrix() @ np.linalg.inv(lens) for turn in turns])


def filmed(turns: NDArray[np.float64]) -> list[Image]:
    """The frames; nothing of them is outside of what the room has."""
    room = (cv2.GaussianBlur(texture(WIDTH + 2 * _MARGIN, HEIGHT + 2 * _MARGIN), (0, 0), 0.8) * 0.5).astype(np.uint8)
    wide = np.array([[1, 0, 0.5 - _MARGIN], [0, 1, 0.5 - _MARGIN], [0, 0, 1]])
    to = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]])
    noise, images = np.random.default_rng(2), []
    for k, matrix in enumerate(homographies(turns)):
        image = cv2.warpPerspective(room, to @ matrix @ wide, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC)
        image[60:150, 30 + 5 * k : 60 + 5 * k] = 230
        images.append(np.clip(image + noise.normal(0, 1.5, image.shape), 0, 255).astype(np.uint8))
    return images


def film(path: Path, pct: float) -> Path:
    """A video of a camera that sways by `pct`, see `sway`."""
    return write_video(path, filmed(sway(pct)), fps=RATE)
