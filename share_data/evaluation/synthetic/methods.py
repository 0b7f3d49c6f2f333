"""The rows of the synthetic benchmark: functions from the simulated clips of one video to displaced people."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import numpy as np

from share_data.camera import Floats
from share_data.evaluation.synthetic.clips import SimulatedClip
from share_data.pipeline.camera.focal import rescale_translations
from share_data.pipeline.error_levels import DOCUMENTED
from share_data.pipeline.placement.place import PlacementOptions, place_human
from share_data.pipeline.scene.fusion import Fusion, SceneConfig, fuse_scene
from share_data.pipeline.scene.scale import ScaleConfig, estimate_scale
from share_data.pipeline.scene.scale_evidence import KeyframeEvidence, keyframe_evidence, uprightness

PAPER_SCENE = SceneConfig.paper()
OUR_SCENE = SceneConfig()
OUR_SCALE = ScaleConfig(body_height_sd=DOCUMENTED.body_height / 1.72, human_depth_sd=0.005)
"""As the simulated human estimator states it: its bodies are 4.5 cm wrong, and 4 degrees a joint leave half a per cent
of depth (the row `pose`). It says so too where its bodies are 15 cm wrong.
The depth's figure matters: one video of eight is rescaled by it that at 0.02 is left."""
SILENT = ScaleConfig()
"""As estimators are believed that state nothing: BlazePose, TRAM and GVHMR."""
OUR_PLACEMENT = PlacementOptions()


class Method(Protocol):
    """A row. `name` is unique in a table."""

    @property
    def name(self) -> str: ...

    def __call__(self, clips: Sequence[SimulatedClip]) -> list[Floats]:
        """What to add to every frame's body: (T, 3) metres a clip. clips: some or all of one video, in order.

        Poses and shape are the estimator's, so the displacement of a frame is that of its root and all its vertices.
        """
        ...


@dataclass(frozen=True, slots=True)
class Initial:
    """The human estimator's own translations, with its own focal: what TRAM's row is in the published table."""

    name: str = "initial (TRAM-like)"

    def __call__(self, clips: Sequence[SimulatedClip]) -> list[Floats]:
        return [np.zeros((len(clip.track.transl), 3)) for clip in clips]


@dataclass(frozen=True, slots=True)
class Share:
    """The paper: eqs. 1-9 with mean merge and mean anchoring, from the estimator's translations as they come."""

    solver: Literal["exact", "adam"] = "exact"

    @property
    def name(self) -> str:
        return f"SHARE ({self.solver})"

    def __call__(self, clips: Sequence[SimulatedClip]) -> list[Floats]:
        options = PlacementOptions.paper(self.solver)
        return [self._place(first_and_last(clip), options) for clip in clips]

    def _place(self, clip: SimulatedClip, options: PlacementOptions) -> Floats:
        points = fuse(clip, PAPER_SCENE).human_points
        track = clip.track
        vertices = track.vertices[clip.keyframes]
        roots = track.joints[:, 0]
        return place_human(vertices, points, roots, clip.times, clip.keyframes, options, clip.faces).offsets


@dataclass(frozen=True, slots=True)
class Ours:
    """One focal for both estimators, one reconciled scale, all keyframes, blended anchors, visible surfaces.

    ends: use the first and the last keyframe only, as the paper does. scale: whether the scale is
    estimated from all clips of a video at once, from each alone (as a build does), or not at all.
    """

    name: str = "ours"
    scale: Literal["video", "clip", "off"] = "video"
    placement: PlacementOptions = OUR_PLACEMENT
    scene: SceneConfig = OUR_SCENE
    reconciliation: ScaleConfig = OUR_SCALE
    ends: bool = False

    def __call__(self, clips: Sequence[SimulatedClip]) -> list[Floats]:
        clips = [first_and_last(clip) for clip in clips] if self.ends else clips
        moves = [to_shared_focal(clip) for clip in clips]
        fusions = [fuse(clip, self.scene) for clip in clips]
        evidence = [_evidence(*each) for each in zip(clips, moves, fusions, strict=True)]
        if self.scale == "video":
            evidence = [[one for each in evidence for one in each]] * len(clips)
        factors = [1.0 if self.scale == "off" else estimate_scale(own, self.reconciliation).factor for own in evidence]
        return [self._place(*each) for each in zip(clips, moves, fusions, factors, strict=True)]

    def _place(self, clip: SimulatedClip, move: Floats, fusion: Fusion, factor: float) -> Floats:
        vertices = clip.track.vertices[clip.keyframes] + move[clip.keyframes, None]
        points = [each * factor for each in fusion.human_points]
        roots = clip.track.joints[:, 0] + move
        placed = place_human(vertices, points, roots, clip.times, clip.keyframes, self.placement, clip.faces)
        return move + placed.offsets


def default_methods(adam: bool = True) -> tuple[Method, ...]:
    """The published comparison's rows, then ours and what it is without its parts. `adam` takes minutes a clip."""
    share: tuple[Method, ...] = (Share("adam"), Share("exact")) if adam else (Share("exact"),)
    return (
        Initial(),
        *share,
        Ours(),
        Ours("ours, scale per clip", scale="clip"),
        Ours("ours, body's size unstated", reconciliation=SILENT),
        Ours("ours without scale", scale="off"),
        Ours("ours, two keyframes", ends=True),
    )


def first_and_last(clip: SimulatedClip) -> SimulatedClip:
    """The clip with the paper's two keyframes."""
    maps, masks = (clip.point_maps[0], clip.point_maps[-1]), (clip.masks[0], clip.masks[-1])
    return replace(clip, point_maps=maps, masks=masks, keyframes=clip.keyframes[[0, -1]])


def fuse(clip: SimulatedClip, config: SceneConfig) -> Fusion:
    """Scene and human points of a clip. Its images are black: no method looks at colours."""
    camera = clip.point_maps[0].intrinsics
    black = np.zeros((camera.height, camera.width, 3), dtype=np.uint8)
    return fuse_scene(clip.point_maps, [black] * len(clip.point_maps), clip.masks, config)


def to_shared_focal(clip: SimulatedClip) -> Floats:
    """(T, 3) metres: from the human estimator's translations to those of the point map's focal."""
    track = clip.track
    rest_pelvis = (track.joints[0, 0] - track.transl[0]).astype(np.float64)
    transl = track.transl.astype(np.float64)
    return rescale_translations(transl, rest_pelvis, track.intrinsics, clip.point_maps[0].intrinsics) - transl


def _evidence(clip: SimulatedClip, move: Floats, fusion: Fusion) -> list[KeyframeEvidence]:
    evidence = []
    for frame, point_map, mask, scale in zip(clip.keyframes, clip.point_maps, clip.masks, fusion.scales, strict=True):
        vertices = clip.track.vertices[frame] + move[frame]
        depth = point_map.depth * scale
        found = keyframe_evidence(vertices, clip.faces, point_map.intrinsics, mask, depth, point_map.valid)
        upright = uprightness(clip.track.joints[frame] + move[frame])
        evidence.append(replace(found, upright=upright, height=clip.track.height))
    return evidence
