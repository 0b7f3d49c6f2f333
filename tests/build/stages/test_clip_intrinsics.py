"""Which focal a clip gets where nobody knows it: what an estimator sees, what the file tells, a default."""

import math
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from lens_files import QUICKTIME, told_by

from share_data.build.camera_pool import CameraPool, Still
from share_data.build.codecs import to_artifact
from share_data.build.stages.clip_intrinsics import ClipIntrinsics
from share_data.build.stages.keys import identity_of
from share_data.build.stages.stages import Stages
from share_data.pipeline.camera.focal import UNSEEN, SeenFocal
from share_data.recipe.reading import apply_override, parse_recipe
from share_data.records import Clip, Video
from share_data.store.store import Store

PORTRAIT = (108, 192)


def stages_of(root: Path, *overrides: str) -> Stages:
    recipe = {"schema_version": 1, "name": "lens", "sources": [{"kind": "local", "root": str(root)}]}
    for override in overrides:
        apply_override(recipe, override)
    return Stages(parse_recipe(recipe, "test"), Store(root / "cache"))


def clip_of(path: Path) -> Clip:
    return Clip(Video("local", "v", "file:v"), path, "0" * 64, 0, 4, np.arange(4) / 30, *PORTRAIT)


@pytest.fixture
def phone(tmp_path: Path) -> Clip:
    return clip_of(told_by(tmp_path / "phone.mov", of_file={QUICKTIME: "26"}, size=PORTRAIT))


@pytest.fixture
def other(tmp_path: Path) -> Clip:
    return clip_of(told_by(tmp_path / "other.mp4", size=PORTRAIT))


def test_the_lens_comes_after_who_knows_or_sees_and_before_the_default(phone: Clip, other: Clip) -> None:
    root = phone.path.parent
    chosen = [
        stages_of(root, "camera.focal_px=150.0").intrinsics.chosen(phone, lambda *_: SeenFocal(160.0, 170.0)),
        stages_of(root).intrinsics.chosen(phone, lambda *_: SeenFocal(160.0, 170.0)),
        stages_of(root).intrinsics.chosen(phone, lambda *_: SeenFocal(None, 170.0)),
        stages_of(root).intrinsics.chosen(phone, lambda *_: UNSEEN),
        stages_of(root).intrinsics.chosen(other, lambda *_: UNSEEN),
    ]
    assert [camera.source for camera in chosen] == ["recipe", "geometry", "edges", "lens", "default"]
    diagonal, half = math.hypot(*PORTRAIT), PORTRAIT[1] / 2
    assert [camera.focal for camera in chosen] == pytest.approx(
        [150.0, 160.0, 170.0, 26 / math.hypot(36, 24) * diagonal, half / math.tan(math.radians(30))]
    )
    assert {(camera.cx, camera.cy) for camera in chosen} == {(54.0, 96.0)}


def test_a_driver_knows_the_key_of_a_person_seen_through_a_lens(phone: Clip, other: Clip) -> None:
    stages = stages_of(phone.path.parent)
    assert stages.humans_key(phone) == "", "the estimator has not been asked"
    stages.store.put("focal", stages.keys.focal(identity_of(phone)), to_artifact([None, None]))
    camera = stages.intrinsics.chosen(phone, lambda *_: UNSEEN)
    assert stages.humans_key(phone) == stages.keys.humans(identity_of(phone), camera)
    assert stages.humans_key(other) not in ("", stages.humans_key(phone)), "the same pixels, another lens"


def test_videos_of_a_fixed_camera_share_the_median_of_what_their_edges_tell(other: Clip) -> None:
    told = {"a": SeenFocal(), "b": SeenFocal(edges=171.0), "c": SeenFocal(edges=175.0), "d": SeenFocal(edges=240.0)}

    class Camera:
        def stills(self, _: Clip) -> tuple[Still, ...]:
            return tuple(Still(other.path, *PORTRAIT, name) for name in told)

    stages = stages_of(other.path.parent)
    pooled = ClipIntrinsics(stages.recipe.camera, stages.store, stages.keys, cast(CameraPool, Camera()))
    chosen = pooled.chosen(other, lambda _, still: told[still.sha256 if still else ""])
    assert (chosen.focal, chosen.source) == (175.0, "camera")
