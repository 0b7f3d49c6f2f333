"""The benchmark of SHARE (arXiv 2510.15342, table 1): 33 clips of RICH, world frame, no alignment.

Predictions in the frame of camera k are taken to the world, which is the frame of the scene's camera 0, by the inverse
of its calibration. MRPE is the distance of the pelvises (joint 0), V2V the mean distance of the 6,890 vertices; mean
and standard deviation (ddof 1) are over the frames of all clips pooled.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from share_data.body.joints import PELVIS
from share_data.camera import Floats, transform
from share_data.errors import CorpusError, SourceError
from share_data.evaluation import metrics
from share_data.evaluation.metrics import STEP_S, foot_skating
from share_data.evaluation.rich.focal import FILE, FocalMode, Predictions, read_predictions, refocus, target_focal
from share_data.sources.rich.bodies import check_truth
from share_data.sources.rich.calibration import Calibration, read_calibration
from share_data.sources.rich.layout import (
    SHAPES,
    RichTree,
    open_tree,
    read_array,
    require_folder,
    saved_array,
)
from share_data.sources.rich.published import CLIP_FRAMES, PublishedClip, published_clips

_TIMES = np.arange(CLIP_FRAMES) * STEP_S
"""RICH has 30 frames a second."""


@dataclass(frozen=True, slots=True)
class ClipResult:
    """Per-frame errors of one clip, metres, by metric; `errors` has no `v2v` without vertices on both sides.

    focal: the one the prediction was made with (None: not stated); true_focal: pixels at full resolution. frames: those
    with truth. remarks: what is odd about the clip's files.
    """

    clip: PublishedClip
    frames: int
    focal: float | None
    true_focal: float
    errors: Mapping[str, Floats]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MissingClip:
    """A clip that could not be evaluated."""

    clip: PublishedClip
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Benchmark:
    """The outcome: `results` and `missing` together are the published clips, in their order."""

    method: str
    mode: FocalMode
    results: tuple[ClipResult, ...]
    missing: tuple[MissingClip, ...]


def run_rich_benchmark(tree: Path, predictions: Path, mode: FocalMode | str = FocalMode.PREDICTED) -> Benchmark:
    """Evaluate what there is of the 33 clips. Files: see `rich_layout`; modes and `predictions.json`: `rich_focal`.

    tree: a copy of RICH; predictions: folder of saved joints and vertices. Clips whose files are missing are listed.
    Raises SourceError when something in the tree is damaged, CorpusError when something in the predictions is, or a
    mode needs a focal that is not stated, or nothing can be evaluated at all.
    """
    mode, rich = FocalMode(mode), open_tree(tree)
    require_folder(predictions)
    settings = read_predictions(predictions)
    results, missing = [], []
    for clip in published_clips():
        lack = _lack(rich, predictions, clip)
        if lack is None:
            results.append(_evaluate(rich, predictions, settings, clip, mode))
        else:
            missing.append(lack)
    if not results:
        first = missing[0]
        raise CorpusError(
            f"{predictions}: none of the {len(missing)} clips can be evaluated. The first is {first.clip.name}: "
            f"expected {first.expected}; found {first.found}."
        )
    return Benchmark(settings.method, mode, tuple(results), tuple(missing))


def _lack(tree: RichTree, predictions: Path, clip: PublishedClip) -> MissingClip | None:
    """What keeps a clip from being evaluated, if anything does."""
    calibration = tree.calibration(clip)
    if not calibration.is_file():
        return MissingClip(clip, f"the camera's calibration {calibration}", "no such file")
    shape = SHAPES["joints"]
    if saved_array(tree.truth, clip, "joints") is None:
        frames = tree.body_frames(clip)
        bodies = f"RICH's SMPL-X bodies of frames {frames[0]:05d} to {frames[-1]:05d}" if frames else "no bodies either"
        return MissingClip(
            clip, f"SMPL ground truth {tree.truth / clip.name}_joints.npy {shape}", f"no such file; {bodies}"
        )
    if saved_array(predictions, clip, "joints") is None:
        return MissingClip(clip, f"predictions {predictions / clip.name}_joints.npy {shape}", "no such file")
    return None


def _evaluate(
    tree: RichTree, predictions: Path, settings: Predictions, clip: PublishedClip, mode: FocalMode
) -> ClipResult:
    calibration = read_calibration(tree.calibration(clip))
    true = _read(tree.truth, clip, SourceError, gaps=True)
    remarks = check_truth(tree, clip, true["joints"][:, PELVIS])
    has_truth = np.asarray(np.isfinite(true["joints"]).all(axis=(1, 2)))
    if not has_truth.any():
        raise SourceError(f"{tree.truth}: the truth of {clip.name} has no frame that is finite. Export it again.")
    if not has_truth.all():
        remarks.append(f"{clip.name}: {int((~has_truth).sum())} frame(s) without truth left out")
    found = _read(predictions, clip, CorpusError, gaps=False)
    if settings.frame == "world":
        found = {part: transform(points, calibration.world_to_camera) for part, points in found.items()}
    used, wanted = settings.used(clip), target_focal(mode, calibration.focal)
    if wanted is not None:
        if used is None:
            raise CorpusError(
                f"{predictions / FILE}: the focal that {clip.name} was predicted with is not stated, and mode {mode} "
                f'rescales by it. Add it as {{"focal": {{"{clip.sequence}": PIXELS}}}}, or evaluate in mode predicted.'
            )
        offsets = refocus(found["joints"], used, wanted)[:, None]
        found = {part: points + offsets for part, points in found.items()}
    errors = _errors(found, true, calibration, has_truth)
    return ClipResult(clip, int(has_truth.sum()), used, calibration.focal, errors, tuple(remarks))


def _read(folder: Path, clip: PublishedClip, error: type[CorpusError | SourceError], gaps: bool) -> dict[str, Floats]:
    arrays: dict[str, Floats] = {}
    for part in SHAPES:
        path = saved_array(folder, clip, part)
        if path is not None:
            arrays[part] = read_array(path, part, error, gaps)
    return arrays


def _errors(
    found: Mapping[str, Floats], true: Mapping[str, Floats], calibration: Calibration, has_truth: NDArray[np.bool_]
) -> dict[str, Floats]:
    """found: camera frame; true: world frame; has_truth: (100,) bool."""
    world = {part: transform(points, calibration.camera_to_world) for part, points in found.items()}
    joints, true_joints = world["joints"][has_truth], true["joints"][has_truth]
    true_root = transform(true_joints[:, PELVIS], calibration.world_to_camera)
    bias, lateral = metrics.depth_and_lateral(found["joints"][has_truth, PELVIS], true_root)
    errors = {
        "mrpe": metrics.mrpe(joints[:, PELVIS], true_joints[:, PELVIS]),
        "depth_bias": bias,
        "depth": np.abs(bias),
        "lateral": lateral,
        "mpjpe": metrics.mpjpe(joints, true_joints),
        "pa_mpjpe": metrics.pa_mpjpe(joints, true_joints),
        "jitter": metrics.jitter(world["joints"], _TIMES),
    }
    if "vertices" in world and "vertices" in true:
        both = has_truth & np.isfinite(true["vertices"]).all(axis=(1, 2))
        errors["v2v"] = metrics.v2v(world["vertices"][both], true["vertices"][both])
        errors["skating"] = foot_skating(world["vertices"], true["vertices"], _TIMES)
    return errors
