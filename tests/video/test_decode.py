"""Decoding: every odd video ends in true frames or in one clear error."""

import os
from collections.abc import Callable
from pathlib import Path

import media
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from share_data.errors import VideoError
from share_data.video.frames import ClipFrames, iterate, probe
from share_data.video.stamps import Clock

SQUARE = media.moving_square(12)


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt", "options"),
    [
        ("h264.mp4", "libx264", "yuv420p", {}),
        ("h264.ts", "libx264", "yuv420p", {}),
        ("hevc10.mp4", "libx265", "yuv420p10le", {"x265-params": "log-level=0"}),
        ("vp9.webm", "libvpx-vp9", "yuv420p", {}),
        ("av1.mp4", "libsvtav1", "yuv420p10le", {"svtav1-params": "enable-stat-report=0"}),
        ("mpeg4.avi", "mpeg4", "yuv420p", {}),
        ("mjpeg.mkv", "mjpeg", "yuvj420p", {}),
    ],
)
def test_every_usual_codec_gives_all_frames_in_order(
    tmp_path: Path, name: str, codec: str, pix_fmt: str, options: dict[str, str]
) -> None:
    path = media.write_video(tmp_path / name, SQUARE, codec=codec, pix_fmt=pix_fmt, options=options)

    frames = list(iterate(path))

    assert len(frames) == 12
    assert all(image.flags.c_contiguous and image.dtype == np.uint8 for _, image in frames)
    drawn = [media.square_left(image) for image in SQUARE]
    assert np.allclose([media.square_left(image) for _, image in frames], drawn, atol=2)
    steps = np.diff([time for time, _ in frames])
    assert np.allclose(steps, 1 / 30, atol=1e-3)


def test_colours_come_out_as_rgb(tmp_path: Path) -> None:
    red = np.full((64, 64, 3), (220, 30, 40), np.uint8)
    _, image = next(iter(iterate(media.write_video(tmp_path / "red.mp4", [red]))))
    assert np.abs(image[32, 32].astype(int) - (220, 30, 40)).max() < 8


def test_variable_frame_rate_keeps_its_timestamps(tmp_path: Path) -> None:
    times = np.cumsum([0.0, 0.033, 0.1, 0.033, 0.2, 0.04, 0.033, 0.1, 0.05, 0.033, 0.033, 0.3])
    path = media.write_video(tmp_path / "vfr.mp4", SQUARE, times=times.tolist())
    assert np.allclose(probe(path).times, times, atol=1e-4)


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_rotation_is_applied_as_players_do(tmp_path: Path, rotation: int) -> None:
    plain = [image for _, image in iterate(media.write_video(tmp_path / "plain.mp4", SQUARE))]
    path = media.write_video(tmp_path / "turned.mp4", SQUARE, rotation=rotation)

    turned = [image for _, image in iterate(path)]
    info = probe(path)

    assert np.array_equal(turned[3], np.rot90(plain[3], rotation // 90))
    assert turned[3].flags.c_contiguous
    assert (info.height, info.width) == turned[3].shape[:2]
    assert info.footage.display == f"turned {rotation}"


def test_pixels_are_made_square(tmp_path: Path) -> None:
    path = media.write_video(tmp_path / "wide.mp4", SQUARE, aspect=media.Fraction(2, 1))
    assert (probe(path).width, probe(path).height) == (256, 96)
    assert next(iter(iterate(path)))[1].shape == (96, 256, 3)


def test_size_limits_name_the_size(tmp_path: Path) -> None:
    path = media.write_video(tmp_path / "tiny.mp4", [media.texture(32, 32)])
    with pytest.raises(VideoError, match="32 x 32"):
        probe(path)


def _text(path: Path) -> Path:
    path.write_text("not a video\n")
    return path


def _playlist(path: Path) -> Path:
    media.write_video(path.parent / "other.mp4", SQUARE)
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nother.mp4\n#EXT-X-ENDLIST\n")
    return path


def _noise(path: Path) -> Path:
    path.write_bytes(np.random.default_rng(0).bytes(50_000))
    return path


def _empty(path: Path) -> Path:
    path.touch()
    return path


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _resized(path: Path) -> Path:
    parts = [
        media.write_video(path.with_name(f"{width}.ts"), [media.texture(width, 96)] * 5).read_bytes()
        for width in (128, 160)
    ]
    path.write_bytes(b"".join(parts))
    return path


@pytest.mark.parametrize(
    ("make", "cause"),
    [
        (lambda path: path, "no such file"),
        (_empty, "is empty"),
        (_folder, "not a regular file"),
        (_text, "not a readable video"),
        (_noise, "not a readable video"),
        (_playlist, "not a readable video"),
        (lambda path: media.truncated(media.write_video(path, SQUARE), 0.5), "cut off before its index"),
        (lambda path: media.write_audio(path), "no video stream"),
        (_resized, "changes from 128 x 96 to 160 x 96"),
    ],
)
def test_what_is_no_video_ends_in_one_clear_error(tmp_path: Path, make: Callable[[Path], Path], cause: str) -> None:
    path = make(tmp_path / "input.mp4")
    with pytest.raises(VideoError, match=cause) as raised:
        probe(path)
    message = str(raised.value)
    assert message.startswith("input.mp4: ")
    assert str(tmp_path) not in message


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    path = media.write_video(tmp_path / "locked.mp4", SQUARE)
    path.chmod(0)
    with pytest.raises(VideoError, match="permission"):
        probe(path)


def _pans(frames: int) -> list[media.Image]:
    return [np.roll(media.texture(128, 96), 3 * k, axis=1) for k in range(frames)]


def test_a_file_cut_off_behind_its_index_gives_the_frames_before_the_cut(tmp_path: Path) -> None:
    images = _pans(60)
    layout = {"movflags": "faststart"}
    options = {"bf": "0"}
    whole = media.write_video(tmp_path / "a.mp4", images, container_options=layout, options=options)
    expected = [image for _, image in iterate(whole)]

    kept = [image for _, image in iterate(media.truncated(whole, 0.8))]

    assert 20 < len(kept) < 60
    assert all(np.array_equal(a, b) for a, b in zip(kept, expected, strict=False))


@given(st.lists(st.one_of(st.none(), st.floats(-1e4, 1e4, allow_nan=False)), min_size=1, max_size=40))
def test_repaired_times_always_increase(stamps: list[float | None]) -> None:
    clock = Clock(1 / 30)
    assert (np.diff([clock.tick(stamp) for stamp in stamps]) > 0).all()


@pytest.mark.parametrize(
    ("stamps", "times"),
    [
        ([0, 1, 2, 3.5], [0, 1, 2, 3.5]),
        ([0, None, None, 3], [0, 1, 2, 3]),
        ([5, 5, 6, 7], [5, 5.5, 6, 7]),
        ([8, 9, 0, 1], [8, 9, 10, 11]),
    ],
)
def test_clock_repairs_as_documented(stamps: list[float | None], times: list[float]) -> None:
    clock = Clock(nominal=1.0)
    assert [clock.tick(stamp) for stamp in stamps] == times


class TestClipFrames:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return media.write_video(tmp_path / "a.mp4", SQUARE)

    def test_can_be_iterated_again_and_agrees_with_the_whole_video(self, path: Path) -> None:
        whole = [image for _, image in iterate(path)]
        frames = ClipFrames(path, 3, 9, 128, 96)
        assert len(frames) == 6
        for _ in range(2):
            assert all(np.array_equal(a, b) for a, b in zip(frames, whole[3:9], strict=True))

    def test_reads_any_order_and_repeats(self, path: Path) -> None:
        frames = ClipFrames(path, 3, 9, 128, 96)
        whole = list(frames)
        read = frames.read([5, 0, 2, 2])
        assert all(np.array_equal(a, whole[k]) for a, k in zip(read, [5, 0, 2, 2], strict=True))
        assert frames.read([]) == []

    @pytest.mark.parametrize("index", [-1, 6])
    def test_frames_outside_the_clip_do_not_exist(self, path: Path, index: int) -> None:
        with pytest.raises(IndexError, match="0 to 5"):
            ClipFrames(path, 3, 9, 128, 96).read([index])

    def test_a_file_that_changed_since_mining_is_an_error(self, path: Path) -> None:
        with pytest.raises(VideoError, match="changed since"):
            list(ClipFrames(path, 3, 13, 128, 96))
        with pytest.raises(VideoError, match="changed since"):
            list(ClipFrames(path, 3, 9, 96, 128))
