"""Several video tracks in one file: the film is the default, moving, colour one, whatever its size."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import media
import numpy as np
import pytest
from av.stream import Disposition

from share_data.errors import VideoError
from share_data.video.frames import ClipFrames, iterate, probe
from share_data.video.one_frame import middle_picture


@dataclass(frozen=True)
class Track:
    """One track of a test's file; its pictures have the brightness `level`."""

    width: int
    height: int
    codec: str = "libx264"
    pix_fmt: str = "yuv420p"
    frames: int = 12
    title: str = ""
    disposition: Disposition | None = None
    level: int = 120


def write(path: Path, tracks: Sequence[Track]) -> Path:
    with av.open(str(path), "w") as container:
        streams = []
        for track in tracks:
            stream = container.add_stream(track.codec, rate=30)
            stream.width, stream.height, stream.pix_fmt = track.width, track.height, track.pix_fmt
            if track.title:
                stream.metadata["title"] = track.title
            if track.disposition is not None:
                stream.disposition = track.disposition
            streams.append(stream)
        for track, stream in zip(tracks, streams, strict=True):
            for number in range(track.frames):
                picture = np.full((track.height, track.width, 3), track.level, np.uint8)
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=track.pix_fmt)
                frame.pts, frame.time_base = number, Fraction(1, 30)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    return path


COLOUR = Track(128, 72, level=200)
KINECT = (
    Track(128, 72, "mjpeg", "yuvj420p", title="COLOR", level=200),
    Track(160, 160, "ffv1", "gray16le", title="DEPTH"),
    Track(160, 160, "ffv1", "gray16le", title="IR"),
)


@pytest.mark.parametrize(
    ("name", "tracks", "film"),
    [
        ("kinect.mkv", KINECT, 0),
        ("depth-first.mkv", KINECT[::-1], 2),
        ("named-depth.mkv", (Track(320, 240, title="Depth map"), COLOUR), 1),
        ("still.mp4", (Track(640, 480, frames=1), COLOUR), 1),
        ("motion-photo.mp4", (COLOUR, Track(640, 480, frames=2)), 0),
        ("default.mkv", (Track(320, 240, disposition=Disposition(0)),
                         Track(128, 72, level=200, disposition=Disposition.default)), 1),
        ("ladder.mkv", (Track(64, 64), Track(128, 72, level=200), Track(96, 64)), 1),
        ("grey-only.mkv", (Track(128, 72, "ffv1", "gray", level=200),), 0),
    ],
)  # fmt: skip
def test_the_film_is_the_default_moving_colour_track(
    tmp_path: Path, name: str, tracks: tuple[Track, ...], film: int
) -> None:
    path = write(tmp_path / name, tracks)

    info = probe(path)

    assert (info.width, info.height) == (128, 72) == (tracks[film].width, tracks[film].height)
    assert info.n_frames == 12
    told = info.footage.video_track
    assert told.startswith(f"{film}: ") if len(tracks) > 1 else told == ""


def test_a_record_says_which_track_among_which(tmp_path: Path) -> None:
    told = probe(write(tmp_path / "k4a.mkv", KINECT)).footage.video_track

    assert told == (
        "0: mjpeg yuvj420p 128 x 72 COLOR; not 1: ffv1 gray16le 160 x 160 DEPTH; 2: ffv1 gray16le 160 x 160 IR"
    )


def test_a_track_can_be_chosen_by_hand_on_every_path(tmp_path: Path) -> None:
    tracks = (Track(128, 72, level=200), Track(160, 96, level=60))
    path = write(tmp_path / "two.mkv", tracks)

    for track, wanted in zip(tracks, (0, 1), strict=True):
        info = probe(path, track=wanted)
        assert (info.width, info.height) == (track.width, track.height)
        images = [image for _, image in iterate(path, track=wanted)]
        images += list(ClipFrames(path, 2, 5, track.width, track.height, wanted))
        images.append(middle_picture(path, wanted))
        assert np.allclose([image.mean() for image in images], track.level, atol=3)


def test_a_track_that_is_not_there_is_an_error_that_names_those_that_are(tmp_path: Path) -> None:
    path = write(tmp_path / "k4a.mkv", KINECT)

    with pytest.raises(VideoError, match=r"no video track 3.*0: mjpeg.*COLOR; 1: ffv1.*DEPTH; 2: .*IR"):
        probe(path, track=3)


def test_one_of_one_is_no_choice(tmp_path: Path) -> None:
    path = media.write_video(tmp_path / "plain.mp4", [media.texture(96, 64)] * 2)

    assert probe(path).footage.video_track == ""
