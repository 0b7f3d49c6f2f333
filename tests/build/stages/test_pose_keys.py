"""What is known of a camera's pose is in the keys of what depends on it, and of nothing else."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from share_data.build.stages.keys import StageKeys, identity
from share_data.camera import Calibration
from share_data.pipeline.camera.pose import known_pose
from share_data.pipeline.scene.scale import ScaleConfig
from share_data.recipe.reading import parse_recipe
from share_data.records import EstimatorInfo, Video

CLIP = identity("0" * 64, 0, 10)
VIDEO = Video("local", "a", "a.mp4")
HELD = replace(VIDEO, calibration=Calibration.of(gravity=np.array([0.0, 1.0, 0.1])))


def keys_of(folder: Path, **camera: Any) -> StageKeys:
    source = {"kind": "local", "root": str(folder)}
    recipe = parse_recipe({"schema_version": 1, "name": "x", "sources": [source], "camera": camera}, "test")
    return StageKeys(recipe, EstimatorInfo("humans", 1), EstimatorInfo("geometry", 1), "body", ScaleConfig())


def test_a_pose_makes_another_reconstruction_and_none_changes_no_key(tmp_path: Path) -> None:
    keys = keys_of(tmp_path)
    plain = known_pose(keys_of(tmp_path)._recipe.camera, None)
    recipes = [known_pose(keys_of(tmp_path, **{field: 2.0})._recipe.camera, None) for field in ("roll_deg", "height_m")]
    held = known_pose(keys_of(tmp_path)._recipe.camera, HELD.calibration)
    assert keys.reconstruct("g", "", plain) == keys.reconstruct("g")
    assert len({keys.reconstruct("g", "", pose) for pose in (plain, *recipes, held)}) == 4
    assert len({keys.geometry("h", None, pose) for pose in (plain, *recipes, held)}) == 4


def test_a_sources_calibration_makes_other_jobs_and_its_absence_the_same_as_ever(tmp_path: Path) -> None:
    keys = keys_of(tmp_path)
    assert keys.fetch_digest(VIDEO) != keys.fetch_digest(HELD)
    assert keys.reconstruct_digest(CLIP, VIDEO, "key") != keys.reconstruct_digest(CLIP, HELD, "key")
    recipes = keys_of(tmp_path, pitch_deg=10.0)
    assert recipes.reconstruct_digest(CLIP, VIDEO, "key") != keys.reconstruct_digest(CLIP, VIDEO, "key")
    assert recipes.humans(CLIP, _intrinsics()) == keys.humans(CLIP, _intrinsics())


def _intrinsics() -> Any:
    from share_data.camera import Intrinsics

    return Intrinsics.centred(500.0, 640, 480)
