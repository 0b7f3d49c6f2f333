"""The outcome of an evaluation: pooled and per clip, as data, as tables for the terminal and as Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from share_data.camera import Floats
from share_data.evaluation.clip import ClipErrors
from share_data.evaluation.metrics import Spread, pool
from share_data.evaluation.statistics import RESAMPLES, Summary, summarise
from share_data.evaluation.tables import Column, Grid, Row, cell_text, grid_markdown
from share_data.text import plain_line

# A metric before placement has the key of the one after it and `_initial`.
_METRICS = (
    Column("mrpe", "MRPE", "m"),
    Column("v2v", "V2V", "m"),
    Column("depth_bias", "depth error, signed", "m"),
    Column("depth", "depth error", "m"),
    Column("lateral", "lateral error", "m"),
    Column("mpjpe", "MPJPE", "mm", 1000, 0),
    Column("pa_mpjpe", "PA-MPJPE", "mm", 1000, 0),
    Column("jitter", "jitter", "mm", 1000, 0),
    Column("jitter_true", "jitter of the truth", "mm", 1000, 0),
    Column("skating", "skating", "mm", 1000, 1),
    Column("up_error_deg", "up error", "°", 1, 1),
    Column("camera_height", "camera height error", "m"),
)
_STAGES = (Column("before", "before placement"), Column("after", "after placement"), Column("unit", ""))
_CLIP = (
    Column("frames", "frames"),
    Column("focal", "focal"),
    Column("size", "size"),
    Column("mrpe", "MRPE", "m"),
    Column("v2v", "V2V", "m"),
    Column("pa_mpjpe", "PA-MPJPE", "mm"),
)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Errors of every record that has truth. without_truth: keys of the records that have none."""

    clips: Sequence[ClipErrors]
    without_truth: Sequence[str]

    @property
    def pooled(self) -> dict[str, Spread]:
        """Each metric over the frames of all clips together, metres but for `up_error_deg`."""
        return {name: pool(parts) for name, parts in self._by_metric().items()}

    @property
    def summaries(self) -> dict[str, Summary]:
        """Each metric pooled as in `pooled`, with the 95 % interval of its mean over clips (none with one clip)."""
        return {name: summarise(parts) for name, parts in self._by_metric().items()}

    def to_json(self) -> dict[str, Any]:
        """Pooled and per-clip metrics as plain data, metres but for `up_error_deg`.

        `low` and `high` are None where there is no interval.
        """
        return {
            "unit": "metres",
            "pooled": {name: _summary_json(summary) for name, summary in self.summaries.items()},
            "clips": [_clip_json(clip) for clip in self.clips],
            "without_truth": list(self.without_truth),
        }

    def _by_metric(self) -> dict[str, list[Floats]]:
        """The errors of each clip, by metric; a metric that no clip has a value of is left out."""
        names = sorted({name for clip in self.clips for name in clip.errors})
        parts = {name: [clip.errors[name] for clip in self.clips if name in clip.errors] for name in names}
        return {name: errors for name, errors in parts.items() if any(map(len, errors))}


def render_evaluation(evaluation: Evaluation) -> RenderableType:
    """All metrics pooled over frames (mean ± sample standard deviation [interval]), then one row a clip."""
    pooled, clips = _table(_pooled(evaluation), box.HEAVY_HEAD), _table(_by_clip(evaluation), box.SIMPLE)
    return Group(pooled, clips, *(Text(plain_line(note, 2000), "dim") for note in _footnotes(evaluation)))


def evaluation_markdown(evaluation: Evaluation) -> str:
    """The same two tables and notes as Markdown; ends with a newline."""
    notes = [f"{note}\n" for note in _footnotes(evaluation)]
    return "\n".join([grid_markdown(_pooled(evaluation)), grid_markdown(_by_clip(evaluation)), *notes])


def _pooled(evaluation: Evaluation) -> Grid:
    """A row a metric, intervals on a line of their own: there is one method only, and each metric has its unit."""
    found = evaluation.summaries
    rows = []
    for metric in _METRICS:
        before, after = (cell_text(found.get(key), metric, "\n") for key in (f"{metric.key}_initial", metric.key))
        rows.append(Row(metric.heading, {"before": before, "after": after, "unit": metric.unit}))
    frames = sum(clip.frames for clip in evaluation.clips)
    title = f"{len(evaluation.clips)} clips, {frames} frames: camera frame, unaligned"
    return Grid(title, _STAGES, rows, "error")


def _by_clip(evaluation: Evaluation) -> Grid:
    rows = []
    for clip in evaluation.clips:
        mean = {name: pool([errors]).mean for name, errors in clip.errors.items() if len(errors)}
        cells = {
            "frames": str(clip.frames),
            "focal": f"{clip.focal / clip.true_focal - 1:+.0%}",
            "size": f"{clip.size - 1:+.0%}",
            "mrpe": f"{mean['mrpe_initial']:.2f} → {mean['mrpe']:.2f}",
            "v2v": f"{mean['v2v_initial']:.2f} → {mean['v2v']:.2f}" if "v2v" in mean else "",
            "pa_mpjpe": f"{mean['pa_mpjpe'] * 1000:.0f}",
        }
        rows.append(Row(clip.video_id, cells))
    return Grid("by clip (mean)", _CLIP, rows, "clip")


def _table(grid: Grid, frame: box.Box) -> Table:
    table = Table(title=Text(plain_line(grid.title)), title_justify="left", box=frame)
    table.add_column(Text(grid.corner), overflow="fold", min_width=20)
    for column in grid.columns:
        table.add_column(Text(column.title), justify="right")
    for row in grid.rows:
        table.add_row(
            Text(plain_line(row.name)), *(Text(cell_text(row.cells[column.key], column)) for column in grid.columns)
        )
    return table


def _footnotes(evaluation: Evaluation) -> list[str]:
    notes = [
        f"mean ± sample standard deviation, frames pooled [95 % interval: clips resampled {RESAMPLES:,} times].",
        "before placement: the estimator's own translations; focal, size: focal and bone length against the truth's.",
        "MPJPE is pelvis-aligned, PA-MPJPE similarity-aligned; jitter: the joints' |second difference| per (1/30 s)².",
        "skating: way per 1/30 s of a foot whose true one stands (is slower than 0.3 m/s).",
    ]
    reasons = sorted({clip.no_v2v for clip in evaluation.clips if clip.no_v2v})
    notes += [f"no V2V, no skating: {reason}" for reason in reasons]
    if evaluation.without_truth:
        notes.append(f"{len(evaluation.without_truth)} record(s) without ground truth left out")
    return notes


def _summary_json(summary: Summary) -> dict[str, Any]:
    return {
        "mean": summary.mean,
        "sd": summary.sd,
        "low": summary.low,
        "high": summary.high,
        "count": summary.frames,
    }


def _clip_json(clip: ClipErrors) -> dict[str, Any]:
    return {
        "key": clip.key,
        "source": clip.source,
        "video_id": clip.video_id,
        "frames": clip.frames,
        "focal": clip.focal,
        "true_focal": clip.true_focal,
        "size": clip.size,
        "no_v2v": clip.no_v2v,
        "metrics": {
            name: _summary_json(summarise([errors])) for name, errors in sorted(clip.errors.items()) if len(errors)
        },
    }
