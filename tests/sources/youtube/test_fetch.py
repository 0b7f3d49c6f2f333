"""Fetching from YouTube: whole files from a local server that behaves as badly as a real one."""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import pytest
from media import texture, write_video
from youtube_server import Fault
from youtube_stub import Site, fetch_elsewhere, local_site, media_format

from share_data.errors import DiskFullError, LicenceError, SourceError
from share_data.sources.youtube import site as youtube_site
from share_data.sources.youtube.errors import (
    BadMediaError,
    DownloadTimeoutError,
    ForbiddenError,
    GeoBlockedError,
    GoneError,
    PrivateError,
    RateLimitError,
    TransientError,
)

WALK = "walk0000001"
MEDIA = f"/media/{WALK}.mp4"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    return write_video(path, [texture(seed=k) for k in range(12)]).read_bytes()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with local_site(tmp_path, monkeypatch) as made:
        yield made


def first_byte(header: str) -> int:
    """The N of `bytes=N-`."""
    return int(header.removeprefix("bytes=").removesuffix("-"))


def test_a_file_comes_whole_under_its_id_and_is_fetched_once(site: Site, clip: bytes) -> None:
    site.add(WALK, clip)
    source = site.source(videos=[WALK])
    (video,) = source.list()
    assert source.held(video, site.into) is None
    path = source.fetch(video, site.into)
    assert path == source.held(video, site.into) == site.into / f"{WALK}-1080p.mp4"
    assert path.read_bytes() == clip
    assert not list((site.into / ".partial").iterdir())
    site.server.asked.clear()
    assert site.fetch(videos=[WALK]) == path
    assert site.server.asked == []


def test_one_session_serves_all_videos_until_it_fails(site: Site, clip: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    original = youtube_site.downloader
    monkeypatch.setattr(youtube_site, "downloader", lambda options: made.append(1) or original(options))
    source = site.source(videos=[site.add(f"walk000000{k}", clip) for k in range(3)])
    first, second, third = source.list()
    made.clear()
    source.fetch(first, site.into)
    source.fetch(second, site.into)
    assert len(made) == 1
    site.server.faults["/media/walk0000002.mp4"] = [Fault(403)]
    source.fetch(third, site.into)
    assert len(made) == 2


def test_a_cut_connection_is_gone_on_with_where_it_broke(site: Site, clip: bytes) -> None:
    site.add(WALK, clip)
    site.server.faults[MEDIA] = [Fault(cut=50_000), Fault(cut=20_000)]
    assert site.fetch(videos=[WALK]).read_bytes() == clip
    whole, second, third = site.server.ranges(MEDIA)
    assert whole == ""
    # yt-dlp drops the block it was reading when the connection broke.
    assert 0 < first_byte(second) <= 50_000
    assert first_byte(second) < first_byte(third) <= first_byte(second) + 20_000
    assert site.sleeps == [2.0, 2.0]


def test_a_download_that_failed_is_gone_on_with_by_the_next_process(site: Site, clip: bytes) -> None:
    site.add(WALK, clip)
    site.server.faults[MEDIA] = [Fault(cut=50_000), Fault(503)]
    with pytest.raises(TransientError, match=rf"youtube/{WALK}: .*503.*It began with TransientError: .*bytes read"):
        site.fetch(videos=[WALK], retries=0)
    (part,) = (site.into / ".partial").rglob("*.part")
    kept = part.stat().st_size
    assert site.fetch(videos=[WALK]).read_bytes() == clip
    assert site.server.ranges(MEDIA) == ["", f"bytes={kept}-", f"bytes={kept}-"]


def test_attempts_that_get_further_are_not_counted(site: Site, clip: bytes) -> None:
    site.add(WALK, clip)
    site.server.faults[MEDIA] = [Fault(cut=20_000)] * 5
    assert site.fetch(videos=[WALK], retries=1).read_bytes() == clip


def test_attempts_that_get_no_further_are(site: Site, clip: bytes) -> None:
    site.add(WALK, clip)
    site.server.faults[MEDIA] = [Fault(cut=1)] * 5
    with pytest.raises(TransientError):
        site.fetch(videos=[WALK], retries=2)
    assert site.server.ranges(MEDIA) == ["", "", ""]


def test_parts_of_another_encoding_are_not_gone_on_with(site: Site, clip: bytes) -> None:
    site.add(WALK, clip)
    site.server.faults[MEDIA] = [Fault(cut=50_000), Fault(503)]
    with pytest.raises(TransientError):
        site.fetch(videos=[WALK], retries=0)
    site.add(WALK, clip, [media_format(MEDIA, len(clip), format_id="136")])
    assert site.fetch(videos=[WALK]).read_bytes() == clip
    assert site.server.ranges(MEDIA)[-1] == ""


def test_too_many_requests_are_answered_with_patience(site: Site, clip: bytes) -> None:
    site.add(WALK, clip)
    site.server.faults[MEDIA] = [Fault(429), Fault(429, retry_after="100")]
    assert site.fetch(videos=[WALK]).read_bytes() == clip
    assert site.sleeps == [30.0, 100.0]


def test_patience_ends_and_the_first_failure_is_told(site: Site, clip: bytes) -> None:
    site.add(WALK, clip)
    site.server.faults[MEDIA] = [Fault(503), *[Fault(429)] * 3]
    with pytest.raises(RateLimitError, match=r"429.*It began with TransientError: .*503.*raise `sleep_s`") as caught:
        site.fetch(videos=[WALK], retries=3)
    assert site.sleeps == [2.0, 60.0, 120.0]
    assert isinstance(caught.value.__cause__, TransientError)


def test_a_forbidden_file_is_tried_again_with_a_new_link(site: Site, clip: bytes) -> None:
    site.add(WALK, clip)
    site.server.faults[MEDIA] = [Fault(403)]
    assert site.fetch(videos=[WALK]).read_bytes() == clip
    site.server.faults["/media/walk0000002.mp4"] = [Fault(403)] * 9
    site.add("walk0000002", clip)
    with pytest.raises(ForbiddenError, match=r"HTTP Error 403.*pip install -U yt-dlp yt-dlp-ejs"):
        site.fetch(videos=["walk0000002"], retries=2)
    assert sum(asked.path == "/watch/walk0000002.json" for asked in site.server.asked) == 1 + 3


@pytest.mark.parametrize("status", [404, 410])
def test_a_file_that_has_gone_is_not_asked_for_again(site: Site, status: int) -> None:
    site.add(WALK)
    site.server.faults[MEDIA] = [Fault(status)]
    with pytest.raises(GoneError, match=str(status)):
        site.fetch(videos=[WALK])
    assert site.sleeps == []


@pytest.mark.parametrize(
    ("reason", "error"),
    [
        ({"error": "Private video. Sign in if you've been granted access to this video"}, PrivateError),
        ({"error": "Video unavailable. This video has been removed by the uploader"}, GoneError),
        ({"blocked": "The uploader has not made this video available in your country"}, GeoBlockedError),
    ],
)
def test_what_cannot_be_had_is_listed_and_says_why(site: Site, reason: dict[str, str], error: type[Exception]) -> None:
    site.add(WALK, **reason)
    source = site.source(videos=[WALK])
    (video,) = source.list()
    assert (video.video_id, video.licence, video.redistributable) == (WALK, "unknown", False)
    site.server.asked.clear()
    with pytest.raises(error, match=next(iter(reason.values()))[:20]):
        source.fetch(video, site.into)
    assert site.server.asked == []
    assert site.sleeps == []


def test_another_licence_is_refused_without_a_request(site: Site, clip: bytes) -> None:
    site.add(WALK, clip, license=None)
    source = site.source(videos=[WALK])
    (video,) = source.list()
    site.server.asked.clear()
    with pytest.raises(
        LicenceError, match=r"Standard YouTube License.*licences: \[creative_commons, youtube_standard\]"
    ):
        source.fetch(video, site.into)
    assert site.server.asked == []
    assert not site.into.exists()
    assert site.fetch(videos=[WALK], licences=["youtube_standard"]).read_bytes() == clip
    assert source.held(video, site.into) is None


def test_a_licence_taken_back_since_the_listing_is_noticed(site: Site, clip: bytes) -> None:
    site.add(WALK, clip)
    source = site.source(videos=[WALK])
    (video,) = source.list()
    site.add(WALK, clip, license=None)
    with pytest.raises(LicenceError):
        source.fetch(video, site.into)
    assert site.server.ranges(MEDIA) == []


def test_a_free_licence_taken_back_is_not_promised_any_more(site: Site, clip: bytes, tmp_path: Path) -> None:
    """Also where the recipe would accept the other licence: the record would call the frames redistributable."""
    site.add(WALK, clip)
    source = site.source(videos=[WALK], licences=["creative_commons", "youtube_standard"])
    (video,) = source.list()
    assert video.redistributable
    site.add(WALK, clip, license=None)
    kept = f"youtube/videos/{WALK}.json"
    with pytest.raises(
        LicenceError, match=rf"under 'Standard YouTube License' now.*delete {kept} below SHARE_DATA_HOME"
    ):
        source.fetch(video, site.into)
    assert site.server.ranges(MEDIA) == []
    (tmp_path / "home" / kept).unlink()
    (video,) = source.list()
    assert not video.redistributable
    assert source.fetch(video, site.into).read_bytes() == clip


def test_a_range_of_a_video_whose_licence_was_taken_back_is_refused_too(site: Site, tmp_path: Path) -> None:
    (tmp_path / "ranges.csv").write_text(f"id,start,end\n{WALK},1,2\n")
    site.add(WALK)
    source = site.source(csv=str(tmp_path / "ranges.csv"), licences=["any"])
    (video,) = source.list()
    site.add(WALK, license=None)
    with pytest.raises(LicenceError, match=f"delete youtube/videos/{WALK}.json"):
        source.fetch(video, site.into)


def test_what_is_no_video_fails_and_leaves_nothing_to_go_on_with(site: Site, clip: bytes) -> None:
    site.add(WALK, b"<html>not found</html>" * 100)
    with pytest.raises(BadMediaError, match="not a readable video"):
        site.fetch(videos=[WALK])
    site.server.files[MEDIA] = clip
    assert site.fetch(videos=[WALK]).read_bytes() == clip


def test_no_answer_in_time_is_its_own_error(site: Site, clip: bytes) -> None:
    site.add(WALK, clip)
    site.server.meet = 2  # Media requests wait for a second one, which never comes.
    with pytest.raises(DownloadTimeoutError, match="timed out"):
        site.fetch(videos=[WALK], retries=0, timeout_s=0.5)


def test_a_full_disk_is_no_fault_of_the_video(site: Site, clip: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    from yt_dlp.downloader.http import HttpFD

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    site.add(WALK, clip)
    monkeypatch.setattr(HttpFD, "sanitize_open", full)
    with pytest.raises(DiskFullError, match="Free some space"):
        site.fetch(videos=[WALK])


def test_hostile_words_choose_no_path(site: Site, clip: bytes, tmp_path: Path) -> None:
    title = "../../x\0/<script>alert(1)</script>\u202e%(id)s" + "a" * 500
    hostile = media_format(MEDIA, len(clip), format_id="../../../../up", ext="../sh", container="/etc/x")
    site.add(WALK, clip, [hostile], title=title, channel="../<b>&", uploader_id="/root", display_id="../../y")
    before = {path for path in tmp_path.parent.rglob("*") if "home" not in path.parts}
    path = site.fetch(videos=[WALK])
    assert path == site.into / f"{WALK}-1080p.mp4"
    after = {path for path in tmp_path.parent.rglob("*") if "home" not in path.parts}
    assert {each.name for each in after - before} <= {f"share-data-youtube-{os.getuid()}", "place-0"}
    (video,) = site.source(videos=[WALK]).list()
    assert video.title.startswith("../../x /<script>")
    assert len(video.title) <= 300
    assert video.title.isprintable()


@pytest.mark.parametrize("key", ["../../../etc", "", "short", f"{WALK}/..", "a" * 12])
def test_only_keys_of_its_own_making_are_fetched(site: Site, key: str) -> None:
    site.add(WALK)
    source = site.source(videos=[WALK])
    (video,) = source.list()
    with pytest.raises(SourceError, match="no key of a YouTube video"):
        source.fetch(replace(video, video_id=key), site.into)


def test_cookies_and_proxy_are_used_and_the_cookie_file_is_left_alone(site: Site, clip: bytes, tmp_path: Path) -> None:
    cookies = tmp_path / "cookies.txt"
    cookies.write_text("# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\tSID\tsecret\n")
    written = cookies.read_bytes()
    site.add(WALK, clip)
    site.fetch(videos=[WALK], cookies=str(cookies), proxy=site.server.url)
    assert all("SID=secret" in asked.cookie and asked.line.startswith("http://") for asked in site.server.asked)
    assert cookies.read_bytes() == written


def test_bad_cookies_are_named(site: Site, tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_text("not\ta\tcookie\n")
    with pytest.raises(SourceError, match="Netscape"):
        list(site.source(videos=[WALK], cookies=str(tmp_path / "bad.txt")).list())
    with pytest.raises(SourceError, match="No such file"):
        list(site.source(videos=[WALK], cookies=str(tmp_path / "none.txt")).list())


@pytest.mark.parametrize(("places", "together"), [(1, 1), (2, 2)])
def test_processes_share_the_places_for_downloads(
    site: Site, clip: bytes, tmp_path: Path, places: int, together: int
) -> None:
    fields = {"videos": [site.add(f"walk000000{k}", clip) for k in range(2)], "concurrency": places}
    videos = list(site.source(**fields).list())
    site.server.meet = together
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        found = [pool.submit(fetch_elsewhere, site.server.url, str(tmp_path), fields, v, site.into) for v in videos]
    assert len({each.result() for each in found}) == 1
    assert site.server.most_in_flight == together


def test_two_processes_that_want_one_video_download_it_once(site: Site, clip: bytes, tmp_path: Path) -> None:
    site.add(WALK, clip)
    fields = {"videos": [WALK], "concurrency": 4}
    (video,) = site.source(**fields).list()
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        both = [pool.submit(fetch_elsewhere, site.server.url, str(tmp_path), fields, video, site.into) for _ in "ab"]
    assert len({each.result() for each in both}) == 1
    assert site.server.ranges(MEDIA) == [""]
