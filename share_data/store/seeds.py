"""Seeds from what is computed, never from who computes it: a stage's key seeds every generator a library may use."""

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np


@contextmanager
def seeded(key: str) -> Iterator[None]:
    """Run the block with the global generators of Python, numpy, OpenCV and torch seeded from a hex `key`.

    A stage's key holds the clip, the settings and the weights, so the same result is drawn in any build, in any order.
    """
    seed = int(key[:8], 16)
    state, numpy_state = random.getstate(), np.random.get_state()  # noqa: NPY002  third-party code uses the global one
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002
    for name, seeding in (("torch", "manual_seed"), ("cv2", "setRNGSeed")):
        if name in sys.modules:
            getattr(sys.modules[name], seeding)(seed & 0x7FFFFFFF)
    try:
        yield
    finally:
        random.setstate(state)
        np.random.set_state(numpy_state)  # noqa: NPY002
