"""`share-data evaluate`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from share_data.progress.terminal import PlainConsole
from share_data.verbs.options import JsonFlag
from share_data.verbs.printing import emit, show

EXAMPLE = "Examples: share-data evaluate out/demo; share-data evaluate --benchmark synthetic --clips 8"
Benchmark = Literal["synthetic", "rich"]
Focal = Literal["predicted", "true", "default"]


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
        return emit(evaluation.to_json()) if as_json else show(render_evaluation(evaluation))
    from share_data.evaluation.benchmarks import Request, run_benchmark
    from share_data.progress.progress import TerminalWatcher

    request = Request(benchmark or "synthetic", clips, frames, adam_clips, rich, predictions, focal)
    with TerminalWatcher(PlainConsole(stderr=True)) as watcher:
        printed = run_benchmark(request, watcher.counted("benchmark"))
    if markdown is not None:
        markdown.write_text(printed.markdown, encoding="utf-8")
    return emit(printed.json) if as_json else show(printed.table)
