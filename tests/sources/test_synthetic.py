"""Source `synthetic`: the same bytes every time, with truth that agrees with the pixels."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from pydantic import ValidationError
from safetensors.numpy import load_file
from synthetic_clips import mannequin

from share_data.body.render import rasterize
from share_data.camera import Intrinsics, project, transform, unproject
from share_data.errors import SourceError
from share_data.pipeline.humans.movenet import MoveNet
from share_data.records import Video
from share_data.sources.synthetic import SyntheticConfig, SyntheticSource
from share_data.store.hashing import file_sha256
from share_data.synthetic.specs import ClipSpec

SIZE: dict[str, Any] = {"width": 320, "height": 180}


def source(*clips: ClipSpec, **more: Any) -> SyntheticSource:
    return SyntheticSource(SyntheticConfig(seed=4, clips=clips, **more))


def decode(path: Path) -> tuple[np.ndarray, list[float]]:
    with av.open(str(path)) as container:
        frames = [(frame.to_ndarray(format="rgb24"), float(frame.time)) for frame in container.decode(video=0)]
    return np.stack([image for image, _ in frames]), [time for _, time in frames]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> tuple[SyntheticSource, Video, Path]:
    """Ten frames of walking, rendered."""
    made = source(ClipSpec(frames=10, **SIZE))
    (video,) = made.list()
    return made, video, made.fetch(video, tmp_path_factory.mktemp("clips"))


def test_videos_are_listed_without_rendering_and_say_where_they_come_from() -> None:
    made = source(ClipSpec(action="reach", hazard="exposure", room=3), ClipSpec(), name="rooms")
    first, second = made.list()
    assert (first.source, first.video_id, first.uri) == (
        "rooms",
        "000-reach-exposure",
        "synthetic://4/000-reach-exposure",
    )
    assert first.licence == "CC0-1.0" and first.redistributable
    assert first.labels["action"] == "reach" and first.labels["hazard"] == "exposure" and first.labels["room"] == "3"
    assert second.video_id != first.video_id
    assert [first, second] == list(
        source(ClipSpec(action="reach", hazard="exposure", room=3), ClipSpec(), name="rooms").list()
    )


def test_the_true_focal_is_given_unless_told_otherwise() -> None:
    spec = ClipSpec(hfov_deg=60.0)
    (video,) = source(spec).list()
    assert video.focal_px == pytest.approx(Intrinsics.from_hfov(60, 640, 360).focal)
    (video,) = source(spec, calibrated=False).list()
    assert video.focal_px is None


def test_how_the_camera_stands_is_told_only_when_asked_for() -> None:
    """An estimator that is told the truth is not tested by it."""
    spec = ClipSpec(frames=2)
    (video,) = source(spec).list()
    assert video.calibration is None
    told = source(spec, posed=True)
    (video,) = told.list()
    truth = told.truth(video)
    assert video.calibration is not None and truth is not None and truth.T_world_cam is not None
    np.testing.assert_allclose(np.array(video.calibration.T_world_cam), truth.T_world_cam[0], atol=1e-12)


def test_the_truth_has_a_camera_pose_for_every_frame() -> None:
    panned = source(ClipSpec(hazard="pan", frames=3))
    (video,) = panned.list()
    truth = panned.truth(video)
    assert truth is not None and truth.T_world_cam is not None and truth.T_world_cam.shape == (3, 4, 4)
    assert not np.allclose(truth.T_world_cam[0], truth.T_world_cam[2])
    low = [transform(truth.vertices[k], truth.T_world_cam[k])[:, 2].min() for k in range(3)]
    np.testing.assert_allclose(low, 0, atol=2e-3)  # somebody who walks stands on the floor z = 0


def test_count_adds_mixed_clips() -> None:
    videos = list(source(ClipSpec(), count=12).list())
    assert len({video.video_id for video in videos}) == 13
    assert len({video.labels["action"] for video in videos}) == 5
    assert len({video.labels["hazard"] for video in videos}) > 3


def test_nothing_asked_for_and_unknown_videos_are_errors() -> None:
    with pytest.raises(SourceError, match="clips"):
        list(source().list())
    stranger = Video(source="synthetic", video_id="999-walk-none", uri="")
    with pytest.raises(SourceError, match="999-walk-none"):
        source(ClipSpec()).fetch(stranger, Path("unused"))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("action", "dance"),
        ("hazard", "earthquake"),
        ("frames", 1),
        ("frames", "90"),
        ("width", 321),
        ("hfov_deg", 170.0),
        ("betas", ()),
        ("colour", "red"),
    ],
)
def test_a_wrong_clip_is_refused(field: str, value: Any) -> None:
    with pytest.raises(ValidationError, match=field):
        ClipSpec.model_validate({field: value})


def test_another_process_renders_the_same_bytes(clip: tuple[SyntheticSource, Video, Path], tmp_path: Path) -> None:
    _, _, path = clip
    code = (
        "import sys; from pathlib import Path; from share_data.sources.synthetic import *\n"
        "s = SyntheticSource(SyntheticConfig(seed=4, clips=(ClipSpec(frames=10, width=320, height=180),)))\n"
        "print(s.fetch(next(s.list()), Path(sys.argv[1])))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "77", "OMP_NUM_THREADS": "2"}
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], env=environment, capture_output=True, text=True, check=True
    )
    other = Path(done.stdout.strip().splitlines()[-1])
    assert other.name == path.name
    assert file_sha256(other) == file_sha256(path)
    truth = path.with_suffix(".truth.safetensors")
    assert file_sha256(tmp_path / truth.name) == file_sha256(truth)


def test_the_file_names_no_encoder(clip: tuple[SyntheticSource, Video, Path]) -> None:
    data = clip[2].read_bytes()
    assert b"x264" not in data and b"Lav" not in data


def test_the_file_plays_at_the_frame_rate(clip: tuple[SyntheticSource, Video, Path]) -> None:
    frames, times = decode(clip[2])
    assert frames.shape == (10, 180, 320, 3)
    assert np.allclose(times, np.arange(10) / 30, atol=1e-4)


def test_a_finished_file_is_reused_and_another_clip_never_mistaken_for_it(
    clip: tuple[SyntheticSource, Video, Path], tmp_path: Path
) -> None:
    made, video, path = clip
    assert made.held(video, path.parent) == path and made.held(video, tmp_path) is None
    assert made.held(Video("synthetic", "999-walk-none", ""), path.parent) is None
    before = path.stat().st_mtime_ns
    assert made.fetch(video, path.parent) == path and path.stat().st_mtime_ns == before
    assert sorted(file.suffix for file in path.parent.iterdir()) == [".mp4", ".safetensors"]
    other = source(ClipSpec(frames=10, betas=(1.0,), **SIZE))
    assert other.fetch(next(other.list()), tmp_path).name != path.name


def test_stored_truth_and_computed_truth_agree(clip: tuple[SyntheticSource, Video, Path]) -> None:
    made, video, path = clip
    stored, truth = load_file(path.with_suffix(".truth.safetensors")), made.truth(video)
    assert truth is not None and truth.body == "mannequin"
    assert truth.focal == pytest.approx(stored["focal"][0]) == pytest.approx(video.focal_px)
    for frame in range(10):
        to_camera = np.linalg.inv(stored["T_world_cam"][frame].astype(float))
        assert np.allclose(transform(stored["joints"][frame], to_camera), truth.joints[frame], atol=1e-4)
        a, b, c, d = stored["floor_plane"][frame]
        height = truth.vertices[frame] @ np.array([a, b, c]) + d
        assert abs(height.min()) < 1e-3 and 1.3 < height.max() < 2.1


def test_the_person_in_the_pixels_is_where_the_truth_says(
    clip: tuple[SyntheticSource, Video, Path], tmp_path: Path
) -> None:
    made, video, path = clip
    truth = made.truth(video)
    assert truth is not None
    empty = source(ClipSpec(frames=10, hazard="nobody", **SIZE))
    empty_room = next(empty.list())
    assert empty.truth(empty_room) is None
    changed = np.abs(decode(path)[0].astype(int) - decode(empty.fetch(empty_room, tmp_path))[0]).sum(axis=-1) > 40
    camera = Intrinsics.centred(truth.focal, 320, 180)
    for frame in (0, 5, 9):
        raster = rasterize(truth.vertices[frame], mannequin().faces, camera)
        body = raster.face >= 0
        # Shirts may look like the wall behind them, and the shadow changes the floor beside the feet.
        assert changed[frame][body].mean() > 0.8
        rows = np.flatnonzero(body.any(axis=1))
        above_floor = slice(0, int(rows[0] + 0.8 * len(rows)))
        assert changed[frame][above_floor][~body[above_floor]].mean() < 0.02
        pixel = project(truth.joints[frame], camera).astype(int)
        inside = body[pixel[:, 1], pixel[:, 0]]
        assert inside.sum() >= 22  # a finger joint may fall beside its thin hand
        deep = truth.joints[frame][inside, 2] - raster.depth[pixel[:, 1], pixel[:, 0]][inside]
        assert deep.min() > -0.05 and deep.max() < 0.6


def test_the_detector_sees_the_person(clip: tuple[SyntheticSource, Video, Path]) -> None:
    made, video, path = clip
    truth = made.truth(video)
    assert truth is not None
    frames, _ = decode(path)
    for frame in (0, 9):
        (person,) = [found for found in MoveNet().detect(frames[frame]) if found.score >= 0.3]
        pelvis = project(truth.joints[frame, 0], Intrinsics.centred(truth.focal, 320, 180))
        assert np.linalg.norm(person.keypoints[11:13, :2].mean(axis=0) - pelvis) < 12


def test_true_depth_lies_beside_the_video_as_a_sensor_leaves_it(tmp_path: Path) -> None:
    spec = ClipSpec(frames=3, **SIZE)
    made, plain = source(spec, depth=True), source(spec)
    (video,) = made.list()
    path = made.fetch(video, tmp_path)
    assert made.held(video, tmp_path) == path and plain.held(video, tmp_path) is None
    images = sorted((tmp_path / f"{path.stem}_depth").iterdir())
    assert [image.name for image in images] == ["000000.png", "000001.png", "000002.png"]
    truth = load_file(path.with_suffix(".truth.safetensors"))
    camera = Intrinsics.centred(float(truth["focal"][0]), 320, 180, "source")
    for image, pose, joints in zip(images, truth["T_world_cam"], truth["joints"], strict=True):
        depth = cv2.imread(str(image), cv2.IMREAD_UNCHANGED)
        assert depth.dtype == np.uint16 and depth.shape == (180, 320)
        chest = transform(joints[9].astype(np.float64), np.linalg.inv(pose))
        column, row = project(chest[None], camera)[0].astype(int)
        assert 0 < chest[2] - depth[row, column] / 1000 < 0.25  # the skin lies before the joint
        rows, columns = np.mgrid[0:180, 0:320] + 0.5
        world = transform(unproject(np.stack([columns, rows], -1), depth / 1000, camera).reshape(-1, 3), pose)
        assert world[:, 2].min() > -0.03 and (np.abs(world[:, 2]) < 0.02).mean() > 0.1  # it stands on the floor
    assert file_sha256(path) == file_sha256(plain.fetch(video, tmp_path))
