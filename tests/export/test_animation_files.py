"""BVH, TRC and C3D are read by libraries of others, and give the joints of the corpus."""

import json
from pathlib import Path

import bvhio
import ezc3d
import numpy as np
import pytest
from exported import acted_corpus, assert_sides, clip_of, steady

from share_data.body.model import load_body
from share_data.corpus.read import Corpus
from share_data.export.base import ExportOptions
from share_data.export.formats import c3d
from share_data.export.run import export_corpus, format_of
from share_data.export.skeleton import NAMES

FPS = 30000 / 1001
Y_UP = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]])


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    folder = tmp_path_factory.mktemp("animation") / "corpus"
    return Corpus(acted_corpus(folder, load_body(), [clip_of(steady(9, FPS))]))


def exported(name: str, corpus: Corpus, folder: Path) -> Path:
    export_corpus(corpus, format_of(name, ExportOptions()), folder)
    return folder / f"{corpus.keys[0]}.{name}"


def test_bvh_by_bvhio(corpus: Corpus, tmp_path: Path) -> None:
    path = exported("bvh", corpus, tmp_path / "out")
    root = bvhio.readAsHierarchy(str(path))
    frames, truth = 9, corpus[0].arrays["joints"] @ Y_UP.T
    nodes = {node.Name: node for node, _, _ in root.layout()}
    found = np.empty((frames, 24, 3))
    for frame in range(frames):
        root.loadPose(frame)
        found[frame] = [list(nodes[name].PositionWorld) for name in NAMES]
    assert np.abs(found / 100 - truth).max() < 1e-5
    assert_sides(found, up=1, unit=0.01)
    assert bvhio.readAsBvh(str(path)).FrameTime == pytest.approx(1 / FPS, abs=1e-9)


def test_c3d_by_ezc3d(corpus: Corpus, tmp_path: Path) -> None:
    found = ezc3d.c3d(str(exported("c3d", corpus, tmp_path / "out")))
    point = found["parameters"]["POINT"]
    assert point["LABELS"]["value"] == list(NAMES) and point["UNITS"]["value"] == ["mm"]
    assert point["RATE"]["value"][0] == pytest.approx(FPS) and point["FRAMES"]["value"] == [9]
    joints = found["data"]["points"][:3].transpose(2, 1, 0)
    assert np.abs(joints / 1000 - corpus[0].arrays["joints"]).max() < 1e-6
    assert_sides(joints, up=2, unit=0.001)


def test_c3d_tells_frames_in_which_nobody_was_seen(tmp_path: Path) -> None:
    seen = np.array([True, False, True])
    (tmp_path / "x.c3d").write_bytes(c3d.c3d(np.zeros((3, 24, 3)), seen, 25.0))
    residuals = ezc3d.c3d(str(tmp_path / "x.c3d"))["data"]["meta_points"]["residuals"]
    assert (residuals[0] == seen.astype(float)).all()


def test_a_long_clip_is_cut_into_several_c3d_files(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(c3d, "MOST_FRAMES", 4)
    exported("c3d", corpus, tmp_path / "out")
    paths = sorted((tmp_path / "out").glob("*.c3d"))
    parts = [ezc3d.c3d(str(path))["data"]["points"].shape[2] for path in paths]
    assert parts == [4, 4, 1] and [path.stem[-2:] for path in paths] == ["_1", "_2", "_3"]
    assert json.loads((tmp_path / "out" / "export_clips.jsonl").read_text())["cut_into"] == 3


def test_trc_as_tables_are_read(corpus: Corpus, tmp_path: Path) -> None:
    path = exported("trc", corpus, tmp_path / "out")
    lines = path.read_text().splitlines()
    counts = dict(zip(lines[1].split("\t"), lines[2].split("\t"), strict=True))
    assert counts["Units"] == "mm" and counts["NumFrames"] == "9" and float(counts["DataRate"]) == pytest.approx(FPS)
    assert [name for name in lines[3].split("\t")[2:] if name] == list(NAMES)
    table = np.genfromtxt(path, skip_header=6, delimiter="\t")
    joints = table[:, 2:].reshape(9, 24, 3)
    assert np.abs(joints / 1000 - corpus[0].arrays["joints"] @ Y_UP.T).max() < 1e-6
    assert np.abs(table[:, 1] - np.arange(9) / FPS).max() < 1e-6
    assert_sides(joints, up=1, unit=0.001)


def test_angles_are_right_where_one_of_them_has_no_say() -> None:
    from scipy.spatial.transform import Rotation

    from share_data.export.formats.bvh import zxy

    for turn in Rotation.from_euler("ZXY", [[30, 90, 0], [-70, -90, 0], [10, 20, 30]], degrees=True):
        again = Rotation.from_euler("ZXY", zxy(turn.as_matrix()))
        assert (again.inv() * turn).magnitude() < 1e-6
