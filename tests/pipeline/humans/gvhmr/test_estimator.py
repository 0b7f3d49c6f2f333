"""The GVHMR estimator with a stand-in for its package: resampling, SMPL-X made SMPL, and what is refused."""

import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from bodies import smpl_arrays
from media import Image, moving_square, square_left, write_video
from places import SUPPORT
from scipy.spatial.transform import Rotation
from synthetic_clips import plan_of, take_of
from tram_checkout import smpl_file

from share_data import registry
from share_data.body.model import BodyModel, load_body
from share_data.camera import Intrinsics
from share_data.errors import BodyModelError, EstimationError, MissingDependencyError
from share_data.pipeline.humans.blazepose import estimator as blazepose
from share_data.pipeline.humans.gvhmr import files as gvhmr_files
from share_data.pipeline.humans.gvhmr.estimator import GvhmrConfig, GvhmrEstimator
from share_data.pipeline.humans.gvhmr.motion import inside, nearest_betas, ticks, write_resampled
from share_data.pipeline.humans.main_person import finder_stamp
from share_data.store.hashing import file_sha256
from share_data.synthetic.film import shoot
from share_data.video.frames import ClipFrames, iterate

FRAMES, FPS = 20, 24
TIMES = 5 + np.arange(FRAMES) / FPS
CAMERA = Intrinsics.centred(plan_of("walk", frames=40).focal_px, 320, 180)
STAND_IN = SUPPORT / "gvhmr_stand_in"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> ClipFrames:
    images: list[Image] = list(shoot(take_of("walk", frames=40)))[:FRAMES]
    return ClipFrames(write_video(tmp_path_factory.mktemp("clip") / "clip.mp4", images), 0, FRAMES, 320, 180)


@pytest.fixture
def body(tmp_path: Path) -> BodyModel:
    return load_body(smpl_file(tmp_path))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Weights and body models that pass for whole."""
    place = tmp_path / "weights"
    for name in (*gvhmr_files.WEIGHTS, *gvhmr_files.BODIES):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(name.encode())
    with (place / "body_models" / "smpl" / "SMPL_NEUTRAL.pkl").open("wb") as out:
        np.savez(out, **smpl_arrays())
    monkeypatch.setattr(gvhmr_files, "WEIGHTS", {name: len(name) for name in gvhmr_files.WEIGHTS})
    return place


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ModuleType]:
    """The stand-in package, and the other things that have to be on the machine."""
    monkeypatch.syspath_prepend(str(STAND_IN))
    monkeypatch.setattr(gvhmr_files, "find_spec", lambda name: name)
    monkeypatch.setattr(gvhmr_files.shutil, "which", lambda name: f"/usr/bin/{name}")
    for variable in ("GVHMR_CHECKPOINTS", "GVHMR_BODY_MODELS"):
        monkeypatch.setenv(variable, "/somewhere/else")
    monkeypatch.setenv("YOLO_AUTOINSTALL", "unset after the test")
    monkeypatch.delenv("YOLO_AUTOINSTALL")
    import gvhmr

    yield gvhmr
    sys.modules.pop("gvhmr", None)


def estimator(folder: Path, body: BodyModel, **settings: Any) -> GvhmrEstimator:
    return GvhmrEstimator(GvhmrConfig(kind="gvhmr", checkpoints=str(folder), **settings), body)


def test_a_known_height_is_part_of_what_makes_the_result(folder: Path, body: BodyModel, package: ModuleType) -> None:
    assert estimator(folder, body, height_m=1.9).info.settings["height_m"] == 1.9


def test_it_is_registered_between_the_other_two() -> None:
    assert registry.load("humans", "gvhmr") is GvhmrEstimator
    ranks = [registry.load("humans", kind).rank for kind in ("blazepose", "gvhmr", "tram")]
    assert ranks == sorted(ranks)


def test_its_motion_comes_back_at_the_clips_own_times(
    package: ModuleType, folder: Path, body: BodyModel, clip: ClipFrames, capsys: pytest.CaptureFixture[str]
) -> None:
    track = estimator(folder, body).estimate(clip, TIMES, CAMERA)
    assert track.valid.all() and len(track) == FRAMES
    seconds = np.minimum(TIMES - TIMES[0], np.floor((TIMES[-1] - TIMES[0]) * 30) / 30)
    turned = Rotation.from_euler("xy", np.stack([np.full(FRAMES, np.pi), seconds], axis=1))
    assert np.allclose((Rotation.from_rotvec(track.global_orient) * turned.inv()).magnitude(), 0, atol=1e-4)
    pose = track.body_pose.reshape(FRAMES, 23, 3)
    assert np.allclose(pose[:, 15, 2], -1.2 + 0.1 * seconds, atol=1e-4)
    assert not pose[:, [21, 22]].any()
    floats = (track.global_orient, track.body_pose, track.betas, track.transl, track.boxes, track.confidence)
    assert all(array.dtype == np.float32 and np.isfinite(array).all() for array in floats)
    assert "which video" not in capsys.readouterr().out


def test_the_shape_is_translated_and_the_pelvis_stays_where_it_is(
    package: ModuleType, folder: Path, body: BodyModel, clip: ClipFrames
) -> None:
    track = estimator(folder, body).estimate(clip, TIMES, CAMERA)
    expected = np.zeros(10)
    expected[package.ORDER] = np.linspace(-1, 1, 10)
    assert np.allclose(track.betas, expected, atol=1e-3)
    joints = body.forward(track.global_orient, track.body_pose, track.betas, track.transl).joints
    depth = 4 * CAMERA.focal / 270
    seen = body.rest_pelvis(expected.astype(np.float32)) + package.RAISED + [0, 0, depth]
    assert np.allclose(joints[0, 0], seen, atol=2e-3)


def test_it_is_told_the_shared_camera_and_that_it_stands_still(
    package: ModuleType, folder: Path, body: BodyModel, clip: ClipFrames
) -> None:
    package.calls.clear()
    estimator(folder, body).estimate(clip, TIMES, Intrinsics(250.0, 150.0, 95.0, 320, 180))
    (call,) = package.calls
    assert call["intrinsics"] == {"fx": 250.0, "cx": 150.0, "cy": 95.0}
    assert call["static_camera"] is True and call["progress"] is False
    assert not Path(call["output_dir"]).exists()


def test_it_is_run_as_published_whatever_its_own_settings_are(
    package: ModuleType, folder: Path, body: BodyModel, clip: ClipFrames
) -> None:
    """Even for a camera that stands still it would fetch the weights of the one that its gvhmr.toml names."""
    package.calls.clear()
    estimator(folder, body).estimate(clip, TIMES, CAMERA)
    stages = {stage: package.calls[0][stage] for stage in package.toml}
    assert stages == {"detector": "yolo", "pose2d": "vitpose", "backbone": "hmr2", "camera": "simplevo"}
    assert os.environ["GVHMR_CHECKPOINTS"] == str(folder)
    assert os.environ["GVHMR_BODY_MODELS"] == str(folder / "body_models")


def test_nothing_is_installed_while_it_runs_unless_the_user_wants_it(
    package: ModuleType, folder: Path, body: BodyModel, clip: ClipFrames, monkeypatch: pytest.MonkeyPatch
) -> None:
    estimator(folder, body).estimate(clip, TIMES, CAMERA)
    assert os.environ["YOLO_AUTOINSTALL"] == "false"
    monkeypatch.setenv("YOLO_AUTOINSTALL", "true")
    estimator(folder, body).estimate(clip, TIMES, CAMERA)
    assert os.environ["YOLO_AUTOINSTALL"] == "true"


def test_a_package_that_it_lacks_is_a_matter_of_setup(
    package: ModuleType, folder: Path, body: BodyModel, clip: ClipFrames, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package, "lacking", "pycolmap")
    with pytest.raises(
        MissingDependencyError, match=r"package is missing \(SystemExit: 1\).*pip install .gvhmr\[preproc\]"
    ):
        estimator(folder, body).estimate(clip, TIMES, CAMERA)
    monkeypatch.setattr(package, "recover", lambda *_, **__: importlib.import_module("chumpy_of_another_world"))
    with pytest.raises(MissingDependencyError, match="No module named 'chumpy_of_another_world'"):
        estimator(folder, body).estimate(clip, TIMES, CAMERA)


def test_a_clip_of_a_single_moment_is_an_error(
    package: ModuleType, folder: Path, body: BodyModel, clip: ClipFrames
) -> None:
    with pytest.raises(EstimationError, match=r"lasts less than 1/30 s.*clips\.min_seconds"):
        estimator(folder, body).estimate(clip, 5 + np.arange(FRAMES) / 1000, CAMERA)


def test_people_it_does_not_find_or_others_than_ours_are_errors(
    package: ModuleType, folder: Path, body: BodyModel, clip: ClipFrames, monkeypatch: pytest.MonkeyPatch
) -> None:
    gvhmr = estimator(folder, body)
    monkeypatch.setattr(package, "crop_shift", 2000.0)
    with pytest.raises(EstimationError, match=r"only 0 of 20 frames .*follow different people"):
        gvhmr.estimate(clip, TIMES, CAMERA)
    monkeypatch.setattr(package, "nobody", True)
    with pytest.raises(EstimationError, match="GVHMR's detector found nobody"):
        gvhmr.estimate(clip, TIMES, CAMERA)


def test_info_names_all_weights(package: ModuleType, folder: Path, body: BodyModel) -> None:
    info = estimator(folder, body).info
    assert {"gvhmr_siga24_release.ckpt", "yolov8x.pt", "SMPLX_NEUTRAL.npz", "movenet-multipose_h.onnx"} <= set(
        info.weights
    )
    assert info.weights["yolov8x.pt"] == file_sha256(folder / "yolo" / "yolov8x.pt")
    assert info.settings == {"min_seen": 0.5, "package": "unknown", "finder": finder_stamp()}


def test_another_version_of_the_package_or_of_the_finder_makes_other_results(
    package: ModuleType, folder: Path, body: BodyModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("share_data.needs.version", {"gvhmr": "1.7"}.__getitem__)
    monkeypatch.setattr(blazepose, "VERSION", 99)
    settings = estimator(folder, body).info.settings
    assert (settings["package"], settings["finder"]) == ("1.7", finder_stamp()) and finder_stamp().endswith(".99")


def test_weights_that_may_not_be_read_are_a_matter_of_setup(
    package: ModuleType, folder: Path, body: BodyModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("share_data.store.content.file_sha256", refuse)
    with pytest.raises(MissingDependencyError, match=r"GVHMR weights: cannot be read .*Permission denied.*\.ckpt"):
        _ = estimator(folder, body).info


def test_nothing_is_downloaded_what_is_missing_is_named(
    package: ModuleType, folder: Path, body: BodyModel, clip: ClipFrames
) -> None:
    path = folder / "yolo" / "yolov8x.pt"
    path.write_bytes(b"half")
    with pytest.raises(MissingDependencyError, match=r"lacks yolo/yolov8x\.pt.*GVHMR_CHECKPOINTS=.* gvhmr download"):
        estimator(folder, body).estimate(clip, TIMES, CAMERA)


def test_needs_on_a_bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SHARE_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("GVHMR_CHECKPOINTS", raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(gvhmr_files, "find_spec", lambda name: None)
    found = {need.name: need for need in GvhmrEstimator.needs(GvhmrConfig(kind="gvhmr"))}
    assert not any(need.met for need in found.values())
    assert found["GVHMR"].remedy == "pip install 'gvhmr[preproc]==1.6.1'"
    place = f"GVHMR_CHECKPOINTS={tmp_path}/gvhmr GVHMR_BODY_MODELS={tmp_path}/gvhmr/body_models"
    assert found["GVHMR weights"].remedy == f"{place} gvhmr download"
    assert found["GVHMR body models"].remedy.endswith(f"then: {place} gvhmr auth smpl")
    assert found["ffprobe"].remedy == "apt-get install ffmpeg"


@pytest.mark.parametrize("checkpoints", ["x" * 300, "~nobody_of_that_name/gvhmr", "a\0b"])
def test_needs_of_a_folder_that_cannot_be(checkpoints: str) -> None:
    found = {need.name: need.met for need in GvhmrEstimator.needs(GvhmrConfig(kind="gvhmr", checkpoints=checkpoints))}
    assert not found["GVHMR weights"] and not found["GVHMR body models"]


def test_what_its_detector_tracks_with_is_needed_too(package: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gvhmr_files, "find_spec", lambda name: None if name == "lap" else name)
    need = GvhmrEstimator.needs(GvhmrConfig(kind="gvhmr"))[0]
    assert (need.met, need.detail) == (False, "not installed: lap")


def test_a_package_that_is_there_by_halves_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lap", ModuleType("lap"))
    need = GvhmrEstimator.needs(GvhmrConfig(kind="gvhmr"))[0]
    assert not need.met and "lap" in need.detail


def test_the_mannequin_will_not_do(folder: Path) -> None:
    with pytest.raises(BodyModelError, match="gvhmr needs an SMPL model"):
        estimator(folder, load_body())


@pytest.mark.parametrize("fps", [10, 30, 60])
def test_the_frame_nearest_to_every_thirtieth_of_a_second_is_written(tmp_path: Path, fps: int) -> None:
    images = [image[:95, :127] for image in moving_square(24)]
    path = write_video(tmp_path / "clip.mkv", images, codec="ffv1", pix_fmt="bgr0", fps=fps)
    times = np.arange(24) / fps
    write_resampled(ClipFrames(path, 0, 24, 127, 95), times, tmp_path / "out.mp4")
    written = [image for _, image in iterate(tmp_path / "out.mp4")]
    assert len(written) == len(ticks(times)) == 23 * 30 // fps + 1
    assert written[0].shape == (96, 128, 3)
    expected = [square_left(images[round(tick * fps + 1e-9)]) for tick in ticks(times)]
    assert np.abs(np.array([square_left(image) for image in written]) - expected).max() <= (4 if fps != 30 else 1)


def test_betas_are_found_wherever_the_surface_stands(body: BodyModel) -> None:
    betas = np.linspace(-2, 2, 10).astype(np.float32)
    rest = body.arrays.v_template + body.arrays.shapedirs @ betas + [0.3, -2, 7]
    assert np.allclose(nearest_betas(rest, body), betas, atol=1e-3)


def test_a_crop_shows_the_person_whose_box_has_its_centre_in_it() -> None:
    boxes = np.array([[0, 0, 10, 10]] * 3, np.float32)
    crops = np.array([[5, 5, 12], [12, 5, 12], [5, -40, 12]], np.float32)
    assert inside(boxes, crops).tolist() == [True, False, False]
