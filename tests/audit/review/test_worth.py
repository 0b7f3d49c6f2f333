"""What filters are worth by a person's word: precision, recall and thresholds of clips whose truth is known."""

import csv
import json
from pathlib import Path

import audited
import light
import numpy as np
import pytest
from command_line import called

from share_data.audit.review.page import write_review
from share_data.audit.review.sample import sample
from share_data.audit.review.worth import Review, review_of, wilson
from share_data.audit.whatif.deciding import decide
from share_data.audit.whatif.settings import rules_of, sections_of
from share_data.audit.whatif.table import Measurements
from share_data.build.stages.judging import Judging
from share_data.errors import RecipeError
from share_data.ledger.judgements import Judgement, read_judgements, write_judgements

COMPANY = [0.0, 0.0, 0.1, 0.2, 0.4, 0.5, 0.6, 0.8, 1.0, 2.0]
BAD = [False, False, False, True, False, True, True, True, True, True]


@pytest.fixture
def table(tmp_path: Path) -> Measurements:
    """Ten clips with more and more company; the recipe turns away the last six."""
    recipe = audited.recipe_with([{"kind": "single_person", "max_company_s": 0.3}])
    scores = [
        {"single_person": {"presence": 1.0, "swaps": 0.0, "company_s": each}, "reconstruction": {}} for each in COMPANY
    ]
    return audited.table_of(
        tmp_path, [audited.judged(k, Judging(recipe), each) for k, each in enumerate(scores)], recipe
    )


def reviewed(table: Measurements, said: dict[str, Judgement], precision: float = 1.0) -> Review:
    rules = rules_of(sections_of(table.recipe), "test")
    return review_of(table, rules, decide(table, rules), said, precision)


def told(bad: list[bool]) -> dict[str, Judgement]:
    return {f"c{k:06d}": Judgement(f"c{k:06d}", "bad" if each else "good") for k, each in enumerate(bad)}


def test_precision_and_recall_are_those_of_the_known_clips(table: Measurements) -> None:
    found = reviewed(table, told(BAD))
    worth = {each.filter: each for each in found.worth}["single_person"]
    assert worth.reviewed == 6
    assert worth.precision.value == pytest.approx(5 / 6) and worth.recall.value == pytest.approx(5 / 6)
    assert found.kept_good.value == pytest.approx(3 / 4)
    assert worth.precision.low < 5 / 6 < worth.precision.high


def test_the_threshold_meets_its_precision_with_the_most_recall(table: Measurements) -> None:
    (met,) = (each for each in reviewed(table, told(BAD)).thresholds if each.path.endswith("max_company_s"))
    assert (met.now, met.needed) == (0.3, 0.4)
    assert (met.precision, met.recall) == (1.0, pytest.approx(5 / 6))
    (looser,) = (each for each in reviewed(table, told(BAD), 0.8).thresholds if each.path.endswith("max_company_s"))
    assert (looser.needed, looser.recall) == (0.1, 1.0)
    (never,) = (each for each in reviewed(table, told([False] * 10)).thresholds if each.path.endswith("max_company_s"))
    assert never.needed is None


def test_unsure_counts_for_nothing_and_strangers_are_told(table: Measurements) -> None:
    said = {
        "c000003": Judgement("c000003", "unsure"),
        "who": Judgement("who", "bad"),
        "c000009": Judgement("c000009", "bad"),
    }
    found = reviewed(table, said)
    assert (found.good, found.bad, found.unsure, found.unknown) == (0, 1, 1, 1)


def test_a_clip_counts_as_many_times_as_it_stands_for() -> None:
    share = wilson(np.array([True, False]), np.array([3.0, 1.0]))
    assert share.value == 0.75
    even = wilson(np.array([True] * 50 + [False] * 50), np.ones(100))
    assert (even.low, even.high) == (pytest.approx(0.404, abs=1e-3), pytest.approx(0.596, abs=1e-3))


def test_a_sample_has_some_of_every_outcome_half_of_it_near_thresholds(table: Measurements) -> None:
    rules = rules_of(sections_of(table.recipe), "test")
    chosen = sample(table, rules, decide(table, rules), 6)
    assert chosen == sample(table, rules, decide(table, rules), 6)
    assert len(chosen) == 6 and sum("near" in each.stratum for each in chosen) == 3
    assert {each.stratum for each in chosen} >= {"kept", "rejected by single_person"}
    assert sum(each.weight for each in chosen) == pytest.approx(10)
    assert len(sample(table, rules, decide(table, rules), 200)) == 10


def test_the_page_holds_hostile_names_as_text(tmp_path: Path) -> None:
    recipe = audited.recipe_with([{"kind": "single_person"}])
    evil = "</script><script>alert(1)</script>"
    entry = audited.judged(0, Judging(recipe), {"single_person": {"presence": 1.0}, "reconstruction": {}}, file=evil)
    table = audited.table_of(tmp_path, [entry], recipe)
    rules = rules_of(sections_of(table.recipe), "test")
    write_review(tmp_path / "page", table, sample(table, rules, decide(table, rules), 1), {entry.unit: b"jpeg"})
    page = (tmp_path / "page" / "review.html").read_text()
    assert evil not in page and page.count("<script") == 2 and "http" not in page.replace("http-equiv", "")
    data = page.split('id="clips">')[1].split("</script>")[0]
    assert ["file", evil] in json.loads(data)[0]["facts"]


@pytest.mark.parametrize(
    "text", ["unit,judgement\nc1,perhaps\n", "unit,judgement\n,good\n", "unit,judgement,weight\nc1,good,-1\n"]
)
def test_a_wrong_line_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "review.csv"
    path.write_text(text)
    with pytest.raises(RecipeError, match="line 2"):
        read_judgements(path)


def test_the_verb_asks_and_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    light.make_videos(tmp_path, 2)
    light.write_video(tmp_path, "crowd", flag="company")
    light.light_build(tmp_path)
    out, pages = str(tmp_path / "out"), tmp_path / "pages"
    assert called(monkeypatch, "audit", out, "--sample", "5", "--output", str(pages)) == 0
    with (pages / "review.csv").open() as handle:
        rows = list(csv.DictReader(handle))
    assert len(rows) == 3
    said = [Judgement(row["unit"], "bad" if "crowd" in row["unit"] else "good") for row in rows]
    write_judgements(pages / "review.csv", said)
    capsys.readouterr()
    assert called(monkeypatch, "audit", out, "--review", str(pages / "review.csv"), "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["good"], found["bad"], found["kept_good"]["value"]) == (2, 1, 1.0)
