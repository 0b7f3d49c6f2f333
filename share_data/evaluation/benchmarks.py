"""The two benchmarks behind one call: run, and hand back what to print."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rich.console import RenderableType

from share_data.errors import CorpusError

Name = Literal["synthetic", "rich"]
Focal = Literal["predicted", "true", "default"]


@dataclass(frozen=True, slots=True)
class Printed:
    """A benchmark's result for a terminal, as JSON and as Markdown."""

    table: RenderableType
    json: dict[str, Any]
    markdown: str


@dataclass(frozen=True, slots=True)
class Request:
    """Which benchmark, and on what. clips, frames, adam_clips: synthetic only; tree, predictions, focal: rich only."""

    name: Name
    clips: int = 33
    frames: int = 100
    adam_clips: int = 0
    tree: Path | None = None
    predictions: Path | None = None
    focal: Focal = "predicted"


def run_benchmark(request: Request, progress: Callable[[int, int, str], None]) -> Printed:
    """Run it. Raises CorpusError when what it needs is missing, and what the benchmark itself raises."""
    return _synthetic(request, progress) if request.name == "synthetic" else _rich(request)


def _synthetic(request: Request, progress: Callable[[int, int, str], None]) -> Printed:
    from share_data.evaluation.synthetic import tables
    from share_data.evaluation.synthetic.benchmark import run_synthetic_benchmark
    from share_data.evaluation.synthetic.methods import default_methods

    result = run_synthetic_benchmark(
        request.clips,
        request.frames,
        methods=default_methods(request.adam_clips > 0),
        adam_clips=request.adam_clips,
        progress=progress,
    )
    return Printed(tables.render_benchmark(result), tables.benchmark_json(result), tables.benchmark_markdown(result))


def _rich(request: Request) -> Printed:
    from share_data.evaluation.rich import report as tables
    from share_data.evaluation.rich.benchmark import run_rich_benchmark

    if request.tree is None or request.predictions is None:
        raise CorpusError(
            "benchmark rich needs --rich TREE, your copy of RICH, and --predictions FOLDER, your saved joints and "
            "vertices; `share_data/sources/rich/layout.py` says how both are laid out."
        )
    result = run_rich_benchmark(request.tree, request.predictions, request.focal)
    return Printed(tables.render_benchmark(result), tables.benchmark_json(result), tables.benchmark_markdown(result))
