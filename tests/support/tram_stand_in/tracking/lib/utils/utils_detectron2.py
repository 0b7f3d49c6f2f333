"""A stand-in for the detector: the person is what is bright."""

from pathlib import Path

import numpy as np


def opened(checkpoint):
    """Read weights as they are read where there is no network, and keep count in `loaded.txt`."""
    Path(checkpoint).read_bytes()
    with Path("loaded.txt").open("a") as log:
        log.write(f"{checkpoint}\n")


class DefaultPredictor_Lazy:
    def __init__(self, cfg):
        opened(cfg.train.init_checkpoint)

    def __call__(self, image):
        level = int(image.max())
        if level <= 100:
            return np.zeros((0, 5))
        mask = image.min(axis=2) > level // 2
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        return np.array([[columns[0], rows[0], columns[-1] + 1, rows[-1] + 1, level / 255]])
