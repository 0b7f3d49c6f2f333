"""What a recipe may ask YouTube for, in all its spellings, and what it may not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from youtube_stub import config_of

from share_data.sources.youtube.targets import (
    LAST_MS,
    Target,
    channel_name,
    channel_url,
    milliseconds,
    playlist_url,
    search_url,
    seconds,
    video_id,
)

ID = "dQw4w9_-gXc"
CHANNEL = "UCsXVk37bltHxD1rDPwtNM8Q"
IDS = st.text("0123456789abcXYZ_-", min_size=11, max_size=11)
TIMES = st.integers(0, LAST_MS)


@pytest.mark.parametrize(
    "text",
    [
        *(ID, f" {ID} ", f"https://www.youtube.com/watch?v={ID}", f"http://youtube.com/watch?v={ID}&t=12s"),
        *(f"https://m.youtube.com/watch?feature=x&v={ID}#t=3", f"https://youtu.be/{ID}?si=abc", f"youtu.be/{ID}"),
        *(f"https://www.youtube.com/shorts/{ID}", f"https://www.youtube-nocookie.com/embed/{ID}"),
        *(f"https://music.youtube.com/watch?v={ID}&list=PLabcdefghijkl", f"https://www.youtube.com/live/{ID}"),
    ],
)
def test_a_video_goes_by_its_id_or_any_of_its_addresses(text: str) -> None:
    assert video_id(text) == ID


@pytest.mark.parametrize(
    "text",
    [
        *("", "short", f"{ID}x", "../../../etc", f"https://example.com/watch?v={ID}", "file:///etc/passwd"),
        *(f"https://youtube.com.evil.org/watch?v={ID}", f"https://evil.org/youtu.be/{ID}", "https://youtu.be/"),
        *("https://www.youtube.com/watch?v=../../x/..", f"ftp://youtu.be/{ID}", "http://[", f"youtube.com/x/{ID}"),
    ],
)
def test_anything_else_is_no_video(text: str) -> None:
    with pytest.raises(ValueError, match="is no YouTube video"):
        video_id(text)


def test_playlists_and_channels_go_by_id_or_address() -> None:
    wanted = "https://www.youtube.com/playlist?list=PLabcdefghijkl"
    for text in ("PLabcdefghijkl", wanted, f"https://www.youtube.com/watch?v={ID}&list=PLabcdefghijkl&index=2"):
        assert playlist_url(text) == wanted
    by_id = f"https://www.youtube.com/channel/{CHANNEL}/videos"
    assert channel_url(CHANNEL) == channel_url(f"https://www.youtube.com/channel/{CHANNEL}") == by_id
    assert (
        channel_url("@some.one") == channel_url("youtube.com/@some.one") == "https://www.youtube.com/@some.one/videos"
    )
    assert channel_url("https://www.youtube.com/@x_y-z/shorts") == "https://www.youtube.com/@x_y-z/shorts"
    assert channel_url("https://www.youtube.com/c/Name/featured"[:-9]) == "https://www.youtube.com/c/Name/videos"
    assert channel_url("@größe") == "https://www.youtube.com/@gr%C3%B6%C3%9Fe/videos"


@pytest.mark.parametrize("text", ["", "name", "@a/../b", "https://evil.org/@name", "youtube.com/watch?v=x", "UCshort"])
def test_anything_else_is_no_channel_and_no_playlist(text: str) -> None:
    with pytest.raises(ValueError, match="is no YouTube channel"):
        channel_url(text)
    with pytest.raises(ValueError, match="is no YouTube playlist"):
        playlist_url(text)


def test_a_channels_address_is_reduced_to_its_handle_or_id_and_other_text_stays() -> None:
    for text in ("@some.one", "https://www.youtube.com/@some.one", "youtube.com/@some.one/about?x=1"):
        assert channel_name(text) == "@some.one"
    assert channel_name("https://www.youtube.com/@gr%C3%B6%C3%9Fe") == "@gr\u00f6\u00dfe"
    assert channel_name(f"http://m.youtube.com/channel/{CHANNEL}/videos") == CHANNEL
    for text in ("Nina's kitchen", CHANNEL, "https://example.org/c/name", "name: part 2", "[", "youtube.com"):
        assert channel_name(text) == text
    for text in ("youtube.com/c/Name", "https://www.youtube.com/user/name", f"https://www.youtube.com/watch?v={ID}"):
        with pytest.raises(ValueError, match="names no channel by its @handle or id"):
            channel_name(text)


def test_a_search_can_be_kept_to_creative_commons() -> None:
    assert search_url("walk & sit", False) == "https://www.youtube.com/results?search_query=walk%20%26%20sit&sp=EgIQAQ"
    assert search_url("walk", True) == "https://www.youtube.com/results?search_query=walk&sp=EgQQATAB"


@given(IDS, st.none() | TIMES, st.none() | TIMES)
def test_a_key_is_short_safe_and_leads_back(video: str, start: int | None, end: int | None) -> None:
    target = Target(video, start, None if start is None else end)
    assert Target.of_key(target.key) == target
    assert len(target.key) <= 40
    assert set(target.key) <= set("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-")


@given(st.integers(0, LAST_MS - 9), st.sets(st.tuples(st.integers(0, 9), st.none() | st.integers(0, 9)), min_size=2))
def test_ranges_a_millisecond_apart_have_an_address_and_a_key_each(base: int, ranges: set[Any]) -> None:
    targets = [Target(ID), *(Target(ID, base + start, None if end is None else base + end) for start, end in ranges)]
    assert len({target.url for target in targets}) == len({target.key for target in targets}) == len(targets)


@given(st.integers(0, LAST_MS))
def test_a_time_is_written_exactly_and_read_back(ms: int) -> None:
    assert milliseconds(seconds(ms)) == ms


def test_an_address_names_its_range_to_the_millisecond() -> None:
    assert Target(ID, 1_234_567, 1_234_571).url == f"https://www.youtube.com/watch?v={ID}#t=1234.567,1234.571"
    assert Target(ID, 100_000_000, None).url == f"https://www.youtube.com/watch?v={ID}#t=100000"


@pytest.mark.parametrize("text", ["277:46:40", "999999.9996", "999:00:00"])
def test_a_time_that_no_key_can_hold_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is too late a time: the last one that can be named is 999999\.999 s"):
        milliseconds(text)
    assert milliseconds("277:46:39.999") == LAST_MS


def test_times_are_seconds_or_clock_times() -> None:
    times = {"0": 0, "12.5": 12_500, " 90 ": 90_000, "1:02": 62_000, "1:02:03.25": 3_723_250, "10:00:00": 36_000_000}
    assert {text: milliseconds(text) for text in times} == times
    for text in ("", "-1", "1:", "1:2:3:4", "1e3", "nan", "1,5", "9999999"):
        with pytest.raises(ValueError, match="is no time"):
            milliseconds(text)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "give some `videos`"),
        ({"videos": ["nonsense"]}, "is no YouTube video"),
        ({"playlists": ["x"]}, "is no YouTube playlist"),
        ({"channels": ["x"]}, "is no YouTube channel"),
        ({"videos": [ID], "licences": []}, "at least 1 item"),
        ({"videos": [ID], "licences": ["cc"]}, "'creative_commons', 'youtube_standard' or 'any'"),
        ({"videos": [ID], "proxy": "http://me:secret@host:1"}, "must hold no user or password"),
        ({"videos": [ID], "proxy": "host:1"}, "must be a URL"),
    ],
)
def test_recipes_that_make_no_sense_are_refused(fields: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        config_of(fields)


def test_only_creative_commons_is_accepted_unless_the_recipe_says_more() -> None:
    assert config_of({"videos": [ID]}).licences == ("creative_commons",)
