"""`share-data validate`."""

from pathlib import Path
from typing import Annotated

import typer

from share_data.text import plain_line
from share_data.verbs.options import JsonFlag, SetOption
from share_data.verbs.printing import emit, say

EXAMPLE = "Example: share-data validate out/demo, or share-data validate recipes/demo.yaml"
LONGEST = 2000


def validate(
    path: Annotated[str, typer.Argument(help="Folder or URL of a finished corpus, or a recipe file.")],
    overrides: SetOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Check a corpus byte by byte (exit 1 with every problem named), or a recipe (exit 2)."""
    from share_data.corpus.storage import place_of
    from share_data.corpus.validate import validate_corpus
    from share_data.recipe.reading import load_recipe

    place = place_of(path)
    if isinstance(place, Path) and (place.is_file() or place.suffix in (".yaml", ".yml")):
        load_recipe(place, overrides)
        problems = []
    else:
        problems = validate_corpus(place)
    if as_json:
        emit({"valid": not problems, "problems": [problem.to_json() for problem in problems]})
    else:
        for problem in problems:
            say(plain_line(problem, LONGEST))
        say(f"{path}: {len(problems)} problem(s)" if problems else f"{path}: valid")
    raise typer.Exit(1 if problems else 0)
