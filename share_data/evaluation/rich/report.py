"""The RICH benchmark in words: beside the published figures, as terminal output, Markdown and JSON."""

from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape

from share_data.evaluation.metrics import pool
from share_data.evaluation.rich.benchmark import Benchmark, ClipResult
from share_data.evaluation.rich.published import published_errors
from share_data.evaluation.rich.tables import grids
from share_data.evaluation.tables import grid_json, grid_markdown, render_grid
from share_data.sources.rich.published import published_clips

_TRANSFER = (
    "Ground truth: RICH publishes SMPL-X bodies. Fit SMPL to their meshes with SMPL-X's official transfer_model (it "
    "needs the licensed models) and save, for each clip, joints (100, 24, 3) and vertices (100, 6890, 3), world frame."
)


def render_benchmark(benchmark: Benchmark) -> RenderableType:
    """Totals, differences from SHARE, one row a clip, then what is missing and odd."""
    notes = [*_missing_lines(benchmark), *_remarks(benchmark)]
    return Group(*map(render_grid, grids(benchmark)), *(escape(note) for note in notes))


def benchmark_markdown(benchmark: Benchmark) -> str:
    """The same as Markdown."""
    parts = [grid_markdown(grid) for grid in grids(benchmark)]
    notes = [*_missing_lines(benchmark), *_remarks(benchmark)]
    if notes:
        parts.append("\n".join(f"- {note}" for note in notes) + "\n")
    return "\n".join(parts)


def benchmark_json(benchmark: Benchmark) -> dict[str, Any]:
    """Plain data; metres and pixels."""
    return {
        "benchmark": "rich",
        "method": benchmark.method,
        "focal_mode": str(benchmark.mode),
        "evaluated": len(benchmark.results),
        "published": len(published_clips()),
        "tables": [grid_json(grid) for grid in grids(benchmark)[:2]],
        "clips": [_clip_json(result) for result in benchmark.results],
        "missing": [
            {"clip": lack.clip.name, "expected": lack.expected, "found": lack.found} for lack in benchmark.missing
        ],
        "remarks": _remarks(benchmark),
    }


def _missing_lines(benchmark: Benchmark) -> list[str]:
    """Clips not evaluated: first their number, then a line for all clips of a video that lack the same."""
    if not benchmark.missing:
        return []
    lines = [f"{len(benchmark.missing)} of {len(published_clips())} clips not evaluated:"]
    lacks: dict[tuple[str, str, str], list[str]] = {}
    for lack in benchmark.missing:
        expected = lack.expected.replace(lack.clip.name, "CLIP")
        lacks.setdefault((lack.clip.sequence, expected, lack.found), []).append(f"{lack.clip.batch:02d}")
    for (sequence, expected, found), batches in lacks.items():
        lines.append(f"{sequence}, batch {', '.join(batches)}: expected {expected}; found {found}.")
    if any(lack.expected.startswith("SMPL ground truth") for lack in benchmark.missing):
        lines.append(_TRANSFER)
    return lines


def _remarks(benchmark: Benchmark) -> list[str]:
    return [remark for result in benchmark.results for remark in result.remarks]


def _clip_json(result: ClipResult) -> dict[str, Any]:
    spreads = {name: pool([errors]) for name, errors in sorted(result.errors.items()) if len(errors)}
    return {
        "clip": result.clip.name,
        "camera": result.clip.camera,
        "frames": result.frames,
        "focal": result.focal,
        "true_focal": result.true_focal,
        "metrics": {name: {"mean": s.mean, "sd": s.sd, "count": s.count} for name, s in spreads.items()},
        "published": {
            f"{method}_{metric}": value for (method, metric), value in sorted(published_errors()[result.clip].items())
        },
    }
