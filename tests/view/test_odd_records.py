"""Records that nobody would make, and that a stranger's corpus may hold, are drawn, filmed and written all the same."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import samples

from share_data.corpus.read import Record
from share_data.view.clip import clip_view
from share_data.view.film import steady, write_film
from share_data.view.offline import write_offline
from share_data.view.thresholds import Thresholds


def changed(frames: int, **arrays: np.ndarray) -> Record:
    record = samples.record_of(samples.walk(frames))
    return replace(record, arrays=record.arrays | arrays)


EMPTY = {
    "points": np.zeros((0, 3), np.float32),
    "colors": np.zeros((0, 3), np.uint8),
    "normals": np.zeros((0, 3), np.float32),
    "point_source": np.zeros(0, np.uint8),
    "keyframe": np.zeros(1, bool),
    "floor_plane": np.zeros(4, np.float32),
}


@pytest.mark.parametrize(
    "record",
    [
        changed(1, **EMPTY),
        changed(3, times=np.array([0.0, -5.0, 1e9]), foot_contact=np.ones((3, 4), bool)),
    ],
    ids=["one frame and nothing else", "times that go back and far on"],
)
def test_it_is_written_and_filmed(record: Record, tmp_path: Path) -> None:
    assert write_offline(clip_view(record), Thresholds(tmp_path), tmp_path / "clip.html") > 500_000
    assert write_film(record, tmp_path / "clip.mp4", None, []) >= 1


def test_a_film_goes_at_the_clips_own_pace() -> None:
    assert steady(np.array([0.0, 0.1, 0.1, 0.05, 0.21, 9.0]), 10) == [(0, 0), (1, 1), (3, 4), (13, 5)]
