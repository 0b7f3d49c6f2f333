"""Time ranges of YouTube videos: which bytes are asked for, and which frames come out."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from media import moving_square, square_left, texture, write_video
from youtube_server import Fault
from youtube_stub import Site, local_site, media_format

from share_data.sources.youtube.errors import BadMediaError, TransientError
from share_data.sources.youtube.remote_file import BLOCK, RemoteFile
from share_data.sources.youtube.section import cut
from share_data.store.hashing import file_sha256
from share_data.video.frames import iterate, probe

WALK = "walk0000001"
MEDIA = f"/media/{WALK}.mp4"
DASH = {"movflags": "+dash+frag_keyframe+default_base_moof+global_sidx"}


@pytest.fixture(scope="module")
def noisy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds, several megabytes, in fragments with an index in front, as YouTube serves H.264."""
    images = [texture(640, 480, seed) for seed in range(100)]
    path = tmp_path_factory.mktemp("noisy") / "noisy.mp4"
    options = {"g": "10", "crf": "12", "preset": "ultrafast"}
    return write_video(path, images, fps=10, options=options, container_options=DASH)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with local_site(tmp_path, monkeypatch) as made:
        yield made


def csv(tmp_path: Path, *rows: str) -> str:
    path = tmp_path / "ranges.csv"
    path.write_text("\n".join(["id,start,end", *rows]))
    return str(path)


def blocks(site: Site) -> list[int]:
    """Numbers of the blocks that were asked for, in order."""
    return [int(asked.removeprefix("bytes=").partition("-")[0]) // BLOCK for asked in site.server.ranges(MEDIA)]


def test_a_range_costs_its_own_bytes_and_the_index(site: Site, noisy: Path, tmp_path: Path) -> None:
    assert noisy.stat().st_size > 8 * BLOCK
    site.add(WALK, noisy.read_bytes())
    path = site.fetch(csv=csv(tmp_path, f"{WALK},0:05,0:06.5"))
    assert path == site.into / f"{WALK}_5000_6500-1080p-2.mp4"
    assert site.server.ranges(MEDIA)[0] == f"bytes=0-{BLOCK - 1}"
    # The index in front, the end, where another index might lie, and the range itself, half way through the file.
    assert len(set(blocks(site))) == len(blocks(site))
    assert not {2, 3, 6, 7} & set(blocks(site))
    info = probe(path)
    assert (info.n_frames, info.width, info.height) == (15, 640, 480)
    np.testing.assert_allclose(info.times, np.arange(15) / 10, atol=1e-3)


def test_a_range_is_gone_on_with_block_by_block(site: Site, noisy: Path, tmp_path: Path) -> None:
    site.add(WALK, noisy.read_bytes())
    rows = csv(tmp_path, f"{WALK},5,6.5")
    whole = site.fetch(csv=rows)
    digest, wanted = file_sha256(whole), blocks(site)
    whole.unlink()
    site.server.asked.clear()
    site.server.faults[MEDIA] = [Fault(), Fault(), Fault(cut=1000), Fault(503)]
    with pytest.raises(TransientError):
        site.fetch(csv=rows, retries=0)
    assert file_sha256(site.fetch(csv=rows)) == digest
    assert blocks(site) == [*wanted[:3], wanted[2], *wanted[2:]]


def test_ranges_of_one_video_are_videos_of_their_own(site: Site, noisy: Path, tmp_path: Path) -> None:
    site.add(WALK, noisy.read_bytes())
    source = site.source(csv=csv(tmp_path, f"{WALK},1,2", f"{WALK},2.0,3", f"{WALK},9,", f"{WALK},,1", WALK))
    videos = list(source.list())
    assert [video.video_id for video in videos] == [
        *(f"{WALK}_1000_2000", f"{WALK}_2000_3000", f"{WALK}_9000_end", f"{WALK}_0_1000", WALK)
    ]
    assert videos[0].uri == f"https://www.youtube.com/watch?v={WALK}#t=1,2"
    assert (videos[0].labels["start_s"], videos[0].labels["end_s"]) == ("1", "2")
    assert [probe(source.fetch(video, site.into)).n_frames for video in videos] == [10, 10, 10, 10, 100]


def test_a_range_that_holds_nothing_is_bad_media(site: Site, noisy: Path, tmp_path: Path) -> None:
    site.add(WALK, noisy.read_bytes())
    with pytest.raises(BadMediaError, match=r"no frame between 1234\.567 s and 1234\.571 s"):
        site.fetch(csv=csv(tmp_path, f"{WALK},1234.567,1234.571"))


def test_a_range_of_what_has_no_byte_ranges_is_cut_from_the_whole(site: Site, tmp_path: Path) -> None:
    """An HLS playlist of one segment."""
    clip = write_video(tmp_path / "clip.ts", moving_square(90), options={"g": "15"}).read_bytes()
    site.server.files[f"/media/{WALK}.ts"] = clip
    playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n{0}\n#EXT-X-ENDLIST\n"
    site.server.files["/media/index.m3u8"] = playlist.format(f"{WALK}.ts").encode()
    site.add(WALK, b"", [media_format("/media/index.m3u8", 0, protocol="m3u8_native")])
    path = site.fetch(csv=csv(tmp_path, f"{WALK},1.5,2.5"))
    assert path.suffix == ".mp4"
    assert probe(path).n_frames == 30


X264 = {"g": "30", "bf": "3"}
OPEN_X264 = X264 | {"x264-params": "open-gop=1"}
OPEN_X265 = {"preset": "ultrafast", "x265-params": "keyint=30:bframes=3:b-adapt=0:open-gop=1:log-level=none"}
VP9 = {"g": "30", "deadline": "realtime", "cpu-used": "8"}
AV1 = {"g": "30", "preset": "12"}
KINDS = {
    "fragments.mp4": ("libx264", X264, DASH),
    "plain.mp4": ("libx264", X264, {}),
    "closed.mkv": ("libx264", X264, {}),
    "open.mp4": ("libx264", OPEN_X264, {}),
    "open.mkv": ("libx264", OPEN_X264, {}),
    "open.ts": ("libx264", OPEN_X264, {}),
    "hevc.mp4": ("libx265", OPEN_X265, {}),
    "hevc.mkv": ("libx265", OPEN_X265, {}),
    "vp9.webm": ("libvpx-vp9", VP9, {}),
    "av1.mp4": ("libsvtav1", AV1, {}),
}
# First frame and the one after the last, of 100: whole, one frame, about a keyframe (0, 30, 60, 90), the last ones.
RANGES = [(0, 100), (0, 1), (26, 29), (28, 31), (29, 30), (30, 31), (24, 62), (61, None), (95, 100), (99, None)]


@pytest.mark.parametrize("name", KINDS)
def test_a_cut_is_exactly_the_frames_of_its_range(tmp_path: Path, name: str) -> None:
    """Bit by bit what the whole file decodes to, from a file and from a remote one, at the same distances in time."""
    codec, options, container = KINDS[name]
    source = write_video(tmp_path / name, moving_square(100), codec=codec, options=options, container_options=container)
    every = list(iterate(source))
    assert len(every) == 100
    times = np.array([time - every[0][0] for time, _ in every])
    data = source.read_bytes()
    for first, stop in RANGES:
        start = max(0, round(times[first] * 1000) - 3)
        end = None if stop is None else 9000 if stop == 100 else round(times[stop] * 1000) - 3
        cut(source, tmp_path / "cut.mp4", start, end)
        frames = list(iterate(tmp_path / "cut.mp4"))
        assert [square_left(image) for _, image in frames] == [square_left(image) for _, image in every[first:stop]]
        assert all(np.array_equal(mine[1], theirs[1]) for mine, theirs in zip(frames, every[first:stop], strict=True))
        np.testing.assert_allclose([time for time, _ in frames], times[first:stop] - times[first], atol=1e-4)

        remote = RemoteFile(tmp_path / "blocks", lambda begin, until: (data[begin:until], len(data)), block=4096)
        cut(remote, tmp_path / "remote.mp4", start, end)
        assert file_sha256(tmp_path / "remote.mp4") == file_sha256(tmp_path / "cut.mp4")


def test_the_frame_at_the_end_is_not_in_the_range_and_the_one_at_the_start_is(tmp_path: Path) -> None:
    source = write_video(tmp_path / "plain.mp4", moving_square(100), fps=10, options=X264)
    cut(source, tmp_path / "cut.mp4", 2000, 3000)
    assert [square_left(image) for _, image in iterate(tmp_path / "cut.mp4")] == [4 * k % 104 for k in range(20, 30)]


def test_the_copy_is_no_longer_than_its_range(tmp_path: Path) -> None:
    """Whoever reads the headers alone learns the length of what is shown."""
    cut(write_video(tmp_path / "open.mp4", moving_square(100), options=OPEN_X264), tmp_path / "cut.mp4", 900, 1900)
    with av.open(str(tmp_path / "cut.mp4")) as container:
        assert container.duration == pytest.approx(1_000_000, abs=40_000)
        assert float(container.streams.video[0].duration * container.streams.video[0].time_base) == pytest.approx(
            1, 0.04
        )


def test_a_file_that_does_not_say_when_its_pictures_are_shown_is_refused(tmp_path: Path) -> None:
    source = write_video(tmp_path / "bare.h264", moving_square(60), options=X264)
    with pytest.raises(BadMediaError, match="does not say when its pictures are shown"):
        cut(source, tmp_path / "cut.mp4", 500, 1500)


@pytest.mark.parametrize("remote", [False, True])
def test_a_file_that_names_another_file_of_this_machine_is_not_followed(tmp_path: Path, remote: bool) -> None:
    write_video(tmp_path / "private.mp4", moving_square(40))
    hostile = tmp_path / "hostile.mp4"
    hostile.write_text("ffconcat version 1.0\nfile 'private.mp4'\n")
    data = hostile.read_bytes()
    source = RemoteFile(tmp_path / "blocks", lambda start, stop: (data[start:stop], len(data))) if remote else hostile
    with pytest.raises(BadMediaError, match="cannot be cut out"):
        cut(source, tmp_path / "cut.mp4", 0, 1000)


def test_the_same_cut_is_the_same_bytes(noisy: Path, tmp_path: Path) -> None:
    for name in ("one.mp4", "two.mp4"):
        cut(noisy, tmp_path / name, 2300, 4100)
    assert file_sha256(tmp_path / "one.mp4") == file_sha256(tmp_path / "two.mp4")


def test_a_remote_file_that_changes_is_not_put_together(tmp_path: Path) -> None:
    lengths = iter((2000, 2001))
    remote = RemoteFile(tmp_path, lambda start, stop: (bytes(stop - start), next(lengths)), block=1000)
    assert len(remote.read()) == 1000
    with pytest.raises(BadMediaError, match="changed while it was read"):
        remote.read()


def test_a_remote_file_reads_and_seeks_like_a_local_one(tmp_path: Path) -> None:
    data = np.random.default_rng(0).bytes(2500)
    asked = []

    def fetch(start: int, stop: int) -> tuple[bytes, int]:
        asked.append((start, stop))
        return data[start:stop], len(data)

    remote = RemoteFile(tmp_path, fetch, block=1000)
    assert remote.seek(-300, 2) == 2200
    assert remote.read(1000) == data[2200:]
    assert remote.read(1) == b""
    remote.seek(900)
    assert remote.read(500) == data[900:1000]
    assert remote.read(500) == data[1000:1500]
    remote.seek(-10, 1)
    assert (remote.tell(), remote.read(10)) == (1490, data[1490:1500])
    assert asked == [(0, 1000), (2000, 3000), (1000, 2000)]

    again = RemoteFile(tmp_path, fetch, block=1000)
    again.seek(2000)
    assert again.read() == data[2000:]
    assert len(asked) == 3
