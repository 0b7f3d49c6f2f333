"""The synthetic benchmark: 33 clips with RICH's cameras, simulated estimator errors, every method on the same input.

MRPE and V2V are in the camera frame, unaligned, frames pooled. Nothing is written or cached; about 0.3 s a clip go
into its making, the rest into the methods.
"""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from share_data.body.model import BodyModel, load_body
from share_data.camera import Floats
from share_data.evaluation import metrics
from share_data.evaluation.statistics import Summary, bootstrap_difference, bootstrap_mean, summarise
from share_data.evaluation.synthetic.clips import VIDEOS, SimulatedClip, TrueClip, film, filmed, simulate, video_errors
from share_data.evaluation.synthetic.methods import Initial, Method, Ours, Share, default_methods
from share_data.pipeline.error_levels import ALL, CONDITIONS, SEED, levels_of
from share_data.pipeline.quality.keyframe_jump import keyframe_jump
from share_data.records import Ints
from share_data.store.threads import one_thread

Progress = Callable[[int, int, str], None]
"""Called with (done, total, what) after each video and condition."""


@dataclass(frozen=True, slots=True)
class ClipResult:
    """One method on one clip under one condition. errors: (T,) arrays, metres, by metric; roots: (T, 3) placed pelvis.

    `jump` has one value: second difference at the keyframes over its median; `skating` one a standing foot and frame.
    """

    condition: str
    method: str
    clip: str
    video: int
    errors: Mapping[str, Floats]
    roots: Floats


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Everything that was measured, in the order of videos, conditions, methods and clips."""

    results: tuple[ClipResult, ...]
    methods: tuple[str, ...]
    conditions: tuple[str, ...]
    clips: int
    frames: int
    seed: int

    def of(self, method: str, condition: str = ALL) -> list[ClipResult]:
        """The clips of one cell of the tables."""
        return [each for each in self.results if each.method == method and each.condition == condition]

    def summary(self, metric: str, method: str, condition: str = ALL) -> Summary:
        """Frames pooled; the interval is over clips. Raises ValueError when the method was not run so."""
        return summarise([each.errors[metric] for each in self.of(method, condition)], self.seed)

    def by_video(self, metric: str, method: str, condition: str = ALL) -> tuple[float, float]:
        """The interval with whole videos resampled: clips of a video share its scale, focal and body errors."""
        found = self.of(method, condition)
        videos = sorted({each.video for each in found})
        groups = [np.concatenate([each.errors[metric] for each in found if each.video == video]) for video in videos]
        return bootstrap_mean(groups, seed=self.seed)

    def difference(self, metric: str, first: str, second: str, condition: str = ALL) -> Summary:
        """Mean of `first` minus mean of `second` over the clips both have, with its paired interval over clips."""
        pairs = self._pairs(first, second, condition)
        one, other = [a.errors[metric] for a, _ in pairs], [b.errors[metric] for _, b in pairs]
        low, high = bootstrap_difference(one, other, seed=self.seed)
        mean = float(np.concatenate(one).mean() - np.concatenate(other).mean())
        known = not np.isnan(low)
        return Summary(mean, None, low if known else None, high if known else None, None, len(pairs))

    def apart(self, first: str, second: str, condition: str = ALL) -> float:
        """Mean distance in metres between where two methods put the root."""
        pairs = self._pairs(first, second, condition)
        return float(np.concatenate([np.linalg.norm(a.roots - b.roots, axis=1) for a, b in pairs]).mean())

    def _pairs(self, first: str, second: str, condition: str) -> list[tuple[ClipResult, ClipResult]]:
        others = {each.clip: each for each in self.of(second, condition)}
        pairs = [(each, others[each.clip]) for each in self.of(first, condition) if each.clip in others]
        if not pairs:
            raise ValueError(f"{first} and {second} have no clip in common under {condition}")
        return pairs


@one_thread()
def run_synthetic_benchmark(
    clips: int = 33,
    frames: int = 100,
    methods: Sequence[Method] | None = None,
    conditions: Sequence[str] = CONDITIONS,
    compared: Sequence[Method] | None = None,
    adam_clips: int | None = None,
    condition_clips: int | None = None,
    seed: int = SEED,
    body: BodyModel | None = None,
    progress: Progress | None = None,
) -> Benchmark:
    """Run the benchmark.

    clips: 1 to 33, taken from the videos in turn; frames: of each clip, 10 or more; methods: those run with all errors
    together (default: `default_methods`); compared: those run under every condition (default: initial, SHARE (exact),
    ours); adam_clips, condition_clips: how many clips the adam solver runs on, and conditions other than all errors
    together (default: all). Deterministic in `seed`. Raises ValueError for impossible numbers and unknown conditions.
    """
    if not 1 <= clips <= 33 or frames < 10:
        raise ValueError(f"1 to 33 clips of at least 10 frames, got {clips} of {frames}")
    chosen = default_methods() if methods is None else tuple(methods)
    every = (Initial(), Share("exact"), Ours()) if compared is None else tuple(compared)
    body = load_body() if body is None else body
    units = filmed(clips)
    adam, alone = (set(units if few is None else filmed(min(few, clips))) for few in (adam_clips, condition_clips))
    videos = sorted({video for video, _ in units})
    results: list[ClipResult] = []
    for number, video in enumerate(videos):
        truths = [film(video, batch, frames, body, seed) for owner, batch in units if owner == video]
        for place, condition in enumerate(conditions):
            together = condition == ALL
            wanted = [truth for truth in truths if together or (video, truth.batch) in alone]
            results += _measure(chosen if together else every, condition, wanted, adam, body, seed)
            if progress is not None:
                done = number * len(conditions) + place + 1
                progress(done, len(videos) * len(conditions), f"{VIDEOS[video].name}: {condition}")
    names = tuple(dict.fromkeys(method.name for method in (*chosen, *every)))
    return Benchmark(tuple(results), names, tuple(conditions), clips, frames, seed)


def _measure(
    methods: Sequence[Method],
    condition: str,
    truths: Sequence[TrueClip],
    adam: Container[tuple[int, int]],
    body: BodyModel,
    seed: int,
) -> list[ClipResult]:
    """The methods on clips of one video. adam: the (video, batch) that the adam solver runs on."""
    if not truths:
        return []
    levels = levels_of(condition)
    errors = video_errors(levels, seed)[truths[0].video]
    pairs = [(truth, simulate(truth, body, levels, errors, seed)) for truth in truths]
    results = []
    for method in methods:
        slow = isinstance(method, Share) and method.solver == "adam"
        mine = [pair for pair in pairs if not slow or (pair[0].video, pair[0].batch) in adam]
        moves = method([seen for _, seen in mine]) if mine else []
        results += [
            ClipResult(condition, method.name, truth.name, truth.video, *clip_errors(truth, seen, move))
            for (truth, seen), move in zip(mine, moves, strict=True)
        ]
    return results


def clip_errors(truth: TrueClip, seen: SimulatedClip, move: Floats) -> tuple[dict[str, Floats], Floats]:
    """Errors by name and placed roots (T, 3), with the estimated body displaced by `move`: (T, 3) metres."""
    shift = move[:, None]
    joints, vertices = seen.track.joints + shift, seen.track.vertices + shift
    root, true_root = joints[:, 0], truth.motion.joints[:, 0]
    bias, lateral = metrics.depth_and_lateral(root, true_root)
    errors = {
        "mrpe": metrics.mrpe(root, true_root),
        "v2v": metrics.v2v(vertices, truth.motion.vertices),
        "depth_bias": bias,
        "depth": np.abs(bias),
        "lateral": lateral,
        "jitter": metrics.jitter(joints, seen.times),
        "jump": np.array([_jump(root, truth.keyframes, seen.times)]),
        "skating": metrics.foot_skating(vertices, truth.motion.vertices, seen.times),
        "mpjpe": metrics.mpjpe(joints, truth.motion.joints),
        "pa_mpjpe": metrics.pa_mpjpe(joints, truth.motion.joints),
    }
    return errors, root


def _jump(root: Floats, keyframes: Ints, times: Floats) -> float:
    """At the first and last keyframe, which every method uses, or at all of them: whichever shows more."""
    return max(keyframe_jump(root, keyframes[[0, -1]], times), keyframe_jump(root, keyframes, times))
