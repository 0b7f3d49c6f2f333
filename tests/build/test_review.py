"""A person's word outranks a score, in ledger, record, audit and diff, and costs no more than what it lets in."""

import csv
import json
from pathlib import Path
from typing import Any

import light
import pyarrow.parquet as pq
import pytest

from share_data.audit.diff.compare import compare
from share_data.audit.whatif.audit import Asked, audit
from share_data.audit.whatif.table import measurements_of
from share_data.corpus.read import Corpus
from share_data.corpus.validate import validate_corpus
from share_data.engine.journal import journal_lines
from share_data.engine.watch import Silent
from share_data.errors import RecipeError

GRADED = "filters=[{kind: single_person}, {kind: reconstruction_quality}]"


class Notes(Silent):
    """What a build notes."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, line: str) -> None:
        self.lines.append(line)


def rows(root: Path) -> dict[str, dict[str, Any]]:
    """Measured clips by the name of their video."""
    table = pq.read_table(root / "out" / "measurements.parquet").to_pylist()
    return {row["unit"].split("_")[1].split("-")[0]: row for row in table if row["stage"] != "mine"}


def computed(root: Path) -> list[str]:
    """Every reconstruction that builds here have asked for, by name of its video."""
    events = (event for _, event in journal_lines(root / "out" / ".share-data" / "journal.jsonl"))
    sent = (each for each in events if each["e"] == "sent" and each["step"] == "reconstruct")
    return sorted(each["unit"].split("_")[1].split("-")[0] for each in sent)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two clips that filters keep, one that they reject for company, one for its outcome; then a person speaks."""
    root = tmp_path_factory.mktemp("reviewed")
    light.make_videos(root, 2, iou=0.9)
    light.write_video(root, "crowd", flag="company")
    light.write_video(root, "poor", iou=0.3)
    light.write_video(root, "empty", flag="company")
    light.light_build(root, GRADED)
    (root / "out").rename(root / "unreviewed")
    light.light_build(root, GRADED)
    said = {"crowd": "good", "poor": "good", "v00000": "bad", "v00001": "unsure", "empty": "bad"}
    with (root / "review.csv").open("w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(("unit", "judgement"))
        writer.writerows((row["unit"], said[name]) for name, row in rows(root).items())
        writer.writerow(("local_gone_0_0", "good"))
    return root


def test_a_persons_word_outranks_a_score_everywhere(root: Path) -> None:
    before, notes = computed(root), Notes()
    with measurements_of(root / "out") as table:
        words = {row["unit"]: word for row, word in zip(rows(root).values(), ("good",) * 5, strict=True)}
        asked = audit(table, Asked(review=words))
    assert asked.after.clips == {"kept": 3, "rejected": 5, "to be measured": 2, "failed": 0}
    light.light_build(root, GRADED, f"review={root}/review.csv", watch=notes)
    found = rows(root)
    assert {name: (row["status"], row["stage"], row["reason"], row["review"]) for name, row in found.items()} == {
        "crowd": ("kept", "", "", "good"),
        "poor": ("kept", "", "", "good"),
        "v00000": ("rejected", "review", "reviewed", "bad"),
        "v00001": ("kept", "", "", ""),
        "empty": ("rejected", "review", "reviewed", "bad"),
    }
    assert [each["reason"] for each in found["crowd"]["objections"]] == ["multiple_people"]
    assert [each["reason"] for each in found["poor"]["objections"]] == ["mask_differs"]
    assert validate_corpus(root / "out") == []
    records = {record.metadata["key"].split("_")[1].split("-")[0]: record for record in Corpus(root / "out")}
    stamped = {name: record.metadata["scores"].get("reviewed") for name, record in records.items()}
    assert stamped == {"crowd": 1.0, "poor": 1.0, "v00001": None}
    assert sorted([*before, "crowd"]) == computed(root)
    assert "review: 1 of 5 clip(s) judged are not here" in notes.lines


def test_the_corpus_is_that_of_a_fresh_build_and_keeps_what_was_said(root: Path) -> None:
    light.light_build(root, GRADED, f"review={root}/review.csv")
    said = json.loads((root / "out" / "recipe.json").read_bytes())["review"]
    assert sorted(said.values()) == ["bad", "bad", "good", "good", "good"]
    light.light_build(root, GRADED, f"review={json.dumps(said)}", out=str(root / "again"))
    assert light.corpus_hashes(root / "out") == light.corpus_hashes(root / "again")


def test_an_audit_honours_it_and_may_ask_about_another(root: Path) -> None:
    light.light_build(root, GRADED, f"review={root}/review.csv")
    strict = ["filters.single_person.max_company_s=0", "filters.reconstruction_quality.min_mask_iou=1.0"]
    with measurements_of(root / "out") as table:
        own, asked = audit(table, Asked()), audit(table, Asked(overrides=strict))
        without = audit(table, Asked(review={}))
    assert own.before.clips["kept"] == 3
    assert asked.after.clips["kept"] == 2  # Those that somebody called good.
    assert {(each.before, each.after, each.filter) for each in without.flips} == {
        ("kept", "rejected", "single_person"),
        ("kept", "rejected", "reconstruction_quality"),
        ("rejected", "to be measured", "review"),
    }


def test_a_difference_names_the_review(root: Path) -> None:
    light.light_build(root, GRADED, f"review={root}/review.csv")
    found = compare(root / "unreviewed", root / "out")
    told = {each.unit.split("_")[1].split("-")[0]: (each.change, each.why, each.detail) for each in found.differences}
    assert told == {
        "crowd": ("came", "review", "(not judged) -> good"),
        "poor": ("came", "review", "(not judged) -> good"),
        "v00000": ("went", "review", "(not judged) -> bad"),
    }


@pytest.mark.parametrize(
    ("review", "told"),
    [("gone.csv", "cannot be read"), ("{a: maybe}", "maybe"), ("bad.csv", "bad.csv, line 2: 'maybe' is no judgement")],
)
def test_what_is_no_review_is_refused(tmp_path: Path, review: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.csv").write_text("unit,judgement\nc,maybe\n")
    with pytest.raises(RecipeError, match=told):
        light.recipe_of(tmp_path, f"review={review}")
