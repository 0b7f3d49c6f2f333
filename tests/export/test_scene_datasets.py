"""TRUMANS, LINGO, HUMANISE and SceneDiffuser: flat arrays and grids as their loaders index them."""

import csv
import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from exported import acted_corpus, assert_sides, clip_of, smpl_file, smplx_file, steady

from share_data.body.model import load_body
from share_data.corpus.read import Corpus
from share_data.export.base import ExportOptions
from share_data.export.run import export_corpus, format_of
from share_data.export.voxels import centre_of, filled_cells, occupancy, outside

Y_UP = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]])
GRID = np.array([-3, 0, -4, 3, 2, 4, 300, 100, 400])
"""As both loaders have it."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scenes")
    clips = [
        clip_of(steady(60), "a", camera="c03", activity="Walk"),
        clip_of(steady(50), "b", camera="c03"),
        clip_of(steady(20), "c", camera="c07"),
    ]
    acted_corpus(folder / "corpus", load_body(smpl_file(folder)), clips)
    smplx_file(folder / "SMPLX_NEUTRAL.npz")
    return folder


def exported(name: str, place: Path) -> Path:
    folder = place / name
    if not folder.exists():
        form = format_of(name, ExportOptions(smplx=place / "SMPLX_NEUTRAL.npz"))
        export_corpus(Corpus(place / "corpus"), form, folder)
    return folder


def occupied(grid: np.ndarray, points: np.ndarray) -> np.ndarray:
    """What `get_occ_for_points` of both loaders says: beyond the grid everything is occupied."""
    size = (GRID[3:6] - GRID[:3]) / GRID[6:]
    voxel = np.trunc((points - GRID[:3]) / size).astype(int)  # As torch's conversion to whole numbers.
    inside = ((voxel >= 0) & (voxel < GRID[6:])).all(axis=-1)
    return np.where(inside, grid[tuple(np.where(inside[..., None], voxel, 0).T)], True)


def test_trumans_is_what_its_loader_indexes(place: Path) -> None:
    folder, corpus = exported("trumans", place), Corpus(place / "corpus")
    arrays = {path.stem: np.load(path) for path in folder.glob("*.npy") if path.stem != "norm"}
    frames = 60 + 50 + 20
    shapes = {"human_orient": (3,), "human_pose": (63,), "human_transl": (3,), "human_joints": (24, 3), "seg_name": ()}
    shapes |= {"frame_id": (), "scene_flag": (), "object_flag": (35,), "action_label": (10,)}
    assert {name: arrays[name].shape[1:] for name in shapes} == shapes
    assert all(len(arrays[name]) == frames for name in shapes) and (arrays["object_flag"] == -1).all()
    assert list(arrays["scene_list"]) == sorted(path.name for path in (folder / "Scene").iterdir())
    assert len(arrays["scene_list"]) == 2  # A scene a camera, not a clip.
    assert not list((folder / "Object_chairs" / "Object").iterdir())
    start = 0
    for record in corpus:
        rows = slice(start, start := start + record.metadata["n_frames"])
        assert set(arrays["seg_name"][rows]) == {record.key}
        joints = arrays["human_joints"][rows].astype(np.float64)
        moved = record.arrays["joints"] @ Y_UP.T - joints
        assert np.ptp(moved, axis=(0, 1)).max() < 1e-5  # Shifted as a whole,
        assert np.abs(moved[0, 0] / 0.04 - np.rint(moved[0, 0] / 0.04)).max() < 1e-3  # by whole cells,
        assert abs(moved[0, 0, 1]) < 1e-6  # along the floor.
        assert_sides(joints, up=1)
        windows = arrays["idx_start"][(arrays["idx_start"] >= rows.start) & (arrays["idx_start"] < rows.stop)]
        assert len(windows) == (rows.stop - rows.start >= 48) * ((rows.stop - rows.start - 48) // 3 + 1)
        assert (windows + 48 <= rows.stop).all()


def test_trumans_grids_hold_the_scene_where_the_people_are(place: Path) -> None:
    folder, corpus = exported("trumans", place), Corpus(place / "corpus")
    told = json.loads((folder / "export.json").read_text())
    grids = [np.load(path) for path in sorted((folder / "Scene").iterdir())]
    assert all(grid.shape == (300, 100, 400) and grid.dtype == bool for grid in grids)
    centre = np.array(told["cameras"]["acted_c03"]["centre_m"])
    # The pillar of samples.floor: x = -1.5, y = 3, a metre high; the floor is nobody's obstacle.
    pillar = np.array([[-1.5, 3.0, z] for z in np.linspace(0.06, 0.98, 20)]) @ Y_UP.T - centre
    assert occupied(grids[0], pillar).all()
    assert grids[0].sum() < 4 * 4 * 60 and not occupied(grids[0], pillar + np.array([0.3, 0, 0])).any()
    pelvis = np.load(folder / "human_joints.npy")[:60, 0]
    assert np.abs(pelvis[:, [0, 2]]).max() < 0.3 and told["share_of_frames_outside"] == 0
    assert outside(np.array([[3.1, 1, 0], [0, 5, 0], [0, 1, -4.1]])).tolist() == [True, False, True]
    assert len(corpus) == 3


def test_trumans_norm_is_the_extent_of_windows_seen_from_their_first_frame(place: Path) -> None:
    folder = exported("trumans", place)
    norm = np.load(folder / "norm.npy", allow_pickle=True).item()["(16, 3)"]
    joints, orient = np.load(folder / "human_joints.npy"), np.load(folder / "human_orient.npy")
    from scipy.spatial.transform import Rotation

    seen = []
    for start in np.load(folder / "idx_start.npy"):  # After TrumansDataset.__getitem__.
        window = joints[start : start + 48 : 3] - joints[start, 0] * [1, 0, 1]
        angle = Rotation.from_rotvec(orient[start]).as_euler("zxy")[2]
        seen.append(window @ Rotation.from_euler("zxy", [0, 0, -angle]).as_matrix().T)
    assert np.abs(norm[0] - np.min(seen, axis=(0, 1, 2))).max() < 1e-5
    assert np.abs(norm[1] - np.max(seen, axis=(0, 1, 2))).max() < 1e-5


def test_smplx_transl_puts_the_pelvis_where_it_was(place: Path) -> None:
    folder = exported("trumans", place)
    joints, transl = (np.load(folder / f"human_{name}.npy").astype(np.float64) for name in ("joints", "transl"))
    body = load_body()
    betas = np.array([0.8, -0.5, *[0] * 8])
    rest = body.rest_pelvis(betas) + np.array([0.004, -0.13, 0.01])  # The crafted SMPL-X file's.
    assert np.abs(transl + rest - joints[:, 0]).max() < 0.001


def test_lingo_windows_texts_and_scenes_fit_together(place: Path) -> None:
    folder = exported("lingo", place)
    joints = np.load(folder / "human_joints_aligned.npy")
    assert joints.shape == (130, 28, 3) and np.load(folder / "transl_aligned.npy").shape == (130, 3)
    windows = pickle.loads(
        (folder / "language_motion_dict" / "language_motion_dict__inter_and_loco__16.pkl").read_bytes()
    )
    scenes = pickle.loads((folder / "scene_name.pkl").read_bytes())
    numbers = pickle.loads((folder / "text2features_idx.pkl").read_bytes())
    names = {path.stem for path in (folder / "Scene").iterdir()}
    assert len(scenes) == 130 and set(scenes) == names and set(numbers) == {"a person walks", ""}
    assert (windows["end_idx"] - windows["start_idx"] == 48).all() and len(windows["text"]) == len(windows["start_idx"])
    for number, start in enumerate(windows["start_idx"]):
        assert windows["text"][number][0] in numbers
        assert len(set(scenes[start : start + 48])) == 1
    assert np.load(folder / "norm_inter_and_loco__16frames.npy").shape == (2, 3)
    assert_sides(joints[: Corpus(place / "corpus")[0].metadata["n_frames"]], up=1)


def test_humanise_motions_and_annotations_are_in_step(place: Path) -> None:
    folder, corpus = exported("humanise", place), Corpus(place / "corpus")
    rows = list(csv.DictReader((folder / "annotation.csv").open()))
    paths = sorted((folder / "motions").iterdir())
    assert [path.stem for path in paths] == [row["motion_id"] for row in rows] == ["000000", "000001", "000002"]
    for row, path, record in zip(rows, paths, corpus, strict=True):
        motion, betas = pickle.loads(path.read_bytes())
        assert motion.shape == (record.metadata["n_frames"], 159) and betas.shape == (10,)
        assert np.abs(motion[:, 3:6] - record.arrays["global_orient"]).max() < 1e-5
        assert np.abs(motion[:, 6:69] - record.arrays["body_pose"][:, :63]).max() < 1e-5 and not motion[:, 69:].any()
        scene = np.load(folder / "scenes" / f"{row['scene_id']}.npy")
        assert row["scene_id"] == record.key and scene.shape == (len(record.points), 11)
        assert (folder / "scenes" / record.key / f"{record.key}_vh_clean_2.ply").exists()
    assert not (folder / ".parts").exists()


def test_scenediffuser_clouds_are_nine_columns(place: Path, tmp_path: Path) -> None:
    export_corpus(Corpus(place / "corpus"), format_of("scenediffuser", ExportOptions()), tmp_path / "out")
    for record in Corpus(place / "corpus"):
        cloud = np.load(tmp_path / "out" / f"{record.key}.npy")
        assert cloud.dtype == np.float32 and np.array_equal(cloud[:, :3], record.points)
        assert np.array_equal(cloud[:, 3:6], record.arrays["colors"]) and cloud[:, 3:6].max() > 1
        assert np.array_equal(cloud[:, 6:], record.arrays["normals"])


def test_cells_and_grid_agree_at_their_edges() -> None:
    points = np.array([[0.0, 0.0, 1.0], [2.99, 3.99, 0.5], [0, 0, 0.01], [0, 0, 2.5]])
    grid = occupancy(filled_cells(points), centre_of(np.zeros(3), np.zeros(3)))
    assert grid.sum() == 2 * 8 and occupied(grid, points[:2] @ Y_UP.T).all()
    assert occupied(grid, np.array([[0, 2.5, 0.0]])).all() and not occupied(grid, np.array([[0, 0.01, 0.0]])).any()
