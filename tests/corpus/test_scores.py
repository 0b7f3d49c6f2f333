"""The list of scores: each once, told in full, and the documentation's table is it."""

from collections import Counter

from places import REPOSITORY

from share_data.corpus.scores import SCORES, scores_markdown


def test_every_score_has_one_name_and_says_its_unit_and_what_it_cannot_see():
    assert max(Counter(score.name for score in SCORES).values()) == 1
    assert all(score.unit and score.sees and score.blind for score in SCORES)


def test_the_documentation_has_the_list_as_it_is():
    assert scores_markdown() in (REPOSITORY / "docs" / "quality.md").read_text(encoding="utf-8")
