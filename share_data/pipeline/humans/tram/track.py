"""A track from what VIMO says of some frames: one shape, gaps bridged."""

import numpy as np
from scipy.spatial.transform import Rotation

from share_data.body.model import BodyModel
from share_data.camera import Floats, Intrinsics
from share_data.pipeline.humans.bridging import bridge_positions, bridge_rotations
from share_data.pipeline.humans.main_person import require_enough
from share_data.pipeline.humans.tram.exchange import VimoMotion
from share_data.records import Bools, EstimatorInfo, MainPerson, PersonTrack

_REASON = "TRAM needs runs of 16 frames in which the person is seen, and a pose in front of the camera"


def assemble_track(
    person: MainPerson,
    motion: VimoMotion,
    times: Floats,
    intrinsics: Intrinsics,
    body: BodyModel,
    info: EstimatorInfo,
    min_seen: float,
) -> PersonTrack:
    """The track of `person` with VIMO's motion. times: (T,) seconds.

    VIMO predicts a shape a frame; TRAM itself takes their mean. Its `transl` is that of smplx, as ours is. Raises
    EstimationError when the motion is known in a smaller share of the frames than `min_seen`.
    """
    usable = _in_front(motion, body)
    frame, rotations = motion.frame[usable], motion.rotations[usable]
    valid = np.isin(np.arange(len(times)), frame)
    require_enough(valid, min_seen, _REASON)
    known = times[frame]
    pose = np.stack(
        [bridge_rotations(Rotation.from_matrix(rotations[:, joint]), known, times) for joint in range(24)], axis=1
    )
    return PersonTrack(
        global_orient=pose[:, 0],
        body_pose=pose[:, 1:].reshape(len(times), 69),
        betas=motion.betas[usable].mean(axis=0, dtype=np.float64).astype(np.float32),
        transl=bridge_positions(motion.transl[usable], known, times),
        boxes=person.boxes,
        valid=valid,
        confidence=(person.confidence * valid).astype(np.float32),
        masks=person.masks,
        intrinsics=intrinsics,
        estimator=info,
    )


def _in_front(motion: VimoMotion, body: BodyModel) -> Bools:
    """(N,) bool: all numbers finite, and the pelvis in front of the camera."""
    frames = len(motion.frame)
    numbers = np.concatenate([motion.rotations.reshape(frames, 216), motion.betas, motion.transl], axis=1)
    depth = motion.transl[:, 2] + body.rest_pelvis(np.zeros(10, np.float32))[2]
    return np.asarray(np.isfinite(numbers).all(axis=1) & (depth > 0))
