"""The body: smplx's own numbers from every file, one shape for many frames, and an honest stamp."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bodies import smpl_arrays, write_official_pickle, write_plain_pickle

from share_data.body.model import CHUNK, BodyModel, load_body
from share_data.errors import BodyModelError
from share_data.store.threads import one_thread

FRAMES = 5
TOLERANCE = 1e-6
"""Metres between a body of ours and smplx's own."""


@pytest.fixture(scope="module")
def mannequin() -> BodyModel:
    return load_body()


@pytest.fixture(scope="module")
def motion() -> dict[str, Any]:
    return random_motion(FRAMES)


def random_motion(frames: int) -> dict[str, Any]:
    rng = np.random.default_rng(3)
    return {
        "global_orient": rng.normal(0, 1, (frames, 3)).astype(np.float32),
        "body_pose": rng.normal(0, 0.3, (frames, 69)).astype(np.float32),
        "betas": rng.normal(0, 1, 10).astype(np.float32),
        "transl": rng.normal(0, 2, (frames, 3)).astype(np.float32),
    }


def test_an_official_pickle_poses_as_smplx_poses_its_plain_twin(tmp_path: Path, motion: dict[str, Any]) -> None:
    """Pose directions are random here: with the mannequin's zeros a wrong layout of theirs would pass unseen."""
    import smplx
    import torch

    arrays = smpl_arrays()
    ours = load_body(write_official_pickle(tmp_path / "SMPL_NEUTRAL.pkl", arrays)).forward(**motion)
    reference = smplx.SMPL(str(write_plain_pickle(tmp_path / "plain.pkl", arrays)))
    tensors = {name: torch.from_numpy(value) for name, value in motion.items()}
    with torch.no_grad():
        theirs = reference(**{**tensors, "betas": tensors["betas"].expand(FRAMES, 10)})
    # Two computations, and a matrix product may add up in another order in each: bits are promised of the same one.
    np.testing.assert_allclose(ours.vertices, theirs.vertices.numpy(), rtol=0, atol=TOLERANCE)
    np.testing.assert_allclose(ours.joints, theirs.joints[:, :24].numpy(), rtol=0, atol=TOLERANCE)


def test_the_same_motion_is_posed_in_the_same_bits(tmp_path: Path, motion: dict[str, Any]) -> None:
    """On one thread, as in a worker; the second body is loaded anew, so that nothing lies where it lay before."""
    path = write_plain_pickle(tmp_path / "SMPL_NEUTRAL.pkl", smpl_arrays())
    with one_thread():
        first, again = (load_body(path).forward(**motion) for _ in range(2))
    assert first.vertices.tobytes() == again.vertices.tobytes()
    assert first.joints.tobytes() == again.joints.tobytes()


def test_output_shapes_and_types(mannequin: BodyModel, motion: dict[str, Any]) -> None:
    output = mannequin.forward(**motion)
    assert output.vertices.shape == (FRAMES, 6890, 3) and output.vertices.dtype == np.float32
    assert output.joints.shape == (FRAMES, 24, 3) and output.joints.dtype == np.float32
    assert mannequin.faces.shape == (13776, 3) and mannequin.faces.dtype == np.int32
    assert mannequin.weights.shape == (6890, 24) and mannequin.weights.dtype == np.float32


def test_frames_beyond_one_chunk_are_posed_alike(mannequin: BodyModel) -> None:
    motion = random_motion(CHUNK + 2)
    whole = mannequin.forward(**motion)
    tail = {name: value if name == "betas" else value[-3:] for name, value in motion.items()}
    np.testing.assert_allclose(whole.vertices[-3:], mannequin.forward(**tail).vertices, atol=2e-6)


def test_no_frames_give_empty_output(mannequin: BodyModel) -> None:
    assert mannequin.forward(**random_motion(0)).vertices.shape == (0, 6890, 3)


@pytest.mark.parametrize("name", ["body_pose", "betas", "transl"])
def test_shapes_that_do_not_fit_are_named(mannequin: BodyModel, motion: dict[str, Any], name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} should have shape"):
        mannequin.forward(**{**motion, name: motion[name][:2]})


def test_the_body_turns_about_its_pelvis(mannequin: BodyModel, motion: dict[str, Any]) -> None:
    """`transl` is not where the pelvis is: the pelvis is at `rest_pelvis + transl` whatever the orientation."""
    pelvis = mannequin.rest_pelvis(motion["betas"])
    assert np.linalg.norm(pelvis) > 0.05
    np.testing.assert_allclose(mannequin.forward(**motion).joints[:, 0], pelvis + motion["transl"], atol=1e-5)


def test_height_is_that_of_the_rest_pose(mannequin: BodyModel) -> None:
    betas = np.eye(10, dtype=np.float32)[0] * 1.5
    rest = {"global_orient": np.zeros((1, 3)), "body_pose": np.zeros((1, 69)), "transl": np.zeros((1, 3))}
    vertices = mannequin.forward(betas=betas, **rest).vertices[0]
    assert mannequin.height(betas) == pytest.approx(np.ptp(vertices[:, 1]), abs=1e-5)


def test_loading_and_posing_print_nothing(motion: dict[str, Any], capfd: pytest.CaptureFixture[str]) -> None:
    load_body().forward(**motion)
    assert capfd.readouterr().out == ""


def test_the_layer_is_frozen_and_lets_gradients_through(mannequin: BodyModel) -> None:
    import torch

    betas = torch.zeros(2, 10, requires_grad=True)
    zeros = torch.zeros(2, 3)
    posed = mannequin.layer(betas=betas, body_pose=torch.zeros(2, 69), global_orient=zeros, transl=zeros)
    posed.joints.square().sum().backward()
    assert betas.grad is not None and betas.grad.abs().min() > 0
    assert not any(parameter.requires_grad for parameter in mannequin.layer.parameters())


def test_threads_are_left_as_they_were(motion: dict[str, Any]) -> None:
    import torch

    before = torch.get_num_threads()
    load_body().forward(**motion)
    assert torch.get_num_threads() == before


def test_the_mannequin_is_stamped_as_such_and_is_not_smpl(mannequin: BodyModel) -> None:
    assert mannequin.stamp["name"] == "mannequin"
    assert mannequin.stamp["licence"] == "CC0-1.0"
    assert len(mannequin.stamp["sha256"]) == 64
    with pytest.raises(BodyModelError, match=r"contact labels needs an SMPL model.*download"):
        mannequin.require_smpl("contact labels")


def test_a_users_file_is_stamped_smpl(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "basicmodel_m_lbs_10_207_0_v1.1.0.npz", **plain())
    body = load_body(tmp_path / "basicmodel_m_lbs_10_207_0_v1.1.0.npz")
    assert (body.name, body.gender) == ("smpl", "male")
    assert "non-commercial" in body.licence
    body.require_smpl("contact labels")


def test_a_mannequin_given_by_path_is_still_a_mannequin(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "SMPL_MALE.npz", **plain(), mannequin=np.array("female"))
    body = load_body(str(tmp_path), gender="male")
    assert (body.name, body.gender, body.licence) == ("mannequin", "female", "CC0-1.0")


def test_unknown_genders_say_what_there_is() -> None:
    with pytest.raises(BodyModelError, match="none of neutral, male, female"):
        load_body(gender="other")
    with pytest.raises(BodyModelError, match=r"--gender male"):
        load_body("mannequin", gender="male")


def plain() -> dict[str, Any]:
    return {**smpl_arrays(), "posedirs": np.zeros((6890, 3, 207), np.float16)}
