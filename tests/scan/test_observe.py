"""A clip's last sample is the frame before the next clip, and shows its people unless something happened there."""

from pathlib import Path

import numpy as np
import pytest

from share_data.filters.evidence.changes import Changes
from share_data.footage import FrameIndex
from share_data.records import Clip, Video
from share_data.scan.observe import observation_of
from share_data.scan.scanned import People, Scan

BOX = [10.0, 10.0, 30.0, 50.0, 0.9]
TIMES = np.arange(40) / 30


def _scan(seen_from: int) -> Scan:
    """People are looked for in frames 0, 10, 20 and 30, and somebody is there from one of them on; 19 is a twin."""
    sampled = np.array([0, 10, 19, 20, 30])
    looked = np.array([True, True, False, True, True])
    rows = np.flatnonzero(looked & (sampled >= seen_from))
    people = People(rows, np.array([BOX] * len(rows), np.float32), np.zeros(len(rows), np.int64))
    index = FrameIndex(TIMES, np.zeros(1, np.int64), np.zeros(40, np.uint32))
    changes = Changes(np.zeros((40, 9, 16), np.float16), np.zeros((40, 9, 16), np.uint8))
    return Scan(100, 60, index, np.zeros(0, np.int64), changes, sampled, looked, looked, people)


@pytest.mark.parametrize(("seen_from", "counts"), [(0, [1, 1, 1]), (20, [0, 0, 0]), (10, [0, 1, 1])])
def test_the_frame_before_a_border_shows_whom_its_own_clip_shows(seen_from: int, counts: list[int]) -> None:
    clip = Clip(Video("s", "v", "v.mp4"), Path("v.mp4"), "0" * 64, 0, 20, TIMES[:20], 100, 60)
    seen = observation_of(clip, _scan(seen_from), None)
    assert seen.indices.tolist() == [0, 10, 19]
    assert seen.mask_frames.tolist() == [0, 10, 19]
    assert [len(boxes) for boxes in seen.people] == [len(tracks) for tracks in seen.tracks] == counts
