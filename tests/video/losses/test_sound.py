"""Sound pictures: what comes out is as it was recorded, and every picture that does not come out is counted."""

from pathlib import Path

import media
import numpy as np
import packets
import pytest
from packets import Coded, Stream

from share_data.footage import Footage
from share_data.video.frames import iterate, probe
from share_data.video.one_frame import middle_picture

X265_LEADING = "open-gop=1:bframes=3:b-adapt=0"
OPEN_GOP = [
    ("libx264", {"bf": "3", "x264": "open-gop=1:b-adapt=0"}),
    # Its second picture asks to forget one that was cut away.
    ("libx264", {"bf": "2", "x264": "open-gop=1:b-adapt=0"}),
    ("libx265", {"x265": X265_LEADING}),
    ("mpeg2video", {"bf": "2"}),
]


def _numbers(path: Path) -> list[int]:
    """Which pictures of the recording came out, by their times."""
    return [number for number, _ in _shown(path)]


def _shown(path: Path) -> list[tuple[int, media.Image]]:
    late = packets.LEAD * (path.suffix == ".ts")
    return [(round(time * packets.RATE) - late, image) for time, image in iterate(path)]


def _differ(path: Path, whole: Path) -> list[int]:
    """Pictures that are not what the undamaged recording shows at that time."""
    expected = dict(_shown(whole))
    return [number for number, image in _shown(path) if np.abs(image - expected[number].astype(int)).mean() > 0.5]


def _footage(path: Path) -> Footage:
    return probe(path).footage


# What lies beside the pictures.

WRONG_LENGTH = bytes([0x06, 0x05, 0x64]) + bytes(range(0x41, 0x51)) + b"\x80"
"""A message of H.264 that says it has 100 bytes, and has 16."""


@pytest.mark.parametrize("spoilt", [range(1), range(40)], ids=["first", "each"])
@pytest.mark.parametrize("name", ["a.mp4", "a.ts"])
def test_a_message_with_a_wrong_length_is_no_damage(tmp_path: Path, name: str, spoilt: range) -> None:
    stream = packets.encoded("libx264", packets.pan(40), 10, bf="0")
    whole = packets.mux(tmp_path / f"whole_{name}", stream)
    wrong = [
        p._replace(data=b"\0\0\0\1" + WRONG_LENGTH + p.data) if number in spoilt else p
        for number, p in enumerate(stream.packets)
    ]
    path = packets.mux(tmp_path / name, stream.having(wrong))

    assert (probe(path).n_frames, _footage(path).frames_lost) == (40, 0)
    assert _differ(path, whole) == []


def test_a_jpeg_with_a_wrong_marker_is_no_damage(tmp_path: Path) -> None:
    path = media.write_video(tmp_path / "a.avi", packets.pan(8), codec="mjpeg", pix_fmt="yuvj420p")
    data = path.read_bytes()
    assert b"\xff\xfe" in data
    path.write_bytes(data.replace(b"\xff\xfe\x00\x10", b"\xff\xe1\x00\x10"))
    assert (probe(path).n_frames, _footage(path).frames_lost) == (8, 0)


# Recordings and copies that begin at a key picture which others are shown before.


@pytest.mark.parametrize(("codec", "options"), OPEN_GOP)
def test_a_recording_that_begins_with_an_open_gop_lacks_its_leading_pictures_alone(
    tmp_path: Path, codec: str, options: dict[str, str]
) -> None:
    stream = packets.encoded(codec, packets.pan(60), 20, **options)
    whole = packets.mux(tmp_path / "whole.ts", stream)
    at = [n for n, p in enumerate(stream.packets) if p.key][1]
    key, late = stream.packets[at].pts, stream.having(stream.packets[at:])

    path = packets.mux(tmp_path / "late.ts", late)

    assert _numbers(path) == list(range(key, 60))
    assert _footage(path).frames_lost == sum(p.pts < key for p in late.packets) > 0
    assert _differ(path, whole) == []


@pytest.mark.parametrize(("codec", "options"), OPEN_GOP)
def test_a_key_picture_hidden_by_an_edit_list_serves_those_behind_it(
    tmp_path: Path, codec: str, options: dict[str, str]
) -> None:
    stream = packets.encoded(codec, packets.pan(60), 20, **options)
    at = [n for n, p in enumerate(stream.packets) if p.key][1]
    shown = stream.packets[at].pts + 2

    trimmed = stream.having(stream.packets[at:])
    path = packets.mux(tmp_path / "a.mp4", trimmed, shift=shown, options={"avoid_negative_ts": "disabled"})

    assert _numbers(path) == list(range(60 - shown))
    assert _footage(path) == Footage()


# Packets that never arrived.


def _without(stream: Stream, gone: range) -> Stream:
    return stream.having([p for number, p in enumerate(stream.packets) if number not in gone])


INTRA_REFRESH = {"bf": "0", "x264": "intra-refresh=1:keyint=20:min-keyint=20"}


@pytest.mark.parametrize(
    ("codec", "name", "options"),
    [
        ("libx264", "a.ts", {"bf": "0"}),
        ("libx264", "a.mp4", {"bf": "0"}),
        ("libx264", "a.ts", {"bf": "2"}),
        ("libx265", "a.ts", {}),
        ("libx265", "a.mkv", {}),
        ("mpeg2video", "a.ts", {"bf": "0"}),
        ("mpeg4", "a.ts", {}),
    ],
)
def test_what_rests_on_missing_packets_is_left_out_until_the_next_key_picture(
    tmp_path: Path, codec: str, name: str, options: dict[str, str]
) -> None:
    stream = packets.encoded(codec, packets.pan(80), 60, **options)
    whole = packets.mux(tmp_path / f"whole_{name}", stream)
    key = [p.pts for p in stream.packets if p.key][1]

    path = packets.mux(tmp_path / name, _without(stream, range(40, 44)))

    numbers = _numbers(path)
    assert set(numbers) >= {*range(38), *range(key, 80)}
    assert _footage(path).frames_lost == 80 - len(numbers)
    assert _differ(path, whole) == []


def test_missing_packets_before_the_end_are_counted_too(tmp_path: Path) -> None:
    stream = packets.encoded("libx264", packets.pan(60), bf="0")
    path = packets.mux(tmp_path / "a.ts", _without(stream, range(40, 44)))
    assert _numbers(path) == list(range(40))
    assert _footage(path).frames_lost == 20


def test_a_refresh_is_awaited_to_its_end(tmp_path: Path) -> None:
    stream = packets.encoded("libx264", packets.pan(100), **INTRA_REFRESH)
    whole = packets.mux(tmp_path / "whole.ts", stream)
    path = packets.mux(tmp_path / "a.ts", _without(stream, range(33, 37)))

    numbers = _numbers(path)

    assert numbers[:33] == list(range(33))
    assert 50 <= numbers[33] <= 90  # From the recovery point at 40 on, a refresh lasts 20 pictures.
    assert numbers[33:] == list(range(numbers[33], 100))
    assert _differ(path, whole) == []
    (span,) = _footage(path).lost
    assert span.frames == 100 - len(numbers)
    assert np.allclose((span.begin, span.end), ((32 + packets.LEAD) / 30, (numbers[33] + packets.LEAD) / 30), atol=1e-3)


def test_a_recording_that_begins_within_a_refresh_counts_what_it_cannot_show(tmp_path: Path) -> None:
    stream = packets.encoded("libx264", packets.pan(100), **INTRA_REFRESH)
    whole = packets.mux(tmp_path / "whole.ts", stream)
    path = packets.mux(tmp_path / "a.ts", stream.having(stream.packets[10:]))
    numbers = _numbers(path)
    assert _footage(path).frames_lost == 90 - len(numbers) > 0
    assert _differ(path, whole) == []


def test_an_undamaged_refresh_loses_nothing(tmp_path: Path) -> None:
    path = packets.mux(tmp_path / "a.ts", packets.encoded("libx264", packets.pan(60), **INTRA_REFRESH))
    assert (probe(path).n_frames, _footage(path).frames_lost) == (60, 0)


@pytest.mark.parametrize("name", ["a.mp4", "a.ts", "a.mkv"])
def test_holes_of_a_variable_rate_are_no_losses(tmp_path: Path, name: str) -> None:
    times = np.cumsum([0.0, *[1 / 30] * 30, 0.2, 0.1, 0.3, *[1 / 30] * 10]).tolist()
    path = media.write_video(tmp_path / name, packets.pan(len(times)), times=times)
    assert (probe(path).n_frames, _footage(path).frames_lost) == (len(times), 0)


# Damage.


def _noise(coded: Coded) -> Coded:
    """Noise behind the head that says what it is: no container would take it otherwise."""
    return coded._replace(data=coded.data[:5] + np.random.default_rng(0).bytes(len(coded.data) - 5))


@pytest.mark.parametrize(("bf", "harm"), [("0", range(24, 30)), ("2", range(22, 30))])
def test_a_picture_of_noise_takes_with_it_what_refers_to_it(tmp_path: Path, bf: str, harm: range) -> None:
    """Packet 24 refers back and is referred to, up to the key picture at 30."""
    stream = packets.encoded("libx264", packets.pan(60), 30, bf=bf, x264="b-adapt=0:b-pyramid=0")
    at = next(n for n, p in enumerate(stream.packets) if p.pts == 24)
    whole = packets.mux(tmp_path / "whole.mkv", stream)
    spoilt = [_noise(p) if number == at else p for number, p in enumerate(stream.packets)]

    path = packets.mux(tmp_path / "a.mkv", stream.having(spoilt))

    numbers = _numbers(path)
    assert set(range(60)) - set(numbers) == set(harm)
    assert _footage(path).frames_lost == len(harm)
    assert _differ(path, whole) == []


def test_a_picture_nobody_refers_to_goes_alone(tmp_path: Path) -> None:
    stream = packets.encoded("libx264", packets.pan(40), bf="2", x264="b-adapt=0:b-pyramid=0")
    at = next(n for n, p in enumerate(stream.packets) if p.pts == 20)
    path = packets.mux(
        tmp_path / "a.mkv", stream.having([_noise(p) if number == at else p for number, p in enumerate(stream.packets)])
    )
    assert sorted(set(range(40)) - set(_numbers(path))) == [20]
    assert _footage(path).frames_lost == 1


def test_a_damaged_head_that_asks_for_what_no_decoder_does_is_damage(tmp_path: Path) -> None:
    stream = packets.encoded("libx265", packets.pan(60), 20, x265="repeat-headers=1:bframes=0")
    head = b"\0\0\1\x40\x01"  # A parameter set's; the byte behind it says that its base layer is in the stream.
    at = next(n for n, p in enumerate(stream.packets) if p.pts == 20)
    place = stream.packets[at].data.index(head) + len(head)
    wrong = bytearray(stream.packets[at].data)
    wrong[place] ^= 0x04
    spoilt = [p._replace(data=bytes(wrong)) if n == at else p for n, p in enumerate(stream.packets)]
    whole, path = packets.mux(tmp_path / "whole.ts", stream), packets.mux(tmp_path / "a.ts", stream.having(spoilt))

    assert _numbers(path) == [*range(20), *range(40, 60)]
    assert _differ(path, whole) == []
    assert _footage(path).frames_lost == 20


@pytest.mark.parametrize("which", [0, 1, 3])
def test_a_slice_that_never_arrived_is_damage(tmp_path: Path, which: int) -> None:
    stream = packets.encoded("libx264", packets.pan(60), 30, bf="0", x264="slices=4")
    at = next(n for n, p in enumerate(stream.packets) if p.pts == 12)
    parts = stream.packets[at].data.split(b"\0\0\1")
    del parts[1 + which]
    partial = [p._replace(data=b"\0\0\1".join(parts)) if n == at else p for n, p in enumerate(stream.packets)]
    whole, path = packets.mux(tmp_path / "whole.ts", stream), packets.mux(tmp_path / "a.ts", stream.having(partial))

    numbers = _numbers(path)

    assert numbers == [*range(12), *range(30, 60)]
    assert _differ(path, whole) == []
    assert _footage(path).frames_lost == 18


def test_the_middle_picture_is_a_sound_one(tmp_path: Path) -> None:
    stream = packets.encoded("libx264", packets.pan(100), **INTRA_REFRESH)
    whole = [image for _, image in iterate(packets.mux(tmp_path / "whole.ts", stream))]
    picture = middle_picture(packets.mux(tmp_path / "a.ts", _without(stream, range(33, 37))))
    assert min(np.abs(picture - image.astype(int)).mean() for image in whole) < 0.5


@pytest.mark.parametrize(
    "x264",
    [
        "b-pyramid=normal:ref=4:b-adapt=2",
        "open-gop=1",
        "slices=4:ref=1",
        "tff=1",
        "bframes=0:ref=16",
        "bframes=4:b-pyramid=strict:weightp=2",
    ],
)
@pytest.mark.parametrize("name", ["a.mp4", "a.ts", "a.mkv"])
def test_no_way_of_coding_looks_like_a_loss(tmp_path: Path, name: str, x264: str) -> None:
    """90 pictures and no key between: the numbers of pictures begin anew several times."""
    path = packets.mux(tmp_path / name, packets.encoded("libx264", packets.pan(90), 75, x264=x264))
    assert (probe(path).n_frames, _footage(path).frames_lost) == (90, 0)
