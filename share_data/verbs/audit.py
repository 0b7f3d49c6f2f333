"""`share-data audit`."""

import csv
import sys
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from share_data.verbs.options import JsonFlag, SetOption
from share_data.verbs.printing import emit, say, show

if TYPE_CHECKING:
    from collections.abc import Mapping

    from share_data.audit.whatif.settings import Sections
    from share_data.ledger.judgements import Word

EXAMPLE = "Example: share-data audit out/mine --set filters.static_camera.max_corner_shift_pct=0.2 --borderline 20"


def audit(
    place: Annotated[
        str, typer.Argument(metavar="CORPUS|RECIPE", help="A finished corpus, or a recipe whose corpus is built.")
    ],
    overrides: SetOption = None,
    without: Annotated[list[str] | None, typer.Option(help="Leave out a filter, e.g. keyframe_overlap.")] = None,
    sweep: Annotated[
        str, typer.Option(metavar="PATH=FIRST:LAST:STEPS", help="Kept seconds against one threshold.")
    ] = "",
    borderline: Annotated[int, typer.Option(min=0, help="So many clips that are nearest to a threshold.")] = 0,
    target: Annotated[
        int, typer.Option(min=0, help="The change of each threshold alone that keeps so many clips.")
    ] = 0,
    target_hours: Annotated[float, typer.Option(min=0, help="The same for hours.")] = 0.0,
    sample: Annotated[int, typer.Option(min=0, help="Write a page on which a person judges so many clips.")] = 0,
    output: Annotated[Path, typer.Option(help="Where that page and its review.csv go.")] = Path("review"),
    review: Annotated[Path | None, typer.Option(help="A review.csv: what are the filters worth by it?")] = None,
    precision: Annotated[float, typer.Option(min=0, max=1, help="That thresholds are to meet by --review.")] = 0.95,
    as_json: JsonFlag = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the clips that flip as CSV on stdout.")] = False,
) -> None:
    """What other thresholds would keep, by the build's own decision over stored scores: nothing is measured."""
    if sample or review is not None:
        return _by_a_person(_named(place)[0], sample, output, review, precision, as_json)
    from share_data.audit.whatif.audit import Asked
    from share_data.audit.whatif.audit import audit as answer
    from share_data.audit.whatif.comparison import Flip
    from share_data.audit.whatif.table import measurements_of
    from share_data.audit.whatif.tables import render_audit

    if as_json and as_csv:
        raise typer.BadParameter("give one of --json and --csv")
    if target and target_hours:
        raise typer.BadParameter("give one of --target and --target-hours")
    corpus, sections, words = _named(place)
    asked = Asked(overrides or (), without or (), sections, sweep, borderline, target, target_hours, words)
    with measurements_of(corpus) as table:
        found = answer(table, asked)
    if as_json:
        emit({"corpus": str(corpus)} | found.to_json())
    elif as_csv:
        writer = csv.DictWriter(sys.stdout, [field.name for field in fields(Flip)])
        writer.writeheader()
        writer.writerows(map(asdict, found.flips))
    else:
        show(render_audit(found))


def _by_a_person(corpus: str, count: int, output: Path, review: Path | None, precision: float, as_json: bool) -> None:
    """Ask a person, or hold the filters against the answers."""
    from share_data.audit.review.ask import answer, ask
    from share_data.audit.review.tables import render_review
    from share_data.audit.whatif.table import measurements_of

    with measurements_of(corpus) as table:
        if review is None:
            chosen = ask(corpus, table, count, output)
            say(f"{output}/review.html: {len(chosen)} clip(s) to judge; then give --review review.csv")
        else:
            found = answer(table, review, precision)
            emit(asdict(found)) if as_json else show(render_review(found, precision))


def _named(place: str) -> "tuple[str, Sections | None, Mapping[str, Word] | None]":
    """The corpus, and filters and review of the recipe where one is named."""
    if not Path(place).is_file():
        return place, None, None
    from share_data.audit.whatif.settings import sections_of
    from share_data.recipe.reading import load_recipe

    recipe = load_recipe(Path(place))
    return recipe.corpus_path, sections_of(recipe.resolved()), recipe.review
