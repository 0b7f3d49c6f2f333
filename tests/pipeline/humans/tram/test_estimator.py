"""The TRAM estimator on rendered people, with a stand-in checkout: what comes in, what goes out, what is refused."""

import errno
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from bodies import smpl_arrays
from hypothesis import given
from hypothesis import strategies as st
from media import Image, write_video
from synthetic_clips import plan_of, take_of
from tram_checkout import CHECKPOINT, estimator, make_checkout, python_with_cuda, smpl_body

from share_data import registry
from share_data.body.model import BodyModel, load_body
from share_data.camera import Intrinsics, project
from share_data.errors import BodyModelError, DiskFullError, EstimationError, MissingDependencyError
from share_data.masks import MaskStack
from share_data.pipeline.humans.main_person import find_main_person, finder_stamp
from share_data.pipeline.humans.tram.estimator import TramEstimator
from share_data.pipeline.humans.tram.exchange import VimoMotion, in_runs, write_request
from share_data.pipeline.humans.tram.runner import TRACK_WEIGHTS
from share_data.pipeline.humans.tram.track import assemble_track
from share_data.records import EstimatorInfo, MainPerson, PersonTrack
from share_data.store.hashing import file_sha256
from share_data.synthetic.film import shoot
from share_data.video.frames import ClipFrames

FRAMES = 40
CAMERA = Intrinsics.centred(plan_of("walk", frames=FRAMES).focal_px, 320, 180)
GAP = range(20, 23)
EMPTY = np.full((180, 320, 3), 90, np.uint8)


@pytest.fixture(scope="module")
def body(tmp_path_factory: pytest.TempPathFactory) -> BodyModel:
    return smpl_body(tmp_path_factory.mktemp("smpl"))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkout(tmp_path_factory.mktemp("checkout") / "tram")


@pytest.fixture(scope="module")
def tram(root: Path, body: BodyModel) -> TramEstimator:
    return estimator(root, body)


@pytest.fixture(scope="module")
def images() -> list[Image]:
    return list(shoot(take_of("walk", frames=FRAMES)))


@pytest.fixture(scope="module")
def track(tram: TramEstimator, images: list[Image], tmp_path_factory: pytest.TempPathFactory) -> PersonTrack:
    return estimate(tram, images, tmp_path_factory.mktemp("clip"))


def estimate(tram: TramEstimator, images: Sequence[Image], folder: Path, camera: Intrinsics = CAMERA) -> PersonTrack:
    path = write_video(folder / "clip.mp4", images, options={"crf": "12"})
    height, width = images[0].shape[:2]
    return tram.estimate(ClipFrames(path, 0, len(images), width, height), np.arange(len(images)) / 30, camera)


def test_a_known_height_resizes_the_body_and_its_distance(
    root: Path, body: BodyModel, track: PersonTrack, images: list[Image], tmp_path: Path
) -> None:
    told = estimator(root, body, height_m=1.9)
    assert told.info.settings["height_m"] == 1.9
    taller = estimate(told, images, tmp_path)
    assert body.height(taller.betas) == pytest.approx(1.9, abs=2e-4)
    pelvises = [each.transl + body.rest_pelvis(each.betas) for each in (taller, track)]
    np.testing.assert_allclose(pelvises[0], pelvises[1] * (1.9 / body.height(track.betas)), rtol=1e-4)


def test_it_is_registered_as_the_best_there_is() -> None:
    assert registry.load("humans", "tram") is TramEstimator
    assert TramEstimator.rank > registry.load("humans", "blazepose").rank


def test_the_track_has_the_promised_shapes(track: PersonTrack) -> None:
    assert track.global_orient.shape == track.transl.shape == (FRAMES, 3)
    assert track.body_pose.shape == (FRAMES, 69)
    assert track.betas.shape == (10,)
    assert track.boxes.shape == (FRAMES, 4)
    assert track.masks.known(FRAMES)[[0, 3, FRAMES - 1]].all() and track.masks[0].shape == (180, 320)
    assert track.valid.all()
    assert track.intrinsics == CAMERA
    floats = (track.global_orient, track.body_pose, track.betas, track.transl, track.boxes, track.confidence)
    assert all(array.dtype == np.float32 and np.isfinite(array).all() for array in floats)


def test_the_body_stands_where_the_person_is(track: PersonTrack, body: BodyModel) -> None:
    posed = body.forward(track.global_orient, track.body_pose, track.betas, track.transl)
    pixels = project(posed.joints[:, [0, 1, 2, 3, 12]], CAMERA)
    for frame in range(FRAMES):
        left, top, right, bottom = track.boxes[frame]
        assert ((pixels[frame, :, 0] > left) & (pixels[frame, :, 0] < right)).all()
        assert ((pixels[frame, :, 1] > top) & (pixels[frame, :, 1] < bottom)).all()
    height = np.ptp(project(posed.vertices, CAMERA)[..., 1], axis=1)
    assert np.abs(height / (track.boxes[:, 3] - track.boxes[:, 1]) - 1).max() < 0.25


def test_the_same_clip_gives_the_same_bytes_from_the_same_process(
    tram: TramEstimator, track: PersonTrack, images: list[Image], tmp_path: Path
) -> None:
    process = tram._process.pid
    again = estimate(tram, images, tmp_path)
    assert tram._process.pid == process
    for name in ("global_orient", "body_pose", "betas", "transl", "boxes", "valid", "confidence"):
        assert getattr(again, name).tobytes() == getattr(track, name).tobytes(), name
    assert again.masks.packed.tobytes() == track.masks.packed.tobytes()


def test_where_nobody_is_seen_the_motion_is_interpolated_and_says_so(
    tram: TramEstimator, track: PersonTrack, images: list[Image], tmp_path: Path
) -> None:
    """From the look before to the look after. What follows is a run of 16 or more; a shorter one is unknown."""
    gone = [EMPTY if frame in GAP else image for frame, image in enumerate(images)]
    interrupted = estimate(tram, gone, tmp_path)
    assert interrupted.valid[:19].all() and interrupted.valid[-16:].all()
    assert not interrupted.valid[19:24].any()
    assert (interrupted.confidence[list(GAP)] == 0).all()
    before, after = interrupted.transl[18], interrupted.transl[24]
    between = interrupted.transl[GAP[1]]
    assert (between >= np.minimum(before, after)).all() and (between <= np.maximum(before, after)).all()
    tail = [*images[:20], *[EMPTY] * 3, *images[23:35]]
    assert estimate(tram, tail, tmp_path).valid.tolist() == [True] * 19 + [False] * 16


def test_who_is_told_where_the_person_is_does_not_look_again(
    tram: TramEstimator, track: PersonTrack, images: list[Image], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = ClipFrames(write_video(tmp_path / "clip.mp4", images, options={"crf": "12"}), 0, FRAMES, 320, 180)
    times = np.arange(FRAMES) / 30
    person = find_main_person(frames, times)
    monkeypatch.setattr("share_data.pipeline.humans.main_person.find_main_person", None)
    told = tram.estimate(frames, times, CAMERA, person)
    assert told.transl.tobytes() == track.transl.tobytes() and told.boxes.tobytes() == track.boxes.tobytes()


def test_too_little_is_an_error_with_a_remedy(tram: TramEstimator, images: list[Image], tmp_path: Path) -> None:
    with pytest.raises(EstimationError, match=r"known in only 0 of 12 frames .*runs of 16 frames.*Cut the clip"):
        estimate(tram, images[:12], tmp_path)
    with pytest.raises(EstimationError, match=r"no person found in 20 frames\. Use a video"):
        estimate(tram, [EMPTY] * 20, tmp_path)


def test_a_longer_focal_puts_the_person_farther_away(tram: TramEstimator, images: list[Image], tmp_path: Path) -> None:
    far = estimate(tram, images[:20], tmp_path, Intrinsics.centred(1.2 * CAMERA.focal, 320, 180))
    near = estimate(tram, images[:20], tmp_path)
    assert np.allclose(far.transl[:, 2] / near.transl[:, 2], 1.2, rtol=0.02)


def test_info_names_weights_code_and_settings(root: Path, tmp_path: Path, body: BodyModel) -> None:
    info = estimator(root, body).info
    assert info.weights[Path(CHECKPOINT).name] == file_sha256(root / CHECKPOINT)
    assert set(info.weights) == {"vimo_checkpoint.pth.tar", "movenet-multipose_h.onnx", "pose_landmark_full_h.onnx"}
    assert (info.kind, info.settings["track"], info.settings["min_seen"]) == ("tram", False, 0.5)
    assert info.settings["finder"] == finder_stamp()
    other = make_checkout(tmp_path / "elsewhere")
    assert estimator(other, body).info.settings == info.settings
    (other / "lib" / "models" / "hmr_vimo.py").write_text("# another network")
    assert estimator(other, body).info.settings["code"] != info.settings["code"]


def test_a_checkpoint_that_changes_after_its_hash_was_taken_is_not_used(
    images: list[Image], tmp_path: Path, body: BodyModel
) -> None:
    tram = estimator(make_checkout(tmp_path / "tram"), body)
    _ = tram.info
    path = tmp_path / "tram" / CHECKPOINT
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(MissingDependencyError, match="has changed since this build began"):
        estimate(tram, images[:16], tmp_path)


def test_weights_that_may_not_be_read_are_a_matter_of_setup(
    root: Path, body: BodyModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("share_data.pipeline.humans.tram.checkout.content_sha256", refuse)
    with pytest.raises(MissingDependencyError, match=r"TRAM: cannot be read .*Permission denied.*vimo_checkpoint"):
        _ = estimator(root, body).info


def test_nothing_there_is_a_matter_of_setup_with_the_commands(tmp_path: Path, body: BodyModel) -> None:
    with pytest.raises(MissingDependencyError) as told:
        _ = estimator(tmp_path / "tram", body).info
    assert f"git clone --recursive https://github.com/yufu-wang/tram {tmp_path / 'tram'}" in str(told.value)
    assert "gdown --fuzzy -O data/pretrain/vimo_checkpoint.pth.tar" in str(told.value)


def test_only_the_neutral_smpl_will_do(root: Path, tmp_path: Path) -> None:
    with pytest.raises(BodyModelError, match=r"tram needs an SMPL model, not the built-in mannequin.*smpl\.is\.tue"):
        estimator(root, load_body())
    np.savez(tmp_path / "SMPL_FEMALE.npz", **smpl_arrays())
    with pytest.raises(BodyModelError, match=r"tram needs the neutral SMPL model.*female"):
        estimator(root, load_body(tmp_path / "SMPL_FEMALE.npz", "female"))


def person_in(valid: Sequence[bool]) -> MainPerson:
    """Somebody in a box of 40 x 60 px, seen in these frames."""
    count = len(valid)
    boxes = np.tile(np.array([100, 60, 140, 120], np.float32), (count, 1))
    masks = MaskStack.pack([np.zeros((180, 320), bool)] * count)
    return MainPerson(boxes, np.array(valid), np.array(valid, np.float32), masks)


def test_a_single_pose_is_no_motion(body: BodyModel) -> None:
    """Of a run, all poses but one may be refused: behind the camera, or no numbers."""
    transl = np.tile(np.float32([0, 0, -3]), (16, 1))
    motion = VimoMotion(np.arange(16), np.tile(np.eye(3, dtype=np.float32), (16, 24, 1, 1)), np.zeros((16, 10)), transl)
    for known in (0, 1, 2):
        transl[:known, 2] = 3
        arguments = person_in([True] * 16), motion, np.arange(16) / 30, CAMERA, body, EstimatorInfo("tram", 1), 0.01
        if known < 2:
            with pytest.raises(
                EstimationError, match=rf"known in only {known} of 16 frames \(needed: 1%, and 2 at least"
            ):
                assemble_track(*arguments)
        else:
            assert assemble_track(*arguments).valid.sum() == 2


@pytest.fixture
def frames(images: list[Image], tmp_path: Path) -> ClipFrames:
    return ClipFrames(write_video(tmp_path / "clip.mp4", images), 0, FRAMES, 320, 180)


def test_only_frames_that_vimo_looks_at_are_sent(frames: ClipFrames, tmp_path: Path) -> None:
    valid = [True] * 17 + [False] + [True] * 15 + [False] * 7
    write_request(tmp_path, frames, CAMERA, person_in(valid))
    assert sorted(path.name for path in (tmp_path / "frames").iterdir()) == [f"{k:08d}.tiff" for k in range(17)]
    with np.load(tmp_path / "people.npz") as people:
        assert people["valid"].tolist() == [True] * 17 + [False] * 23


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 20)), max_size=8))
def test_runs_of_sixteen_frames_or_more_are_kept(pieces: list[tuple[bool, int]]) -> None:
    valid = np.array([seen for seen, count in pieces for _ in range(count)], bool)
    kept = in_runs(valid)
    for first in range(len(valid)):
        around = [valid[start : start + 16] for start in range(max(first - 15, 0), first + 1)]
        assert kept[first] == any(len(piece) == 16 and piece.all() for piece in around)


@pytest.mark.parametrize(("person", "size"), [(person_in([True] * FRAMES), "1 MiB"), (None, "7 MiB")])
def test_a_full_disk_is_told_with_what_fills_it_and_how_to_choose_another(
    frames: ClipFrames, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, person: MainPerson | None, size: str
) -> None:
    def full(path: Path, _: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DiskFullError, match=rf"{tmp_path}: no space left .*about {size} .*export TMPDIR="):
        write_request(tmp_path, frames, CAMERA, person)


def bright_person(frame: int) -> Image:
    """A square that walks, dim in the first frames and between 10 and 12."""
    image = np.full((180, 320, 3), 10, np.uint8)
    level = 60 if frame < 3 or 10 <= frame < 12 else 200
    image[60:120, 100 + frame : 130 + frame] = level
    return image


@pytest.fixture(scope="module")
def tracking(tmp_path_factory: pytest.TempPathFactory, body: BodyModel) -> TramEstimator:
    folder = tmp_path_factory.mktemp("tracking")
    root, python = make_checkout(folder / "tram", tracking=True), python_with_cuda(folder / "python")
    return estimator(root, body, python=str(python), track=True, min_seen=0.3)


def test_tram_itself_tracks_where_it_is_asked_to(tracking: TramEstimator, tmp_path: Path) -> None:
    """Its tracker fails when nobody is in the first frames; here it does not."""
    track = estimate(tracking, [bright_person(frame) for frame in range(40)], tmp_path)
    assert track.valid.tolist() == [False] * 12 + [True] * 28
    assert np.allclose(track.boxes[20], [120, 60, 150, 120], atol=2)
    assert np.allclose(track.confidence[12:], 200 / 255, atol=0.02)
    assert not track.masks[0].any() and track.masks[20][61:119, 121:149].all()
    assert not track.masks[20][:55].any()


def test_nobody_tracked_is_an_error(tracking: TramEstimator, tmp_path: Path) -> None:
    with pytest.raises(EstimationError, match="TRAM tracked nobody in 20 frames"):
        estimate(tracking, [EMPTY] * 20, tmp_path)


def test_all_weights_of_its_tracking_are_hashed_and_none_is_downloaded(tracking: TramEstimator, tmp_path: Path) -> None:
    """Nor is any of them loaded again for the next clip."""
    names = {"vimo_checkpoint.pth.tar", "sam_vit_h_4b8939.pth", "DEVA-propagation.pth", "model_final_f05665.pkl"}
    assert set(tracking.info.weights) == names and "finder" not in tracking.info.settings
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        estimate(tracking, [bright_person(frame) for frame in range(12, 30)], folder)
    loaded = (tracking._checkout.root / "loaded.txt").read_text().split()
    assert sorted(loaded) == sorted([TRACK_WEIGHTS[0], TRACK_WEIGHTS[2]])


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_tracking_without_a_gpu_is_a_matter_of_setup(body: BodyModel, images: list[Image], tmp_path: Path) -> None:
    tram = estimator(make_checkout(tmp_path / "tram", tracking=True), body, track=True)
    with pytest.raises(MissingDependencyError, match=r"humans\.track needs a CUDA device.*engine\.gpus_per_worker: 1"):
        estimate(tram, images[:16], tmp_path)
