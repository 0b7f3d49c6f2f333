"""The scripts in `examples/` run as their docstrings say, and do what they are for."""

import json
import math
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import fields
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from runpy import run_path
from types import ModuleType

import numpy as np
import pyarrow.parquet as pq
import pytest
from make_records import make_corpus
from media import texture, write_video
from places import REPOSITORY
from synthetic_clips import mannequin, owner_of, plan_of, scenes_of, take_of

from share_data.camera import Intrinsics, transform
from share_data.corpus.layout import LEDGER, MEASUREMENTS
from share_data.corpus.read import Corpus
from share_data.errors import EstimationError
from share_data.store.hashing import file_sha256
from share_data.synthetic.film import shoot
from share_data.synthetic.production import in_camera
from share_data.video.frames import ClipFrames

EXAMPLES = REPOSITORY / "examples"
FILTER = EXAMPLES / "own_filter"


def run(*arguments: str | Path, path: Path = REPOSITORY, **extra: str) -> subprocess.CompletedProcess[str]:
    """Python with these arguments, and what lies in `path` to import."""
    where = os.pathsep.join([str(path), str(REPOSITORY)])
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(
        command, env=os.environ | {"PYTHONPATH": where} | extra, capture_output=True, text=True, check=False
    )


def build(root: Path, *arguments: str | Path, path: Path) -> subprocess.CompletedProcess[str]:
    """`share-data build` below `root`, in this one process, with what lies in `path` to import."""
    folders = {"SHARE_DATA_CACHE": str(root / "cache"), "SHARE_DATA_HOME": str(root / "home")}
    command = ("-c", "from share_data.cli import main; main()", "build", *arguments)
    return run(*command, "--engine", "inline", "--output", root / "out", path=path, **folders)


def imported(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(EXAMPLES)
    return import_module(name)


def test_a_plain_loop_says_what_a_trainer_needs(tmp_path: Path) -> None:
    make_corpus(tmp_path / "corpus", 4)
    script = f"import runpy, sys\nsys.argv[1:] = [{str(tmp_path / 'corpus')!r}]\n"
    script += f"runpy.run_path({str(EXAMPLES / 'read_corpus.py')!r}, run_name='__main__')\n"
    script += "print(sorted({'torch', 'ray', 'smplx', 'onnxruntime', 'cv2'} & set(sys.modules)))"
    done = run("-c", script)
    assert done.returncode == 0, done.stderr
    *lines, heavy = done.stdout.splitlines()
    assert heavy == "[]"
    for line, record in zip(lines, Corpus(tmp_path / "corpus"), strict=True):
        seen = record.arrays["joints"][record.arrays["valid"], 0].astype(float)
        length = sum(math.dist(before, after) for before, after in pairwise(seen))
        assert line.startswith(f"{record.key}: {len(record.arrays['times'])} frames at 30.0 fps, 50 points, ")
        assert line.endswith(f"path {length:.2f} m, confidence {np.mean(record.arrays['confidence']):.2f}")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's package, installed by pip into a folder; a copy of it, so that nothing is built in the checkout."""
    root = tmp_path_factory.mktemp("own_filter")
    shutil.copytree(FILTER, root / "source")
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--target", str(root / "site")]
    done = run("-m", "pip", "install", "-q", *options, root / "source")
    assert done.returncode == 0, done.stderr
    return root / "site"


def test_a_filter_from_another_package_rejects_and_says_why(installed: Path, tmp_path: Path) -> None:
    picture = texture(160, 120)
    (tmp_path / "videos").mkdir()
    write_video(tmp_path / "videos" / "night.mp4", [picture // 8] * 30)
    write_video(tmp_path / "videos" / "day.mp4", [picture] * 30)
    # Others of the recipe's filters come after it: an empty room by day is rejected by one of those.
    done = build(tmp_path, FILTER / "recipe.yaml", "--set", f"sources.0.root={tmp_path / 'videos'}", path=installed)
    assert done.returncode == 0, done.stderr
    ledger = pq.read_table(tmp_path / "out" / LEDGER).to_pylist()
    clips = {row["parent"].split("-")[0]: row for row in ledger if row["level"] == "clip"}
    outcomes = {name: (clip["status"], clip["stage"], clip["reason"]) for name, clip in clips.items()}
    assert outcomes == {
        "local/night": ("rejected", "bright_enough", "too_dark"),
        "local/day": ("rejected", "single_person", "no_person"),
    }
    rows = pq.read_table(tmp_path / "out" / MEASUREMENTS).to_pylist()
    measured = {row["video"].split("-")[0]: row for row in rows}
    for name, shown in (("local/night", picture // 8), ("local/day", picture)):
        assert measured[name]["bright_enough.luminance_min"] == pytest.approx(shown.mean(), abs=2)


def write_tracks(folder: Path, frames: int) -> tuple[Path, dict[str, np.ndarray]]:
    """A rendered clip, and its true motion as somebody's estimator might have stored it; camera frame."""
    from scipy.spatial.transform import Rotation

    film, (scene,) = take_of("walk", "none", frames), scenes_of("walk", "none", frames)
    motion, turn = scene.motion, Rotation.from_matrix(scene.camera.rotation[0])
    pelvis = mannequin().rest_pelvis(motion.betas)
    transl = in_camera(scene, (motion.transl + pelvis)[:, None])[:, 0] - pelvis
    whose = np.stack([owner_of(film, frame)[::2, ::2] for frame in range(frames)])
    arrays = {
        "global_orient": (turn * Rotation.from_rotvec(motion.global_orient)).as_rotvec(),
        "body_pose": motion.body_pose,
        "betas": motion.betas,
        "transl": transl,
        "masks": whose == 0,
        "focal": np.array(plan_of("walk", "none", frames).focal_px),
    }
    np.savez(folder / "walk.npz", **arrays)
    return write_video(folder / "walk.mp4", list(shoot(film)), fps=30), arrays


def joints_before_placement(arrays: Mapping[str, np.ndarray], transl: str) -> np.ndarray:
    """(T, 24, 3) metres."""
    pose = (arrays[name].astype(np.float32) for name in ("global_orient", "body_pose", "betas", transl))
    return mannequin().forward(*pose).joints


def require_motion(recorded: Mapping[str, np.ndarray], given: Mapping[str, np.ndarray], matrix: np.ndarray) -> None:
    """The recorded motion, before placement, is the given one in the world frame."""
    assert np.array_equal(recorded["body_pose"], given["body_pose"].astype(np.float32))
    assert np.array_equal(recorded["betas"], given["betas"].astype(np.float32))
    expected = transform(joints_before_placement(given, "transl"), matrix)
    assert joints_before_placement(recorded, "transl_initial") == pytest.approx(expected, abs=1e-4)


def test_own_arrays_are_the_motion_of_a_reconstruction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    film, arrays = write_tracks(tmp_path, frames=12)
    monkeypatch.setattr(sys, "argv", ["own_humans.py", str(film), str(tmp_path)])
    made = run_path(str(EXAMPLES / "own_humans.py"), run_name="__main__")["made"]
    assert capsys.readouterr().out.startswith("walk.mp4: 12 frames, ")
    recorded = {each.name: getattr(made.motion, each.name) for each in fields(made.motion)}
    require_motion(recorded, arrays, made.T_world_cam)
    assert made.motion.valid.all()
    assert made.humans.weights == {"walk.npz": file_sha256(tmp_path / "walk.npz")}


def test_a_video_without_arrays_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own_humans = imported("own_humans", monkeypatch)
    estimator = own_humans.OwnArrays(own_humans.OwnArraysConfig(folder=str(tmp_path)), mannequin())
    frames = ClipFrames(tmp_path / "walk.mp4", 0, 30, 64, 48)
    with pytest.raises(EstimationError, match=r"walk\.npz does not exist\. Run your estimator on walk\.mp4"):
        estimator.estimate(frames, np.arange(30) / 30, Intrinsics.from_hfov(60, 64, 48))


def test_registered_they_are_the_motion_of_a_record(tmp_path: Path) -> None:
    """The class under the entry point that its docstring tells, in a build."""
    film, arrays = write_tracks(tmp_path, frames=12)
    site = tmp_path / "own_humans-1.0.dist-info"
    site.mkdir()
    (site / "METADATA").write_text("Metadata-Version: 2.1\nName: own-humans\nVersion: 1.0\n")
    (site / "entry_points.txt").write_text("[share_data.humans]\nown_arrays = own_humans:OwnArrays\n")
    shutil.copy(EXAMPLES / "own_humans.py", tmp_path)
    source = {"kind": "local", "root": str(film), "focal_px": float(arrays["focal"])}
    recipe = {"schema_version": 1, "name": "own", "sources": [source], "filters": [], "clips": {"min_seconds": 0.4}}
    (tmp_path / "recipe.yaml").write_text(
        json.dumps(recipe | {"humans": {"kind": "own_arrays", "folder": str(tmp_path)}})
    )
    done = build(tmp_path, tmp_path / "recipe.yaml", path=tmp_path)
    assert done.returncode == 0, done.stderr
    (record,) = Corpus(tmp_path / "out")
    require_motion(record.arrays, arrays, record.arrays["T_world_cam"])
    assert record.metadata["humans"]["kind"] == "own_arrays"


def test_a_person_is_placed_where_a_point_map_shows_him(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    placed, truth = imported("place_in_point_map", monkeypatch).main()
    assert np.abs(placed - truth).max() < 0.03
    moved = [float(z) for z in re.findall(r"moved by \[.* (\S+)\] m", capsys.readouterr().out)]
    assert moved == pytest.approx([0.15 * z for z in (3.6, 3.9, 4.2)], abs=0.05)  # he stood that much too near
