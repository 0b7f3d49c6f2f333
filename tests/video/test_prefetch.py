"""Frames decoded ahead are the same frames, once; memory stays bounded, and errors come where they would have come."""

import threading
import time
from pathlib import Path

import media
import numpy as np
import pytest

from share_data.errors import VideoError
from share_data.video.frames import ClipFrames
from share_data.video.prefetch import FrameBuffer, PrefetchedFrames

FRAMES = media.moving_square(40)


@pytest.fixture
def clip(tmp_path: Path) -> ClipFrames:
    path = media.write_video(tmp_path / "a.mp4", FRAMES)
    height, width = FRAMES[0].shape[:2]
    return ClipFrames(path, 5, 35, width, height)


def prefetched(clip: ClipFrames, limit: int = 2**30) -> PrefetchedFrames:
    return PrefetchedFrames(clip.path, clip.start, clip.stop, clip.width, clip.height, buffer=FrameBuffer(clip, limit))


def decoders() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "prefetch"]


def test_every_pass_gives_the_frames_of_the_clip(clip: ClipFrames) -> None:
    ahead, expected = prefetched(clip), list(clip)
    for _ in range(2):
        np.testing.assert_array_equal(np.stack(list(ahead)), np.stack(expected))
    np.testing.assert_array_equal(ahead.read([3])[0], expected[3])
    assert len(ahead) == 30


def test_no_more_is_decoded_than_fits(clip: ClipFrames) -> None:
    size = FRAMES[0].nbytes
    buffer = FrameBuffer(clip, 3 * size)
    deadline = time.monotonic() + 5
    while buffer.held < 3 * size and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.1)
    assert 3 * size <= buffer.held <= 4 * size
    frames = buffer.take()
    assert frames is not None and len(list(frames)) == 30
    assert buffer.take() is None


def test_a_buffer_nobody_wants_ends_its_decoder(clip: ClipFrames) -> None:
    buffer = FrameBuffer(clip, 1)
    buffer.cancel()
    for thread in decoders():
        thread.join(timeout=5)
    assert decoders() == []


def test_a_damaged_video_fails_where_it_is_read(clip: ClipFrames) -> None:
    longer = ClipFrames(clip.path, 5, 99, clip.width, clip.height)
    frames = iter(prefetched(longer))
    with pytest.raises(VideoError, match="ends before frame"):
        list(frames)


def test_whoever_stops_in_the_middle_leaves_no_decoder_behind(clip: ClipFrames) -> None:
    frames = iter(prefetched(clip, 1))
    next(frames)
    frames.close()  # type: ignore[attr-defined]
    for thread in decoders():
        thread.join(timeout=5)
    assert decoders() == []


def test_what_is_read_before_all_others_is_decoded_ahead_once(
    clip: ClipFrames, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected, readers, read = list(clip), [], ClipFrames.read

    def noted(self: ClipFrames, indices: list[int]) -> list[np.ndarray]:
        readers.append(threading.current_thread().name)
        return read(self, indices)

    monkeypatch.setattr(ClipFrames, "read", noted)
    buffer = FrameBuffer(clip, 1, first=[0, 7, 29])
    ahead = PrefetchedFrames(clip.path, clip.start, clip.stop, clip.width, clip.height, buffer=buffer)
    assert all(map(np.array_equal, ahead.read([0, 7, 29]), (expected[0], expected[7], expected[29])))
    assert readers == ["prefetch"]
    np.testing.assert_array_equal(ahead.read([0, 7, 29])[1], expected[7])
    np.testing.assert_array_equal(np.stack(list(ahead)), np.stack(expected))


def test_frames_to_be_read_first_that_are_not_there_fail_where_they_are_read(clip: ClipFrames) -> None:
    longer = ClipFrames(clip.path, 5, 99, clip.width, clip.height)
    buffer = FrameBuffer(longer, first=[0, 90])
    with pytest.raises(VideoError, match="ends before frame"):
        PrefetchedFrames(clip.path, 5, 99, clip.width, clip.height, buffer=buffer).read([0, 90])
