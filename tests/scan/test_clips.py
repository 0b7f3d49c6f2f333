"""Mining: shots, windows, and what becomes of every frame."""

from itertools import pairwise
from pathlib import Path

import media
import numpy as np
import packets
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from square_finder import scanned

from share_data.records import Video
from share_data.scan.clips import ClipsConfig, Mined, mine, windows
from share_data.store.hashing import file_sha256
from share_data.store.store import decode, encode

VIDEO = Video(source="local", video_id="v", uri="file:v.mp4")


def _shot(frames: int, seed: int, pace: float = 1.0) -> list[media.Image]:
    """A still textured picture with a square walking to and fro in it."""
    background = media.texture(160, 120, seed)
    images = []
    for k in range(frames):
        image = background.copy()
        left = 100 - abs(100 - round(2 * pace * k) % 200)
        image[40:80, left : left + 20] = 250
        images.append(image)
    return images


def _still(frames: int, width: int, height: int) -> list[media.Image]:
    """A picture in which nothing moves, taken by a camera with noise."""
    rng, picture = np.random.default_rng(0), media.texture(width, height) * 0.8 + 20
    return [(picture + rng.normal(0, 4, picture.shape)).clip(0, 255).astype(np.uint8) for _ in range(frames)]


def _mine(path: Path, **config: float) -> Mined:
    lengths = ClipsConfig(**config)
    return mine(*scanned(path, lengths.max_seconds), VIDEO, path, file_sha256(path), lengths)


def test_one_shot_is_one_clip_with_the_true_times(tmp_path: Path) -> None:
    mined = _mine(media.write_video(tmp_path / "a.mp4", _shot(40, 0)))
    (clip,) = mined.clips
    assert (clip.start, clip.stop, clip.width, clip.height) == (0, 40, 160, 120)
    assert clip.times == pytest.approx(np.arange(40) / 30, abs=1e-3)
    assert mined.dropped == ()


def test_a_cut_ends_a_clip_on_its_exact_frame(tmp_path: Path) -> None:
    mined = _mine(media.write_video(tmp_path / "a.mp4", _shot(34, 0) + _shot(45, 1)))
    assert [(clip.start, clip.stop) for clip in mined.clips] == [(0, 34), (34, 79)]


def test_exposure_swings_and_camera_motion_are_no_cuts(tmp_path: Path) -> None:
    images = [
        np.clip(np.roll(image, k, axis=1) * (1 + 0.4 * np.sin(k / 6)), 0, 255).astype(np.uint8)
        for k, image in enumerate(_shot(60, 0))
    ]
    assert scanned(media.write_video(tmp_path / "a.mp4", images))[0].shots.tolist() == []


def test_pieces_that_are_too_short_are_accounted_for(tmp_path: Path) -> None:
    mined = _mine(media.write_video(tmp_path / "a.mp4", _shot(35, 0) + _shot(10, 1) + _shot(31, 2)))
    assert [(clip.start, clip.stop) for clip in mined.clips] == [(0, 35), (45, 76)]
    assert mined.dropped == ((35, 45, "too_short"),)


def test_a_hole_in_the_timestamps_ends_a_clip(tmp_path: Path) -> None:
    times = [k / 30 + (2.0 if k >= 40 else 0.0) for k in range(80)]
    mined = _mine(media.write_video(tmp_path / "a.mp4", _shot(80, 0), times=times))
    assert [(clip.start, clip.stop) for clip in mined.clips] == [(0, 40), (40, 80)]


def test_each_clip_knows_what_was_lost_within_it(tmp_path: Path) -> None:
    stream = packets.encoded("libx264", packets.pan(120), 40, bf="0")
    gone = [*range(50, 52), *range(90, 95)]
    left = [p for number, p in enumerate(stream.packets) if number not in gone]
    path = packets.mux(tmp_path / "a.ts", stream.having(left))

    mined = _mine(path, min_seconds=0.66, max_seconds=3.0)
    again = Mined.from_artifact(decode(encode(mined.to_artifact())), VIDEO, path)

    # All up to the next key picture: 50 to 79, a hole of a second where a clip ends, and 90 to 119.
    assert (mined.n_frames, mined.footage.frames_lost) == (60, 60)
    assert [(clip.start, clip.stop, clip.footage.frames_lost) for clip in mined.clips] == [(0, 50, 0)]
    assert [span.frames for span in mined.footage.lost] == [30, 30]
    assert again.footage == mined.footage
    assert [clip.footage for clip in again.clips] == [clip.footage for clip in mined.clips]


def test_a_loss_shorter_than_a_hole_lies_within_its_clip(tmp_path: Path) -> None:
    stream = packets.encoded("libx264", _still(80, packets.WIDTH, packets.HEIGHT), 10, bf="0")
    left = [p for number, p in enumerate(stream.packets) if number != 44]
    mined = _mine(packets.mux(tmp_path / "a.ts", stream.having(left)))
    (clip,) = mined.clips
    assert (len(clip), clip.footage.frames_lost) == (74, 6)


def test_a_video_of_a_few_frames_has_no_clip(tmp_path: Path) -> None:
    mined = _mine(media.write_video(tmp_path / "a.mp4", _shot(3, 0)))
    assert (mined.clips, mined.dropped) == ((), ((0, 3, "too_short"),))


def test_mining_survives_the_store_exactly(tmp_path: Path) -> None:
    path = media.write_video(tmp_path / "a.mp4", _shot(70, 0) + _shot(5, 1))
    mined = _mine(path, min_seconds=0.33, max_seconds=1.0)
    stored = encode(mined.to_artifact())

    again = Mined.from_artifact(decode(stored), VIDEO, path)

    assert again.dropped == mined.dropped
    assert [clip.key for clip in again.clips] == [clip.key for clip in mined.clips]
    assert all(np.array_equal(a.times, b.times) for a, b in zip(again.clips, mined.clips, strict=True))
    assert str(tmp_path).encode() not in stored


@given(
    st.lists(st.integers(2, 2000), min_size=1, max_size=5),
    st.integers(8, 50),
    st.sampled_from([15.0, 25.0, 29.97, 30.0, 120.0]),
    st.data(),
)
def test_windows_cover_every_frame_once_in_near_equal_lengths(
    lengths: list[int], shortest: int, fps: float, data: st.DataObject
) -> None:
    longest = data.draw(st.integers(2 * shortest, 400))
    shots = [0, *np.cumsum(lengths).tolist()]
    config = ClipsConfig(min_seconds=shortest / fps, max_seconds=longest / fps)
    times, apart = np.arange(shots[-1]) / fps, max(1, longest // 8)
    borders = np.concatenate([np.arange(a, b, apart) for a, b in pairwise(shots)])

    found = list(windows(times, shots, borders, config))

    assert [found[0][0], found[-1][1]] == [0, shots[-1]]
    assert all(a[1] == b[0] for a, b in pairwise(found))
    assert {start for start, *_ in found} <= {*borders.tolist(), *shots}
    for start, stop in pairwise(shots):
        cut = [b - a for a, b, _ in found if start <= a < stop]
        assert max(cut) <= longest
        assert max(cut) - min(cut) <= 2 * apart
        assert len(cut) <= -(-(stop - start) // (longest - 2 * apart))
        assert all(kept == (stop - start >= shortest) for a, _, kept in found if start <= a < stop)


def test_the_same_shot_is_cut_at_the_same_moments_at_any_rate(tmp_path: Path) -> None:
    for fps in (15, 30, 60):
        path = media.write_video(tmp_path / f"{fps}.mp4", _shot(int(4.5 * fps), 0, 30 / fps), fps=fps)
        begins = [clip.times[0] for clip in _mine(path, min_seconds=0.5, max_seconds=2.0).clips]
        assert begins == pytest.approx([0, 1.4, 3.0], abs=0.07)


@pytest.mark.parametrize("fps", [10, 15, 60, 120])
def test_a_second_is_a_second_at_any_rate(fps: int) -> None:
    for seconds, expected in ((1.0, True), (0.8, False)):
        times = np.arange(round(fps * seconds)) / fps
        assert [each[2] for each in windows(times, [0, len(times)], np.zeros(0, int), ClipsConfig())] == [expected]


def test_window_lengths_that_cannot_work_are_refused() -> None:
    with pytest.raises(ValidationError, match="at least twice min_seconds"):
        ClipsConfig(min_seconds=3.0, max_seconds=5.0)


def test_a_threshold_for_cuts_is_answered_with_why_there_is_none() -> None:
    with pytest.raises(ValidationError, match=r"'cut_threshold' is now gone: .* no threshold moves a clip"):
        ClipsConfig(cut_threshold=30.0)  # type: ignore[call-arg]


@pytest.mark.parametrize(("field", "now"), [("min_frames", "min_seconds"), ("max_frames", "max_seconds")])
def test_lengths_in_frames_are_answered_with_the_field_in_seconds(field: str, now: str) -> None:
    with pytest.raises(ValidationError, match=f"'{field}' is now clips.{now}"):
        ClipsConfig(**{field: 30})  # type: ignore[arg-type]


def test_a_pan_between_two_stretches_costs_neither(tmp_path: Path) -> None:
    """A camera that stands, turns for a second, and stands: what stands is kept, from sample to sample."""
    wall = media.texture(480, 120, 4)
    lefts = [0] * 60 + list(range(0, 240, 8)) + [240] * 60
    rng = np.random.default_rng(1)
    images = [
        np.ascontiguousarray(
            (wall[:, x : x + 160] * 0.8 + rng.normal(0, 3, (120, 160, 1))).clip(0, 255).astype(np.uint8)
        )
        for x in lefts
    ]
    mined = _mine(media.write_video(tmp_path / "a.mp4", images), min_seconds=0.5, max_seconds=4.0)
    pieces = sorted([(c.start, c.stop) for c in mined.clips] + [(d.start, d.stop) for d in mined.dropped])
    assert pieces[0][0] == 0
    assert all(one[1] == other[0] for one, other in pairwise(pieces))
    static = [(a, b) for a, b in pieces if b <= 60 + 12 or a >= 90 - 12]
    assert sum(b - a for a, b in static) >= 0.8 * 120
    assert not any(a < 60 - 12 and b > 90 for a, b in pieces)
