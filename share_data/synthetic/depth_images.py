"""The true depth of a rendered clip on disk, as a depth camera registered to the video would have left it."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from share_data.store.atomic import atomic_write

Image = NDArray[np.uint8]


def with_depth_written(filmed: Iterable[tuple[Image, NDArray[np.uint16]]], folder: Path) -> Iterator[Image]:
    """The frames of a film, while their depth is written as `000000.png`, ... into a folder.

    filmed: (H, W, 3) uint8 and (H, W) uint16 millimetres each. Raises DiskFullError.
    """
    folder.mkdir(exist_ok=True)
    for number, (image, depth) in enumerate(filmed):
        written, data = cv2.imencode(".png", depth, [cv2.IMWRITE_PNG_COMPRESSION, 1])
        if not written:
            raise ValueError(f"frame {number} of {folder.name} cannot be stored")
        atomic_write(folder / f"{number:06d}.png", data.tobytes())
        yield image
