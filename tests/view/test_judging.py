"""What is said of clips while they are looked at is a review that the audit reads."""

from pathlib import Path

import pytest

from share_data.errors import RecipeError
from share_data.ledger.judgements import Judgement, read_judgements, write_judgements
from share_data.view.judging import Judgements


def test_answers_are_on_the_disk_at_once_and_the_last_one_counts(tmp_path: Path) -> None:
    judgements = Judgements(tmp_path / "new" / "review.csv")
    assert judgements.said("a") == ""
    assert [judgements.say("a", "good"), judgements.say("b", "unsure"), judgements.say("a", "bad")] == [1, 2, 2]
    found = read_judgements(judgements.path)
    assert {unit: each.said for unit, each in found.items()} == {"a": "bad", "b": "unsure"}
    assert judgements.said("a") == "bad"
    assert [path.name for path in judgements.path.parent.iterdir()] == ["review.csv"]


def test_a_sample_of_the_audit_keeps_its_strata_and_weights(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    write_judgements(path, [Judgement("a", "", "kept", 12.5), Judgement("b", "good", "rejected", 3)])
    assert Judgements(path).say("a", "bad") == 2
    assert list(read_judgements(path).values()) == [
        Judgement("a", "bad", "kept", 12.5),
        Judgement("b", "good", "rejected", 3),
    ]


def test_a_file_that_is_no_review_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "review.csv"
    path.write_text("name,mark\nbob,1\n")
    with pytest.raises(RecipeError, match="line 2"):
        Judgements(path).say("a", "good")
    assert path.read_text() == "name,mark\nbob,1\n"
