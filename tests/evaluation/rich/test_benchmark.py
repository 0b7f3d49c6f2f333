"""The RICH benchmark on a made-up copy of RICH: errors worked out by hand come out, whatever is wrong is said."""

import json
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import rich_tree
from rich.console import Console
from rich_tree import clip

from share_data.errors import CorpusError, SourceError
from share_data.evaluation.rich.benchmark import foot_skating, run_rich_benchmark
from share_data.evaluation.rich.published import METHODS, METRICS, TOTALS, published_summary
from share_data.evaluation.rich.report import benchmark_json, benchmark_markdown, render_benchmark
from share_data.evaluation.rich.tables import pooled
from share_data.sources.rich.calibration import read_calibration
from share_data.sources.rich.published import published_clips

LUNGE, JACK, FENCE = (
    "Gym_010_lunge1_batch00",
    "LectureHall_021_plankjack1_batch02",
    "ParkingLot2_017_overfence2_batch07",
)
SD = np.sqrt(100 * 101 / 12)
"""Sample standard deviation of 0, 1, ..., 99."""


def predict(name: str, error: np.ndarray, frame: str = "camera") -> dict[str, np.ndarray]:
    """Truth as the clip's camera sees it, plus `error` (100, 3); half of the vertices are off by three times that."""
    true = rich_tree.truth(clip(name))
    spread = np.where(np.arange(6890) < 3445, 1.0, 3.0)[:, None]
    if frame == "camera":
        true = {part: rich_tree.to_camera(points, clip(name).camera) for part, points in true.items()}
    return {"joints": true["joints"] + error[:, None], "vertices": true["vertices"] + error[:, None] * spread}


def ramp(start: float, step: float, direction: tuple[float, float, float] = (0.6, 0.0, 0.8)) -> np.ndarray:
    """(100, 3): errors of length start, start + step, ... in one direction (a unit vector)."""
    return np.outer(start + step * np.arange(100), direction)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Truth of two clips: joints alone."""
    rich_tree.build(tmp_path / "rich", [LUNGE, FENCE])
    return tmp_path / "rich"


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """Predictions for both: errors of 0.10, 0.11, ..., 1.09 m, and of 0.5 m throughout."""
    rich_tree.save(tmp_path / "saved", clip(LUNGE), predict(LUNGE, ramp(0.1, 0.01)), ["joints"])
    rich_tree.save(tmp_path / "saved", clip(FENCE), predict(FENCE, ramp(0.5, 0, (0, -1, 0))), ["joints"])
    return tmp_path / "saved"


@pytest.fixture
def vertices(tree: Path, saved: Path) -> None:
    """Vertices for the first clip."""
    rich_tree.save(tree / "smpl", clip(LUNGE), rich_tree.truth(clip(LUNGE)), ["vertices"])
    rich_tree.save(saved, clip(LUNGE), predict(LUNGE, ramp(0.1, 0.01)), ["vertices"])


def settings(folder: Path, **content: object) -> None:
    (folder / "predictions.json").write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.usefixtures("vertices")
def test_known_errors_come_out(tree: Path, saved: Path):
    found = run_rich_benchmark(tree, saved)
    lunge, fence = found.results
    assert (lunge.clip.name, fence.clip.name) == (LUNGE, FENCE)
    np.testing.assert_allclose(lunge.errors["mrpe"], 0.1 + 0.01 * np.arange(100), atol=1e-9)
    np.testing.assert_allclose(lunge.errors["v2v"], 2 * (0.1 + 0.01 * np.arange(100)), atol=1e-9)
    np.testing.assert_allclose(fence.errors["mrpe"], 0.5, atol=1e-9)
    np.testing.assert_allclose(lunge.errors["mpjpe"], 0, atol=1e-9)
    np.testing.assert_allclose(
        np.hypot(lunge.errors["depth"], lunge.errors["lateral"]), lunge.errors["mrpe"], atol=1e-9
    )
    assert "v2v" not in fence.errors


@pytest.mark.usefixtures("vertices")
def test_mean_and_standard_deviation_are_over_all_frames_pooled(tree: Path, saved: Path):
    found = pooled(run_rich_benchmark(tree, saved).results)
    mrpe, v2v = found["mrpe"], found["v2v"]
    mean = (0.595 + 0.5) / 2
    # Sums of squares: 100 equally spaced values around 0.595 and 100 values of 0.5, each about the common mean.
    squares = 99 * (0.01 * SD) ** 2 + 100 * (0.595 - mean) ** 2 + 100 * (0.5 - mean) ** 2
    assert mrpe.mean == pytest.approx(mean, abs=1e-6)
    assert mrpe.sd == pytest.approx(np.sqrt(squares / 199), abs=1e-6)
    assert (mrpe.frames, mrpe.clips, mrpe.low, mrpe.high) == (200, 2, pytest.approx(0.5), pytest.approx(0.595))
    assert v2v.mean == pytest.approx(1.19, abs=1e-6)
    assert v2v.sd == pytest.approx(0.02 * SD, abs=1e-6)
    assert (v2v.frames, v2v.low) == (100, None)


@pytest.mark.usefixtures("vertices")
def test_world_frame_predictions_give_the_same(tree: Path, tmp_path: Path):
    folder = tmp_path / "world"
    rich_tree.save(folder, clip(LUNGE), predict(LUNGE, ramp(0.1, 0.01), frame="world"))
    settings(folder, frame="world", method="mine")
    found = run_rich_benchmark(tree, folder)
    assert found.method == "mine"
    np.testing.assert_allclose(found.results[0].errors["mrpe"], 0.1 + 0.01 * np.arange(100), atol=1e-9)
    np.testing.assert_allclose(found.results[0].errors["v2v"], 2 * (0.1 + 0.01 * np.arange(100)), atol=1e-9)


@pytest.mark.parametrize("size", [4112, 1028])
@pytest.mark.parametrize("frame", ["camera", "world"])
def test_focal_modes_rescale_the_depth_of_the_person(tmp_path: Path, size: int, frame: str):
    rich_tree.build(tmp_path / "rich", [FENCE])
    camera, used = clip(FENCE).camera, 4000.0
    true_focal = rich_tree.FOCALS[camera]
    seen = rich_tree.to_camera(rich_tree.truth(clip(FENCE))["joints"], camera)
    depth = seen[:, 0, 2]
    shift = np.stack([0 * depth, 0 * depth, depth * (used / true_focal - 1)], axis=1)[:, None]
    # Overfence is seen by camera 0, whose frame is the world: the same arrays serve as either.
    rich_tree.save(tmp_path / "saved", clip(FENCE), {"joints": seen + shift})
    settings(
        tmp_path / "saved", focal={"ParkingLot2_017_overfence2": used * size / 4112}, image_long_side=size, frame=frame
    )
    expected = {
        "predicted": depth * (used / true_focal - 1),
        "true": 0 * depth,
        "default": depth * (4112 / true_focal - 1),
    }
    for mode, error in expected.items():
        found = run_rich_benchmark(tmp_path / "rich", tmp_path / "saved", mode).results[0]
        np.testing.assert_allclose(found.errors["mrpe"], error, atol=1e-9)
        np.testing.assert_allclose(found.errors["mpjpe"], 0, atol=1e-9)
        assert found.focal == pytest.approx(used) and found.true_focal == true_focal


def test_a_mode_that_needs_the_focal_says_how_to_state_it(tree: Path, saved: Path):
    with pytest.raises(
        CorpusError, match=r'predictions\.json: the focal that Gym_010_lunge1_batch00 .*"Gym_010_lunge1"'
    ):
        run_rich_benchmark(tree, saved, "true")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"frame": "body"}', "frame: Input should be 'camera' or 'world'"),
        ('{"focals": {}}', "did you mean 'focal'"),
        ('{"focal": {"Gym_010_lunge1": -3}}', "focal.Gym_010_lunge1"),
        ('{"focal": {"Gym_010_lung1": 3577}}', "'Gym_010_lung1' is none of"),
        ("{", "Invalid JSON"),
    ],
)
def test_a_wrong_predictions_file_is_named_with_the_field(tree: Path, saved: Path, content: str, said: str):
    (saved / "predictions.json").write_text(content)
    with pytest.raises(CorpusError) as caught:
        run_rich_benchmark(tree, saved)
    assert "predictions.json" in str(caught.value) and said in str(caught.value)


@pytest.mark.usefixtures("vertices")
def test_other_spellings_of_the_files(tree: Path, tmp_path: Path):
    arrays = predict(LUNGE, ramp(0.1, 0.01))
    folder = tmp_path / "theirs" / "Gym_010_lunge1_cam1_batch00"
    folder.mkdir(parents=True)
    for part, values in arrays.items():
        np.save(folder / f"{part}.npy", values.astype(np.float32))
    (tmp_path / "copy").mkdir()
    tree.rename(tmp_path / "copy" / "data")
    found = run_rich_benchmark(tmp_path / "copy", tmp_path / "theirs").results[0]
    np.testing.assert_allclose(found.errors["v2v"], 2 * (0.1 + 0.01 * np.arange(100)), atol=1e-5)


def test_clips_that_are_not_there_are_listed_with_what_was_expected(tree: Path, saved: Path):
    (tree / "scan_calibration" / "LectureHall" / "calibration" / "003.xml").unlink()
    rich_tree.write_bodies(tree, "ParkingLot2_017_overfence2", 100)
    rich_tree.save(tree / "smpl", clip("Gym_011_dips3_batch00"), {"joints": np.zeros((100, 24, 3))})
    found = run_rich_benchmark(tree, saved)
    assert [lack.clip for lack in found.missing] == [
        known for known in published_clips() if known.name not in (LUNGE, FENCE)
    ]
    lacks = {lack.clip.name: lack for lack in found.missing}
    assert lacks[JACK].expected.endswith("LectureHall/calibration/003.xml")
    assert lacks["Gym_011_dips3_batch00"].expected.startswith("predictions")
    fence = lacks["ParkingLot2_017_overfence2_batch00"]
    assert "overfence2_batch00_joints.npy (100, 24, 3)" in fence.expected
    assert "SMPL-X bodies of frames 00140 to 00239" in fence.found
    assert "no bodies either" in lacks["Gym_010_lunge1_batch01"].found


def test_nothing_to_evaluate_is_an_error_that_names_the_first_lack(tree: Path, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(CorpusError, match=r"none of the 33 clips .* expected predictions .*lunge1_batch00_joints\.npy"):
        run_rich_benchmark(tree, tmp_path / "empty")


def test_folders_that_are_not_there(tree: Path, tmp_path: Path):
    with pytest.raises(SourceError, match="not a copy of RICH, there is no such folder"):
        run_rich_benchmark(tmp_path / "nowhere", tmp_path)
    with pytest.raises(SourceError, match="neither it nor its folder data holds scan_calibration"):
        run_rich_benchmark(tmp_path, tmp_path)
    with pytest.raises(CorpusError, match="Predictions are saved as"):
        run_rich_benchmark(tree, tmp_path / "nowhere")


@pytest.mark.parametrize("shape", [(99, 24, 3), (2, 100, 24, 3), (100, 22, 3)])
def test_predictions_of_another_shape_are_refused(tree: Path, saved: Path, shape: tuple[int, ...]):
    np.save(saved / f"{LUNGE}_joints.npy", np.zeros(shape))
    with pytest.raises(
        CorpusError, match=r"lunge1_batch00_joints\.npy: expected joints of shape \(100, 24, 3\)"
    ) as caught:
        run_rich_benchmark(tree, saved)
    assert f"found float64 of shape {shape}" in str(caught.value)


def test_a_method_may_not_leave_out_frames(tree: Path, saved: Path):
    joints = np.load(saved / f"{LUNGE}_joints.npy")
    joints[40:43] = np.nan
    np.save(saved / f"{LUNGE}_joints.npy", joints)
    with pytest.raises(CorpusError, match=r"3 frame.* the first is frame 40 of the clip"):
        run_rich_benchmark(tree, saved)


@pytest.mark.usefixtures("vertices")
def test_frames_without_truth_are_left_out_and_said(tree: Path, saved: Path):
    for part in ("joints", "vertices"):
        values = np.load(tree / "smpl" / f"{LUNGE}_{part}.npy")
        values[10:90] = np.nan
        np.save(tree / "smpl" / f"{LUNGE}_{part}.npy", values)
    lunge = run_rich_benchmark(tree, saved).results[0]
    assert lunge.frames == 20 and lunge.remarks == (f"{LUNGE}: 80 frame(s) without truth left out",)
    expected = 0.1 + 0.01 * np.r_[0:10, 90:100]
    np.testing.assert_allclose(lunge.errors["mrpe"], expected, atol=1e-9)
    np.testing.assert_allclose(lunge.errors["v2v"], 2 * expected, atol=1e-9)


def test_pickled_and_truncated_arrays_are_refused(tree: Path, saved: Path):
    path = saved / f"{LUNGE}_joints.npy"
    content = path.read_bytes()
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(CorpusError, match=r"not a readable \.npy array"):
        run_rich_benchmark(tree, saved)
    path.write_bytes(content[:5000])
    with pytest.raises(CorpusError, match=r"not a readable \.npy array"):
        run_rich_benchmark(tree, saved)


# The truth against RICH's own bodies


def test_bodies_confirm_the_truth_and_other_people_do_not_disturb(tree: Path, saved: Path):
    rich_tree.write_bodies(tree, "Gym_010_lunge1", 100, people=["021", "009"])
    assert run_rich_benchmark(tree, saved).results[0].remarks == ()


def test_truth_exported_in_the_camera_frame_is_found_out(tree: Path, saved: Path):
    rich_tree.write_bodies(tree, "Gym_010_lunge1", 100)
    joints = rich_tree.to_camera(rich_tree.truth(clip(LUNGE))["joints"], clip(LUNGE).camera)
    rich_tree.save(tree / "smpl", clip(LUNGE), {"joints": joints})
    with pytest.raises(SourceError, match="the truth of Gym_010_lunge1_batch00 is not where RICH's bodies are"):
        run_rich_benchmark(tree, saved)


def test_truth_of_another_batch_is_found_out(tree: Path, saved: Path):
    rich_tree.write_bodies(tree, "Gym_010_lunge1", 100)
    rich_tree.save(tree / "smpl", clip(LUNGE), rich_tree.truth(clip("Gym_010_lunge1_batch01")), ["joints"])
    with pytest.raises(SourceError, match="from the one at position 0, in order"):
        run_rich_benchmark(tree, saved)


def test_bodies_missing_from_the_copy_are_remarked(tree: Path, saved: Path):
    rich_tree.write_bodies(tree, "Gym_010_lunge1", 102)
    bodies = tree / "bodies" / "test" / "Gym_010_lunge1"
    (bodies / "00051" / "010.pkl").unlink()
    (bodies / "00051").rmdir()
    (bodies / "00007" / "010.pkl").unlink()
    lunge = run_rich_benchmark(tree, saved).results[0]
    where = f"{LUNGE}: bodies/test/Gym_010_lunge1"
    assert lunge.remarks == (
        f"{where} lacks frame 00051",
        f"{where}: 1 frame(s) without 010.pkl",
        f"{LUNGE}: the truth could not be checked against the bodies",
    )
    np.testing.assert_allclose(lunge.errors["mrpe"], 0.1 + 0.01 * np.arange(100), atol=1e-9)


def test_a_hostile_body_is_refused_and_runs_nothing(tree: Path, saved: Path, tmp_path: Path):
    class Evil:
        def __reduce__(self) -> object:
            return os.system, (f"touch {tmp_path / 'mark'}",)

    rich_tree.write_bodies(tree, "Gym_010_lunge1", 100)
    path = tree / "bodies" / "test" / "Gym_010_lunge1" / "00050" / "010.pkl"
    path.write_bytes(pickle.dumps({"transl": Evil()}))
    with pytest.raises(SourceError, match=r"00050/010\.pkl: refused, because it names posix\.system"):
        run_rich_benchmark(tree, saved)
    assert not (tmp_path / "mark").exists()


# Calibrations


def test_calibration_as_opencv_writes_it(tmp_path: Path):
    rich_tree.write_calibrations(tmp_path)
    found = read_calibration(tmp_path / "scan_calibration" / "Gym" / "calibration" / "003.xml")
    np.testing.assert_allclose(found.world_to_camera, rich_tree.world_to_camera(3), atol=1e-12)
    np.testing.assert_allclose(found.camera_to_world @ rich_tree.world_to_camera(3), np.eye(4), atol=1e-12)
    assert found.focal == 4650


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda text: text[:200], "not a readable XML file"),
        (lambda text: text.replace("CameraMatrix", "Camera"), "has no CameraMatrix/data"),
        (lambda text: text.replace("4650.", "f", 1), "Intrinsics holds something that is not a number"),
        (lambda text: text.replace("4650.", "-4650."), "the focal length in Intrinsics is -4650.0"),
        (lambda text: text.replace("4650.", ".Nan", 1), "Intrinsics holds something that is not a number"),
        (lambda text: text.replace("4650.", "nan", 1), "Intrinsics should hold 9 finite numbers"),
        (lambda text: text.replace("4650. 0.", "4650.", 1), "Intrinsics should hold 9 finite numbers, found 8"),
        (lambda text: text.replace("?>", '?><!DOCTYPE a [<!ENTITY b "b">]>'), "declares no document type"),
        (lambda text: text.replace("<data>", "<data> 2. ", 1), "CameraMatrix should hold 12 finite numbers, found 13"),
    ],
)
def test_a_damaged_calibration_is_named_with_what_is_wrong(tmp_path: Path, edit: object, said: str):
    rich_tree.write_calibrations(tmp_path, ["Gym"])
    path = tmp_path / "scan_calibration" / "Gym" / "calibration" / "003.xml"
    path.write_text(edit(path.read_text()))  # type: ignore[operator]
    with pytest.raises(SourceError) as caught:
        read_calibration(path)
    assert "003.xml" in str(caught.value) and said in str(caught.value)


def test_a_calibration_whose_axes_are_mirrored_or_missing(tmp_path: Path):
    rich_tree.write_calibrations(tmp_path, ["Gym"])
    path = tmp_path / "scan_calibration" / "Gym" / "calibration" / "000.xml"
    path.write_text(path.read_text().replace("<data>\n    1. ", "<data>\n    -1. ", 1))
    with pytest.raises(SourceError, match="not a rotation"):
        read_calibration(path)
    with pytest.raises(SourceError, match=r"009\.xml: cannot be read"):
        read_calibration(path.with_name("009.xml"))


# What was published


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("metric", METRICS)
def test_published_clips_add_up_to_the_published_totals(method: str, metric: str):
    found = published_summary(method, metric, published_clips())
    assert found.mean == pytest.approx(TOTALS[method, metric][0], abs=0.005 + 1e-4)
    assert found.low is not None and found.high is not None and found.low < found.mean < found.high
    assert (found.sd, found.frames) == (TOTALS[method, metric][1], 3300)


def test_the_benchmark_is_33_clips_of_eight_videos():
    clips = published_clips()
    assert len({found.name for found in clips}) == 33 and len({found.sequence for found in clips}) == 8
    assert all(found.first == 100 * found.batch for found in clips)
    assert {(found.sequence, found.camera) for found in clips} >= {("Gym_012_lunge2", 4), ("ParkingLot2_009_impro1", 2)}


# Reports


@pytest.mark.usefixtures("vertices")
def test_the_report_stands_beside_the_published_figures(tree: Path, saved: Path):
    found = run_rich_benchmark(tree, saved)
    console = Console(width=200, record=True, file=open(os.devnull, "w"))  # noqa: SIM115, PTH123
    console.print(render_benchmark(found))
    for text in (console.export_text(), benchmark_markdown(found)):
        assert "RICH, 2 of 33 clips, 200 frames, focal as predicted" in text
        assert "0.44 ± 0.37" in text and "0.55 ± 0.2" in text
        assert "31 of 33 clips not evaluated" in text and "transfer_model" in text
        assert "V2V over 1 of 2 clips" in text and "Fewer than 10 clips" in text
        assert "Gym_010_lunge1, batch 01, 02: expected SMPL ground truth" in text
    totals = next(line for line in benchmark_markdown(found).splitlines() if line.startswith("| SHARE, the same clips"))
    assert "| 0.36 [0.16, 0.56] | 0.19 |" in totals, "V2V, of the one clip that has it here"


def test_json_holds_everything(tree: Path, saved: Path):
    content = json.loads(json.dumps(benchmark_json(run_rich_benchmark(tree, saved)), allow_nan=False))
    assert (content["evaluated"], content["published"], content["focal_mode"]) == (2, 33, "predicted")
    assert len(content["missing"]) == 31
    lunge = content["clips"][0]
    assert lunge["metrics"]["mrpe"]["sd"] == pytest.approx(0.01 * SD, abs=1e-6)
    assert lunge["published"]["share_mrpe"] == 0.1648
    difference = content["tables"][1]["rows"][0]["mrpe"]
    assert difference["mean"] == pytest.approx((0.595 - 0.1648 + 0.5 - 0.5638) / 2, abs=1e-6)


def test_skating_counts_only_feet_that_stand():
    true, moving = np.zeros((4, 6890, 3)), np.zeros((4, 6890, 3))
    true[:, 3216, 0] = [0, 0.02, 0.04, 0.06]  # the left toe walks
    true[2:, 3387] = np.nan  # the left heel has no truth from frame 2 on
    moving[:, :, 0] = np.array([0, 0.003, 0.006, 0.009])[:, None]
    np.testing.assert_allclose(foot_skating(moving, true, np.arange(4) / 30), 0.003)
    assert len(foot_skating(moving, true, np.arange(4) / 30)) == 3 + 3 + 1
