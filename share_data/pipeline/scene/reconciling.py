"""A clip's point maps and its body, held against each other: whose size is believed."""

from collections.abc import Sequence
from dataclasses import replace

from share_data.body.model import BodyModel, BodyOutput
from share_data.camera import Floats
from share_data.pipeline.scene.scale import ScaleConfig, ScaleEstimate, estimate_pooled, estimate_scale
from share_data.pipeline.scene.scale_evidence import KeyframeEvidence, PooledEvidence, keyframe_evidence, uprightness
from share_data.records import Ints, PersonTrack, PointMap


def scale_of(
    surface: BodyOutput,
    track: PersonTrack,
    keyframes: Ints,
    point_maps: Sequence[PointMap],
    scales: Floats,
    body: BodyModel,
    config: ScaleConfig,
    pooled: PooledEvidence | None,
) -> ScaleEstimate | None:
    """The point maps' scale against the body's; None where the maps were made from the body and know no other.

    A measured scale is compared with the body's, and stands, whatever the recipe says.

    Args:
        surface: the posed body, not yet placed, in all frames.
        track: whose.
        keyframes: (K,) frame numbers.
        point_maps: theirs.
        scales: (K,) that tie the keyframes' depths to each other.
        body: the model it was posed with.
        config: of the recipe.
        pooled: what the clips that share this one's scale say of it; by default its own keyframes tell.
    """
    if any(each.from_person for each in point_maps):
        return None
    if any(each.measured for each in point_maps):
        config = config.model_copy(update={"reconcile": False})
    if pooled is not None:
        return estimate_pooled(pooled, config)
    return estimate_scale(evidence_of(surface, track, keyframes, point_maps, scales, body), config)


def evidence_of(
    surface: BodyOutput,
    track: PersonTrack,
    keyframes: Ints,
    point_maps: Sequence[PointMap],
    scales: Floats,
    body: BodyModel,
) -> tuple[KeyframeEvidence, ...]:
    """What each keyframe says of the scale. Arguments as those of `scale_of`."""
    evidence = []
    for frame, each, scale in zip(keyframes, point_maps, scales, strict=True):
        mesh, depth = surface.vertices[frame], each.depth * scale
        found = keyframe_evidence(mesh, body.faces, each.intrinsics, track.masks[frame], depth, each.valid)
        upright, height = uprightness(surface.joints[frame]), body.height(track.betas)
        evidence.append(replace(found, upright=upright, height=height))
    return tuple(evidence)
