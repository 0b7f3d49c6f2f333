"""Each hazard spoils a clip in its own way, and in no other."""

from pathlib import Path

import numpy as np
import pytest
from square_finder import scanned
from synthetic_clips import frames_of, mannequin, owner_of, plan_of, scenes_of, take_of

from share_data.body.render import rasterize
from share_data.camera import project
from share_data.scan.clips import ClipsConfig, mine
from share_data.sources.synthetic import SyntheticConfig, SyntheticSource
from share_data.store.hashing import file_sha256
from share_data.synthetic.backdrop import SUPERSAMPLE, paint
from share_data.synthetic.boxes import mesh_of
from share_data.synthetic.rooms import furnish
from share_data.synthetic.specs import HAZARDS, ClipSpec


def background_flow(hazard: str, frames: int = 10) -> np.ndarray:
    """(T, 2) pixels of a 640-wide image: where a point of the back wall lies in each frame."""
    (scene,) = scenes_of("walk", hazard, frames)
    point = np.array([0.5, scene.staging.spot[1] + 1.5, 1.6])
    path = scene.camera
    return np.stack([project(path.to_camera(point, t), path.at(t)) for t in range(frames)]) * 2


def silhouette(action: str, hazard: str, frame: int, frames: int = 90) -> np.ndarray:
    (scene,) = scenes_of(action, hazard, frames)
    assert scene.motion is not None
    vertices = scene.camera.to_camera(scene.motion.vertices[frame].astype(float), frame)
    return rasterize(vertices, mannequin().faces, scene.camera.at(frame)).face >= 0


@pytest.mark.parametrize("hazard", sorted(set(HAZARDS) - {"shake", "pan", "zoom", "cut"}))
def test_a_tripod_stands_still(hazard: str) -> None:
    assert np.ptp(background_flow(hazard), axis=0).max() == 0


def test_without_a_hazard_only_the_person_and_noise_change() -> None:
    frames = frames_of("walk", "none", 8).astype(int)
    far = np.s_[:20]  # the top of the wall
    assert np.abs(np.diff(frames[:, far], axis=0)).mean() < 3


def test_shake_jitters_by_two_to_four_pixels() -> None:
    away = np.linalg.norm(background_flow("shake") - background_flow("none"), axis=1)
    assert away.min() > 1.9 and away.max() < 4.8


def test_pan_moves_steadily_one_way() -> None:
    steps = np.diff(background_flow("pan"), axis=0)[:, 0]
    assert (np.sign(steps) == np.sign(steps[0])).all() and np.abs(steps).sum() > 60


def test_zoom_enlarges() -> None:
    focal = scenes_of("walk", "zoom", 10)[0].camera.focal
    assert (np.diff(focal) > 0).all() and 1.1 < focal[-1] / focal[0] < 1.5


@pytest.mark.parametrize("hazard", ["pan", "zoom", "shake"])
def test_the_warped_backdrop_is_what_the_moved_camera_would_see(hazard: str) -> None:
    (scene,) = scenes_of("walk", hazard, 10)
    boxes = furnish(scene.scenario, scene.staging)
    _, depth = paint(boxes, scene.camera).view(9)
    mesh = mesh_of(boxes)
    direct = rasterize(scene.camera.to_camera(mesh.vertices, 9), mesh.faces, scene.camera.at(9, SUPERSAMPLE)).depth
    assert (depth > 0).all()
    assert np.quantile(np.abs(depth - direct), 0.95) < 0.03  # metres; furniture edges may fall a pixel apart


def test_cut_changes_room_in_the_middle() -> None:
    frames = frames_of("walk", "cut", 8).astype(int)
    change = np.abs(np.diff(frames, axis=0)).mean(axis=(1, 2, 3))
    assert change.argmax() == 3 and change[3] > 5 * np.median(change)


def test_mining_finds_the_cut(tmp_path: Path) -> None:
    made = SyntheticSource(SyntheticConfig(clips=(ClipSpec(hazard="cut", frames=24, width=320, height=180),)))
    (video,) = made.list()
    path = made.fetch(video, tmp_path)
    mined = mine(*scanned(path), video, path, file_sha256(path), ClipsConfig(min_seconds=0.25))
    assert [(clip.start, clip.stop) for clip in mined.clips] == [(0, 12), (12, 24)]


def test_exposure_swings_by_forty_percent_and_back() -> None:
    exposure = take_of("walk", "exposure", 90).exposure
    assert exposure.max() > 1.35 and exposure.min() < 0.65 and exposure[0] == 1.0


def test_second_person_is_seen_and_of_similar_size() -> None:
    owner = owner_of(take_of("walk", "second_person", 90), 0)
    heights = [np.ptp(np.flatnonzero((owner == who).any(axis=1))) for who in (0, 1)]
    assert 0.6 < heights[0] / heights[1] < 1.6


def test_nobody_is_an_empty_room() -> None:
    assert scenes_of("walk", "nobody", 10)[0].motion is None
    assert (owner_of(take_of("walk", "nobody", 10), 5) == -1).all()


@pytest.mark.parametrize("action", ["walk", "sit_down", "turn", "reach"])
def test_first_and_last_silhouette_overlap_only_in_place(action: str) -> None:
    first, last = silhouette(action, "none", 0), silhouette(action, "none", 89)
    assert first.sum() > 500 and last.sum() > 500 and not (first & last).any()
    first, last = silhouette(action, "in_place", 0), silhouette(action, "in_place", 89)
    assert (first & last).sum() > 0.4 * last.sum()


def test_occlusion_hides_the_legs_for_a_part_of_the_way() -> None:
    film = take_of("walk", "occlusion", 90)

    def hidden(frame: int) -> float:
        whole = silhouette("walk", "occlusion", frame).sum()
        return float(1 - (owner_of(film, frame)[::2, ::2] == 0).sum() / whole)

    assert hidden(0) < 0.05 and hidden(89) < 0.05
    assert 0.1 < hidden(45) < 0.45


def test_a_clip_depends_on_its_seed_and_position_alone() -> None:
    assert plan_of("walk") == plan_of("walk")
    assert plan_of("walk").seed != plan_of("walk", index=1).seed
    assert plan_of("walk", hazard="nobody").hfov_deg == plan_of("walk").hfov_deg
