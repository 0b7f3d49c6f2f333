"""The built-in human estimator: MoveNet and BlazePose on the CPU, then a fit of the body model to the whole clip."""

from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from share_data.body.model import BodyModel
from share_data.camera import Floats, Intrinsics
from share_data.errors import EstimationError
from share_data.masks import MaskStack
from share_data.pipeline.humans.bridging import bridge_boxes
from share_data.pipeline.humans.stature import HEIGHT_FIELD, height_setting, resized, with_height
from share_data.records import Bools, EstimatorInfo, PersonTrack
from share_data.strict import StrictModel
from share_data.video.frames import ClipFrames

VERSION = 7
MIN_CONFIDENCE = 0.3
"""Frames below this count as unseen: landmarks and detector disagree, or most of the body is hidden."""


class BlazePoseConfig(StrictModel):
    """The embedded estimator; it needs no installation, no GPU and no licence beyond Apache-2.0."""

    kind: Literal["blazepose"]
    min_seen: float = Field(
        0.5, gt=0, le=1, description="Fail a clip when the person is seen in a smaller fraction of its frames."
    )
    height_m: float | None = HEIGHT_FIELD


class BlazePoseEstimator:
    """Poses, shape, translations and masks of the main person of a clip."""

    kind: ClassVar[str] = "blazepose"
    rank: ClassVar[int] = 0
    body_height_sd: ClassVar[float] = 0.055
    human_depth_sd: ClassVar[float] = 0.04
    Config: ClassVar[type[BlazePoseConfig]] = BlazePoseConfig

    def __init__(self, config: BlazePoseConfig, body: BodyModel) -> None:
        self._config = config
        self._body = body

    @cached_property
    def _skeleton(self) -> Any:
        from share_data.pipeline.humans.blazepose.skeleton import Skeleton

        return Skeleton(self._body)

    @property
    def info(self) -> EstimatorInfo:
        """Kind, version and the hashes of both networks. The body model's hash is the caller's to add."""
        from share_data.pipeline.humans.networks import BLAZEPOSE, MOVENET, weights_sha256

        weights = {name: weights_sha256(name) for name in (BLAZEPOSE, MOVENET)}
        settings = {"min_seen": self._config.min_seen} | height_setting(self._config.height_m)
        return EstimatorInfo(self.kind, VERSION, weights, settings)

    def estimate(self, frames: ClipFrames, times: Floats, intrinsics: Intrinsics) -> PersonTrack:
        """The main person's track in the camera frame.

        frames: T upright RGB images; times: (T,) seconds; intrinsics: of those images. Unseen frames are interpolated
        and not `valid`. Raises EstimationError when the person is seen in too few frames to say how he moved, and when
        what comes out is not a body.
        """
        from share_data.pipeline.humans.blazepose.evidence import Evidence
        from share_data.pipeline.humans.blazepose.landmarks import Landmarker
        from share_data.pipeline.humans.blazepose.motion import find_motion
        from share_data.pipeline.humans.blazepose.tracking import PersonTracker
        from share_data.pipeline.humans.movenet import GLANCE, MoveNet

        sightings = PersonTracker(MoveNet(), MoveNet(GLANCE), Landmarker()).follow(frames, intrinsics, times)
        valid = sightings.confidence >= MIN_CONFIDENCE
        self._require_enough(valid, sightings.seen)
        evidence = Evidence.gather(sightings.landmarks, sightings.world, valid, intrinsics, times)
        height = self._config.height_m
        motion = find_motion(self._skeleton, self._body, evidence, times, height)
        betas, transl = resized(self._body, motion.betas, motion.transl, height)
        track = PersonTrack(
            motion.global_orient,
            motion.body_pose,
            betas,
            transl,
            mask_boxes(sightings.masks, sightings.landmarks, valid, times),
            valid,
            sightings.confidence,
            sightings.masks,
            intrinsics,
            self.info,
        )
        require_body(track, self._body, height)
        return track

    def _require_enough(self, valid: Bools, seen: Bools) -> None:
        if valid.mean() >= self._config.min_seen and valid.any():
            return
        if not seen.any():
            raise EstimationError(
                f"no person found in {len(valid)} frames. Use a video that shows one whole person, "
                "at least about an eighth of the picture high and upright at some moment."
            )
        raise EstimationError(
            f"the person was followed in only {int(valid.sum())} of {len(valid)} frames (needed: "
            f"{self._config.min_seen:.0%}): hidden, leaving the picture, or detector and landmarks disagree. "
            "Cut the clip to where the whole person is in view, or lower humans.min_seen."
        )


def require_body(track: PersonTrack, body: BodyModel, height: float | None) -> None:
    """Raises EstimationError where a track is not a human body's. height: metres, None where it is not known."""
    from share_data.pipeline.quality.human_body import MEAN_SHAPE, body_fault, body_measures

    shape = MEAN_SHAPE if height is None else with_height(body, MEAN_SHAPE, height)
    fault = body_fault(body_measures(track, body, shape))
    if fault is not None:
        raise EstimationError(
            f"not a body: {fault}. The person is too small, too blurred or too much hidden to be followed. "
            "Use a clip that shows a larger or sharper person."
        )


def mask_boxes(masks: MaskStack, landmarks: Floats, valid: Bools, times: Floats) -> Floats:
    """(T, 4) float32 boxes around mask and body landmarks, px x1 y1 x2 y2; interpolated where not valid.

    landmarks: (T, 33, 3) px, px, visibility; at least one frame is valid; times: (T,) seconds.
    """
    boxes = np.zeros((len(valid), 4))
    for frame in np.flatnonzero(valid):
        points = landmarks[frame, landmarks[frame, :, 2] > 0.5, :2]
        extent = masks.extent(int(frame))
        if extent is not None:
            points = np.concatenate([points, np.reshape(extent, (2, 2))])
        points = points if len(points) else landmarks[frame, :, :2]
        boxes[frame] = [*points.min(axis=0), *points.max(axis=0)]
    return bridge_boxes(boxes, valid, times)
