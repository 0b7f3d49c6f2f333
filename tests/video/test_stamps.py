"""When pictures are shown, where containers store one time a packet in decoding order, or none."""

import gc
from pathlib import Path

import av
import media
import numpy as np
import packets
import pytest
from packets import Coded

from share_data.video.frames import iterate, probe
from share_data.video.stamps import Stamps
from share_data.video.tally import Tally

REORDERED = {"bf": "2", "x264": "b-adapt=0"}
SQUARE = media.moving_square(40, packets.WIDTH, packets.HEIGHT)
NTH = np.arange(40) / packets.RATE


def _drawn_in_order(path: Path) -> bool:
    lefts = [media.square_left(image) for _, image in iterate(path)]
    return np.allclose(lefts, [media.square_left(image) for image in SQUARE], atol=2)


@pytest.mark.parametrize("name", ["a.avi", "a.wmv", "a.mxf"])
@pytest.mark.parametrize("bf", ["0", "2", "4"])
def test_reordered_pictures_have_the_times_they_have_in_matroska(tmp_path: Path, name: str, bf: str) -> None:
    stream = packets.encoded("libx264", SQUARE, 12, bf=bf, x264="b-adapt=0")
    same = probe(packets.mux(tmp_path / "same.mkv", stream))
    path = packets.mux(tmp_path / name, stream)

    info = probe(path)

    assert np.allclose(info.times, same.times, atol=1e-3)  # Matroska and ASF count milliseconds.
    assert np.allclose(info.times, NTH, atol=1e-3)
    assert info.footage.times == "stored"
    assert _drawn_in_order(path)


def test_so_have_those_of_hevc_in_avi(tmp_path: Path) -> None:
    stream = packets.encoded("libx265", SQUARE, 12, x265="bframes=3:b-adapt=0")
    path = packets.mux(tmp_path / "a.avi", stream._replace(codec="libx264", extradata=None))
    path.write_bytes(path.read_bytes().replace(b"H264", b"HEVC"))  # No writer here calls it by its name.
    info = probe(path)
    assert info.codec == "hevc"
    assert np.allclose(info.times, NTH)
    assert _drawn_in_order(path)


@pytest.mark.parametrize("codec", ["mpeg4", "mpeg2video"])
@pytest.mark.parametrize("name", ["a.avi", "a.wmv"])
def test_so_have_those_of_older_codecs(tmp_path: Path, name: str, codec: str) -> None:
    path = packets.mux(tmp_path / name, packets.encoded(codec, SQUARE, 12, bf="2"))
    times = probe(path).times
    assert np.allclose(times - times[0], NTH, atol=2e-3)
    assert _drawn_in_order(path)


def _mux_in_decoding_order(path: Path, coded: list[Coded], places: list[int]) -> Path:
    stream = packets.encoded("libx264", SQUARE, **REORDERED)
    return packets.mux(path, stream.having([p._replace(pts=n, dts=n) for p, n in zip(coded, places, strict=True)]))


@pytest.mark.parametrize("name", ["a.avi", "a.wmv"])
def test_pictures_are_told_from_those_of_another_reader(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = packets.mux(tmp_path / name, packets.encoded("libx264", SQUARE, 12, **REORDERED))
    others = [iterate(path)]
    next(others[0])
    sent = Stamps.sent

    def goes_while_ours_waits(stamps: Stamps, packet: "av.packet.Packet[av.VideoStream]") -> int | None:
        place = sent(stamps, packet)
        if others:
            others.clear()
            gc.collect()
        return place

    monkeypatch.setattr(Stamps, "sent", goes_while_ours_waits)
    tally = Tally()

    times = [time for time, _ in iterate(path, tally)]

    assert np.allclose(times, NTH, atol=1e-3)
    assert tally.lost == 0


def test_null_frames_of_an_avi_are_gaps(tmp_path: Path) -> None:
    coded = packets.encoded("libx264", SQUARE, **REORDERED).packets
    path = _mux_in_decoding_order(tmp_path / "a.avi", coded, [n + 5 * (n >= 20) for n in range(40)])

    times = probe(path).times * packets.RATE

    assert np.allclose(times, [*range(20), *range(25, 45)])
    assert _drawn_in_order(path)


def test_a_damaged_packet_of_an_avi_shifts_no_other_picture(tmp_path: Path) -> None:
    stream = packets.encoded("libx264", SQUARE, 20, **REORDERED)
    at = next(n for n, p in enumerate(stream.packets) if p.pts > 6 and len(p.data) > 40)
    noise = np.random.default_rng(0)
    spoilt = [p._replace(data=p.data[:5] + noise.bytes(len(p.data) - 5)) if n == at else p
              for n, p in enumerate(stream.packets)]  # fmt: skip
    path = _mux_in_decoding_order(tmp_path / "a.avi", spoilt, list(range(40)))

    found = {round(time * packets.RATE): media.square_left(image) for time, image in iterate(path)}

    assert set(range(20, 40)) <= set(found)
    assert all(abs(found[n] - media.square_left(SQUARE[n])) <= 2 for n in range(20, 40))
    info = probe(path)
    assert info.n_frames + info.footage.frames_lost == 40


@pytest.mark.parametrize(("name", "codec"), [("a.h264", "libx264"), ("a.hevc", "libx265")])
def test_a_bare_stream_is_counted_at_its_rate_and_says_so(tmp_path: Path, name: str, codec: str) -> None:
    path = packets.mux(tmp_path / name, packets.encoded(codec, SQUARE, 12))
    info = probe(path)
    assert np.allclose(info.times, NTH)
    assert info.footage.times == "nominal"


def test_true_times_stand_whatever_the_rate(tmp_path: Path) -> None:
    times = np.cumsum([0.0, *np.random.default_rng(1).uniform(0.01, 0.3, 39)])
    for name in ("a.mp4", "a.mkv", "a.ts"):
        path = media.write_video(tmp_path / name, SQUARE, times=times.tolist(), options={"bf": "2"})
        found = probe(path)
        assert np.allclose(found.times - found.times[0], times, atol=2e-3), name
        assert found.footage.times == "stored"
