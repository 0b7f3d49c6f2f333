"""AMASS files are read by smplx, the library behind every reader of them, and give the corpus' joints."""

import contextlib
import io
from pathlib import Path

import numpy as np
import pytest
import smplx
import torch
from exported import acted_corpus, assert_sides, clip_of, smpl_file, smplx_file, steady
from smplx.utils import Struct

from share_data.body.model import load_body
from share_data.corpus.read import Corpus
from share_data.errors import BodyModelError, CorpusError
from share_data.export.base import ExportOptions
from share_data.export.run import export_corpus, format_of

# 30, 25 and 29.97 frames a second: readers drop, crash on or speed up what is not exactly 30.
RATES = {"a": 30.0, "b": 25.0, "c": 30000 / 1001}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("smpl")
    body = load_body(smpl_file(folder))
    clips = [clip_of(steady(16, fps), video, subject="P 7") for video, fps in RATES.items()]
    acted_corpus(folder / "corpus", body, clips)
    smplx_file(folder / "SMPLX_NEUTRAL.npz")
    return folder


@pytest.fixture(scope="module")
def exported(place: Path) -> Path:
    form = format_of("amass", ExportOptions(smplx=place / "SMPLX_NEUTRAL.npz"))
    export_corpus(Corpus(place / "corpus"), form, place / "amass")
    return place / "amass"


def _files(folder: Path, pattern: str) -> dict[str, dict[str, np.ndarray]]:
    found = {}
    for path in sorted(folder.rglob(pattern)):
        with np.load(path, allow_pickle=False) as arrays:
            found[path.name.split("_")[1]] = dict(arrays)
    return found


def test_the_layout_is_that_of_amass_smplx_n(exported: Path) -> None:
    paths = [path.relative_to(exported).parts for path in exported.rglob("*_stageii.npz")]
    assert len(paths) == 3 and all(parts[:2] == ("acted", "P-7") for parts in paths)
    for arrays in _files(exported, "*_stageii.npz").values():
        frames = len(arrays["trans"])
        shapes = {"root_orient": 3, "pose_body": 63, "pose_hand": 90, "pose_jaw": 3, "pose_eye": 6, "poses": 165}
        assert {name: arrays[name].shape for name in shapes} == {n: (frames, width) for n, width in shapes.items()}
        assert arrays["mocap_frame_rate"].item() == 30.0 and arrays["mocap_frame_rate"].shape == ()
        assert arrays["mocap_framerate"] == 30.0 and arrays["betas"].shape == (16,) and arrays["num_betas"] == 16
        assert str(arrays["gender"]) == "neutral" and str(arrays["surface_model_type"]) == "smplx"
        assert "left_hand_pose" not in arrays
        assert frames == int(arrays["mocap_time_length"] * 30 + 0.5)


def test_smplx_gives_the_joints_of_the_corpus(place: Path, exported: Path) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        model = smplx.SMPLX(str(place / "SMPLX_NEUTRAL.npz"), use_pca=False, flat_hand_mean=True, num_betas=10)
    originals = {record.metadata["video_id"]: record.arrays["joints"] for record in Corpus(place / "corpus")}
    for name, arrays in _files(exported, "*_stageii.npz").items():
        frames = len(arrays["trans"])
        tensors = {key: torch.as_tensor(arrays[key]) for key in ("root_orient", "pose_body", "trans")}
        rest = {part: torch.zeros(frames, 3) for part in ("jaw_pose", "leye_pose", "reye_pose")}
        hands = {f"{side}_hand_pose": torch.zeros(frames, 45) for side in ("left", "right")}
        joints = model(
            betas=torch.as_tensor(arrays["betas"][:10])[None].repeat(frames, 1),
            global_orient=tensors["root_orient"], body_pose=tensors["pose_body"], transl=tensors["trans"],
            expression=torch.zeros(frames, 10), **rest, **hands,
        ).joints.numpy()  # fmt: skip
        assert_sides(joints, up=2)
        if RATES[name] == 30:
            assert np.abs(joints[:, :22] - originals[name][:, :22]).max() < 0.001
        assert np.abs(joints[0, :22] - originals[name][0, :22]).max() < 0.001


def test_smplh_files_are_read_by_smplx_as_well(place: Path) -> None:
    export_corpus(Corpus(place / "corpus"), format_of("amass_smplh", ExportOptions()), place / "smplh")
    body = load_body(place / "SMPL_NEUTRAL.npz")
    with contextlib.redirect_stdout(io.StringIO()):
        model = smplx.SMPL("", data_struct=Struct(**{n: getattr(body.arrays, n) for n in type(body.arrays).__slots__}))
    found = _files(place / "smplh", "*_poses.npz")
    for arrays in found.values():
        assert arrays["poses"].shape == (len(arrays["trans"]), 156) and not arrays["poses"][:, 66:].any()
        assert arrays["mocap_framerate"] == 30 and str(arrays["gender"]) == "neutral"
        pose, frames = torch.as_tensor(arrays["poses"]), len(arrays["trans"])
        joints = model(
            betas=torch.as_tensor(arrays["betas"][:10])[None].repeat(frames, 1),
            global_orient=pose[:, :3], body_pose=torch.cat([pose[:, 3:66], torch.zeros(frames, 6)], 1),
            transl=torch.as_tensor(arrays["trans"]),
        ).joints.detach().numpy()  # fmt: skip
        assert_sides(joints, up=2)


def test_the_summary_says_what_was_resampled_and_what_smplx_lacks(exported: Path, place: Path) -> None:
    form = format_of("amass", ExportOptions(smplx=place / "SMPLX_NEUTRAL.npz"))
    summary = export_corpus(Corpus(place / "corpus"), form, exported)  # Finished: told again.
    assert summary["finished"] and summary["clips"] == 3 and summary["clips_resampled"] == 2
    assert any("hands" in line for line in summary["says"]) and summary["left_out"] == {}


@pytest.mark.parametrize("name", ["amass", "amass_smplh"])
def test_the_mannequin_is_refused_and_other_formats_are_named(name: str, tmp_path: Path) -> None:
    acted_corpus(tmp_path / "corpus", load_body(), [clip_of(steady(4))])
    with pytest.raises(BodyModelError, match=r"mannequin.*do without: .*joints_height"):
        export_corpus(Corpus(tmp_path / "corpus"), format_of(name, ExportOptions()), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_another_rate_and_a_missing_smplx_file_are_refused(place: Path, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="30 frames a second"):
        format_of("amass", ExportOptions(fps=25))
    with pytest.raises(BodyModelError, match="--smplx"):
        export_corpus(Corpus(place / "corpus"), format_of("amass", ExportOptions()), tmp_path / "out")
    with pytest.raises(BodyModelError, match="is no SMPL-X model"):
        form = format_of("amass", ExportOptions(smplx=place / "SMPL_NEUTRAL.npz"))
        export_corpus(Corpus(place / "corpus"), form, tmp_path / "out")
