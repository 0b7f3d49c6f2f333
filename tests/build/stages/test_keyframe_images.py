"""What is decoded for a clip's keyframes: once for all stages, and nothing for a focal that is told."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from light import recipe_of
from media import texture, write_video

from share_data.build.stages.keyframe_images import Keyframes
from share_data.build.stages.measuring import frames_of
from share_data.build.stages.stages import Stages
from share_data.records import Clip, Video
from share_data.store.store import Store
from share_data.video.frames import ClipFrames


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """Which frames were read, pass by pass."""
    passes: list[list[int]] = []
    read = ClipFrames.read

    def counting(self: ClipFrames, indices: list[int]) -> list[np.ndarray]:
        passes.append(list(indices))
        return read(self, indices)

    monkeypatch.setattr(ClipFrames, "read", counting)
    return passes


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    path = write_video(tmp_path / "v.mp4", [texture(96, 96, seed) for seed in range(8)])
    return Clip(Video("local", "v", "file:v.mp4"), path, "0" * 64, 0, 8, np.arange(8) / 30, 96, 96)


def test_keyframes_are_decoded_once_and_only_when_asked_for(clip: Clip, asked: list[list[int]]) -> None:
    keyframes = Keyframes(frames_of(clip), lambda: np.array([0, 5]))
    assert not asked
    first, again = keyframes.images, keyframes.images
    assert asked == [[0, 5]]
    assert all(map(np.array_equal, first, again))
    assert keyframes.numbers.tolist() == [0, 5]


def test_the_focal_is_looked_for_once_and_where_it_is_told_not_at_all(
    tmp_path: Path, clip: Clip, asked: list[list[int]]
) -> None:
    stages = Stages(recipe_of(tmp_path), Store(tmp_path / "store"))
    told = replace(clip, video=replace(clip.video, focal_px=90.0))
    assert stages._intrinsics(told, frames_of(told)).source == "source"
    assert not asked
    for _ in range(2):
        assert stages._intrinsics(clip, frames_of(clip)).source == "default", "there are no straight edges"
        assert len(asked) == 1
