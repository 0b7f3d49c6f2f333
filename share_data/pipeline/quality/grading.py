"""The scores of one clip's reconstruction: everything a user may want to gate on, without ground truth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from share_data.body.model import BodyModel, BodyOutput
from share_data.camera import Floats
from share_data.pipeline.camera.pose import TELLERS, Teller
from share_data.pipeline.placement.place import Placement, PlacementOptions
from share_data.pipeline.quality.confidence import confidence
from share_data.pipeline.quality.scores import QualityInputs, quality_scores
from share_data.pipeline.quality.silhouette import sample_frames
from share_data.pipeline.quality.support import Supports, support_scores
from share_data.pipeline.quality.uncertainty import DepthSources, depth_uncertainty_m, up_uncertainty_deg
from share_data.pipeline.scene.scale import ScaleEstimate
from share_data.pipeline.scene.scale_evidence import SCALE_SOURCES
from share_data.pipeline.world.contacts import FOOT_JOINTS, joint_regions
from share_data.pipeline.world.floor import Floor
from share_data.pipeline.world.grounding import foot_height
from share_data.records import Clip, Ints, PersonTrack, Scene

NOTHING: Mapping[str, float] = MappingProxyType({})
SOURCES = ("pitch_source", "roll_source", "height_source")
"""Who says how the camera is held, as places in `TELLERS`."""
AGREEMENT = ("scene_disagreement", "keyframe_scale_spread")
"""Of point maps with each other, which those made from one body have whatever is true."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A placed person and what placed it.

    Attributes:
        clip: whose person it is.
        track: as estimated.
        frames: (S,) numbers of the frames to render, see `frames_to_render`.
        vertices: (S, V, 3) metres, theirs, camera frame.
        world: the body in the world frame, in all T frames.
        scene: in the world frame.
        T_world_cam: (4, 4).
        keyframes: (K,) frame numbers.
        depths: K of (h, w) metres, as the body was placed in them; none where they were made from it.
        placement: what placed it.
        options: how.
    """

    clip: Clip
    track: PersonTrack
    frames: Ints
    vertices: Floats
    world: BodyOutput
    scene: Scene
    T_world_cam: Floats
    keyframes: Ints
    depths: Sequence[Floats]
    placement: Placement
    options: PlacementOptions


def frames_to_render(track: PersonTrack, keyframes: Ints) -> Ints:
    """(S,) ascending numbers of the frames in which a body is compared with its picture. keyframes: (K,)."""
    return sample_frames(track.valid & track.masks.known(len(track)), keyframes)


def grade(
    placed: Placed,
    floor: Floor,
    scale: ScaleEstimate | None,
    body: BodyModel,
    body_height_sd: float | None = None,
    fused: Mapping[str, float] = NOTHING,
) -> dict[str, float]:
    """Every score of a record (see `corpus.scores.SCORES`), and the confidence made of them.

    Args:
        placed: the person.
        floor: as found.
        scale: the reconciliation of body and point maps; None where the maps know no scale but the body's.
        body: the model it was posed with.
        body_height_sd: what the body's size is worth, relative; None: nobody says.
        fused: scores of the scene's fusion.

    Returns:
        By name; metres, millimetres and shares as the names say. Where the maps were made from the person, scores that
        would compare him with himself (depth residuals, placement loss, scene agreement, scale; support where he says
        how high the floor is) are not measured and left out.
    """
    tellers = _tellers(floor, from_person=scale is None)
    scores = {
        **quality_scores(_inputs(placed, tellers, body)),
        **_support(placed, tellers[2], body),
        **_placement_scores(placed, comparable=scale is not None),
        **_scale_scores(scale),
        **{name: value for name, value in fused.items() if scale is not None or name not in AGREEMENT},
        **({} if scale is None else {"floor_support": floor.support, "floor_feet_gap_m": floor.feet_gap}),
        **_body(placed, body),
        **dict(zip(SOURCES, (float(TELLERS.index(teller)) for teller in tellers), strict=True)),
        "floor_from_feet": float(floor.source == "person"),
        "up_uncertainty_deg": up_uncertainty_deg(*tellers[:2]),
    }
    if distance := scores.get("person_distance_m"):
        depth = DepthSources(distance, placed.track.intrinsics.source, scale, body_height_sd)
        scores["depth_uncertainty_m"] = depth_uncertainty_m(depth)
    return {**scores, "confidence": confidence(scores)}


def _inputs(placed: Placed, tellers: tuple[Teller, Teller, Teller], body: BodyModel) -> QualityInputs:
    track = placed.track
    return QualityInputs(
        joints=placed.world.joints,
        T_world_cam=placed.T_world_cam,
        body_pose=track.body_pose,
        valid=track.valid,
        keyframes=placed.keyframes,
        times=placed.clip.times,
        frames=placed.frames,
        vertices=placed.vertices,
        faces=body.faces,
        masks=track.masks.at(placed.frames),
        intrinsics=track.intrinsics,
        depths=placed.depths,
        feet=_feet(placed.world.vertices, body),
        tellers=tellers,
    )


def _tellers(floor: Floor, from_person: bool) -> tuple[Teller, Teller, Teller]:
    """Who says how the camera is held. A scene made from the person speaks for the person."""
    return (*floor.angle_sources, "person" if from_person and floor.source == "scene" else floor.source)


def _support(placed: Placed, height: Teller, body: BodyModel) -> dict[str, float]:
    """A floor that the feet tell is under them whatever is true."""
    if height == "person":
        return {}
    supports = Supports.of(placed.scene.points, placed.scene.normals)
    return support_scores(placed.world.vertices, joint_regions(body.weights), placed.track.valid, supports)


def _placement_scores(placed: Placed, comparable: bool) -> dict[str, float]:
    """comparable: whether the points the body was placed on are another's than its own."""
    placement, options = placed.placement, placed.options
    found = {
        "placement_root_loss_m2": placement.root_loss,
        "placement_initial_loss": placement.initial_loss,
        "placement_mean_offset_m": float(np.linalg.norm(placement.offsets, axis=1).mean()),
    }
    if comparable and options.chamfer == "symmetric" and not options.squared:
        found["placement_body_loss_m"] = placement.body_loss / len(placed.keyframes)
    return found


def _body(placed: Placed, body: BodyModel) -> dict[str, float]:
    lowest = placed.world.vertices[..., 2].min(axis=1)
    betas = placed.track.betas
    height = {"foot_height_m": foot_height(lowest[placed.track.valid])} if placed.track.valid.any() else {}
    return {"body_height_m": body.height(betas), "largest_beta": float(np.abs(betas).max()), **height}


def _feet(vertices: Floats, body: BodyModel) -> list[Floats]:
    """The skin about ankle and toes of the left and the right foot, (T, n, 3) each."""
    regions = joint_regions(body.weights)
    left, right = FOOT_JOINTS[:2], FOOT_JOINTS[2:]
    return [vertices[:, np.concatenate([regions[joint] for joint in joints])] for joints in (left, right)]


def _scale_scores(scale: ScaleEstimate | None) -> dict[str, float]:
    """What body and map made of each other: nothing where no keyframe showed both."""
    if scale is None:
        return {}
    factor = float(np.log(scale.factor))
    told = {
        "scale_map": scale.scale,
        "scale_sd": scale.sd,
        "scale_evidence_sigmas": scale.evidence_sigmas,
        "scale_certainty": scale.certainty,
        "scale_applied": float(scale.applied),
        "scale_log_factor": abs(factor),
        "scale_body": scale.body_scale,
        "scale_source": float(SCALE_SOURCES.index(scale.source)),
        "scale_clips": float(scale.clips),
    }
    if scale.ratios:
        told["scale_disagreement_raw"] = abs(scale.disagreement)
        told["scale_disagreement"] = abs(scale.disagreement + factor)
    return told
