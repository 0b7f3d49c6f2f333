"""The RICH benchmark's tables: totals, differences from the published figures, and one row a clip."""

from collections.abc import Mapping, Sequence

import numpy as np

from share_data.evaluation.metrics import pool
from share_data.evaluation.rich.benchmark import Benchmark, ClipResult
from share_data.evaluation.rich.focal import FocalMode
from share_data.evaluation.rich.published import METHODS, METRICS, published_errors, published_summary
from share_data.evaluation.statistics import Summary, bootstrap_difference, summarise
from share_data.evaluation.tables import Cell, Column, Grid, Row
from share_data.sources.rich.published import PublishedClip, published_clips

COLUMNS = (
    Column("mrpe", "MRPE", "m"),
    Column("v2v", "V2V", "m"),
    Column("depth_bias", "depth, signed", "m"),
    Column("depth", "depth", "m"),
    Column("lateral", "lateral", "m"),
    Column("mpjpe", "MPJPE", "mm", 1000, 0),
    Column("pa_mpjpe", "PA-MPJPE", "mm", 1000, 0),
    Column("jitter", "jitter", "mm", 1000, 1),
    Column("skating", "skating", "mm", 1000, 1),
)
FEW = 10
_MODES = {
    FocalMode.PREDICTED: "focal as predicted",
    FocalMode.TRUE: "rescaled to the true focal",
    FocalMode.DEFAULT: "rescaled to focal = max(width, height)",
}


def pooled(results: Sequence[ClipResult]) -> dict[str, Summary]:
    """Each metric over the frames of all clips that have it, metres."""
    names = [column.key for column in COLUMNS if any(len(result.errors.get(column.key, ())) for result in results)]
    return {name: summarise([result.errors[name] for result in results if name in result.errors]) for name in names}


def grids(benchmark: Benchmark) -> list[Grid]:
    """Totals, paired differences from the published figures, and one row a clip."""
    return [_totals(benchmark), _differences(benchmark), _by_clip(benchmark)]


def _totals(benchmark: Benchmark) -> Grid:
    every, number = published_clips(), len(benchmark.results)
    evaluated = {metric: _clips_with(benchmark, metric) for metric in METRICS}
    rows = [Row(benchmark.method, pooled(benchmark.results))]
    if any(len(clips) < len(every) for clips in evaluated.values()):
        rows += [_published_row(f"{METHODS[method]}, the same clips", method, evaluated) for method in METHODS]
    rows += [
        _published_row(f"{METHODS[method]}, published", method, dict.fromkeys(METRICS, every)) for method in METHODS
    ]
    notes = [
        "mean ± standard deviation over frames [95 % interval of the mean, bootstrap over clips]. The clips come from "
        "eight videos, so that they are not independent and the true intervals are wider.",
        "MPJPE is pelvis-aligned, PA-MPJPE similarity-aligned, all else unaligned; jitter: the joints' |second "
        "difference| per (1/30 s)²; skating: of standing feet, per 1/30 s.",
    ]
    with_v2v = sum("v2v" in result.errors for result in benchmark.results)
    if number < FEW:
        notes.append(f"Fewer than {FEW} clips: the intervals are too narrow to go by.")
    if with_v2v < number:
        notes.append(f"V2V over {with_v2v} of {number} clips: the others lack vertices on one side.")
    title = f"RICH, {number} of {len(every)} clips, {_frames(benchmark)} frames, {_MODES[benchmark.mode]}"
    return Grid(title, COLUMNS, rows, "method", notes)


def _clips_with(benchmark: Benchmark, metric: str) -> tuple[PublishedClip, ...]:
    return tuple(result.clip for result in benchmark.results if metric in result.errors)


def _published_row(name: str, method: str, clips: Mapping[str, tuple[PublishedClip, ...]]) -> Row:
    return Row(name, {metric: published_summary(method, metric, some) for metric, some in clips.items() if some})


def _differences(benchmark: Benchmark) -> Grid:
    rows = []
    for method, name in METHODS.items():
        cells: dict[str, Cell] = {}
        for metric in METRICS:
            results = [result for result in benchmark.results if metric in result.errors]
            if results:
                cells[metric] = _difference(results, method, metric)
        rows.append(Row(f"{benchmark.method} - {name}", cells))
    return Grid(
        "Difference from the published figures on the same clips",
        COLUMNS[:2],
        rows,
        "difference",
        ["paired by clip; below zero: better than published"],
    )


def _difference(results: Sequence[ClipResult], method: str, metric: str) -> Summary:
    ours = np.array([pool([result.errors[metric]]).mean for result in results])
    theirs = np.array([published_errors()[result.clip][method, metric] for result in results])
    weights = np.array([float(len(result.errors[metric])) for result in results])
    mean = float(np.average(ours - theirs, weights=weights))
    low, high = bootstrap_difference(ours, theirs, weights)
    sure = len(results) > 1
    return Summary(mean, None, low if sure else None, high if sure else None, int(weights.sum()), len(results))


def _by_clip(benchmark: Benchmark) -> Grid:
    columns = [Column("frames", "frames"), Column("focal", "focal"), Column("ours", benchmark.method)]
    columns += [Column(method, name) for method, name in METHODS.items()]
    rows = []
    for result in benchmark.results:
        cells: dict[str, Cell] = {"frames": str(result.frames), "focal": _focal(result)}
        cells["ours"] = " / ".join(_mean(result, metric) for metric in METRICS if metric in result.errors)
        for method in METHODS:
            cells[method] = " / ".join(f"{published_errors()[result.clip][method, metric]:.2f}" for metric in METRICS)
        rows.append(Row(result.clip.name, cells))
    note = "focal: that of the prediction against the calibrated one"
    return Grid("By clip: MRPE / V2V, m (mean ± standard deviation; published: mean)", columns, rows, "clip", [note])


def _focal(result: ClipResult) -> str:
    return "" if result.focal is None else f"{result.focal / result.true_focal - 1:+.1%}"


def _mean(result: ClipResult, metric: str) -> str:
    spread = pool([result.errors[metric]])
    return f"{spread.mean:.2f} ± {spread.sd:.2f}"


def _frames(benchmark: Benchmark) -> int:
    return sum(result.frames for result in benchmark.results)
