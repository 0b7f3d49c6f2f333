"""Where the main person is: found once, without a focal, for estimators that want to be told, and for no other."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from light import recipe_of
from media import texture, write_video

from share_data.build.stages.measuring import frames_of
from share_data.build.stages.stages import Stages
from share_data.camera import Intrinsics
from share_data.masks import MaskStack
from share_data.pipeline.humans import main_person
from share_data.records import Clip, EstimatorInfo, MainPerson, PersonTrack, Video
from share_data.store.store import Artifact, Store

CAMERA = Intrinsics.centred(90.0, 96, 96)


class Told:
    """An estimator that remembers what it is told."""

    info = EstimatorInfo("told", 1)

    def __init__(self, wants_person: bool) -> None:
        self.wants_person = wants_person
        self.persons: list[MainPerson | None] = []

    def estimate(self, frames: Any, times: Any, intrinsics: Any, person: MainPerson | None = None) -> PersonTrack:
        self.persons.append(person)
        zeros, masks = np.zeros((len(times), 72), np.float32), MaskStack.pack([np.zeros((96, 96), bool)] * len(times))
        return PersonTrack(
            zeros[:, :3], zeros[:, 3:], zeros[0, :10], zeros[:, :3], zeros[:, :4], zeros[:, 0] == 0, zeros[:, 0],
            masks, intrinsics, self.info,
        )  # fmt: skip


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    path = write_video(tmp_path / "v.mp4", [texture(96, 96, seed) for seed in range(8)])
    video = Video("local", "v", "file:v.mp4", focal_px=90.0)
    return Clip(video, path, "0" * 64, 0, 8, np.arange(8) / 30, 96, 96)


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many frames were looked through, each time somebody was looked for."""
    looked: list[int] = []

    def find(frames: Any, times: Any) -> MainPerson:
        looked.append(len(frames))
        masks = MaskStack.pack([np.zeros((96, 96), bool)] * 2, np.array([0, 7]))
        return MainPerson(np.ones((8, 4), np.float32), np.ones(8, bool), np.ones(8, np.float32), masks)

    monkeypatch.setattr(main_person, "find_main_person", find)
    return looked


def stages_with(tmp_path: Path, humans: Any) -> Stages:
    stages = Stages(recipe_of(tmp_path), Store(tmp_path / "store"))
    stages.__dict__["humans"] = humans
    return stages


def track(stages: Stages, clip: Clip) -> PersonTrack:
    person = stages._person(clip, frames_of(clip))
    return stages._track(clip, frames_of(clip), CAMERA, person)[1]


def test_who_wants_the_person_is_told_him_and_he_is_found_once(tmp_path: Path, clip: Clip, found: list[int]) -> None:
    first, second = Told(True), Told(True)
    track(stages_with(tmp_path, first), clip)
    unknown = replace(clip, video=replace(clip.video, focal_px=None))
    other = stages_with(tmp_path, second)
    person = other._person(unknown, frames_of(unknown))
    assert found == [8], "the store has him, whatever the focal"
    assert first.persons[0] is not None and person is not None
    assert person.masks.packed.tobytes() == first.persons[0].masks.packed.tobytes()
    assert person.masks.frames is not None and person.masks.frames.tolist() == [0, 7]


def test_whose_track_is_stored_he_is_looked_for_no_more(tmp_path: Path, clip: Clip, found: list[int]) -> None:
    stages = stages_with(tmp_path, Told(True))
    stages.store.put("humans", stages.humans_key(clip), Artifact())
    assert stages._person(clip, frames_of(clip)) is None
    assert found == []


@pytest.mark.parametrize("humans", [Told(False), type("Old", (), {"info": EstimatorInfo("old", 1)})()])
def test_who_does_not_want_him_is_not_told(tmp_path: Path, clip: Clip, found: list[int], humans: Any) -> None:
    assert stages_with(tmp_path, humans)._person(clip, frames_of(clip)) is None
    assert found == []
