"""The verbs. Each parses, calls one function and renders the result; a verb imports what it needs when it runs."""

import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console

from share_data import __version__
from share_data.errors import RecipeError, ShareDataError

app = typer.Typer(
    name="share-data",
    help="Turn ordinary videos into a training corpus of people moving in metric 3-D scenes.",
    epilog="Example: share-data build recipes/demo.yaml, then share-data report out/demo",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)

Engine = Literal["auto", "inline", "ray"]
Benchmark = Literal["synthetic", "rich"]
Focal = Literal["predicted", "true", "default"]
JsonFlag = Annotated[bool, typer.Option("--json", help="Print the result as one JSON document on stdout.")]
BuildJsonFlag = Annotated[
    bool,
    typer.Option(
        "--json",
        help="Print the result as one JSON document on stdout, and progress as JSON lines on stderr: event (expect, "
        "started, advance, load, note), t (seconds since 1970), and the event's own fields.",
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Override a recipe field, e.g. --set camera.hfov_deg=70."),
]
RecipeArgument = Annotated[Path, typer.Argument(help="Recipe file (YAML).")]
CorpusArgument = Annotated[str, typer.Argument(help="Folder or URL (s3://bucket/prefix) of a finished corpus.")]
OutputOption = Annotated[
    str | None,
    typer.Option(help="Folder or URL (s3://bucket/prefix) for the corpus; default: output.path or out/<name>."),
]


def _emit(data: Any) -> None:
    from share_data.hashing import canonical_json

    sys.stdout.write(canonical_json(data).decode() + "\n")


def _show(renderable: Any) -> None:
    Console().print(renderable)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Options before the verb."""


@app.command(epilog="Example: share-data build recipes/local.yaml --set sources.0.root=videos --output out/mine")
def build(
    recipe: RecipeArgument,
    output: OutputOption = None,
    overrides: SetOption = None,
    engine: Annotated[Engine, typer.Option(help="Who works: this process, or Ray actors; auto: by size.")] = "auto",
    address: Annotated[str, typer.Option(help="Join this running Ray cluster, e.g. auto or HOST:6379.")] = "",
    retry: Annotated[
        str | None, typer.Option(metavar="failed[:CLASS]", help="Try failed units again, all or those of one class.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done, as `plan` does.")] = False,
    as_json: BuildJsonFlag = False,
) -> None:
    """Build the corpus a recipe describes. Stages already stored are not computed again."""
    from share_data.audit.report import render_report
    from share_data.events import EventWatcher
    from share_data.pipeline.build import BuildOptions, InterruptedBuild, build_corpus
    from share_data.progress import TerminalWatcher
    from share_data.recipe_io import load_recipe

    loaded = load_recipe(recipe, overrides)
    out = _place(output, loaded)
    if dry_run:
        return _plan(loaded, out, BuildOptions(engine, address, _retry_class(retry)), as_json)
    try:
        with EventWatcher(sys.stderr) if as_json else TerminalWatcher(Console(file=sys.stderr)) as watcher:
            result = build_corpus(loaded, out, watcher, BuildOptions(engine, address, _retry_class(retry)))
    except (KeyboardInterrupt, InterruptedBuild):
        typer.echo(
            f"interrupted; what is finished is stored. Resume with:\n  {shlex.join(['share-data', *sys.argv[1:]])}",
            err=True,
        )
        raise typer.Exit(130) from None
    if as_json:
        _emit({"corpus": str(out), "exit_code": result.exit_code} | result.report.to_json())
    else:
        _show(render_report(replace(result.report, scores=[])))
        typer.echo(f"{out}: {result.records} record(s) in {result.shards} shard(s)")
    raise typer.Exit(result.exit_code)


@app.command(epilog="Example: share-data plan recipes/local.yaml --output out/mine --set placement.anchoring=mean")
def plan(
    recipe: RecipeArgument,
    output: OutputOption = None,
    overrides: SetOption = None,
    as_json: JsonFlag = False,
) -> None:
    """What a build would do, and why: by stage what is stored, what is to compute, and how long. Changes nothing."""
    from share_data.pipeline.build import BuildOptions
    from share_data.recipe_io import load_recipe

    loaded = load_recipe(recipe, overrides)
    _plan(loaded, _place(output, loaded), BuildOptions(), as_json)


def _place(output: str | None, recipe: Any) -> Path | str:
    """Where the corpus goes."""
    from share_data.corpus.storage import place_of

    if output is not None and Path(output) == Path():
        raise typer.BadParameter("name a folder", param_hint="--output")
    return place_of(output or recipe.corpus_path)


def _plan(recipe: Any, out: Path | str, options: Any, as_json: bool) -> None:
    from share_data.audit.plan_table import render_plan
    from share_data.pipeline.plan import plan_build

    result = plan_build(recipe, out, options)
    if as_json:
        _emit(result.to_json())
    else:
        _show(render_plan(result))


def _retry_class(text: str | None) -> str | None:
    """None, an empty string for every failure, or an error class."""
    if text is None:
        return None
    what, _, error_class = text.partition(":")
    if what != "failed":
        raise typer.BadParameter("write failed, or failed:CLASS with a class from the report", param_hint="--retry")
    return error_class


@app.command(epilog="Example: share-data validate out/demo, or share-data validate recipes/demo.yaml")
def validate(
    path: Annotated[str, typer.Argument(help="Folder or URL of a finished corpus, or a recipe file.")],
    overrides: SetOption = None,
    as_json: JsonFlag = False,
) -> None:
    """Check a corpus byte by byte (exit 1 with every problem named), or a recipe (exit 2)."""
    from share_data.corpus.storage import place_of
    from share_data.corpus.validate import validate_corpus
    from share_data.recipe_io import load_recipe

    place = place_of(path)
    if isinstance(place, Path) and (place.is_file() or place.suffix in (".yaml", ".yml")):
        load_recipe(place, overrides)
        problems = []
    else:
        problems = validate_corpus(place)
    if as_json:
        _emit({"valid": not problems, "problems": [problem.to_json() for problem in problems]})
    else:
        for problem in problems:
            typer.echo(str(problem))
        typer.echo(f"{path}: {len(problems)} problem(s)" if problems else f"{path}: valid")
    raise typer.Exit(1 if problems else 0)


@app.command(epilog="Example: share-data status out/demo, or share-data status s3://bucket/corpus --json")
def status(
    corpus: Annotated[str, typer.Argument(help="Folder or URL that a build writes, or wrote, to.")],
    as_json: JsonFlag = False,
) -> None:
    """How far a build is, from any shell: running, finished, stopped or dead; what failed, and how to try it again."""
    from share_data.audit.status import read_status
    from share_data.audit.status_view import render_status

    found = read_status(corpus)
    if as_json:
        _emit(found.to_json())
    else:
        _show(render_status(found))


@app.command(epilog="Example: share-data report out/demo --json")
def report(corpus: CorpusArgument, as_json: JsonFlag = False) -> None:
    """What became of every source, video and clip: kept, rejected by filter and reason, failed by error."""
    from share_data.audit.report import render_report, report_corpus

    result = report_corpus(corpus)
    if as_json:
        _emit(result.to_json())
    else:
        _show(render_report(result))


@app.command(
    epilog="Example: share-data inspect out/footwork 0 --image look.png --video clips/footwork.mp4 --frames 0,40,80"
)
def inspect(
    corpus: CorpusArgument,
    record: Annotated[str, typer.Argument(help="Key of a record, or its number in the index.")] = "0",
    image: Annotated[
        Path | None, typer.Option(help="Write the mesh on its frames and a top view here (PNG or JPEG).")
    ] = None,
    video: Annotated[Path | None, typer.Option(help="The clip's video; without it the stored preview is used.")] = None,
    frames: Annotated[
        str, typer.Option(help="Frames of the clip to draw, comma-separated; default: first, middle, last.")
    ] = "",
    as_json: JsonFlag = False,
) -> None:
    """Look at one record, in the terminal or as a picture."""
    from share_data.audit.inspect import describe, write_sheet
    from share_data.corpus.read import Corpus

    found = Corpus(corpus).record(int(record) if record.isdecimal() else record)
    if image is not None:
        write_sheet(found, image, video, _frame_numbers(frames))
    if as_json:
        _emit(found.metadata)
    else:
        _show(describe(found))
        if image is not None:
            typer.echo(f"{image}: written")


def _frame_numbers(text: str) -> list[int] | None:
    if not text:
        return None
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is not a comma-separated list of frame numbers", param_hint="--frames"
        ) from None


@app.command(epilog="Examples: share-data evaluate out/demo; share-data evaluate --benchmark synthetic --clips 8")
def evaluate(
    corpus: Annotated[
        str | None, typer.Argument(help="Folder or URL of a finished corpus whose source has truth.")
    ] = None,
    benchmark: Annotated[Benchmark | None, typer.Option(help="Run a benchmark instead.")] = None,
    clips: Annotated[int, typer.Option(min=1, max=33, help="synthetic: how many of the 33 clips.")] = 33,
    frames: Annotated[int, typer.Option(min=10, help="synthetic: frames a clip.")] = 100,
    adam_clips: Annotated[
        int, typer.Option(min=0, max=33, help="synthetic: run the paper's solver on so many clips; a minute each.")
    ] = 0,
    rich: Annotated[Path | None, typer.Option(help="rich: your copy of RICH.")] = None,
    predictions: Annotated[Path | None, typer.Option(help="rich: folder of your saved joints and vertices.")] = None,
    focal: Annotated[Focal, typer.Option(help="rich: which focal the predictions' depth is brought to.")] = "predicted",
    markdown: Annotated[Path | None, typer.Option(help="Write the tables here as Markdown, too.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Errors against ground truth (MRPE, V2V, PA-MPJPE): of a corpus before and after placement, or of a benchmark."""
    if (corpus is None) == (benchmark is None):
        raise typer.BadParameter("give a corpus, or --benchmark")
    if corpus is not None:
        from share_data.evaluation.corpus import evaluate_corpus, evaluation_markdown, render_evaluation

        evaluation = evaluate_corpus(corpus)
        if markdown is not None:
            markdown.write_text(evaluation_markdown(evaluation), encoding="utf-8")
        return _emit(evaluation.to_json()) if as_json else _show(render_evaluation(evaluation))
    from share_data.evaluation.benchmarks import Request, run_benchmark
    from share_data.progress import TerminalWatcher

    request = Request(benchmark or "synthetic", clips, frames, adam_clips, rich, predictions, focal)
    with TerminalWatcher(Console(stderr=True)) as watcher:
        printed = run_benchmark(request, watcher.counted("benchmark"))
    if markdown is not None:
        markdown.write_text(printed.markdown, encoding="utf-8")
    return _emit(printed.json) if as_json else _show(printed.table)


@app.command()
def doctor(as_json: JsonFlag = False) -> None:
    """What is installed, what is missing, and the command that fixes it. Exit 1 if something needed is missing."""
    from share_data.doctor import checks, render_checks

    found = checks()
    if as_json:
        _emit([check.to_json() for check in found])
    else:
        _show(render_checks(found))
    raise typer.Exit(1 if any(check.status == "missing" for check in found) else 0)


def main() -> None:
    """Entry point: errors become one message and an exit code, never a traceback."""
    try:
        app()
    except ShareDataError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(2 if isinstance(error, RecipeError) else 1)
    except OSError as error:
        sys.stderr.write(f"error: {error.filename or 'the system'}: {error.strerror or error}\n")
        sys.exit(1)
