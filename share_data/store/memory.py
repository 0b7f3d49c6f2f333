"""What a stage has freed goes back to the system, so that the next one starts from what is in use."""

import ctypes
import sys
from functools import cache
from typing import Any


def give_back() -> None:
    """Hand memory that has been freed back to the system, where the C library can (glibc); elsewhere do nothing.

    glibc keeps what is freed in pieces of less than 32 MB, in case it is asked for again: after a clip of 1080p that is
    150 MB a worker, of which the next stage, whose arrays have other sizes, uses little.
    """
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Any:
    if sys.platform != "linux":
        return None
    return getattr(ctypes.CDLL(None), "malloc_trim", None)
