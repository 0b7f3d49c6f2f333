"""`share-data list`, and one video's report: every record and clip a line, whatever their names hold."""

import csv
import io
import json
from pathlib import Path

import pytest
from command_line import called
from make_records import BODY, RECIPE, make_clip, make_corpus, make_member

from share_data.audit.listing import find_clips, list_clips, list_records
from share_data.corpus.read import Corpus
from share_data.corpus.write.pack import PackOptions, Provenance, pack
from share_data.errors import CorpusError
from share_data.ledger.ledger import Entry

HOSTILE = "\x1b[31m[red]\u202emp4.exe\nwalk"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Two records of the video `kitchen`, one rejected and one failed clip of it, and a video that is damaged."""
    clips = [make_clip(7, 5, video_id="kitchen", title=HOSTILE), make_clip(7, 6, video_id="kitchen", title="b")]
    entries = [
        Entry("source", "made-up", "", "kept", children=2),
        Entry("video", "made-up/kitchen", "made-up", "kept", children=4),
        Entry.failed("video", "made-up/KITCHEN2", "made-up", "fetch", ValueError(f"damaged {HOSTILE}")),
        *(Entry("clip", clip.key, "made-up/kitchen", "kept") for clip in clips),
        Entry("clip", "moving", "made-up/kitchen", "rejected", stage="static_camera", reason="camera_moved"),
        Entry.failed("clip", "nobody", "made-up/kitchen", "reconstruct", ValueError("nobody is seen")),
    ]
    members = [make_member(clip, seed) for seed, clip in enumerate(clips)]
    pack(members, tmp_path / "corpus", Provenance(entries, RECIPE, BODY), PackOptions(2))
    return tmp_path / "corpus"


def printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    monkeypatch.setenv("COLUMNS", "200")
    assert called(monkeypatch, *arguments) == 0
    return capsys.readouterr().out


def test_records_are_listed_in_the_corpus_order_with_what_names_them(corpus: Path) -> None:
    lines, opened = list_records(corpus), Corpus(corpus)
    assert [line.number for line in lines] == [0, 1]
    for line, record in zip(lines, opened, strict=True):
        metadata = record.metadata
        assert (line.key, line.video_id, line.fps) == (record.key, "kitchen", metadata["fps"])
        assert (line.frame_start, line.frame_stop) == (metadata["frame_start"], metadata["frame_stop"])
        assert line.seconds == metadata["time_last"] - metadata["time_first"]
        assert line.points == metadata["n_points"]


def test_every_clip_is_listed_with_its_outcome_and_why(corpus: Path) -> None:
    lines = {line.key: line for line in list_clips(corpus)}
    assert len(lines) == 4
    numbers = {key: number for number, key in enumerate(Corpus(corpus).keys)}
    assert {key: line.number for key, line in lines.items() if line.outcome == "kept"} == numbers
    moving, nobody = lines["moving"], lines["nobody"]
    assert (moving.number, moving.outcome, moving.stage, moving.reason) == (
        None, "rejected", "static_camera", "camera_moved",
    )  # fmt: skip
    assert (nobody.stage, nobody.reason, nobody.message) == ("reconstruct", "ValueError", "nobody is seen")
    assert {line.video for line in lines.values()} == {"made-up/kitchen"}


@pytest.mark.parametrize("every", [(), ("--all",)])
def test_table_json_and_csv_say_the_same(
    corpus: Path, every: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(*options: str) -> str:
        return printed(monkeypatch, capsys, "list", str(corpus), *every, *options)

    lines = json.loads(told("--json"))
    rows = list(csv.DictReader(io.StringIO(told("--csv"))))
    assert [{name: "" if value is None else str(value) for name, value in line.items()} for line in lines] == rows
    table = told()
    assert f"{len(rows)} {'clip(s)' if every else 'record(s)'}" in table
    assert all(row["key" if every else "video_id"] in table for row in rows)
    if every:
        assert "camera_moved" in table and "nobody is seen" in table


@pytest.mark.parametrize("options", [(), ("--csv",), ("--json",)])
def test_what_names_hold_is_shown_and_does_nothing(
    corpus: Path, options: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = printed(monkeypatch, capsys, "list", str(corpus), *options)
    assert "[red]" in told and "mp4.exe walk" in told
    assert not {"\x1b", "\u202e"} & set(told)


def test_an_empty_corpus_has_an_empty_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_corpus(tmp_path, 0)
    assert "0 record(s)" in printed(monkeypatch, capsys, "list", str(tmp_path))
    assert json.loads(printed(monkeypatch, capsys, "list", str(tmp_path), "--json")) == []
    assert printed(monkeypatch, capsys, "list", str(tmp_path), "--csv").startswith("number,key,source,video_id,title")


def test_one_form_at_a_time(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert called(monkeypatch, "list", str(corpus), "--json", "--csv") == 2


def test_a_video_is_reported_by_any_part_of_its_id(corpus: Path) -> None:
    video, clips = find_clips(corpus, "kitchen")
    assert video.unit == "made-up/kitchen" and len(clips) == 4
    assert find_clips(corpus, "hen2")[0].unit == "made-up/KITCHEN2"
    with pytest.raises(CorpusError, match=r"2 videos have 'itch' .* id: made-up/KITCHEN2, made-up/kitchen"):
        find_clips(corpus, "itch")
    with pytest.raises(CorpusError, match="no video has 'bath' in its video's id"):
        find_clips(corpus, "bath")


def test_the_report_of_a_video_says_what_became_of_it_and_its_clips(
    corpus: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = printed(monkeypatch, capsys, "report", str(corpus), "kitchen")
    assert "made-up/kitchen: kept" in told and "camera_moved" in told and "4 clip(s)" in told
    told = printed(monkeypatch, capsys, "report", str(corpus), "hen2")
    assert "made-up/KITCHEN2: failed (fetch) ValueError: damaged" in told
    assert not {"\x1b", "\u202e"} & set(told)
    data = json.loads(printed(monkeypatch, capsys, "report", str(corpus), "kitchen", "--json"))
    assert data["video"]["status"] == "kept" and len(data["clips"]) == 4
