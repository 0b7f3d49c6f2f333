"""The two ends of a review: what a person is to judge, and what the filters are worth by it."""

from pathlib import Path

from share_data.audit.review.page import write_review
from share_data.audit.review.sample import Chosen, sample
from share_data.audit.review.worth import Review, review_of
from share_data.audit.thumbnails import Pictures
from share_data.audit.whatif.deciding import decide
from share_data.audit.whatif.settings import rules_of, sections_of
from share_data.audit.whatif.table import Measurements
from share_data.ledger.judgements import read_judgements


def ask(corpus: Path | str, table: Measurements, count: int, folder: Path) -> list[Chosen]:
    """Write review.html and review.csv on so many clips of a corpus into `folder`; returns the clips.

    The picture of a clip is its record's preview, or what was kept of it without one.
    """
    rules = rules_of(sections_of(table.recipe), "recipe.json")
    chosen = sample(table, rules, decide(table, rules), count)
    found = Pictures(corpus).of(table.row_at(each.row)["unit"] for each in chosen)
    write_review(folder, table, chosen, {unit: jpeg for unit, (jpeg, _) in found.items()})
    return chosen


def answer(table: Measurements, review: Path, precision: float) -> Review:
    """What a corpus' filters are worth by a review.csv. Raises RecipeError for what is none."""
    rules = rules_of(sections_of(table.recipe), "recipe.json")
    return review_of(table, rules, decide(table, rules), read_judgements(review), precision)
