"""`share-data doctor`."""

from pathlib import Path
from typing import Annotated

import typer

from share_data.verbs.options import JsonFlag, SetOption
from share_data.verbs.printing import emit, say, show

EXAMPLE = "Example: share-data doctor, or share-data doctor --recipe recipes/youtube.yaml"


def doctor(
    recipe: Annotated[Path | None, typer.Option(help="Look for what this recipe needs, and for that only.")] = None,
    overrides: SetOption = None,
    as_json: JsonFlag = False,
) -> None:
    """What is installed, what is missing, and the command that fixes it. Exit 1 if something needed is missing."""
    from share_data.doctor.check import remedies, render_checks

    if recipe is None:
        from share_data.doctor.general import checks

        title, found = "share-data doctor", checks()
    else:
        from share_data.doctor.recipe import recipe_checks
        from share_data.recipe.reading import load_recipe

        title, found = f"what {recipe} needs", recipe_checks(load_recipe(recipe, overrides))
    if as_json:
        emit([check.to_json() for check in found])
    else:
        show(render_checks(found, title))
        for lines in remedies(found):
            say(lines)
    raise typer.Exit(1 if any(check.status == "missing" for check in found) else 0)
