"""`share-data plan`, and `share-data build --dry-run`."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from share_data.verbs.options import JsonFlag, OutputOption, RecipeArgument, SetOption, place_for
from share_data.verbs.printing import emit, show

if TYPE_CHECKING:
    from share_data.build.build import BuildOptions
    from share_data.recipe.model import Recipe

EXAMPLE = "Example: share-data plan recipes/local.yaml --output out/mine --set placement.anchoring=mean"


def plan(
    recipe: RecipeArgument,
    output: OutputOption = None,
    overrides: SetOption = None,
    as_json: JsonFlag = False,
) -> None:
    """What a build would do, and why: by stage what is stored, what is to compute, and how long. Changes nothing.

    Where a source cannot be read, the exit code is the one that the build would end with.
    """
    from share_data.build.build import BuildOptions
    from share_data.recipe.reading import load_recipe

    loaded = load_recipe(recipe, overrides)
    show_plan(loaded, place_for(output, loaded.corpus_path), BuildOptions(), as_json)


def show_plan(recipe: "Recipe", out: Path | str, options: "BuildOptions", as_json: bool) -> None:
    """Print what building `recipe` into the folder or URL `out` would do. Raises typer.Exit, see `Plan.exit_code`."""
    from share_data.audit.plan_table import render_plan
    from share_data.build.plan.plan import plan_build

    result = plan_build(recipe, out, options)
    if as_json:
        emit(result.to_json())
    else:
        show(render_plan(result))
    if result.exit_code:
        raise typer.Exit(result.exit_code)
