"""Run-length codes, in a format of its own."""

import numpy as np


def encode(mask):
    flat = np.concatenate(
        [[0], mask.astype(np.uint8).ravel(order="F"), [1 - mask.astype(np.uint8).ravel(order="F")[-1]]]
    )
    return {"size": list(mask.shape), "counts": np.flatnonzero(np.diff(flat)).tolist()}


def decode(code):
    height, width = code["size"]
    flat = np.zeros(height * width + 1, np.uint8)
    flat[code["counts"]] = 1
    return (np.cumsum(flat)[: height * width] % 2).astype(np.uint8).reshape((height, width), order="F")
