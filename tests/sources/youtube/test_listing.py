"""Listing YouTube: metadata once, in order, kept; and what happens when the site will not answer."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from youtube_server import Fault
from youtube_stub import CREATIVE_COMMONS, Site, config_of, local_site

from share_data.errors import MissingDependencyError, SourceError
from share_data.sources.youtube import site as youtube_site
from share_data.sources.youtube.errors import GoneError, NotReadyError, PrivateError, RateLimitError, TransientError
from share_data.sources.youtube.facts import STANDARD_LICENCE
from share_data.sources.youtube.source import YouTubeSource

CHANNEL = "UCsXVk37bltHxD1rDPwtNM8Q"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with local_site(tmp_path, monkeypatch) as made:
        yield made


def ids(count: int) -> list[str]:
    return [f"video{k:06d}" for k in range(count)]


def listed(site: Site, **fields: Any) -> list[str]:
    return [video.video_id for video in site.source(**fields).list()]


def watched(site: Site) -> list[str]:
    """Videos whose metadata were asked for, in order."""
    return [asked.path[len("/watch/") : -len(".json")] for asked in site.server.asked if asked.path[:7] == "/watch/"]


def test_a_record_says_whose_the_video_is_and_under_which_licence(site: Site) -> None:
    site.add("video000001", title="A  walk\nin the\u202e park\x07")
    site.add("video000002", license=None, channel="B")
    free, standard = site.source(videos=["video000001", "https://youtu.be/video000002"], name="yt").list()
    assert (free.source, free.video_id, free.title) == ("yt", "video000001", "A walk in the park")
    assert (free.licence, free.redistributable) == (CREATIVE_COMMONS, True)
    assert free.attribution == "A. Walker, https://www.youtube.com/watch?v=video000001"
    assert free.uri == "https://www.youtube.com/watch?v=video000001"
    whose = {"channel": "A. Walker", "channel_id": "UC" + 22 * "a"}
    assert free.labels == {"id": "video000001", **whose, "upload_date": "20240229", "duration_s": "12"}
    assert (standard.licence, standard.redistributable) == (STANDARD_LICENCE, False)


def test_a_channel_is_told_by_its_handle_too_where_it_has_one(site: Site) -> None:
    told = {"video000001": "@W\u00f6lker", "video000002": "../x", "video000003": None}
    for video, handle in told.items():
        site.add(video, uploader_id=handle)
    for _ in ("from the site", "from the shelf"):
        videos = site.source(videos=list(told)).list()
        assert [video.labels.get("channel_handle") for video in videos] == ["@W\u00f6lker", None, None]


@pytest.mark.parametrize(
    ("told", "kept"),
    [(12345.678, "12345.678"), (1234567, None), (None, None), ("long", None), ([12], None), (-3, None)],
)
def test_a_duration_is_kept_exactly_and_one_that_is_none_is_left_out(
    site: Site, told: object, kept: str | None
) -> None:
    site.add("video000000", duration=told)
    (video,) = site.source(videos=["video000000"]).list()
    assert video.labels.get("duration_s") == kept


@pytest.mark.parametrize("told", [b"Infinity", b"NaN", b"1e400"])
def test_a_duration_without_an_end_ends_no_listing(site: Site, told: bytes) -> None:
    path = f"/watch/{site.add('video000000', duration=777)}.json"
    site.server.files[path] = site.server.files[path].replace(b"777", told)
    (video,) = site.source(videos=["video000000"]).list()
    assert "duration_s" not in video.labels


def test_everything_asked_for_comes_once_in_the_recipes_order(site: Site, tmp_path: Path) -> None:
    a, b, c, d, e, f = (site.add(video) for video in ids(6))
    (tmp_path / "some.csv").write_text(f"id,start,end\n{b},,\n{a},1,2\n")
    site.add_list("playlist", c, a, b, c)
    site.add_list(f"channel/{CHANNEL}/videos", d, CHANNEL, "../../../x", "PLabcdefghijkl", c)
    site.add_list("results", e, f)
    wanted = {
        "searches": [{"query": "walking", "count": 1}],
        "channels": [CHANNEL],
        "playlists": ["PLabcdefghijkl"],
        "csv": str(tmp_path / "some.csv"),
        "videos": [a],
    }
    assert listed(site, **wanted) == [a, b, f"{a}_1000_2000", c, d, e]


def test_a_limit_takes_the_top_of_each_listing(site: Site) -> None:
    a, b, c, d = (site.add(video) for video in ids(4))
    site.add_list("playlist", a, b, c)
    site.add_list("@walker/videos", d, c, b)
    assert listed(site, playlists=["PLabcdefghijkl"], channels=["@walker"], limit=2) == [a, b, d, c]


def test_the_second_list_is_offline_and_the_same(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.add_list("@walker/videos", *map(site.add, ids(3)))
    fields = {"channels": ["@walker"]}
    first = list(site.source(**fields).list())
    site.server.files.clear()
    monkeypatch.delattr(youtube_site, "downloader")
    assert list(site.source(**fields).list()) == first


def test_a_bot_check_interrupts_and_the_next_list_goes_on_there(site: Site) -> None:
    """The channel itself is not asked for again, nor is what was answered."""
    videos = [site.add(video) for video in ids(6)]
    site.add_list("@walker/videos", *videos)
    reason = "Sign in to confirm you\u2019re not a bot. Use --cookies for the authentication"
    site.add(videos[4], error=reason)
    told = r"not a bot.*raise `sleep_s`.*\(4 of 6 videos are looked up and kept; the next build goes on there\.\)"
    with pytest.raises(RateLimitError, match=told):
        listed(site, channels=["@walker"])
    assert site.sleeps == [30.0, 60.0, 120.0]
    site.add(videos[4])
    site.server.asked.clear()
    assert listed(site, channels=["@walker"]) == videos
    assert [asked.path for asked in site.server.asked] == [f"/watch/{video}.json" for video in videos[4:]]


def test_one_video_that_fails_is_asked_again_by_the_next_list(site: Site) -> None:
    a, b, c = (site.add(video) for video in ids(3))
    path = f"/watch/{b}.json"
    site.server.faults[path] = [Fault(500)] * 2
    source = site.source(videos=[a, b, c], retries=1)
    failed = list(source.list())[1]
    with pytest.raises(TransientError, match=rf"youtube/{b}: .*HTTP Error 500"):
        source.fetch(failed, site.into)
    site.server.asked.clear()
    again = list(site.source(videos=[a, b, c]).list())[1]
    assert watched(site) == [b]
    assert (again.licence, again.labels.get("error")) == (CREATIVE_COMMONS, None)


def test_ranges_of_a_failing_video_ask_once(site: Site, tmp_path: Path) -> None:
    (tmp_path / "some.csv").write_text("id,start,end\nvideo000000,1,2\nvideo000000,2,3\n")
    site.add("video000000")
    site.server.faults["/watch/video000000.json"] = [Fault(500)] * 2
    assert listed(site, csv=str(tmp_path / "some.csv"), retries=0) == ["video000000_1000_2000", "video000000_2000_3000"]
    assert len(watched(site)) == 1


def test_a_broken_network_is_told_after_a_few_videos(site: Site) -> None:
    videos = [site.add(video) for video in ids(20)]
    site.server.faults = {f"/watch/{video}.json": [Fault(502)] for video in videos[2:]}
    with pytest.raises(TransientError, match="6 of 20 videos"):
        listed(site, videos=videos, retries=0)


@pytest.mark.parametrize("trouble", [{"live_status": "is_upcoming"}, {"error": "This video is DRM protected"}])
def test_videos_that_are_in_trouble_themselves_are_no_broken_network(site: Site, trouble: dict[str, str]) -> None:
    """Say, a channel that has announced six streams."""
    videos = [site.add(video, **trouble) for video in ids(6)] + [site.add("walk0000001")]
    site.add_list("@walker/streams", *videos)
    channel = "https://www.youtube.com/@walker/streams"
    listed = list(site.source(channels=[channel]).list())
    assert [video.labels.get("error") for video in listed[:6]] == [listed[0].labels["error"]] * 6
    assert (listed[6].video_id, listed[6].licence) == ("walk0000001", CREATIVE_COMMONS)


def test_what_has_gone_stays_gone_until_the_access_changes(site: Site, tmp_path: Path) -> None:
    (tmp_path / "cookies.txt").write_text("# Netscape HTTP Cookie File\n")
    site.add("video000000", error="Private video. Sign in if you've been granted access to this video")
    assert listed(site, videos=["video000000"]) == listed(site, videos=["video000000"]) == ["video000000"]
    assert len(watched(site)) == 1
    site.add("video000000")
    kept = "youtube/videos/video000000.json"
    source = site.source(videos=["video000000"])
    with pytest.raises(PrivateError, match=f"to ask again, delete {kept} below SHARE_DATA_HOME"):
        source.fetch(next(source.list()), site.into)
    (video,) = site.source(videos=["video000000"], cookies=str(tmp_path / "cookies.txt")).list()
    assert (video.licence, video.labels.get("error")) == (CREATIVE_COMMONS, None)
    (tmp_path / "home" / kept).unlink()
    (video,) = source.list()
    assert (video.licence, video.labels.get("error")) == (CREATIVE_COMMONS, None)


@pytest.mark.parametrize("status", ["is_live", "post_live"])
def test_a_live_stream_is_taken_once_it_is_over(site: Site, status: str) -> None:
    site.add("video000000", live_status=status)
    source = site.source(videos=["video000000"])
    (video,) = source.list()
    with pytest.raises(NotReadyError, match="Build again once it is over"):
        source.fetch(video, site.into)
    site.add("video000000", live_status="was_live")
    (video,) = source.list()
    assert video.licence == CREATIVE_COMMONS


def test_an_answer_without_the_part_that_tells_the_licence_is_not_believed(site: Site) -> None:
    site.add("video000000", channel=None, license=None)
    source = site.source(videos=["video000000"], retries=0)
    (video,) = source.list()
    with pytest.raises(TransientError, match="lacks the channel, and so the licence"):
        source.fetch(video, site.into)
    site.add("video000000")
    (video,) = source.list()
    assert video.licence == CREATIVE_COMMONS


@pytest.mark.parametrize("kept", [b"", b"[]", b'{"video": 1}', b"\xff", b'{"video": "video000000", "error": "Exit"}'])
def test_a_damaged_file_of_the_shelf_is_as_none(site: Site, tmp_path: Path, kept: bytes) -> None:
    site.add("video000000")
    first = list(site.source(videos=["video000000"]).list())
    path = tmp_path / "home/youtube/videos/video000000.json"
    assert json.loads(path.read_bytes())["licence"] == CREATIVE_COMMONS
    path.write_bytes(kept)
    assert list(site.source(videos=["video000000"]).list()) == first
    assert len(watched(site)) == 2


def test_a_duration_on_the_shelf_that_is_none_is_asked_again(site: Site, tmp_path: Path) -> None:
    site.add("video000000")
    first = list(site.source(videos=["video000000"]).list())
    path = tmp_path / "home/youtube/videos/video000000.json"
    path.write_text(path.read_text().replace("12.0", "Infinity"))
    assert list(site.source(videos=["video000000"]).list()) == first
    assert len(watched(site)) == 2


def test_a_listing_that_is_not_there_names_itself(site: Site) -> None:
    with pytest.raises(GoneError, match=r"youtube/https://www.youtube.com/@nobody/videos: .*404"):
        listed(site, channels=["@nobody"])
    site.add_list("@empty/videos")
    with pytest.raises(SourceError, match="hold no video"):
        listed(site, channels=["@empty"])


def test_searches_are_kept_to_creative_commons_where_nothing_else_is_accepted(site: Site) -> None:
    site.add_list("results", site.add("video000000"))
    for licences in (["creative_commons"], ["any"]):
        listed(site, searches=[{"query": "sit down"}], licences=licences)
    lines = [asked.line for asked in site.server.asked if asked.path.startswith("/list/")]
    assert lines == [
        "/list/results?search_query=sit%20down&sp=EgQQATAB",
        "/list/results?search_query=sit%20down&sp=EgIQAQ",
    ]


def test_without_yt_dlp_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SHARE_DATA_HOME", str(tmp_path))
    monkeypatch.setitem(sys.modules, "yt_dlp", None)
    with pytest.raises(MissingDependencyError, match="pip install -U yt-dlp yt-dlp-ejs"):
        list(YouTubeSource(config_of({"videos": ["video000000"]})).list())


def test_the_real_extractors_take_every_address_that_is_asked_for() -> None:
    """No request: yt-dlp only says which of its extractors would answer."""
    from share_data.sources.youtube.targets import channel_url, playlist_url, search_url, watch_url

    made = youtube_site.downloader({})
    for url, wanted in {
        watch_url("video000000"): "Youtube",
        playlist_url("PLabcdefghijkl"): "YoutubeTab",
        channel_url("@walker"): "YoutubeTab",
        channel_url(CHANNEL): "YoutubeTab",
        search_url("sit & walk", True): "YoutubeSearchURL",
    }.items():
        assert [key for key, extractor in made._ies.items() if extractor.suitable(url)] == [wanted]
    assert not any(extractor.suitable("https://example.com/watch?v=video000000") for extractor in made._ies.values())
