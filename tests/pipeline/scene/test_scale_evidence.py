"""What a keyframe says of the scale, and how far a body's pose lets it say so."""

import math

import numpy as np
import pytest
from scipy.ndimage import binary_dilation
from scipy.spatial.transform import Rotation

from share_data.body.model import load_body
from share_data.body.render import rasterize
from share_data.camera import Intrinsics
from share_data.pipeline.scene.scale_evidence import KeyframeEvidence, keyframe_evidence, uprightness

CAMERA = Intrinsics.centred(300, 320, 240)


@pytest.fixture(scope="module")
def standing() -> np.ndarray:
    """(V, 3) the mannequin upright, 4 m ahead."""
    flipped = np.array([[math.pi, 0, 0]], np.float32)
    return load_body().forward(flipped, np.zeros((1, 69)), np.zeros(10), np.array([[0, 0, 4.0]])).vertices[0]


def evidence_of(mesh: np.ndarray, depth: np.ndarray, mask: np.ndarray) -> KeyframeEvidence:
    return keyframe_evidence(mesh, load_body().faces, CAMERA, mask, depth, depth > 0)


@pytest.mark.parametrize("scale", [0.8, 1.0, 1.25])
def test_evidence_is_the_ratio_of_map_and_mesh_depth(standing: np.ndarray, scale: float) -> None:
    mesh = rasterize(standing, load_body().faces, CAMERA).depth
    found = evidence_of(standing, mesh * scale, mesh > 0)
    assert found.log_ratio == pytest.approx(math.log(scale), abs=1e-5)
    assert found.spread < 1e-5
    assert found.pixels > 0.4 * (mesh > 0).sum()


def test_a_bodys_size_error_shows_as_its_inverse(standing: np.ndarray) -> None:
    truth = rasterize(standing, load_body().faces, CAMERA).depth
    # A body 10 % too large that covers the same pixels stands 10 % too far away.
    assert evidence_of(standing * 1.1, truth, truth > 0).log_ratio == pytest.approx(-math.log(1.1), abs=1e-3)


def test_bleeding_masks_soft_edges_and_holes_do_not_move_it(standing: np.ndarray) -> None:
    mesh = rasterize(standing, load_body().faces, CAMERA).depth
    depth = np.where(mesh > 0, mesh, 7).astype(np.float32)
    soft = binary_dilation(mesh == 0, iterations=2) & (mesh > 0)
    depth[soft] = 5.5  # the network blends person and wall along the outline
    depth[100:110] = 0  # and left a hole
    mask = binary_dilation(mesh > 0, iterations=8)
    found = evidence_of(standing, depth, mask)
    assert abs(found.log_ratio) < 0.01


def test_a_shifted_mesh_still_measures_the_depth(standing: np.ndarray) -> None:
    mesh = rasterize(standing, load_body().faces, CAMERA).depth
    beside = standing + np.array([0.06, 0.04, 0], np.float32)
    found = evidence_of(beside, np.where(mesh > 0, mesh, 8).astype(np.float32), mesh > 0)
    assert abs(found.log_ratio) < 0.01


def test_a_mask_of_the_images_size_is_brought_to_the_maps(standing: np.ndarray) -> None:
    mesh = rasterize(standing, load_body().faces, CAMERA).depth
    large = np.repeat(np.repeat(mesh > 0, 3, axis=0), 3, axis=1)
    assert evidence_of(standing, mesh, large) == evidence_of(standing, mesh, mesh > 0)


def test_a_person_out_of_the_picture_is_no_evidence(standing: np.ndarray) -> None:
    wall = np.full((CAMERA.height, CAMERA.width), 5, np.float32)
    nowhere = np.zeros(wall.shape, bool)
    assert evidence_of(standing, wall, nowhere) == KeyframeEvidence(0.0, 0.0, 0)
    assert evidence_of(standing + np.array([50, 0, 0]), wall, ~nowhere) == KeyframeEvidence(0.0, 0.0, 0)


def test_a_map_of_another_size_is_refused(standing: np.ndarray) -> None:
    with pytest.raises(ValueError, match="must be"):
        evidence_of(standing, np.ones((24, 32), np.float32), np.ones((24, 32), bool))


@pytest.mark.parametrize("pitch", [0.0, 30.0, 60.0])
def test_what_points_along_the_line_of_sight_is_not_shown(pitch: float) -> None:
    turned = (Rotation.from_euler("x", pitch, degrees=True) * Rotation.from_rotvec([math.pi, 0, 0])).as_rotvec()
    joints = load_body().forward(turned[None], np.zeros((1, 69)), np.zeros(10), np.array([[0, 0, 40.0]])).joints[0]
    assert uprightness(joints) == pytest.approx(math.cos(math.radians(pitch)), abs=0.03)


def test_somebody_seated_towards_the_camera_shows_less_than_somebody_who_stands() -> None:
    pose = np.zeros((2, 23, 3), np.float32)
    pose[1, :2, 0], pose[1, 3:5, 0] = -math.pi / 2, math.pi / 2  # hips, knees
    orient = np.tile([[math.pi, 0, 0]], (2, 1))
    body = load_body().forward(orient, pose.reshape(2, 69), np.zeros(10), np.tile([[0, 0, 4.0]], (2, 1)))
    standing, seated = (uprightness(joints) for joints in body.joints)
    assert standing > 0.97
    assert 0.5 < seated < 0.8
