"""Seconds of video, as people read them."""

import pytest

from share_data.progress.video_time import VideoTime

TOLD = VideoTime(12, 28, {"kept": 1330.0, "rejected": 600.0, "undecided": 470.0}, 4210.0)


def test_the_line_says_what_is_scanned_of_what_is_listed_and_what_became_of_it() -> None:
    assert TOLD.line() == (
        "video: 0:40:00 of about 2:13:20 scanned (12 of 40 videos), about 1:10:10 left, "
        "0:22:10 kept, 0:07:50 undecided, 0:10:00 rejected"
    )


@pytest.mark.parametrize(
    ("told", "line"),
    [
        (VideoTime(0, 3, {}), "video: 0:00:00 scanned (0 of 3 videos)"),
        (VideoTime(3, 0, {"kept": 9.0}, 0.0), "video: 0:00:09 scanned (3 of 3 videos), 0:00:09 kept"),
    ],
)
def test_what_is_not_known_is_not_said(told: VideoTime, line: str) -> None:
    assert told.line() == line


def test_time_that_has_passed_since_is_not_left() -> None:
    assert "about 1:10:00 left" in TOLD.line(since=10)
    assert "about 0:00:00 left" in TOLD.line(since=9999)


def test_it_survives_a_journal() -> None:
    assert VideoTime.from_json(TOLD.to_json()) == TOLD
    assert TOLD.to_json()["listed"] == 8000.0
