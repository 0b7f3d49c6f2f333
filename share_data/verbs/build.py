"""`share-data build`."""

import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from share_data.progress.terminal import PlainConsole
from share_data.verbs.options import OutputOption, RecipeArgument, SetOption, place_for
from share_data.verbs.plan import show_plan
from share_data.verbs.printing import emit, say, show

if TYPE_CHECKING:
    from share_data.recipe.model import Recipe

EXAMPLE = "Example: share-data build recipes/local.yaml --set sources.0.root=videos --output out/mine"
Engine = Literal["auto", "inline", "ray"]
ENGINE_HELP = (
    "Who works: this process (inline), or Ray. auto: Ray when engine.gpus_per_worker > 0 or engine.workers > 1, or "
    "from 32 videos on with more than one core."
)
BuildJsonFlag = Annotated[
    bool,
    typer.Option(
        "--json",
        help="Print the result as one JSON document on stdout, and progress as JSON lines on stderr: event (expect, "
        "started, advance, video, load, note), t (seconds since 1970), and the event's own fields.",
    ),
]


def build(
    recipe: RecipeArgument,
    output: OutputOption = None,
    overrides: SetOption = None,
    engine: Annotated[Engine, typer.Option(help=ENGINE_HELP)] = "auto",
    address: Annotated[str, typer.Option(help="Join this running Ray cluster, e.g. auto or HOST:6379.")] = "",
    retry: Annotated[
        str | None, typer.Option(metavar="failed[:CLASS]", help="Try failed units again, all or those of one class.")
    ] = None,
    rebuild_without: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Leave out what this opt-out list names, one id:, channel: or sha256: rule a line."
        ),
    ] = None,
    only_redistributable: Annotated[
        bool, typer.Option("--only-redistributable", help="Use only videos whose frames may be passed on.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done, as `plan` does.")] = False,
    as_json: BuildJsonFlag = False,
) -> None:
    """Build the corpus a recipe describes. Stages already stored are not computed again."""
    from share_data.audit.report import render_report, report_of
    from share_data.build.build import BuildOptions, InterruptedBuild, build_corpus
    from share_data.engine.interrupt import INTERRUPTED, resume_command
    from share_data.errors import EngineError, MachineError
    from share_data.progress.events import EventWatcher
    from share_data.progress.progress import TerminalWatcher
    from share_data.recipe.reading import load_recipe

    loaded = _limited(load_recipe(recipe, overrides), rebuild_without, only_redistributable)
    out, options = place_for(output, loaded.corpus_path), BuildOptions(engine, address, _retry_class(retry))
    if dry_run:
        return show_plan(loaded, out, options, as_json)
    try:
        with EventWatcher(sys.stderr) if as_json else TerminalWatcher(PlainConsole(file=sys.stderr)) as watcher:
            result = build_corpus(loaded, out, watcher, options)
    except (KeyboardInterrupt, InterruptedBuild):
        say(resume_command(), err=True)
        raise typer.Exit(INTERRUPTED) from None
    except (EngineError, MachineError) as error:
        raise type(error)(f"{error}\n{resume_command('what is finished is stored')}") from error
    report = report_of(result.totals, result.kinds, result.estimators)
    if as_json:
        auto = [choice.to_json() for choice in result.choices]
        emit({"corpus": str(out), "exit_code": result.exit_code, "auto": auto} | report.to_json())
    else:
        show(render_report(replace(report, scores=[])))
        say(f"{out}: {result.records} record(s) in {result.shards} shard(s)")
        if result.records:
            say(f"  to look at them: share-data view {shlex.quote(str(out))}")
    raise typer.Exit(result.exit_code)


def _limited(recipe: "Recipe", rebuild_without: Path | None, only_redistributable: bool) -> "Recipe":
    """The recipe with the options' restrictions added to its own. Raises RecipeError for a mistake in the list."""
    from share_data.ledger.opt_out import read_rules
    from share_data.sources.spellings import spellings

    rules = recipe.opt_out + (() if rebuild_without is None else read_rules(rebuild_without, spellings()))
    only = recipe.only_redistributable or only_redistributable
    return recipe.model_copy(update={"opt_out": rules, "only_redistributable": only})


def _retry_class(text: str | None) -> str | None:
    """None, an empty string for every failure, or an error class."""
    if text is None:
        return None
    what, _, error_class = text.partition(":")
    if what != "failed":
        raise typer.BadParameter("write failed, or failed:CLASS with a class from the report", param_hint="--retry")
    return error_class
