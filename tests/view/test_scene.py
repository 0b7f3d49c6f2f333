"""What a clip's scene is made of, and when each part of it is sent."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import samples
from scipy.spatial.transform import Rotation

from share_data.view.clip import clip_view
from share_data.view.scene import FIRST_POINTS, ClipScene, eye_of, floor_pose
from share_data.view.server import LOCAL, stop, viser_server


@pytest.fixture
def server() -> Iterator[Any]:
    found = viser_server(LOCAL, 0)
    yield found
    stop(found)


def test_a_body_that_is_hidden_is_sent_when_it_is_first_shown_and_once(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent, add = [], server.scene.add_mesh_skinned
    monkeypatch.setattr(server.scene, "add_mesh_skinned", lambda name, *a, **k: sent.append(name) or add(name, *a, **k))
    scene = ClipScene(server.scene, clip_view(samples.record_of(samples.walk(), initial_error=(0.5, 0, 0))))
    scene.show(3)
    assert sent == ["/clip/person/body"]
    for visible in (True, False, True):
        scene.layer("before placement", visible)
    scene.show(4)
    assert sent == ["/clip/person/body", "/clip/before_placement/body"]


def test_a_first_picture_holds_a_fair_part_of_the_points_and_the_body_and_the_rest_follows(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clouds, others = {}, []
    monkeypatch.setattr(server.scene, "add_point_cloud", lambda name, points, *a, **k: clouds.update({name: points}))
    for kind in ("add_grid", "add_line_segments", "add_camera_frustum", "add_icosphere"):
        real = getattr(server.scene, kind)
        monkeypatch.setattr(
            server.scene, kind, lambda name, *a, real=real, **k: others.append(name) or real(name, *a, **k)
        )
    clip = clip_view(samples.record_of(samples.walk()))
    scene = ClipScene(server.scene, clip)
    scene.show(2)
    assert len(clip.record.points) > 2 * FIRST_POINTS
    assert {name: len(points) for name, points in clouds.items()} == {"/clip/scene/points": FIRST_POINTS}
    assert others == []
    for _ in range(2):  # The second time there is nothing left to be sent.
        scene.complete()
    sent = np.concatenate([clouds["/clip/scene/points"], clouds["/clip/scene/more_points"]])
    np.testing.assert_array_equal(sent, clip.record.points)
    assert len(others) == len(set(others)) and {"/clip/floor/grid", "/clip/camera/frustum"} < set(others)


@pytest.mark.parametrize("normal", [(0, 0, 1), (0, 0, -1), (0, -2, 0), (0.3, -0.2, 0.9), (1e-4, 0, -1)])
def test_the_floor_lies_in_its_plane(normal: tuple[float, float, float]) -> None:
    plane = np.array([*normal, 0.7])
    turn, place = floor_pose(plane)
    unit = plane[:3] / np.linalg.norm(plane[:3])
    np.testing.assert_allclose(Rotation.from_quat(turn, scalar_first=True).apply([0, 0, 1]), unit, atol=1e-9)
    assert plane[:3] @ place + plane[3] == pytest.approx(0)


def test_without_a_plane_the_floor_is_level() -> None:
    turn, place = floor_pose(np.zeros(4))
    assert turn.tolist() == [1, 0, 0, 0] and place.tolist() == [0, 0, 0]


def test_the_eye_is_beside_and_above_the_camera_and_looks_at_the_path() -> None:
    clip = clip_view(samples.record_of(samples.walk()))
    eye, target = eye_of(clip)
    pelvis, camera = clip.joints[:, 0], clip.record.arrays["T_world_cam"][:3, 3]
    np.testing.assert_allclose(target, (pelvis.min(axis=0) + pelvis.max(axis=0)) / 2, atol=1e-6)
    flat = [(each - target)[:2] / np.linalg.norm((each - target)[:2]) for each in (eye, camera)]
    assert eye[2] > camera[2] and np.degrees(np.arccos(flat[0] @ flat[1])) == pytest.approx(25, abs=0.1)
