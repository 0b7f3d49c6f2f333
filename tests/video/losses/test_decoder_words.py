"""Words of FFmpeg's errors: heard while a pass needs them, without a trace before and after, and never printed."""

from collections.abc import Iterator
from pathlib import Path

import av
import av.logging
import media
import pytest

from share_data.video.decode import decode
from share_data.video.losses.decoder_words import listening
from share_data.video.tally import Tally


@pytest.fixture(autouse=True)
def nobody_listens() -> Iterator[None]:
    before = av.logging.get_level()
    av.logging.set_level(None)
    yield
    av.logging.set_level(before)


def failure() -> tuple[object, ...] | None:
    """What is said of an error within a decoder."""
    decoder = av.CodecContext.create("h264", "r")
    with pytest.raises(av.error.FFmpegError) as caught:
        decoder.decode(av.Packet(b"\0\0\1\x65" + bytes(64)))
    return caught.value.log


def test_words_are_kept_as_long_as_somebody_listens(capfd: pytest.CaptureFixture[str]) -> None:
    assert failure() is None
    with listening():
        with listening():
            assert failure()
        assert failure()
    assert failure() is None
    assert capfd.readouterr() == ("", "")


def test_who_listens_already_is_left_alone() -> None:
    av.logging.set_level(av.logging.WARNING)
    with listening():
        assert av.logging.get_level() == av.logging.WARNING
    assert av.logging.get_level() == av.logging.WARNING


def test_a_pass_that_is_broken_off_listens_no_more(tmp_path: Path) -> None:
    frames = decode(media.write_video(tmp_path / "clip.mp4", media.moving_square(5)), Tally())
    next(frames)
    assert av.logging.get_level() is not None
    frames.close()
    assert av.logging.get_level() is None
