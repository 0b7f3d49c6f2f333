"""One clip from track to record, in memory: a walker with known truth, a track with wrong depths, a real video file."""

import math
from dataclasses import replace

import av
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from share_data.body.model import load_body
from share_data.body.render import rasterize
from share_data.camera import Intrinsics
from share_data.corpus.scores import SCORES
from share_data.masks import MaskStack
from share_data.pipeline.camera.pose import TELLERS
from share_data.pipeline.geometry.ground_plane import GroundPlaneConfig, GroundPlaneEstimator
from share_data.pipeline.keyframes import KeyframesConfig
from share_data.pipeline.placement.place import PlacementOptions
from share_data.pipeline.reconstruct import ReconstructOptions, assemble, estimate_geometry
from share_data.pipeline.scene.fusion import SceneConfig
from share_data.pipeline.scene.scale import ScaleConfig
from share_data.pipeline.shown import keyframes_of
from share_data.pipeline.world.gravity import Plane, up_from_angles
from share_data.pipeline.world.grounding import transform_smpl, world_from_camera
from share_data.records import Clip, EstimatorInfo, PersonTrack, Video
from share_data.store.threads import one_thread
from share_data.video.encode import X264_REPEATABLE
from share_data.video.frames import ClipFrames

T = 30
ENDS = np.array([0, T - 1])
OPTIONS = ReconstructOptions(SceneConfig(), PlacementOptions(), ScaleConfig())
CAMERA = Intrinsics.centred(340.0, 480, 270)
FLOOR = Plane(up_from_angles(math.radians(12), 0.0), 1.6)
TRUE_WORLD = world_from_camera(FLOOR)


def walk(body, betas):
    """SMPL parameters in the world frame of a walk away from the camera, lowest vertex on the floor in every frame."""
    swing = 0.45 * np.sin(np.linspace(0, 4 * np.pi, T))
    pose = np.zeros((T, 23, 3), np.float32)
    pose[:, 0, 0], pose[:, 1, 0] = swing, -swing  # hips
    pose[:, 3, 0], pose[:, 4, 0] = np.maximum(0, -swing), np.maximum(0, swing)  # knees
    pose[:, 15, 2], pose[:, 16, 2] = -1.2, 1.2  # arms down
    facing = Rotation.from_euler("xz", [90, 150], degrees=True).as_rotvec()
    orient = np.tile(facing, (T, 1)).astype(np.float32)
    transl = np.linspace([-0.9, 3.2, 1.0], [0.9, 4.6, 1.0], T).astype(np.float32)
    pose = pose.reshape(T, 69)
    transl[:, 2] -= body.forward(orient, pose, betas, transl).vertices[..., 2].min(axis=1)
    return orient, pose, transl


def silhouette(vertices, body):
    return rasterize(vertices, body.faces, CAMERA).face >= 0


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """(body, clip, frames, track, true joints in the world)."""
    body = load_body("mannequin")
    betas = np.zeros(10, np.float32)
    orient, pose, transl = walk(body, betas)
    truth = body.forward(orient, pose, betas, transl).joints
    orient, transl = transform_smpl(orient, transl, body.rest_pelvis(betas), np.linalg.inv(TRUE_WORLD))
    surface = body.forward(orient, pose, betas, transl)
    masks = MaskStack.pack([silhouette(vertices, body) for vertices in surface.vertices])
    # A monocular estimator: right direction of the pelvis, wrong depth.
    pelvis = surface.joints[:, 0]
    noise = 1 + (0.04 * np.random.default_rng(0).normal(size=(T, 1)) + 0.05) / pelvis[:, 2:]
    path = tmp_path_factory.mktemp("clip") / "walk.mp4"
    write_video(path)
    clip = Clip(Video("test", "walk", "file"), path, "0" * 64, 0, T, np.arange(T) / 30, CAMERA.width, CAMERA.height)
    track = PersonTrack(
        orient, pose, betas, (transl + pelvis * (noise - 1)).astype(np.float32), np.zeros((T, 4), np.float32),
        np.ones(T, bool), np.ones(T, np.float32), masks, CAMERA, EstimatorInfo("test", 1),
    )  # fmt: skip
    return body, clip, ClipFrames(path, 0, T, CAMERA.width, CAMERA.height), track, truth


def write_video(path):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30, options=X264_REPEATABLE)
        stream.width, stream.height, stream.pix_fmt = CAMERA.width, CAMERA.height, "yuv420p"
        for index in range(T):
            image = np.full((CAMERA.height, CAMERA.width, 3), 40 + 150 * index // T, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())


@pytest.fixture(scope="module")
@one_thread()
def result(case):
    body, clip, frames, track, _ = case
    point_maps = estimate_geometry(
        frames.read(ENDS), clip.times, track, GroundPlaneEstimator(GroundPlaneConfig()), body, ENDS
    )
    return assemble(clip, frames.read([0, T - 1]), track, point_maps, body, OPTIONS)


def test_the_person_ends_nearer_to_the_truth(case, result):
    truth = case[-1]
    initial = result.motion.transl_initial - result.motion.transl
    before = np.linalg.norm(result.motion.joints[:, 0] + initial - truth[:, 0], axis=1).mean()
    after = np.linalg.norm(result.motion.joints[:, 0] - truth[:, 0], axis=1).mean()
    assert after < 0.12
    assert after < before + 0.01


def test_the_world_is_the_rooms(result):
    tilt = np.degrees(np.arccos(result.T_world_cam[2, :3] @ FLOOR.normal))
    assert tilt < 2.0
    assert result.T_world_cam[2, 3] == pytest.approx(1.6, abs=0.1)
    np.testing.assert_array_equal(result.floor_plane, [0, 0, 1, 0])


def test_feet_stand_on_the_floor(result):
    assert abs(result.scores["foot_height_m"]) < 0.03


def test_a_floor_that_the_feet_tell_is_no_witness_of_feet(result):
    compared = {"penetration_mm", "floating_mm", "lean_deg", "depth_residual_m", "placement_body_loss_m"}
    compared |= {"scene_disagreement", "keyframe_scale_spread", "floor_support", "scale_disagreement"}
    assert not compared & set(result.scores)


def test_the_records_joints_are_those_of_its_parameters(case, result):
    body, motion = case[0], result.motion
    joints = body.forward(motion.global_orient, motion.body_pose, motion.betas, motion.transl).joints
    np.testing.assert_allclose(joints, motion.joints, atol=2e-5)
    assert {a.dtype for a in (motion.global_orient, motion.transl, motion.joints, motion.transl_initial)} == {
        np.dtype(np.float32)
    }
    assert motion.keyframe.nonzero()[0].tolist() == [0, T - 1]


def test_the_scene_has_a_floor_at_zero_and_no_hole_where_the_person_was(case, result):
    scene = result.scene
    assert np.isfinite(scene.points).all()
    assert (np.abs(scene.points[:, 2]) < 0.01).mean() > 0.2
    assert scene.points[:, 2].min() > -0.05
    assert {1, 2} <= set(scene.point_source.tolist())
    # What the person hid in the first keyframe carries the last keyframe's brightness.
    assert scene.colors[scene.point_source == 2].mean() > scene.colors[scene.point_source == 1].mean() + 50


def test_scores_are_finite_and_say_what_happened(case, result):
    body, _, _, track, _ = case
    assert all(math.isfinite(value) for value in result.scores.values())
    assert result.scores["body_height_m"] == pytest.approx(body.height(track.betas))
    assert result.scores["scene_hidden_fraction"] == 0
    assert set(result.scores) <= {score.name for score in SCORES}
    assert 0 < result.scores["confidence"] < 1
    assert ((result.motion.confidence > 0) & (result.motion.confidence < 1)).all()
    assert 0.05 < result.scores["depth_uncertainty_m"] < 1
    assert result.scores["up_uncertainty_deg"] > 1
    assert "scale_map" not in result.scores, "a map made from the person is no witness of its size"
    assert result.scores["floor_from_feet"] == 0
    told = [TELLERS[int(result.scores[f"{what}_source"])] for what in ("pitch", "roll", "height")]
    assert told == ["person"] * 3, "a scene made from the person tells nothing of the camera"
    assert result.scores["scene_points"] == len(result.scene.points)
    assert (result.humans.kind, result.geometry.kind) == ("test", "ground_plane")
    assert result.body == body.stamp


def test_a_map_made_from_the_body_is_not_measured_against_it(result):
    circular = {"depth_residual_m", "depth_residual_abs_m", "floor_support", "floor_feet_gap_m", "scale_disagreement"}
    assert not circular & set(result.scores)
    assert "mask_iou" in result.scores


@one_thread()
def test_the_same_input_gives_the_same_bytes(case, result):
    """On one thread, as in a worker."""
    body, clip, frames, track, _ = case
    point_maps = estimate_geometry(
        frames.read(ENDS), clip.times, track, GroundPlaneEstimator(GroundPlaneConfig()), body, ENDS
    )
    again = assemble(clip, frames.read([0, T - 1]), track, point_maps, body, OPTIONS)
    assert again.motion.transl.tobytes() == result.motion.transl.tobytes()
    assert again.scene.points.tobytes() == result.scene.points.tobytes()
    assert dict(again.scores) == dict(result.scores)


@pytest.mark.parametrize("count", [3, 5])
def test_more_keyframes_see_more_of_the_room(case, result, count):
    body, clip, frames, track, truth = case
    keyframes = np.round(np.linspace(0, T - 1, count)).astype(int).tolist()
    point_maps = estimate_geometry(
        frames.read(keyframes), clip.times, track, GroundPlaneEstimator(GroundPlaneConfig()), body, np.array(keyframes)
    )
    made = assemble(clip, frames.read(keyframes), track, point_maps, body, OPTIONS)
    assert made.motion.keyframe.nonzero()[0].tolist() == keyframes
    assert (made.scene.point_source == 0).mean() > (result.scene.point_source == 0).mean()
    assert np.linalg.norm(made.motion.joints[:, 0] - truth[:, 0], axis=1).mean() < 0.12


def test_a_person_hidden_around_a_keyframe_and_cut_at_another_does_not_fail_the_clip(case):
    body, clip, frames, track, truth = case
    masks = [track.masks[frame] for frame in range(T)]
    valid = track.valid.copy()
    for frame in (14, 15):
        masks[frame][:], valid[frame] = False, False
    for frame in (28, 29):  # a hand's breadth of the person at the image's edge
        columns = np.flatnonzero(masks[frame].any(axis=0))
        masks[frame][:, columns[3] :] = False
    hidden = replace(track, masks=MaskStack.pack(masks), valid=valid)
    keyframes = keyframes_of(hidden, clip.times, body, KeyframesConfig())
    assert not {14, 15, 28, 29} & set(keyframes.tolist())
    assert len(keyframes) >= 4
    images = frames.read(keyframes)
    maps = estimate_geometry(images, clip.times, hidden, GroundPlaneEstimator(GroundPlaneConfig()), body, keyframes)
    made = assemble(clip, images, hidden, maps, body, OPTIONS, keyframes=keyframes)
    assert made.motion.keyframe.nonzero()[0].tolist() == keyframes.tolist()
    assert np.linalg.norm(made.motion.joints[:, 0] - truth[:, 0], axis=1).mean() < 0.14


def test_a_point_map_a_fifth_too_large_is_scaled_back_to_the_body(case):
    body, clip, frames, track, _ = case
    maps = estimate_geometry(
        frames.read(ENDS), clip.times, track, GroundPlaneEstimator(GroundPlaneConfig()), body, ENDS
    )
    wrong = [replace(each, depth=each.depth * np.float32(1.2), from_person=False) for each in maps]
    images = frames.read([0, T - 1])
    sure = ScaleConfig(body_height_sd=0.026, human_depth_sd=0.02)
    right, kept = (
        assemble(clip, images, track, wrong, body, ReconstructOptions(SceneConfig(), PlacementOptions(), scale))
        for scale in (sure, sure.model_copy(update={"reconcile": False}))
    )
    assert (right.scores["scale_applied"], kept.scores["scale_applied"]) == (1, 0)
    assert right.scores["scale_map"] == kept.scores["scale_map"] == pytest.approx(1.2, abs=0.05)
    assert right.T_world_cam[2, 3] == pytest.approx(1.6, abs=0.1)
    assert right.scores["scale_disagreement"] < 0.05 < 0.15 < kept.scores["scale_disagreement"]
    assert right.scores["scale_disagreement_raw"] == kept.scores["scale_disagreement"]


def test_a_track_of_another_clip_is_refused(case):
    body, clip, _, track, _ = case
    other = Clip(clip.video, clip.path, clip.sha256, 0, T - 1, clip.times[:-1], clip.width, clip.height)
    with pytest.raises(ValueError, match="does not fit"):
        assemble(other, [], track, [], body, OPTIONS)
