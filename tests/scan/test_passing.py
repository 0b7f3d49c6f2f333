"""One look at a video: which frames are sampled, what is kept of them, and what a clip's filters are shown of it."""

from collections.abc import Iterator
from pathlib import Path

import media
import numpy as np
import pytest
from square_finder import SquareFinder, scanned

from share_data.records import Video
from share_data.scan import passing
from share_data.scan.clips import ClipsConfig, mine
from share_data.scan.looker import Looker
from share_data.scan.observe import observation_of
from share_data.scan.pictures import PIECE
from share_data.scan.sampling import IMAGE
from share_data.video.decode import decode
from share_data.video.picture import Decoded
from share_data.video.reduced import Reducer
from share_data.video.tally import Tally

VIDEO = Video(source="local", video_id="v", uri="file:v.mp4")
ROOM, OTHER = media.texture(160, 120, 0), media.texture(160, 120, 1)


def _walk(frames: int, room: media.Image = ROOM) -> list[media.Image]:
    """Somebody who walks to and fro in a room."""
    images = []
    for k in range(frames):
        image = (room * 0.4).astype(np.uint8)
        image[40:100, _left(k) : _left(k) + 24] = 220
        images.append(image)
    return images


def _left(frame: int) -> int:
    return 100 - abs(60 - frame % 120)


def test_people_are_looked_for_twice_a_second_and_at_both_ends_of_every_shot(tmp_path: Path) -> None:
    scan, _ = scanned(media.write_video(tmp_path / "a.mp4", _walk(70) + _walk(50, OTHER)))
    assert scan.shots.tolist() == [70]
    assert scan.sampled[scan.looked].tolist() == [0, 15, 30, 45, 60, 69, 70, 85, 100, 115, 119]
    assert scan.borders.tolist() == [0, 30, 60, 70, 100]
    assert set(scan.borders - 1) - {-1} <= set(scan.sampled.tolist())
    assert [int(np.round(scan.index.times[n] * 30)) for n in scan.sampled] == scan.sampled.tolist()


@pytest.mark.parametrize("fps", [10, 24, 60])
def test_a_sample_has_another_a_tenth_of_a_second_later_at_any_rate(tmp_path: Path, fps: int) -> None:
    scan, _ = scanned(media.write_video(tmp_path / "a.mp4", _walk(2 * fps), fps=fps))
    begins = scan.index.times[scan.borders]
    times = scan.index.times[scan.sampled]
    assert all(np.abs(times - (begin + 0.1)).min() <= 1 / fps for begin in begins)


def test_the_images_of_samples_are_let_go(tmp_path: Path) -> None:
    handed: list[int] = []
    looker = Looker(SquareFinder(), lambda _, pictures: handed.append(len(pictures)))
    for number, decoded in enumerate(decode(media.write_video(tmp_path / "a.mp4", _walk(130)), Tally())):
        looker.take(number, decoded.time, decoded, IMAGE)
    samples = looker.done()
    assert handed == [PIECE, PIECE, 2]
    assert {(each.grey.size, each.grey.base is None) for each in samples} == {(0, True)}, "an empty view keeps it all"


def test_a_video_is_decoded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[float] = []

    def counting(*args: object) -> Iterator[Decoded]:
        for each in decode(*args):  # type: ignore[arg-type]
            seen.append(each.time)
            yield each

    monkeypatch.setattr(passing, "decode", counting)
    path = media.write_video(tmp_path / "a.mp4", _walk(100))
    scan, pictures = scanned(path, max_seconds=2.0)
    for clip in mine(scan, pictures, VIDEO, path, "0" * 64, ClipsConfig(min_seconds=0.5, max_seconds=2.0)).clips:
        observation_of(clip, scan, pictures)
    assert len(seen) == 100


def test_changes_tell_a_repeated_frame_from_one_that_moves(tmp_path: Path) -> None:
    images = _walk(30)
    images[20] = images[19]
    path = media.write_video(tmp_path / "a.mkv", images, codec="ffv1", pix_fmt="bgr0")
    fine = scanned(path)[0].changes.fine
    assert fine.shape == (30, 9, 16)
    assert fine[20].max() == 0
    assert (fine[1:20].max(axis=(1, 2)) > 0).all()


def test_clips_are_shown_their_own_ends_people_masks_and_images(tmp_path: Path) -> None:
    path = media.write_video(tmp_path / "a.mp4", _walk(240))
    scan, pictures = scanned(path, max_seconds=5.0)
    clips = mine(scan, pictures, VIDEO, path, "0" * 64, ClipsConfig(max_seconds=5.0)).clips
    assert [(clip.start, clip.stop) for clip in clips] == [(0, 120), (120, 240)]
    for clip in clips:
        seen = observation_of(clip, scan, pictures)
        assert seen.indices[[0, -1]].tolist() == seen.mask_frames[[0, -1]].tolist() == [0, 119]
        assert np.diff(seen.times).max() <= 0.5 + 1e-3
        assert np.array_equal(seen.times, clip.times[seen.indices])
        assert len(seen.grey) == len(seen.people) == len(seen.tracks) == len(seen.indices)
        assert len(seen.change) == len(seen.coarse) == len(seen.frame_times) == 120
        assert {tuple(tracks) for tracks in seen.tracks} == {(0,)}
        for number, (box,) in zip(seen.indices, seen.people, strict=True):
            assert box[:4] == pytest.approx([_left(number), 40, _left(number) + 24, 100], abs=4)
        for number, mask in zip(seen.mask_frames, seen.masks, strict=True):
            assert mask is not None
            assert mask[70, _left(number) + 12]
            assert mask.sum() == pytest.approx(24 * 60, rel=0.1)


def test_what_needs_no_images_is_shown_none(tmp_path: Path) -> None:
    path = media.write_video(tmp_path / "a.mp4", _walk(40))
    scan, pictures = scanned(path)
    (clip,) = mine(scan, pictures, VIDEO, path, "0" * 64, ClipsConfig()).clips
    seen = observation_of(clip, scan, None)
    assert seen.grey.shape == (len(seen.indices), 0, 0)
    assert len(seen.people) == len(seen.indices)


def test_nobody_means_no_box_and_no_mask(tmp_path: Path) -> None:
    path = media.write_video(tmp_path / "a.mp4", [np.full((96, 128, 3), 40, np.uint8)] * 40)
    scan, pictures = scanned(path)
    (clip,) = mine(scan, pictures, VIDEO, path, "0" * 64, ClipsConfig()).clips
    seen = observation_of(clip, scan, pictures)
    assert {boxes.shape for boxes in seen.people} == {(0, 5)}
    assert set(seen.masks) == {None}


def test_a_stranger_between_two_samples_is_looked_at(tmp_path: Path) -> None:
    images = [image.copy() for image in [(ROOM * 0.4).astype(np.uint8)] * 60]
    for k in range(18, 28):
        images[k][30:110, 20:60] = 220
    scan, _ = scanned(media.write_video(tmp_path / "a.mp4", images))
    assert len(scan.people.sample) > 0


@pytest.mark.parametrize("turn", [{}, {"rotation": 90}, {"matrix": [-65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30]}])
def test_small_pictures_are_the_upright_ones_made_small(tmp_path: Path, turn: dict[str, object]) -> None:
    smooth = [np.ascontiguousarray(np.kron(media.texture(20, 15, 3), np.ones((16, 16, 1), np.uint8)))] * 2
    path = media.write_video(tmp_path / "a.mp4", smooth, **turn)  # type: ignore[arg-type]
    (decoded, *_) = decode(path, Tally())
    full = decoded.rgb()
    small = Reducer().rgb(decoded, 80)
    assert max(small.shape) == 80
    means = full.reshape(small.shape[0], 4, small.shape[1], 4, 3).mean(axis=(1, 3))
    assert np.abs(means - small).mean() < 3
    assert np.abs(Reducer().grey(decoded, 80) - small @ [0.299, 0.587, 0.114]).mean() < 4
