"""One record against the true motion of its clip."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from share_data.body.joints import PELVIS
from share_data.camera import Floats, transform
from share_data.errors import CorpusError
from share_data.evaluation import metrics
from share_data.truth import GroundTruth

if TYPE_CHECKING:
    from share_data.body.model import BodyModel

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class ClipErrors:
    """Errors of one record.

    Attributes:
        key, source, video_id, frames: of the record.
        focal, true_focal: pixels.
        size: bone length of the record's person over the true one's (a person taken for taller than he is lands farther
            away).
        errors: per frame, metres, by metric name, see `clip_errors`; `skating`: per standing foot and frame;
            `up_error_deg`: degrees.
        no_v2v: why V2V and skating are absent, empty when they are there.
    """

    key: str
    source: str
    video_id: str
    frames: int
    focal: float
    true_focal: float
    size: float
    errors: Mapping[str, Floats]
    no_v2v: str = ""


def clip_errors(meta: Mapping[str, Any], arrays: Arrays, truth: GroundTruth, body: "BodyModel | None") -> ClipErrors:
    """Compare a record with the truth of its video, in the camera frame.

    Of a clip whose frames were turned back, in that of its reference view, where the truth knows how the camera stood.
    Metrics ending in `_initial` are those of the motion before placement. `depth_bias` is signed, `depth` its absolute
    value; `mpjpe` is pelvis-aligned; `jitter_true` is the truth's own. Where the truth knows how the camera stands,
    `up_error_deg` is the angle, in degrees, between the true up vector and the record's, and `camera_height` the error
    of its height above the floor.

    Args:
        meta: `Record.metadata`.
        arrays: `Record.arrays`.
        truth: of the whole video.
        body: the record's body model, or None when it is not at hand.

    Raises:
        CorpusError: the truth does not cover the record's frames.
    """
    start, stop = meta["frame_start"], meta["frame_stop"]
    if len(truth.joints) < stop:
        raise CorpusError(
            f"record {meta['key']}: frames {start} to {stop} are not all in the truth of {meta['video_id']}, "
            f"which has {len(truth.joints)} frames. Was the corpus built from another version of its source?"
        )
    truth = _turned_back(truth, arrays, start)
    T_world_cam = arrays["T_world_cam"]
    to_camera = np.linalg.inv(T_world_cam)
    # Poses are frozen: placement moved every joint and vertex of a frame by the same vector.
    undo = (arrays["transl_initial"] - arrays["transl"])[:, None]
    true_joints = truth.joints[start:stop]
    errors = _joint_errors(arrays["joints"], undo, to_camera, true_joints, arrays["times"])
    if truth.T_world_cam is not None:
        errors |= _pose_errors(T_world_cam, truth.T_world_cam[start:stop])
    no_v2v = _why_no_v2v(meta["body"], truth, body)
    if body is not None and not no_v2v:
        vertices = body.forward(*(arrays[name] for name in ("global_orient", "body_pose", "betas", "transl"))).vertices
        true_vertices = truth.vertices[start:stop]
        for suffix, points in (("_initial", vertices + undo), ("", vertices)):
            found = transform(points, to_camera)
            errors[f"v2v{suffix}"] = metrics.v2v(found, true_vertices)
            errors[f"skating{suffix}"] = metrics.foot_skating(found, true_vertices, arrays["times"])
    return ClipErrors(
        key=meta["key"],
        source=meta["source"],
        video_id=meta["video_id"],
        frames=stop - start,
        focal=meta["focal"],
        true_focal=truth.focal,
        size=metrics.bone_length(arrays["joints"]) / metrics.bone_length(true_joints),
        errors=errors,
        no_v2v=no_v2v,
    )


def _turned_back(truth: GroundTruth, arrays: Arrays, start: int) -> GroundTruth:
    """The truth in the camera of the record's reference view, where the clip's frames were turned back to it."""
    if "stabilising" not in arrays or truth.T_world_cam is None:
        return truth
    off = np.abs(arrays["stabilising"] - np.eye(3)).sum(axis=(1, 2))
    poses = np.asarray(truth.T_world_cam, np.float64)
    reference = poses[start + int(off.argmin())]
    matrices = np.linalg.inv(reference) @ poses

    def moved(points: Floats) -> Floats:
        turned = np.einsum("tij,tvj->tvi", matrices[:, :3, :3], points) + matrices[:, None, :3, 3]
        return np.asarray(turned, points.dtype)

    at_rest = np.broadcast_to(reference, poses.shape)
    return replace(truth, vertices=moved(truth.vertices), joints=moved(truth.joints), T_world_cam=at_rest)


def _joint_errors(joints: Floats, undo: Floats, to_camera: Floats, true: Floats, times: Floats) -> dict[str, Floats]:
    placed, initial = transform(joints, to_camera), transform(joints + undo, to_camera)
    errors: dict[str, Floats] = {}
    for suffix, found in (("_initial", initial), ("", placed)):
        root, true_root = found[:, PELVIS], true[:, PELVIS]
        bias, lateral = metrics.depth_and_lateral(root, true_root)
        errors[f"mrpe{suffix}"] = metrics.mrpe(root, true_root)
        errors[f"depth_bias{suffix}"] = bias
        errors[f"depth{suffix}"] = np.abs(bias)
        errors[f"lateral{suffix}"] = lateral
        errors[f"jitter{suffix}"] = metrics.jitter(found, times)
    return errors | {
        "mpjpe": metrics.mpjpe(placed, true),
        "pa_mpjpe": metrics.pa_mpjpe(placed, true),
        "jitter_true": metrics.jitter(true, times),
    }


def _pose_errors(found: Floats, true: Floats) -> dict[str, Floats]:
    """How the camera is held. found: (4, 4), true: (T, 4, 4), camera to world."""
    return {
        "up_error_deg": metrics.up_error_deg(found, true),
        "camera_height": np.abs(found[2, 3] - true[:, 2, 3]),
    }


def _why_no_v2v(stamp: Mapping[str, str], truth: GroundTruth, body: "BodyModel | None") -> str:
    if stamp["name"] != truth.body:
        return f"the record's body is {stamp['name']}, the truth's is {truth.body}: their vertices do not correspond"
    if body is None:
        return f"the body model {stamp['name']} of the record is not at hand"
    if stamp["sha256"] != body.sha256:
        return f"the body model {stamp['name']} here is not the file the record was made with (sha256 differs)"
    return ""
