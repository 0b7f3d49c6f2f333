"""Clip lists: which videos and ranges they name, under whichever names their columns have."""

from pathlib import Path

import pytest

from share_data.errors import SourceError
from share_data.sources.youtube.csv import read_targets
from share_data.sources.youtube.targets import Target

ID = "dQw4w9_-gXc"


def _csv(tmp_path: Path, text: str) -> list[Target]:
    path = tmp_path / "list.csv"
    path.write_bytes(text.encode())
    return read_targets(path, "youtube")


def test_a_csv_lists_videos_and_ranges(tmp_path: Path) -> None:
    rows = ["\ufeffURL, Start ,note,end", f"https://youtu.be/{ID},1:00,a walk,1:30", "", f"{ID},,,", f"{ID},5,"]
    text = "\r\n".join([*rows, f"{ID},,x,9", ""])
    assert _csv(tmp_path, text) == [Target(ID, 60_000, 90_000), Target(ID), Target(ID, 5000), Target(ID, 0, 9000)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "first line must name the columns `id` or `url`"),
        (f"video,start\n{ID},1", "first line must name the columns `id` or `url`"),
        (f"id,start,end\n{ID},1,2\nnonsense,1,2", "list.csv, line 3: 'nonsense' is no YouTube video"),
        (f"id,start,end\n{ID},1m,2", "line 2: '1m' is no time"),
        (f"id,start,end\n{ID},0:10,9.5", "line 2: the range ends at 9.5, before it begins at 0:10"),
        (f"id,start,end\n{ID},0:10,10", "line 2: the range from 0:10 to 10 is empty"),
        (f"id,start,end\n{ID},10,10.0004", "line 2: the range from 10 to 10.0004 is empty: times count in milli"),
        (f"id,start,end\n{ID},,0", "line 2: the range from 0 to 0 is empty"),
        (f"id,start,end\n{ID},278:00:00,", "line 2: '278:00:00' is too late a time"),
        (f"id,start,end\n{ID},1,2,3\n,1,2", "line 3: '' is no YouTube video"),
    ],
)
def test_a_wrong_csv_names_the_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SourceError, match=told):
        _csv(tmp_path, text)


def test_a_csv_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="Check `csv`"):
        read_targets(tmp_path / "none.csv", "youtube")
    (tmp_path / "list.csv").write_bytes(b"id\n\xff\xfe")
    with pytest.raises(SourceError, match="Check `csv`"):
        read_targets(tmp_path / "list.csv", "youtube")


WANTED = [Target(ID, 30_000, 40_000)]
PANDA = "[['0:00:02.100', '0:00:05.200'], ['0:01:00.000', '0:01:08.500']]"


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("label,youtube_id,time_start,time_end,split", f"walking,{ID},30,40,train"),
        ("url,start_time,end_time", f"https://youtu.be/{ID},0:00:30.000,0:00:40.000"),
        ("video_id,start,end,text", f"{ID},30.0,40.00000000000001,now we walk"),
        ("video_id,start,end,text", f"{ID},[30.0],[40.0],['now we walk']"),
        ("video_id,start_sec,end_sec", f"{ID},30,40"),
        ("# YTID, start_seconds, end_seconds, positive_labels", f'{ID}, 30.000, 40.000, "/m/03fwl,/m/04rlf"'),
        ("YoutubeID,Start_timestamp,End_timestamp,Caption", f"{ID},00:00:30.000,00:00:40.000,a walk"),
        ("video_id,label_start_timestamp_seconds,label_end_timestamp_seconds,label", f"{ID},30.0,40.0,NO_SPEECH"),
        ("videoID,clip_start,clip_end,upload_time", f"{ID},30,40,2019-01-02"),
        ("Video ID,Start Time,End Time", f"{ID},30,40"),
        ("videoID,url,timestamp,caption", f'{ID},https://youtu.be/{ID},"[[30, 40]]",x'),
    ],
)
def test_published_lists_are_read_as_they_are(tmp_path: Path, header: str, row: str) -> None:
    assert _csv(tmp_path, f"{header}\n{row}\n") == WANTED


def test_a_list_of_ranges_is_as_many_ranges(tmp_path: Path) -> None:
    """Panda-70M: one row a video."""
    text = (
        "videoID,url,timestamp,caption,matching_score\n"
        f'{ID},https://www.youtube.com/watch?v={ID},"{PANDA}","[\'a person walks\', \'sits\']","[0.4, 0.5]"\n'
    )
    assert _csv(tmp_path, text) == [Target(ID, 2100, 5200), Target(ID, 60_000, 68_500)]
    howto = f'video_id,start,end\n{ID},"[2.1, 60]","[5.2, 68.5]"\n'
    assert _csv(tmp_path, howto) == [Target(ID, 2100, 5200), Target(ID, 60_000, 68_500)]
    assert _csv(tmp_path, f"videoID,timestamp\n{ID},[]\n") == []


def test_a_middle_stands_for_a_segment_of_three_seconds(tmp_path: Path) -> None:
    """AVA."""
    text = f"video_id,middle_frame_timestamp,x1,y1,action_id\n{ID},0902,0.1,0.2,12\n{ID},1,0.1,0.2,12\n"
    assert _csv(tmp_path, text) == [Target(ID, 900_500, 903_500), Target(ID, 0, 2500)]


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ("id,t_begin,t_finish", "'t_begin'"),
        ("id,start_ms,end_ms", "'start_ms', 'end_ms'"),
        ("url,StartFrame,endFrame,caption", "'StartFrame', 'endFrame'"),
        ("url,from,to", "'from', 'to'"),
        ("url,interval", "'interval'"),
        ("id,start,duration", "'duration'"),
        ("id,start,stop", "'stop'"),
    ],
)
def test_columns_that_look_like_times_and_are_not_known_are_named(tmp_path: Path, header: str, named: str) -> None:
    """The whole video is never taken in their place."""
    row = ",".join([ID, *("1" for _ in header.split(",")[1:])])
    with pytest.raises(SourceError, match=f"list.csv: cannot tell the times in {named}. Rename or .* `time_start`"):
        _csv(tmp_path, f"{header}\n{row}\n")


@pytest.mark.parametrize(
    "header",
    [
        "id,title,duration,n_frames,upload_time",
        "videoid,clip_id,frames_per_second,segment_name",
        "url,published_timestamp,weekend,caption",
        "id,start,end,begin_word,offset",
    ],
)
def test_columns_about_other_things_are_passed_over(tmp_path: Path, header: str) -> None:
    row = ",".join([ID, *("" for _ in header.split(",")[1:])])
    assert _csv(tmp_path, f"{header}\n{row}\n") == [Target(ID)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"id,start,start_time,end\n{ID},1,2,3", "list.csv: 'start' and 'start_time' mean the same"),
        (f"videoID,timestamp\n{ID},2019-01-02", "line 2: '2019-01-02' is no list of times"),
        (f"videoID,timestamp\n{ID},", "line 2: '' is no list of times"),
        (f'videoID,timestamp\n{ID},"[[1, 2, 3]]"', "is no list of .start, end."),
        (f"videoID,timestamp\n{ID},\"[['', '']]\"", "has both its ends"),
        (f'videoID,timestamp\n{ID},"[[5, 2]]"', "line 2: the range ends at 2, before it begins at 5"),
        (f'videoID,start,end\n{ID},"[1, 5]","[2]"', "line 2: 2 times to start at, and 1 to end at"),
        (f"videoID,timestamp\n{ID},{'[' * 100_000}", "is no list of times"),
        (f'videoID,timestamp\n{ID},"[[NaN, Infinity]]"', "'nan' is no time"),
    ],
)
def test_a_list_that_is_none_names_its_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SourceError, match=told):
        _csv(tmp_path, text)
