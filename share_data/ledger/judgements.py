"""review.csv: what a person said of clips."""

import csv
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from share_data.errors import RecipeError
from share_data.text import plain_line

Said = Literal["good", "bad", "unsure", ""]
Word = Literal["good", "bad"]
"""What outranks a score."""
REVIEW, REVIEWED = "review", "reviewed"
"""Stage and reason, in the ledger, of clips that a person turned away."""
COLUMNS = ("unit", "judgement", "stratum", "weight")


@dataclass(frozen=True, slots=True)
class Judgement:
    """A clip, what was said of it (empty: nothing yet), and how many clips it stands for."""

    unit: str
    said: Said
    stratum: str = ""
    weight: float = 1.0


def write_judgements(path: Path, found: Iterable[Judgement]) -> None:
    """Write review.csv."""
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(COLUMNS)
        writer.writerows((each.unit, each.said, each.stratum, f"{each.weight:.6g}") for each in found)


def read_judgements(path: Path) -> dict[str, Judgement]:
    """By unit; of a unit that is there twice the last. `stratum` and `weight` may be missing.

    Raises RecipeError that names the line for what is none.
    """
    found = {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as handle:
            for number, row in enumerate(csv.DictReader(handle), 2):
                judgement = _judgement(row, f"{path}, line {number}")
                found[judgement.unit] = judgement
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RecipeError(f"{path}: cannot be read ({error}). Give a CSV file with unit and judgement.") from error
    return found


def words_of(found: Iterable[Judgement]) -> dict[str, Word]:
    """What was said for or against clips, by unit, sorted; of the others nothing was said that decides."""
    said = {each.unit: each.said for each in found}
    return {unit: word for unit, word in sorted(said.items()) if word in ("good", "bad")}


def _judgement(row: dict[str, str], where: str) -> Judgement:
    unit, said = row.get("unit") or "", (row.get("judgement") or "").strip().lower()
    if not unit or said not in get_args(Said):
        told = plain_line(said) or "no unit"
        raise RecipeError(f"{where}: {told!r} is no judgement of a clip; write good, bad, unsure, or leave it empty.")
    try:
        weight = float(row.get("weight") or 1)
    except ValueError:
        weight = math.nan
    if not 0 < weight < math.inf:
        raise RecipeError(f"{where}: the weight is not a positive number.")
    return Judgement(unit, said, row.get("stratum") or "", weight)  # type: ignore[arg-type]
