"""The embedded estimator on a real man, on gaps, and on nobody."""

from dataclasses import replace
from pathlib import Path

import cv2
import footwork
import numpy as np
import pytest
from media import write_video
from pydantic import ValidationError
from synthetic_clips import plan_of

import share_data
from share_data import registry
from share_data.body.model import load_body
from share_data.camera import Intrinsics, project
from share_data.errors import EstimationError
from share_data.pipeline.humans.blazepose.estimator import BlazePoseConfig, BlazePoseEstimator
from share_data.pipeline.humans.blazepose.tracking import PersonTracker
from share_data.pipeline.quality.human_body import body_fault, body_measures
from share_data.store.hashing import file_sha256
from share_data.synthetic.film import shoot
from share_data.synthetic.production import scenes, take
from share_data.video.frames import ClipFrames

BODY = load_body()
GAP = range(6, 12)
FRAMES = 16


@pytest.fixture(scope="module")
def estimator():
    return BlazePoseEstimator(BlazePoseConfig(kind="blazepose"), BODY)


@pytest.fixture(scope="module")
def track(estimator):
    return estimator.estimate(
        ClipFrames(footwork.PATH, 0, FRAMES, 1920, 1080), np.arange(FRAMES) / 30, footwork.INTRINSICS
    )


@pytest.fixture(scope="module")
def interrupted(estimator, tmp_path_factory):
    """The same man, who is gone for six frames."""
    images = footwork.read(range(FRAMES))
    for k in GAP:
        images[k] = np.full_like(images[k], 90)
    path = write_video(tmp_path_factory.mktemp("clips") / "gap.mp4", images)
    return estimator.estimate(ClipFrames(path, 0, FRAMES, 1920, 1080), np.arange(FRAMES) / 30, footwork.INTRINSICS)


def joints_of(track):
    return BODY.forward(track.global_orient, track.body_pose, track.betas, track.transl).joints


def test_it_is_registered():
    assert registry.load("humans", "blazepose") is BlazePoseEstimator


def test_info_names_the_weights_by_their_files_hashes(estimator):
    assert estimator.info.kind == "blazepose"
    assert set(estimator.info.weights) == {"movenet-multipose_h.onnx", "pose_landmark_full_h.onnx"}
    for name, sha256 in estimator.info.weights.items():
        assert sha256 == file_sha256(Path(share_data.__file__).parent / "assets" / name)


@footwork.needed
def test_the_track_has_the_promised_shapes(track):
    assert track.global_orient.shape == track.transl.shape == (FRAMES, 3)
    assert track.body_pose.shape == (FRAMES, 69)
    assert track.betas.shape == (10,)
    assert track.boxes.shape == (FRAMES, 4)
    assert len(track.masks) == FRAMES
    assert track.masks[0].shape == (1080, 1920)
    assert track.valid.all()
    assert track.confidence.min() > 0.7
    floats = (track.global_orient, track.body_pose, track.betas, track.transl, track.boxes, track.confidence)
    assert all(array.dtype == np.float32 and np.isfinite(array).all() for array in floats)


@footwork.needed
def test_the_body_stands_on_the_man(track):
    joints = joints_of(track)
    pixels = project(joints, footwork.INTRINSICS)
    for frame in range(FRAMES):
        columns, rows = pixels[frame, [0, 1, 2, 4, 5, 7, 8, 12, 15, 18, 19]].astype(int).T
        assert track.masks[frame][rows, columns].mean() > 0.9
    left, top, right, bottom = track.boxes.T
    assert ((pixels[..., 0] > left[:, None] - 10) & (pixels[..., 0] < right[:, None] + 10)).all()
    assert ((pixels[..., 1] > top[:, None] - 10) & (pixels[..., 1] < bottom[:, None] + 10)).all()


@footwork.needed
def test_he_is_a_man_of_ordinary_size_at_an_ordinary_distance(track):
    assert 1.6 < BODY.height(track.betas) < 1.95
    assert ((track.transl[:, 2] > 2.5) & (track.transl[:, 2] < 7)).all()


@footwork.needed
def test_where_nobody_is_seen_the_motion_is_interpolated_and_says_so(interrupted, track):
    assert not interrupted.valid[list(GAP)].any()
    assert interrupted.valid[: GAP[0]].all()
    assert interrupted.valid[-4:].all()
    assert (interrupted.confidence[list(GAP)] == 0).all()
    assert not interrupted.masks[GAP[3]].any()
    assert np.linalg.norm(joints_of(interrupted) - joints_of(track), axis=-1).mean() < 0.15
    assert np.linalg.norm(np.diff(joints_of(interrupted), axis=0), axis=-1).max() < 0.25


@footwork.needed
def test_a_clip_where_he_is_mostly_gone_fails_with_a_remedy(estimator, tmp_path):
    images = footwork.read(range(6)) + [np.full((1080, 1920, 3), 90, np.uint8)] * 10
    path = write_video(tmp_path / "gone.mp4", images)
    with pytest.raises(EstimationError, match=r"only 6 of 16 frames .*Cut the clip"):
        estimator.estimate(ClipFrames(path, 0, 16, 1920, 1080), np.arange(16) / 30, footwork.INTRINSICS)


@footwork.needed
def test_the_same_clip_gives_the_same_bytes(estimator):
    clip = ClipFrames(footwork.PATH, 30, 36, 1920, 1080)
    first, second = (estimator.estimate(clip, np.arange(len(clip)) / 30, footwork.INTRINSICS) for _ in range(2))
    for name in ("global_orient", "body_pose", "betas", "transl", "boxes", "valid", "confidence"):
        assert getattr(first, name).tobytes() == getattr(second, name).tobytes(), name
    assert first.masks.packed.tobytes() == second.masks.packed.tobytes()


def test_a_known_height_is_part_of_what_makes_the_result():
    told = BlazePoseEstimator(BlazePoseConfig(kind="blazepose", height_m=1.62), BODY)
    assert told.info.settings == {"min_seen": 0.5, "height_m": 1.62}


@pytest.mark.parametrize("height", [0.8, 2.3, 170])
def test_a_height_that_nobody_has_is_refused(height):
    with pytest.raises(ValidationError, match="height_m"):
        BlazePoseConfig(kind="blazepose", height_m=height)


SMALL, SMALL_FRAMES = (266, 150), 24
SMALL_CAMERA = Intrinsics.centred(plan_of("turn", frames=SMALL_FRAMES, fps=10).focal_px * 266 / 320, 266, 150)


@pytest.fixture(scope="module")
def blurred(tmp_path_factory):
    """A rendered person, 90 pixels high and out of focus."""
    (scene,) = scenes(plan_of("turn", frames=SMALL_FRAMES, fps=10), BODY)
    images = [
        cv2.GaussianBlur(cv2.resize(image, SMALL, interpolation=cv2.INTER_AREA), (0, 0), 1.2)
        for image in shoot(take(scene, BODY))
    ]
    path = write_video(tmp_path_factory.mktemp("small") / "small.mp4", images)
    return ClipFrames(path, 0, SMALL_FRAMES, *SMALL)


def test_a_small_blurred_person_is_a_body_of_the_height_that_the_recipe_says(blurred):
    estimator = BlazePoseEstimator(BlazePoseConfig(kind="blazepose", height_m=1.5), BODY)
    track = estimator.estimate(blurred, np.arange(SMALL_FRAMES) / 10, SMALL_CAMERA)
    assert BODY.height(track.betas) == pytest.approx(1.5, abs=1e-3)
    measures = body_measures(track, BODY)
    assert body_fault(measures) is None
    assert measures["mask_iou"] > 0.5


def test_landmarks_of_nothing_human_are_an_error_that_says_so(estimator, blurred, monkeypatch):
    follow = PersonTracker.follow

    def followed(self, frames, intrinsics, times):
        seen = follow(self, frames, intrinsics, times)
        rng = np.random.default_rng(0)
        world = rng.uniform(-0.8, 0.8, seen.world.shape).astype(np.float32)
        return replace(seen, world=world)

    monkeypatch.setattr(PersonTracker, "follow", followed)
    with pytest.raises(EstimationError, match=r"not a body: .* is \d\.\d\d, a body's is at (most|least) .* larger or"):
        estimator.estimate(blurred, np.arange(SMALL_FRAMES) / 10, SMALL_CAMERA)


@pytest.mark.parametrize("content", ["grey", "noise"])
def test_nobody_is_an_error_that_says_what_to_do(estimator, tmp_path, content):
    rng = np.random.default_rng(0)
    grey = np.full((240, 320, 3), 128, np.uint8)
    images = [grey if content == "grey" else rng.integers(0, 256, grey.shape, dtype=np.uint8) for _ in range(12)]
    path = write_video(tmp_path / "empty.mp4", images)
    with pytest.raises(EstimationError, match=r"no person found in 12 frames\. Use a video"):
        estimator.estimate(ClipFrames(path, 0, 12, 320, 240), np.arange(12) / 30, Intrinsics.centred(300, 320, 240))
