"""Clips of a camera that sways: rejected as filmed, turned back where the recipe asks for it; others stay so."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import light
import numpy as np
import pytest
from light import recipe_of
from square_finder import SquareFinder
from swaying import HEIGHT, WIDTH, film, homographies, sway

from share_data.build.stages import scans
from share_data.build.stages.keys import identity_of
from share_data.build.stages.measuring import frames_of
from share_data.build.stages.stages import Stages
from share_data.camera import Intrinsics
from share_data.corpus.read import Corpus
from share_data.corpus.validate import validate_corpus
from share_data.errors import EstimationError, RecipeError
from share_data.filters.base import FilterConfig, Observation
from share_data.filters.static_camera import SWAY
from share_data.pipeline.geometry.base import estimator_of
from share_data.pipeline.geometry.sensor.estimator import SensorConfig, SensorEstimator
from share_data.records import Clip, Measurement, Video
from share_data.scan.passing import scan_video
from share_data.store.store import Store

VIDEO = Video("local", "v", "file:v.mp4")
FILTERS = "filters=[{kind: static_camera}]"
STABILISE = "camera.stabilise=true"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Films of three cameras, and one store; bright squares are people."""
    folder = tmp_path_factory.mktemp("swaying")
    for name, pct in (("still", 0.0), ("sways", 0.5), ("moves", 1.8)):
        film(folder / f"{name}.mp4", pct)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scans, "scan_video", lambda path, *args: scan_video(path, *args[:3], SquareFinder(), args[4]))
        yield folder


def _stages(root: Path, *overrides: str) -> Stages:
    return Stages(recipe_of(root, FILTERS, *overrides), Store(root / "store"))


def _clip(stages: Stages, root: Path, name: str) -> Clip:
    (clip,) = stages.mine(VIDEO, root / f"{name}.mp4").clips
    return clip


def _reason(stages: Stages, clip: Clip) -> str:
    (verdict,) = stages.judging.of_clip({each.filter: each.scores for each in stages.measure(clip)})
    return verdict.reason


@pytest.mark.parametrize(
    ("name", "as_filmed", "asked"),
    [("still", "", ""), ("sways", "camera_moves", ""), ("moves", "camera_moves", "camera_moves")],
)
def test_a_swaying_camera_is_kept_where_the_recipe_asks_for_it(
    root: Path, name: str, as_filmed: str, asked: str
) -> None:
    plain, turning = _stages(root), _stages(root, STABILISE)
    clip = _clip(turning, root, name)
    assert (_reason(plain, clip), _reason(turning, clip)) == (as_filmed, asked)
    assert (turning.steadied(clip).stabilising is not None) == (as_filmed != asked)


class Restless:
    """Somebody else's filter, which decodes the frames: how much a corner of the picture changes."""

    kind, version, needs = "restless", 1, "frames"

    def measure(self, observation: Observation) -> Measurement:
        assert observation.frames is not None
        corners = np.stack([image[4:60, 4:60] for image in observation.frames]).astype(np.float64)
        return Measurement(self.kind, self.version, {"change": float(corners.std(axis=0).mean())})


def test_a_filter_that_decodes_frames_sees_them_as_later_stages_do(root: Path) -> None:
    change = {}
    for name, overrides in (("still", (STABILISE,)), ("sways", ()), ("sways", (STABILISE,))):
        stages = _stages(root, *overrides)
        stages.judging._filters.append((Restless(), FilterConfig(kind="restless")))  # type: ignore[arg-type]
        clip = _clip(_stages(root, STABILISE), root, name)
        measured = {each.filter: dict(each.scores) for each in stages.measure(clip)}
        assert list(measured) == ["static_camera", "restless"]
        assert stages.stored_scores(identity_of(clip)) == measured
        change[name, bool(overrides)] = measured["restless"]["change"]
    assert change["still", True] < change["sways", True] < 0.7 * change["sways", False], "turned by cubic splines"


def test_the_transform_undoes_the_sway_in_every_frame(root: Path) -> None:
    stages = _stages(root, STABILISE)
    clip = stages.steadied(_clip(stages, root, "sways"))
    assert clip.stabilising is not None
    (reference,) = np.flatnonzero((clip.stabilising == np.eye(3)).all(axis=(1, 2)))
    moved = homographies(sway(0.5)) @ np.linalg.inv(homographies(sway(0.5))[reference])
    corners = np.array([[0, 0, 1], [WIDTH, 0, 1], [0, HEIGHT, 1], [WIDTH, HEIGHT, 1.0]])
    back = corners @ np.swapaxes(clip.stabilising @ moved, 1, 2)
    off = np.linalg.norm(back[..., :2] / back[..., 2:] - corners[:, :2], axis=-1)
    assert off.max() < 0.3
    assert off.mean() < 0.1


def test_the_motion_that_is_left_is_what_thresholds_judge(root: Path) -> None:
    turning = _stages(root, STABILISE)
    clip = _clip(turning, root, "sways")
    filmed, left = (stages.measure(clip)[0].scores for stages in (_stages(root), turning))
    assert left[SWAY] == filmed["corner_shift_pct"] > 0.3
    assert left["corner_shift_pct"] < 0.05
    strict = _stages(root, STABILISE, f"filters.static_camera.max_corner_shift_pct={left['corner_shift_pct'] / 2}")
    assert _reason(strict, _clip(strict, root, "sways")) == "camera_moves"


def test_every_stage_reads_the_frames_turned_back(root: Path) -> None:
    stages = _stages(root, STABILISE)
    filmed = _clip(stages, root, "sways")
    truly = np.linalg.inv(homographies(sway(0.5)))
    spread = []
    for clip in (filmed, stages.steadied(filmed), replace(filmed, stabilising=truly)):
        images = np.stack(frames_of(clip).read(range(0, len(clip), 5))).astype(np.float32)
        spread.append(float(images[:, 5:55, 5:-5].std(axis=0).mean()))  # of the wall above the square
    assert spread[1] < 0.7 * spread[0]
    assert spread[1] == pytest.approx(spread[2], rel=0.05), "what is left is the encoder's"


def test_only_the_clips_that_are_turned_back_have_other_keys(root: Path) -> None:
    camera = Intrinsics.from_hfov(60, WIDTH, HEIGHT)
    keys: dict[str, list[str]] = {}
    for stages in (_stages(root), _stages(root, STABILISE)):
        for name in ("still", "sways", "moves"):
            clip = stages.steadied(_clip(_stages(root, STABILISE), root, name))
            keys.setdefault(name, []).append(stages.keys.humans(identity_of(clip), camera))
    assert {name: first == second for name, (first, second) in keys.items()} == {
        "still": True,
        "sways": False,
        "moves": True,
    }


def test_what_the_store_has_lost_counts_as_missing_and_comes_again_the_same(root: Path, tmp_path: Path) -> None:
    stages = Stages(recipe_of(root, FILTERS, STABILISE), Store(tmp_path / "store"))
    clip = _clip(stages, root, "sways")
    first = stages.steadied(clip).stabilising
    stages.store.path("steady", stages.keys.steady(identity_of(clip))).unlink()
    assert stages.stored_scores(identity_of(clip)) is None
    assert stages.steadied_before(clip) is None
    np.testing.assert_array_equal(stages.steadied(clip).stabilising, first)


def test_the_record_keeps_the_transforms_that_its_clip_was_turned_back_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    light.make_videos(tmp_path, 1)

    def turned(self: Stages, clip: Clip) -> Clip:
        return replace(clip, stabilising=np.stack([(1 + k) * np.eye(3, dtype=np.float32) for k in range(len(clip))]))

    monkeypatch.setattr(light.LightStages, "steadied", turned)
    assert light.light_build(tmp_path).records == 1
    assert validate_corpus(tmp_path / "out") == []
    (record,) = Corpus(tmp_path / "out")
    np.testing.assert_array_equal(record.arrays["stabilising"][:, 0, 0], 1 + np.arange(record.metadata["n_frames"]))


def test_the_filter_that_tells_which_cameras_sway_is_asked_for(root: Path) -> None:
    with pytest.raises(RecipeError, match=r"camera\.stabilise: static_camera tells which cameras sway"):
        recipe_of(root, STABILISE)


def test_depth_beside_the_video_is_not_turned_back_with_it(root: Path) -> None:
    stages = _stages(root)
    sensor: Any = SensorEstimator(SensorConfig())
    clip = replace(_clip(stages, root, "still"), stabilising=np.eye(3)[None])
    with pytest.raises(EstimationError, match=r"this clip's camera sways. Leave camera\.stabilise out"):
        estimator_of(sensor, clip)
