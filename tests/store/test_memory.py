"""What a stage has freed goes back to the system."""

import ctypes
import sys
from pathlib import Path

import pytest

from share_data.store.memory import give_back

PIECE, PIECES = 50_000, 2_000


def resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="only glibc keeps what is freed"
)
def test_pieces_that_are_freed_between_others_go_back() -> None:
    pieces = [bytearray(b"x" * PIECE) for _ in range(PIECES)]
    del pieces[:-1:2]  # The last one stays, so that the heap cannot shrink from its end by itself.
    before = resident()
    give_back()
    assert before - resident() > 0.8 * PIECE * PIECES / 2
    assert len(pieces) == PIECES // 2  # alive until here
