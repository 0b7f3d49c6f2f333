"""The scores of one clip's reconstruction: everything a user may want to gate on, without ground truth."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from share_data.body.model import BodyModel, BodyOutput
from share_data.camera import Floats
from share_data.pipeline.camera.pose import TELLERS
from share_data.pipeline.placement.place import Placement, PlacementOptions
from share_data.pipeline.quality.scores import QualityInputs, quality_scores
from share_data.pipeline.quality.silhouette import sample_frames
from share_data.pipeline.scene.scale import ScaleEstimate
from share_data.pipeline.scene.scale_evidence import SCALE_SOURCES, PooledEvidence
from share_data.pipeline.world.contacts import FOOT_JOINTS, joint_regions
from share_data.pipeline.world.floor import Floor
from share_data.pipeline.world.grounding import foot_height
from share_data.records import Clip, Ints, PersonTrack


@dataclass(frozen=True, slots=True)
class Placed:
    """A placed person and what placed it.

    Attributes:
        clip: whose person it is.
        track: as estimated.
        vertices: (T, V, 3) metres, camera frame.
        world: the same body in the world frame.
        keyframes: (K,) frame numbers.
        depths: K of (h, w) metres, as the body was placed in them.
        placement: what placed it.
        options: how.
    """

    clip: Clip
    track: PersonTrack
    vertices: Floats
    world: BodyOutput
    keyframes: Ints
    depths: Sequence[Floats]
    placement: Placement
    options: PlacementOptions


def grade(
    placed: Placed, floor: Floor, scale: ScaleEstimate | None, body: BodyModel, pooled: PooledEvidence | None = None
) -> dict[str, float]:
    """Quality scores (see `quality_scores`), and how placement, floor and scale came out.

    Args:
        placed: the person.
        floor: as found.
        scale: the reconciliation of body and point maps; None where the maps know no scale but the body's.
        body: the model it was posed with.
        pooled: the evidence that the scale was told by, where it is not the clip's alone.

    Returns:
        By name; metres, millimetres and shares as the names say. Where the maps know no scale but the body's, scores
        that would compare it with itself (depth residuals, floor support, scale) are not measured and left out.
    """
    track, placement = placed.track, placed.placement
    lowest = placed.world.vertices[..., 2].min(axis=1)
    frames = sample_frames(track.valid, placed.keyframes)
    comparable = placed.options.chamfer == "symmetric" and not placed.options.squared
    inputs = QualityInputs(
        joints=placed.world.joints,
        lowest=lowest,
        valid=track.valid,
        keyframes=placed.keyframes,
        times=placed.clip.times,
        frames=frames,
        vertices=placed.vertices[frames],
        faces=body.faces,
        masks=[track.masks[frame] for frame in frames],
        intrinsics=track.intrinsics,
        # Maps made from the body agree with it whatever is true.
        depths=placed.depths if scale is not None else (),
        feet=_feet(placed.world.vertices, body),
        placement_body_loss_m=placement.body_loss if comparable else None,
        scale_log_ratio=None if scale is None or not scale.ratios else -_remaining(scale),
        scale_raw_log_ratio=None if scale is None or not scale.ratios else -scale.disagreement,
    )
    return {
        **quality_scores(inputs),
        "placement_root_loss_m2": placement.root_loss,
        "placement_initial_loss": placement.initial_loss,
        "placement_mean_offset_m": float(np.linalg.norm(placement.offsets, axis=1).mean()),
        "body_height_m": body.height(track.betas),
        "foot_height_m": foot_height(lowest[track.valid]),
        "floor_from_feet": float(floor.source == "person"),
        **_pose_scores(floor, from_person=scale is None),
        **({} if scale is None else {"floor_support": floor.support, "floor_feet_gap_m": floor.feet_gap}),
        **_scale_scores(scale, pooled),
    }


def _pose_scores(floor: Floor, from_person: bool) -> dict[str, float]:
    """Who says how the camera is held, as places in `TELLERS`. A scene made from the person speaks for the person."""
    height = "person" if from_person and floor.source == "scene" else floor.source
    said = dict(zip(("pitch_source", "roll_source", "height_source"), (*floor.angle_sources, height), strict=True))
    return {name: float(TELLERS.index(teller)) for name, teller in said.items()}


def _feet(vertices: Floats, body: BodyModel) -> list[Floats]:
    """The skin about ankle and toes of the left and the right foot, (T, n, 3) each."""
    regions = joint_regions(body.weights)
    left, right = FOOT_JOINTS[:2], FOOT_JOINTS[2:]
    return [vertices[:, np.concatenate([regions[joint] for joint in joints])] for joints in (left, right)]


def _remaining(scale: ScaleEstimate) -> float:
    """Log of the point map's size over the body's, after the correction."""
    return scale.disagreement + float(np.log(scale.factor))


def _scale_scores(scale: ScaleEstimate | None, pooled: PooledEvidence | None) -> dict[str, float]:
    """What was made of the scale, and by whom: how many clips told it, and whose, as a place in `SCALE_SOURCES`."""
    if scale is None:
        return {}
    source, clips = ("clip", 1) if pooled is None else (pooled.source, pooled.clips)
    return {
        "scale_map": scale.scale,
        "scale_sd": scale.sd,
        "scale_evidence_sigmas": scale.evidence_sigmas,
        "scale_certainty": scale.certainty,
        "scale_applied": float(scale.applied),
        "scale_body": scale.body_scale,
        "scale_source": float(SCALE_SOURCES.index(source)),
        "scale_clips": float(clips),
    }
