"""HumanML3D's and the 272-d numbers, taken apart again by the data sets' own recovery, give the corpus' joints."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from exported import acted_corpus, assert_sides, clip_of, steady
from scipy.spatial.transform import Rotation

from share_data.body.model import load_body
from share_data.corpus.read import Corpus
from share_data.export.base import ExportOptions
from share_data.export.formats import humanml3d
from share_data.export.run import export_corpus, format_of

Y_UP = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]])
STEP = 3 * 0.004


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    clips = [
        clip_of(steady(41, 20), "twenty", activity="Raise.RightArm", split="train"),
        clip_of(steady(60, 29.97), "film", activity="", split="test"),
    ]
    return Corpus(acted_corpus(tmp_path_factory.mktemp("vectors") / "corpus", load_body(), clips))


def key_of(corpus: Corpus, video: str) -> str:
    return next(key for key in corpus.keys if f"_{video}_" in key)


def canonical_truth(corpus: Corpus, video: str) -> np.ndarray:
    """(T, 22, 3) y up, as recorded."""
    return corpus[key_of(corpus, video)].arrays["joints"][:, :22].astype(np.float64) @ Y_UP.T


def shape_of(joints: np.ndarray) -> np.ndarray:
    """Distances of every joint to every other in first and last frame: what no turn and no shift changes."""
    both = np.concatenate([joints[0], joints[-1]])
    return np.linalg.norm(both[:, None] - both[None], axis=-1)


def recovered_263(vectors: np.ndarray) -> np.ndarray:
    """After `recover_from_ric` of HumanML3D: headings add up from turns, places from steps."""
    half = np.concatenate([[0], np.cumsum(vectors[:-1, 0])])
    back = Rotation.from_rotvec(np.stack([0 * half, -2 * half, 0 * half], axis=1))
    steps = np.zeros((len(vectors), 3))
    steps[1:, [0, 2]] = vectors[:-1, 1:3]
    root = np.cumsum(back.apply(steps), axis=0)
    root[:, 1] = vectors[:, 3]
    local = vectors[:, 4:67].reshape(-1, 21, 3)
    turned = np.einsum("tab,tjb->tja", back.as_matrix(), local) + root[:, None] * [1, 0, 1]
    return np.concatenate([root[:, None], turned], axis=1)


@pytest.fixture(scope="module")
def humanml(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("humanml") / "out"
    export_corpus(corpus, format_of("humanml3d", ExportOptions()), folder)
    return folder


def test_263_numbers_give_the_joints_again(corpus: Corpus, humanml: Path) -> None:
    name = key_of(corpus, "twenty")
    vectors, joints = (np.load(humanml / kind / f"{name}.npy") for kind in ("new_joint_vecs", "new_joints"))
    assert vectors.shape == (40, 263) and joints.shape == (40, 22, 3) and vectors.dtype == np.float32
    again = recovered_263(vectors.astype(np.float64))
    assert np.abs(again - joints).max() < 1e-4
    truth = canonical_truth(corpus, "twenty")[:-1]
    assert np.abs(shape_of(again) - shape_of(truth)).max() < 0.001
    assert_sides(again, up=1)
    # Canonical: the first pelvis above the origin, its heading +z, the lowest joint on the floor.
    assert np.abs(again[0, 0, [0, 2]]).max() < 1e-6 and abs(again[..., 1].min()) < 1e-5
    left = again[0, 1] - again[0, 2] + again[0, 16] - again[0, 17]
    assert np.allclose(left / np.linalg.norm(left), [1, 0, 0], atol=0.02)


def test_263_rotations_lead_along_the_bones(corpus: Corpus, humanml: Path) -> None:
    name = key_of(corpus, "twenty")
    vectors = np.load(humanml / "new_joint_vecs" / f"{name}.npy").astype(np.float64)
    joints = np.load(humanml / "new_joints" / f"{name}.npy").astype(np.float64)
    half = np.concatenate([[0], np.cumsum(vectors[:-1, 0])])
    root = Rotation.from_rotvec(np.stack([0 * half, 2 * half, 0 * half], axis=1)).as_matrix()
    columns = vectors[:, 67:193].reshape(-1, 21, 2, 3)
    turns = np.stack(
        [columns[..., 0, :], columns[..., 1, :], np.cross(columns[..., 0, :], columns[..., 1, :])], axis=-1
    )
    for chain in ((0, 2, 5, 8, 11), (9, 13, 16, 18, 20)):
        so_far = root
        for parent, joint in pairwise(chain):
            so_far = so_far @ turns[:, joint - 1]
            bone = joints[:, joint] - joints[:, parent]
            direction = {2: [-1, 0, 0], 13: [1, 0, 0], 11: [0, 0, 1]}.get(joint, [0, -1, 0])
            assert np.abs(so_far @ direction - bone / np.linalg.norm(bone, axis=1, keepdims=True)).max() < 1e-4


def test_lists_texts_and_statistics_are_there(corpus: Corpus, humanml: Path) -> None:
    twenty, film = key_of(corpus, "twenty"), key_of(corpus, "film")
    assert (humanml / "train.txt").read_text() == f"{twenty}\n" and (humanml / "test.txt").read_text() == f"{film}\n"
    assert (humanml / "val.txt").read_text() == "" and len((humanml / "all.txt").read_text().split()) == 2
    text = (humanml / "texts" / f"{twenty}.txt").read_text()
    assert text == "raise right arm#raise/OTHER right/OTHER arm/OTHER#0.0#0.0\n"
    assert (humanml / "texts" / f"{film}.txt").read_text() == ""
    every = np.concatenate([np.load(path) for path in sorted((humanml / "new_joint_vecs").glob("*.npy"))]).astype(float)
    mean, deviation = np.load(humanml / "Mean.npy"), np.load(humanml / "Std.npy")
    assert np.abs(mean - every.mean(axis=0)).max() < 1e-5
    assert abs(deviation[3] - every[:, 3].std()) < 1e-6 and len(set(deviation[4:67])) == 1
    assert deviation[10] == pytest.approx(every[:, 4:67].std(axis=0).mean(), rel=1e-4)
    told = json.loads((humanml / "export.json").read_text())
    assert told["motions"] == {"train": 1, "val": 0, "test": 1} and told["motions_without_text"] == 1


def test_long_clips_are_cut_where_loaders_would_drop_them(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(humanml3d, "MOST", 19)
    export_corpus(corpus, format_of("humanml3d", ExportOptions()), tmp_path / "out", "labels.split == 'train'")
    lengths = [len(np.load(path)) for path in sorted((tmp_path / "out" / "new_joint_vecs").glob("*.npy"))]
    assert lengths == [13, 12, 13]
    assert len((tmp_path / "out" / "train.txt").read_text().split()) == 3


def test_272_numbers_give_joints_and_rotations_again(corpus: Corpus, tmp_path: Path) -> None:
    export_corpus(corpus, format_of("motion272", ExportOptions()), tmp_path / "out")
    record = corpus[key_of(corpus, "film")]
    vectors = np.load(tmp_path / "out" / "motion_data" / f"{record.key}.npy").astype(np.float64)
    assert vectors.shape == (60, 272)
    # After recover_visualize.py: headings multiply up, positions turn back by them.
    rows = vectors[:, 2:8].reshape(-1, 2, 3)
    steps = np.stack([rows[:, 0], rows[:, 1], np.cross(rows[:, 0], rows[:, 1])], axis=1)
    heading = [steps[0]]
    for step in steps[1:]:
        heading.append(step @ heading[-1])
    back = np.transpose(np.array(heading), (0, 2, 1))
    walked = np.zeros((60, 3))
    walked[1:, [0, 2]] = np.einsum("tab,tb->ta", back[:-1], np.insert(vectors[1:, :2], 1, 0, axis=1))[:, [0, 2]]
    joints = np.einsum("tab,tjb->tja", back, vectors[:, 8:74].reshape(-1, 22, 3)) + np.cumsum(walked, axis=0)[:, None]
    truth = canonical_truth(corpus, "film")
    assert np.abs(shape_of(joints) - shape_of(truth)).max() < 0.001 + STEP
    assert np.abs(shape_of(joints[:1]) - shape_of(truth[:1])).max() < 0.001
    assert_sides(joints, up=1)
    turns = vectors[:, 140:].reshape(-1, 22, 2, 3)
    whole = np.concatenate([turns, np.cross(turns[:, :, :1], turns[:, :, 1:])], axis=2)
    wanted = Rotation.from_rotvec(record.arrays["body_pose"][0].reshape(23, 3)[:21]).as_matrix()
    assert np.abs(whole[0, 1:] - wanted).max() < 1e-5
    assert np.abs(np.arctan2(whole[:, 0, 0, 2], whole[:, 0, 2, 2])).max() < 1e-5  # No heading is left in the root.
    assert (tmp_path / "out" / "split" / "test.txt").read_text() == f"{record.key}\n"
    assert np.load(tmp_path / "out" / "mean_std" / "Std.npy").shape == (272,)
