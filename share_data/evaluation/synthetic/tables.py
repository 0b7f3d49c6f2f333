"""The synthetic benchmark as tables: for the terminal, Markdown and JSON."""

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType

from share_data.evaluation.statistics import Summary
from share_data.evaluation.synthetic.benchmark import Benchmark
from share_data.evaluation.tables import Cell, Column, Grid, Row, grid_json, grid_markdown, render_grid
from share_data.pipeline.error_levels import ALL, OFF, STRESS, levels_markdown

COLUMNS = (
    Column("mrpe", "MRPE", "m", digits=3),
    Column("v2v", "V2V", "m", digits=3),
    Column("depth_bias", "depth, signed", "m", digits=3),
    Column("depth", "depth", "m", digits=3),
    Column("lateral", "lateral", "m", digits=3),
    Column("jump", "keyframe jump", digits=1),
    Column("jitter", "jitter", "mm", 1000, 1),
    Column("skating", "skating", "mm", 1000, 1),
    Column("mpjpe", "MPJPE", "mm", 1000, 0),
    Column("pa_mpjpe", "PA-MPJPE", "mm", 1000, 0),
)
SHARE, OURS = "SHARE (exact)", "ours"


def grids(benchmark: Benchmark) -> list[Grid]:
    """The main table, the paired differences and the conditions; tables without rows are left out."""
    built = [_main(benchmark), _differences(benchmark), _conditions(benchmark)]
    return [grid for grid in built if grid.rows]


def render_benchmark(benchmark: Benchmark) -> RenderableType:
    """For the terminal."""
    return Group(*(render_grid(grid) for grid in grids(benchmark)))


def benchmark_markdown(benchmark: Benchmark) -> str:
    """All tables, and the error levels with their sources."""
    levels = f"**simulated errors (seed {benchmark.seed})**\n\n{levels_markdown()}\n"
    return "\n".join([*(grid_markdown(grid) for grid in grids(benchmark)), levels])


def benchmark_json(benchmark: Benchmark) -> dict[str, Any]:
    """Plain data, metres; per clip the mean of every metric."""
    return {
        "clips": benchmark.clips,
        "frames": benchmark.frames,
        "seed": benchmark.seed,
        "tables": [grid_json(grid) for grid in grids(benchmark)],
        "results": [
            {
                "condition": each.condition,
                "method": each.method,
                "clip": each.clip,
                **{name: float(values.mean()) for name, values in each.errors.items() if len(values)},
            }
            for each in benchmark.results
        ],
    }


def _present(benchmark: Benchmark, condition: str) -> list[str]:
    return [name for name in benchmark.methods if benchmark.of(name, condition)]


def _main(benchmark: Benchmark) -> Grid:
    rows = []
    for name in _present(benchmark, ALL):
        cells: dict[str, Cell] = {
            column.key: benchmark.summary(column.key, name)
            for column in COLUMNS
            if any(len(each.errors[column.key]) for each in benchmark.of(name))
        }
        low, high = benchmark.by_video("mrpe", name)
        if low == low:
            cells["by_video"] = f"[{low:.3f}, {high:.3f}]"
        clips = len(benchmark.of(name))
        rows.append(Row(name if clips == benchmark.clips else f"{name}, {clips} clips", cells))
    notes = (
        "mean ± sample standard deviation over all frames pooled [95 % interval: clips resampled 10,000 times].",
        "MRPE by video: the interval when whole videos are resampled, whose clips share scale, focal and body errors.",
        "keyframe jump: mean second difference of the root at the keyframes over its median, one value a clip; jitter: "
        "|second difference| of the joints per (1/30 s)²; skating: of feet that truly stand (< 0.3 m/s), per 1/30 s.",
        "MPJPE is pelvis-aligned, PA-MPJPE similarity-aligned.",
    )
    size = f"{benchmark.clips} clips of {benchmark.frames} frames"
    title = f"synthetic benchmark, all errors: {size}, camera frame, unaligned"
    return Grid(title, (*COLUMNS[:1], Column("by_video", "MRPE by video", "m"), *COLUMNS[1:]), rows, "method", notes)


def _differences(benchmark: Benchmark) -> Grid:
    """How much lower each method's MRPE is than that of SHARE, on the same clips."""
    if not benchmark.of(SHARE):
        return Grid("", (), ())
    share = benchmark.summary("mrpe", SHARE).mean
    rows = []
    for name in _present(benchmark, ALL):
        if name == SHARE:
            continue
        change = benchmark.difference("mrpe", name, SHARE)
        cells: dict[str, Cell] = {
            "change": change,
            "share": f"{change.mean / share:+.0%}" if change.clips == benchmark.clips else "",
            "apart": Summary(benchmark.apart(name, SHARE)),
        }
        rows.append(Row(name, cells))
    columns = (
        Column("change", "MRPE less SHARE's", "m", digits=3),
        Column("share", "of SHARE's"),
        Column("apart", "roots apart", "m", digits=3),
    )
    notes = ("negative = better than SHARE (exact); intervals are paired: both methods see the same resampled clips.",)
    return Grid(f"against {SHARE}, the same clips", columns, rows, "method", notes)


def _conditions(benchmark: Benchmark) -> Grid:
    """Each error alone, none, and all together: MRPE of SHARE and of ours."""
    shown: Sequence[str] = [c for c in benchmark.conditions if benchmark.of(SHARE, c) and benchmark.of(OURS, c)]
    rows = []
    for condition in shown:
        cells: dict[str, Cell] = {
            name: benchmark.summary("mrpe", name, condition)
            for name in _present(benchmark, condition)
            if name in ("initial (TRAM-like)", SHARE, OURS)
        }
        cells["difference"] = benchmark.difference("mrpe", OURS, SHARE, condition)
        cells["bias"] = benchmark.summary("depth_bias", SHARE, condition)
        cells["our_bias"] = benchmark.summary("depth_bias", OURS, condition)
        heading = {OFF: "no error", ALL: "all errors", STRESS: STRESS}.get(condition, f"{condition} alone")
        rows.append(Row(heading, cells))
    columns = (
        Column("initial (TRAM-like)", "initial", "m", digits=3),
        Column(SHARE, SHARE, "m", digits=3),
        Column(OURS, OURS, "m", digits=3),
        Column("difference", "ours less SHARE", "m", digits=3),
        Column("bias", "SHARE's depth, signed", "m", digits=3),
        Column("our_bias", "our depth, signed", "m", digits=3),
    )
    notes = (
        "MRPE; what is left without any error is the residual of the surfaces: points cover only the visible front.",
    )
    counts = sorted({len(benchmark.of(OURS, condition)) for condition in shown})
    title = f"each simulated error alone ({' or '.join(map(str, counts))} clips)"
    return Grid(title, columns, rows, "condition", notes)
