"""Measured depth beside a video: which image belongs to which frame, what of it is believed, and what is refused."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from depth_beside import true_depth, write_images
from media import moving_square, write_video
from pydantic import ValidationError
from synthetic_clips import take_of

from share_data.build.build import build_corpus
from share_data.camera import Intrinsics
from share_data.corpus.read import Corpus
from share_data.engine.watch import Silent
from share_data.errors import EstimationError
from share_data.pipeline.geometry.base import PersonSurface, estimator_of
from share_data.pipeline.geometry.sensor.estimator import SensorConfig, SensorEstimator
from share_data.recipe.reading import parse_recipe
from share_data.records import Clip, Video
from share_data.store.hashing import file_sha256
from share_data.synthetic.film import shoot
from share_data.video.frames import probe

WIDTH, HEIGHT, FRAMES = 128, 96, 12
CAMERA = Intrinsics.centred(100.0, WIDTH, HEIGHT, "recipe")


def depth_of(frame: int) -> np.ndarray:
    """(H, W) uint16 millimetres: frame k shows a wall at 2 m + 10 k mm, its left half unknown."""
    depth = np.full((HEIGHT, WIDTH), 2000 + 10 * frame, np.uint16)
    depth[:, : WIDTH // 2] = 0
    return depth


def write_depth_video(path: Path, images: Iterable[np.ndarray], fps: int = 30, begin: float = 0.0) -> Path:
    """Lossless 16-bit grey."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=fps)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "gray16le"
        stream.codec_context.time_base = Fraction(1, 1000)
        for number, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(image, format="gray16le")
            frame.pts, frame.time_base = round(1000 * (begin + number / fps)), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    """Frames 2 to 10 of a video of 12 frames."""
    path = write_video(tmp_path / "room 1.mp4", moving_square(FRAMES, WIDTH, HEIGHT))
    times = np.arange(2, 11) / 30
    return Clip(Video("local", "room-1", "file:room 1.mp4"), path, "0" * 64, 2, 11, times, WIDTH, HEIGHT)


def person(*keyframes: int) -> PersonSurface:
    nothing = np.zeros((0, 3), np.float32)
    return PersonSurface(nothing, nothing, nothing, (), nothing, nothing, keyframes)


def sensor(**fields: Any) -> SensorEstimator:
    return SensorEstimator(SensorConfig.model_validate({"kind": "sensor", **fields}))


def maps(clip: Clip, *keyframes: int, **fields: Any) -> list[Any]:
    images = [np.zeros((HEIGHT, WIDTH, 3), np.uint8)] * len(keyframes)
    return estimator_of(sensor(**fields), clip).estimate(images, CAMERA, person(*keyframes))


def lose_frame(path: Path, number: int) -> None:
    """Overwrite a packet of an MP4, in place."""
    with av.open(str(path)) as container:
        packet = [packet for packet in container.demux(video=0) if packet.size][number]
        place, size = packet.pos, packet.size
    with path.open("r+b") as file:
        file.seek(place)
        file.write(bytes(size))


def images_beside(clip: Clip, **how: Any) -> Path:
    return write_images(clip.path.with_name("room 1_depth"), map(depth_of, range(FRAMES)), **how)


def video_beside(clip: Clip, **how: Any) -> Path:
    return write_depth_video(clip.path.with_name("room 1_depth.mkv"), map(depth_of, range(FRAMES)), **how)


@pytest.mark.parametrize("how", [{}, {"first": 1}, {"name": "d-{}.PNG"}, {"name": "cam0_{}_raw.png", "first": 7}])
def test_images_belong_to_frames_by_their_number(clip: Clip, how: dict[str, Any]) -> None:
    folder = images_beside(clip, **how)
    (folder / "notes.txt").write_text("not an image")
    first, last = maps(clip, 0, 8)
    for point_map, frame in ((first, 2), (last, 10)):
        np.testing.assert_allclose(point_map.depth, depth_of(frame) / 1000, rtol=1e-6)
        np.testing.assert_array_equal(point_map.valid, depth_of(frame) > 0)
        assert point_map.depth.dtype == np.float32 and point_map.intrinsics == CAMERA and not point_map.from_person


def test_a_depth_video_is_matched_by_time(clip: Clip) -> None:
    video_beside(clip)
    first, last = maps(clip, 0, 8, depth="{stem}_depth.mkv")
    assert (first.depth.max(), last.depth.max()) == pytest.approx((2.02, 2.10))


def test_a_depth_video_is_matched_by_the_files_times_whatever_the_colour_videos_time_scale(clip: Clip) -> None:
    video_beside(clip)
    slowed = replace(clip, video=replace(clip.video, time_scale=1.25), times=clip.times * 1.25)
    where = {"depth": "{stem}_depth.mkv"}
    for as_is, scaled in zip(maps(clip, 0, 8, **where), maps(slowed, 0, 8, **where), strict=True):
        np.testing.assert_array_equal(as_is.depth, scaled.depth)


def test_a_depth_video_of_half_the_rate_gives_its_nearest_frames(clip: Clip) -> None:
    video_beside(clip, fps=15)
    first, last = maps(clip, 0, 7, depth="{stem}_depth.mkv")
    assert (first.depth.max(), last.depth.max()) == pytest.approx((2.01, 2.04)), "frames 1 and 4, at 0.067 and 0.267 s"


@pytest.mark.parametrize(("begin", "count"), [(0.5, FRAMES), (0.0, 5)])
def test_a_depth_video_of_another_time_is_refused(clip: Clip, begin: float, count: int) -> None:
    write_depth_video(clip.path.with_name("room 1_depth.mkv"), map(depth_of, range(count)), begin=begin)
    with pytest.raises(EstimationError, match=r"no depth within 0\.05 s of the keyframe\(s\) at .*0\.33 s"):
        maps(clip, 0, 8, depth="{stem}_depth.mkv")


def test_unit_and_range_are_the_recipes(clip: Clip) -> None:
    images_beside(clip)
    assert maps(clip, 0, scale=0.0002)[0].depth.max() == pytest.approx(0.404)
    with pytest.raises(EstimationError, match=r"keyframe 0: metric depth in 0\.0%.*geometry\.scale"):
        maps(clip, 0, max_depth_m=2.0)


def test_pixels_at_depth_edges_are_left_out(clip: Clip) -> None:
    step = np.full((HEIGHT, WIDTH), 2000, np.uint16)
    step[:, 64:] = 3000
    write_images(clip.path.with_name("room 1_depth"), [step] * FRAMES)
    point_map = maps(clip, 0)[0]
    assert np.flatnonzero(~point_map.valid.all(axis=0)).tolist() == [63, 64]
    assert (point_map.depth[:, 63:65] == 0).all()
    assert maps(clip, 0, edge_rtol=None)[0].valid.all()


def test_smaller_depth_images_keep_their_size(clip: Clip) -> None:
    small = [cv2.resize(depth_of(frame), (64, 48), interpolation=cv2.INTER_NEAREST) for frame in range(FRAMES)]
    write_images(clip.path.with_name("room 1_depth"), small)
    point_map = maps(clip, 0)[0]
    assert point_map.depth.shape == (48, 64) and point_map.intrinsics == CAMERA.scaled(64, 48)


def test_depth_of_another_shape_is_not_registered(clip: Clip) -> None:
    write_images(clip.path.with_name("room 1_depth"), [depth_of(0)[:, :100]] * FRAMES)
    with pytest.raises(EstimationError, match=r"100 x 96 pixels and the video 128 x 96.*Register depth to colour"):
        maps(clip, 0)


def colour(folder: Path) -> None:
    cv2.imwrite(str(folder / "000002.png"), np.zeros((HEIGHT, WIDTH, 3), np.uint8))


def grey8(folder: Path) -> None:
    cv2.imwrite(str(folder / "000002.png"), np.zeros((HEIGHT, WIDTH), np.uint8))


def cut_off(folder: Path) -> None:
    data = (folder / "000002.png").read_bytes()
    (folder / "000002.png").write_bytes(data[: len(data) // 2])


def empty(folder: Path) -> None:
    (folder / "000002.png").write_bytes(b"")


def gap(folder: Path) -> None:
    (folder / "000005.png").unlink()


def unnumbered(folder: Path) -> None:
    (folder / "last.png").write_bytes((folder / "000005.png").read_bytes())


def twice(folder: Path) -> None:
    (folder / "b5.png").write_bytes((folder / "000005.png").read_bytes())


def short(folder: Path) -> None:
    for number in (10, 11):
        (folder / f"{number:06d}.png").unlink()


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (colour, "000002.png: rgb24, not 16-bit grey"),
        (grey8, "000002.png: gray, not 16-bit grey"),
        (cut_off, "000002.png: not a readable PNG"),
        (empty, "000002.png: not a readable PNG"),
        (gap, "image number 4 is followed by 6"),
        (unnumbered, "which frame last.png belongs to"),
        (twice, "which frame b5.png belongs to"),
        (short, "room 1_depth: 10 depth images, and room 1.mp4 has 12 frames"),
    ],
)
def test_images_that_cannot_be_trusted_fail_the_clip(clip: Clip, spoil: Callable[[Path], None], why: str) -> None:
    spoil(images_beside(clip))
    with pytest.raises(EstimationError) as caught:
        maps(clip, 0, 8)
    assert why in str(caught.value)


@pytest.mark.parametrize("count", [0, 10, 11, 13, 24])
@pytest.mark.parametrize("stop", [4, 12])
def test_another_number_of_images_than_frames_is_refused_in_every_window(clip: Clip, count: int, stop: int) -> None:
    """Two fewer, as a depth camera that starts late gives: image 0 was taken with frame 2, and no name tells."""
    write_images(clip.path.with_name("room 1_depth"), (depth_of(FRAMES - count + number) for number in range(count)))
    window = replace(clip, start=0, stop=stop, times=np.arange(stop) / 30)
    with pytest.raises(EstimationError) as caught:
        maps(window, 0, 3)
    assert f"room 1_depth: {count} depth images, and room 1.mp4 has 12 frames" in str(caught.value)
    assert "seconds since that one (0.066667.png)" in str(caught.value)


def timed(clip: Clip, frames: Iterable[int], name: Callable[[int], str]) -> None:
    folder = clip.path.with_name("room 1_depth")
    for frame in frames:
        write_images(folder, [depth_of(frame)], name=name(frame))


def shown(point_map: Any) -> int:
    """The frame whose depth this is, see `depth_of`."""
    return round((float(point_map.depth.max()) - 2) * 100)


EPOCH = 1650000123
CLOCKS: dict[str, Callable[[int], str]] = {
    "seconds": lambda frame: f"{EPOCH + frame / 30:.6f}.png",
    "seconds, named": lambda frame: f"depth_{frame:02d}_{EPOCH + frame / 30:.3f}_raw.PNG",
    "milliseconds": lambda frame: f"{EPOCH * 1000 + round(frame * 1000 / 30):020d}.png",
    "microseconds": lambda frame: f"{EPOCH * 10**6 + round(frame * 10**6 / 30)}.png",
    "nanoseconds": lambda frame: f"d{EPOCH * 10**9 + round(frame * 10**9 / 30)}.png",
    "since switched on": lambda frame: f"{77123 + round(frame * 1000 / 30):08d}.png",
    "since the first frame": lambda frame: f"{frame / 30:.6f}.png",
    "milliseconds since the first frame": lambda frame: f"{round(frame * 1000 / 30):06d}.png",
}


@pytest.mark.parametrize("name", CLOCKS.values(), ids=CLOCKS)
def test_images_named_by_time_are_matched_by_time_whatever_their_number(clip: Clip, name: Callable[[int], str]) -> None:
    timed(clip, (frame for frame in range(FRAMES) if frame not in (3, 7)), name)
    assert [shown(point_map) for point_map in maps(clip, 0, 2, 3, 4, 8)] == [2, 4, 5, 6, 10]
    assert shown(maps(clip, 1)[0]) in (2, 4), "of frame 3 there is none; the nearest, a frame away, is near enough"


@pytest.mark.parametrize("clock", ["since the first frame", "milliseconds since the first frame"])
def test_times_since_the_first_frame_stand_where_depth_began_late(clip: Clip, clock: str) -> None:
    timed(clip, range(3, FRAMES), CLOCKS[clock])
    assert [shown(point_map) for point_map in maps(clip, 1, 8)] == [3, 10]
    with pytest.raises(EstimationError, match=r"no depth image within 0\.05 s of the keyframe\(s\) at 0\.03 s"):
        maps(replace(clip, start=1, times=np.arange(1, 11) / 30), 0, 5)


@pytest.mark.parametrize("clock", ["seconds", "milliseconds", "nanoseconds", "since switched on"])
def test_a_clock_of_the_devices_own_tells_nothing_where_depth_began_late(clip: Clip, clock: str) -> None:
    timed(clip, range(2, FRAMES), CLOCKS[clock])
    with pytest.raises(EstimationError) as caught:
        maps(clip, 0, 3)
    assert re.search(r"10 depth images .* last 0\.300 s, and the 12 frames of room 1\.mp4 0\.367 s", str(caught.value))
    assert "(0.066667.png)" in str(caught.value)


def test_the_stamp_of_images_named_by_time_follows_each_of_them(clip: Clip) -> None:
    timed(clip, range(FRAMES), CLOCKS["seconds"])
    before = sensor().of_clip(clip).info
    timed(clip, [11], lambda _: CLOCKS["seconds"](0))
    assert sensor().of_clip(clip).info != before


def test_images_are_out_of_step_with_a_video_that_has_lost_frames(clip: Clip) -> None:
    """Frame 5 of the video is lost: what decodes as its frame 5 was recorded with depth image 6."""
    images_beside(clip)
    write_video(clip.path, moving_square(FRAMES, WIDTH, HEIGHT), options={"g": "1"})
    lose_frame(clip.path, 5)
    assert probe(clip.path).footage.frames_lost == 1
    with pytest.raises(EstimationError, match=r"room 1_depth: room 1\.mp4 has damaged frames before frame 5,.*by time"):
        maps(clip, 0, 3)
    assert maps(clip, 2)[0].depth.max() == pytest.approx(2.04), "what is lost later moves nothing"
    video_beside(clip)
    times = np.delete(np.arange(FRAMES), 5)[2:] / 30
    later = replace(clip, times=times)
    assert maps(later, 3, depth="{stem}_depth.mkv")[0].depth.max() == pytest.approx(2.06)


def test_images_of_a_video_that_is_stored_turned_are_refused(clip: Clip) -> None:
    images_beside(clip)
    write_video(clip.path, moving_square(FRAMES, WIDTH, HEIGHT), rotation=180)
    with pytest.raises(EstimationError, match=r"room 1\.mp4 is to be turned 180,.*ffmpeg -i"):
        maps(clip, 0)


def test_lossy_video_is_no_depth(clip: Clip) -> None:
    write_video(clip.path.with_name("room 1_depth.mkv"), moving_square(FRAMES, WIDTH, HEIGHT))
    with pytest.raises(EstimationError, match=r"yuv420p.*not 16-bit grey.*FFV1"):
        maps(clip, 0, depth="{stem}_depth.mkv")


def test_where_nothing_lies_it_says_what_was_looked_for(clip: Clip) -> None:
    with pytest.raises(EstimationError, match=r"beside room 1\.mp4: its folder holds no depth/room 1.*PNG"):
        sensor(depth="depth/{stem}").of_clip(clip)


@pytest.mark.parametrize("depth", ["/data/{stem}", "../{stem}_depth", "a/../../{stem}", ""])
def test_a_pattern_stays_in_the_videos_folder(depth: str) -> None:
    with pytest.raises(ValidationError):
        SensorConfig(depth=depth)


def test_the_stamp_follows_the_content_of_the_clips_own_images(clip: Clip) -> None:
    folder = images_beside(clip)
    before = sensor().of_clip(clip).info
    assert before.weights.keys() == {"depth"} and before.settings == sensor().info.settings
    cv2.imwrite(str(folder / "000011.png"), np.zeros((HEIGHT, WIDTH), np.uint16))  # of no frame of the clip
    assert sensor().of_clip(clip).info == before
    cv2.imwrite(str(folder / "000004.png"), np.zeros((HEIGHT, WIDTH), np.uint16))
    assert sensor().of_clip(clip).info != before
    assert sensor().of_clip(replace(clip, start=6)).info != before


def test_the_stamp_of_a_depth_video_is_its_hash(clip: Clip) -> None:
    path = video_beside(clip)
    assert sensor(depth="{stem}_depth.mkv").of_clip(clip).info.weights == {"depth": file_sha256(path)}


def test_without_a_clip_there_is_no_depth_and_never_a_focal(clip: Clip) -> None:
    images_beside(clip)
    assert sensor().focal([]) is None and sensor().of_clip(clip).focal([]) is None
    with pytest.raises(ValueError, match="of_clip"):
        sensor().estimate([], CAMERA, person(0))


def test_a_corpus_is_built_from_colour_and_depth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHARE_DATA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SHARE_DATA_HOME", str(tmp_path / "home"))
    take = take_of(frames=30)
    (tmp_path / "videos").mkdir()
    write_video(tmp_path / "videos" / "walk.mp4", shoot(take), fps=10)
    write_images(tmp_path / "videos" / "walk_depth", (true_depth(take, frame) for frame in range(30)))
    recipe = {
        "schema_version": 1,
        "name": "rgbd",
        "sources": [{"kind": "local", "root": str(tmp_path / "videos"), "focal_px": take.backdrop.path.at(0).focal}],
        "filters": [],
        "geometry": {"kind": "sensor"},
    }
    result = build_corpus(parse_recipe(recipe, "test"), tmp_path / "out", Silent())
    assert (result.exit_code, result.records) == (0, 1), result.totals.failures
    record = Corpus(tmp_path / "out")[0]
    assert record.metadata["geometry"]["weights"].keys() == {"depth"} and record.metadata["geometry_label"] == "sensor"
    path, pelvis = take.backdrop.path, take.actors[0].motion.joints[:, 0]
    to_world = record.arrays["T_world_cam"]
    assert to_world[2, 3] == pytest.approx(path.centre[2], abs=0.05), "the camera's height above the floor"
    for frame in (0, 29):
        true = to_world[:3, :3] @ path.to_camera(pelvis[frame], frame) + to_world[:3, 3]
        assert np.linalg.norm(record.arrays["joints"][frame, 0] - true) < 0.15
