"""The outcome of an evaluation: pooled and per clip, as data and as a table."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from share_data.evaluation.clip import ClipErrors
from share_data.evaluation.metrics import Spread, pool

# name, metric after placement, metric before it, unit, units per metre
_ROWS = (
    ("MRPE", "mrpe", "mrpe_initial", "m", 1),
    ("V2V", "v2v", "v2v_initial", "m", 1),
    ("depth error, signed", "depth_bias", "depth_bias_initial", "m", 1),
    ("depth error", "depth", "depth_initial", "m", 1),
    ("lateral error", "lateral", "lateral_initial", "m", 1),
    ("MPJPE", "mpjpe", "", "mm", 1000),
    ("PA-MPJPE", "pa_mpjpe", "", "mm", 1000),
    ("jitter", "jitter", "jitter_initial", "mm", 1000),
    ("jitter of the truth", "jitter_true", "", "mm", 1000),
)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Errors of every record that has truth. without_truth: keys of the records that have none."""

    clips: Sequence[ClipErrors]
    without_truth: Sequence[str]

    @property
    def pooled(self) -> dict[str, Spread]:
        """Each metric over the frames of all clips together, metres."""
        names = sorted({name for clip in self.clips for name in clip.errors})
        parts = {name: [clip.errors[name] for clip in self.clips if name in clip.errors] for name in names}
        return {name: pool(errors) for name, errors in parts.items() if any(map(len, errors))}

    def to_json(self) -> dict[str, Any]:
        """Pooled and per-clip metrics as plain data, metres."""
        return {
            "unit": "metres",
            "pooled": {name: asdict(spread) for name, spread in self.pooled.items()},
            "clips": [_clip_json(clip) for clip in self.clips],
            "without_truth": list(self.without_truth),
        }


def render_evaluation(evaluation: Evaluation) -> RenderableType:
    """All metrics pooled over frames (mean ± sample standard deviation), then one row a clip."""
    return Group(_render_pooled(evaluation), _render_clips(evaluation), *_footnotes(evaluation))


def _render_pooled(evaluation: Evaluation) -> Table:
    frames = sum(clip.frames for clip in evaluation.clips)
    table = Table(
        title=f"{len(evaluation.clips)} clips, {frames} frames: camera frame, unaligned", title_justify="left"
    )
    table.add_column("error")
    for heading in ("before placement", "after placement", ""):
        table.add_column(heading, justify="right")
    pooled = evaluation.pooled
    for heading, after, before, unit, factor in _ROWS:
        table.add_row(heading, *(_cell(pooled.get(name), factor) for name in (before, after)), unit)
    return table


def _cell(spread: Spread | None, factor: int) -> str:
    digits = 2 if factor == 1 else 0
    return "" if spread is None else f"{spread.mean * factor:.{digits}f} ± {spread.sd * factor:.{digits}f}"


def _render_clips(evaluation: Evaluation) -> Table:
    table = Table(title="by clip (mean)", title_justify="left", box=box.SIMPLE)
    table.add_column("clip", overflow="fold", min_width=20)
    for heading in ("frames", "focal", "size", "MRPE m", "V2V m", "PA-MPJPE mm"):
        table.add_column(heading, justify="right")
    for clip in evaluation.clips:
        mean = {name: pool([errors]).mean for name, errors in clip.errors.items() if len(errors)}
        table.add_row(
            escape(clip.video_id),
            str(clip.frames),
            f"{clip.focal / clip.true_focal - 1:+.0%}",
            f"{clip.size - 1:+.0%}",
            f"{mean['mrpe_initial']:.2f} → {mean['mrpe']:.2f}",
            f"{mean['v2v_initial']:.2f} → {mean['v2v']:.2f}" if "v2v" in mean else "",
            f"{mean['pa_mpjpe'] * 1000:.0f}",
        )
    return table


def _footnotes(evaluation: Evaluation) -> list[str]:
    notes = [
        "before placement: the estimator's own translations; focal, size: focal and bone length against the truth's.",
        "MPJPE is pelvis-aligned, PA-MPJPE similarity-aligned; jitter is the joints' |second difference| per frame².",
    ]
    notes += [f"no V2V: {escape(why)}" for why in sorted({clip.no_v2v for clip in evaluation.clips if clip.no_v2v})]
    if evaluation.without_truth:
        notes.append(f"{len(evaluation.without_truth)} record(s) without ground truth left out")
    return [f"[dim]{note}[/dim]" for note in notes]


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
        "metrics": {name: asdict(pool([errors])) for name, errors in sorted(clip.errors.items()) if len(errors)},
    }
