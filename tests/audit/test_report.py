"""The report's books balance, its JSON is plain, and it says what the estimators are not."""

import json
from dataclasses import replace

import pytest
from command_line import shown

from share_data.audit.report import report_corpus, summarise
from share_data.errors import CorpusError
from share_data.ledger.conservation import FunnelRow
from share_data.ledger.ledger import Entry, write_ledger

SCORES = {"static_camera": {"drift": 0.1}}
ENTRIES = [
    Entry("source", "mine", "", "kept", children=3),
    Entry("video", "mine/a", "mine", "kept", children=3),
    Entry("video", "mine/b", "mine", "failed", stage="decode", error_class="VideoError", message="b.mp4 is empty"),
    Entry("video", "mine/c", "mine", "opted_out", reason="licence"),
    Entry("clip", "k1", "mine/a", "kept", scores_json=json.dumps(SCORES)),
    Entry(
        "clip",
        "k2",
        "mine/a",
        "rejected",
        stage="static_camera",
        reason="moving",
        scores_json='{"static_camera": {"drift": 0.5}}',
    ),
    Entry("clip", "k3", "mine/a", "rejected", stage="single_person", reason="[nobody]", scores_json="{}"),
]


def test_every_level_sums_to_what_was_listed():
    report = summarise(ENTRIES)
    assert report.problems == []
    assert report.levels["video"] == {"kept": 1, "rejected": 0, "failed": 1, "opted_out": 1, "total": 3, "listed": 3}
    assert report.levels["clip"] == {"kept": 1, "rejected": 2, "failed": 0, "opted_out": 0, "total": 3, "listed": 3}


def test_rejections_are_told_by_filter_and_reason_and_failures_by_error():
    outcomes = summarise(ENTRIES).outcomes
    assert FunnelRow("clip", "rejected", "static_camera", "moving", 1) in outcomes
    assert FunnelRow("video", "failed", "decode", "VideoError", 1) in outcomes


def test_a_lost_clip_is_shown_not_smoothed_over():
    report = summarise(ENTRIES[:-1])
    assert report.levels["clip"]["total"] == 2
    assert report.levels["clip"]["listed"] == 3
    assert report.to_json()["balanced"] is False
    assert "does not add up: video 'mine/a' listed 3 units but 2" in shown(report)


def test_seconds_of_video_are_told_by_source_and_by_what_became_of_them():
    lengths = {"k1": 7.5, "k2": 2.0, "k3": 0.5}
    report = summarise([replace(entry, seconds=lengths.get(entry.unit)) for entry in ENTRIES])
    expected = {"kept": 7.5, "rejected static_camera moving": 2.0, "rejected single_person [nobody]": 0.5}
    assert report.seconds == report.to_json()["seconds"] == {"mine": expected}
    assert "mine: 10.0 s of video scanned, 7.5 s kept; 2.0 s rejected static_camera moving" in shown(report)
    assert summarise(ENTRIES).seconds == {}


def test_failures_are_told_with_their_message():
    report = summarise(ENTRIES)
    assert [(failure.unit, failure.error) for failure in report.failures] == [("mine/b", "VideoError")]
    assert "mine/b: VideoError: b.mp4 is empty" in shown(report)


def test_a_flood_of_failures_is_cut_short_on_screen_only():
    flood = [Entry.failed("video", f"mine/{n:02d}", "mine", "decode", OSError(f"reason {n}")) for n in range(30)]
    report = summarise([Entry("source", "mine", "", "kept", children=30), *flood])
    assert len(report.to_json()["failures"]) == 30
    assert "reason 19" in shown(report)
    assert "reason 20" not in shown(report)
    assert "and 10 more" in shown(report)


def test_scores_are_summarised_over_the_clips_that_have_them():
    (score,) = summarise(ENTRIES).scores
    assert (score.filter, score.name, score.count) == ("static_camera", "drift", 2)
    assert score.quantiles == pytest.approx((0.1, 0.2, 0.3, 0.4, 0.5))


def test_the_tables_hold_the_numbers_and_do_not_read_reasons_as_markup():
    text = shown(summarise(ENTRIES, ["blazepose", "ground_plane"]))
    for expected in ("opted_out", "VideoError", "static_camera", "moving", "[nobody]", "not a depth network"):
        assert expected in text


def test_an_estimator_of_a_third_party_has_no_note():
    assert summarise(ENTRIES, ["theirs"]).notes == []


def test_the_json_is_plain_and_complete():
    data = json.loads(json.dumps(summarise(ENTRIES).to_json()))
    assert data["balanced"] is True
    assert {"level": "clip", "status": "rejected", "stage": "static_camera", "reason": "moving", "count": 1} in data[
        "outcomes"
    ]


def test_an_empty_build_reports_zeros():
    report = summarise([replace(ENTRIES[0], children=0)])
    assert report.levels["clip"]["total"] == 0
    assert "clips" in shown(report)


def test_a_finished_corpus_is_reported_without_the_plugins_that_built_it(tmp_path):
    write_ledger(ENTRIES, tmp_path / "ledger.parquet")
    (tmp_path / "recipe.json").write_text('{"humans": {"kind": "theirs"}, "geometry": {"kind": "ground_plane"}}')
    assert report_corpus(tmp_path) == replace(summarise(ENTRIES, ["theirs", "ground_plane"]), scores=[])


@pytest.mark.parametrize(
    ("source", "video", "told"),
    [
        ({"kind": "smarthome"}, "P11T13C03", True),
        ({"kind": "smarthome", "variant": "tsu", "time_scale": 1.0}, "P11T13C03", True),
        ({"kind": "smarthome", "time_scale": 1.25}, "P11T13C03", False),
        ({"kind": "smarthome"}, "Walk_p03_r00_v01_c01", False),
        ({"kind": "local"}, "P11T13C03", False),
    ],
)
def test_a_corpus_of_videos_that_may_play_too_fast_is_told_what_a_time_scale_would_change(
    tmp_path, source, video, told
):
    entries = [Entry("source", "home", "", "kept", 1), Entry("video", f"home/{video}", "home", "kept")]
    write_ledger(entries, tmp_path / "ledger.parquet")
    recipe = {"humans": {"kind": "theirs"}, "geometry": {"kind": "theirs"}, "sources": [source | {"name": "home"}]}
    (tmp_path / "recipe.json").write_text(json.dumps(recipe))
    notes = report_corpus(tmp_path).notes
    assert len(notes) == told
    assert all("sources.home.time_scale=1.25" in note for note in notes)


def test_a_corpus_whose_recipe_is_gone_is_named(tmp_path):
    write_ledger(ENTRIES, tmp_path / "ledger.parquet")
    with pytest.raises(CorpusError, match=r"recipe\.json"):
        report_corpus(tmp_path)


def test_a_folder_without_a_ledger_is_no_corpus(tmp_path):
    with pytest.raises(CorpusError, match="not a corpus"):
        report_corpus(tmp_path)
