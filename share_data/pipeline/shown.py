"""How much of an estimated body its image shows, frame by frame; and the keyframes of a track, chosen by it."""

import numpy as np

from share_data.body.model import BodyModel
from share_data.camera import Floats, Intrinsics, project
from share_data.pipeline.keyframes import KeyframesConfig, candidates, choose_keyframes, keyframe_numbers
from share_data.records import Bools, Ints, PersonTrack

SMALL = 96
"""Long side in pixels, at most, of the masks that are compared with each other."""
NEAR_M = 0.1


def keyframes_of(track: PersonTrack, times: Floats, body: BodyModel, config: KeyframesConfig) -> Ints:
    """(K,) ascending frame numbers of a track's keyframes, of frames whose mask is known. times: (T,) seconds, rising.

    Raises EstimationError where the person is well seen in fewer than two frames.
    """
    if config.choice == "even":
        return track.masks.near(keyframe_numbers(times, config.count))
    frames = track.masks.near(candidates(times, config.count))
    masks = track.masks.at(frames)
    pose = (track.global_orient[frames], track.body_pose[frames], track.betas, track.transl[frames])
    vertices = body.forward(*pose).vertices
    shown = [shown_share(mesh, body.faces, mask, track.intrinsics) for mesh, mask in zip(vertices, masks, strict=True)]
    step = -(-max(masks.height, masks.width) // SMALL)
    small = np.stack([mask[::step, ::step] for mask in masks])
    usable = np.where(track.valid[frames], shown, 0)
    return choose_keyframes(frames, times[frames], usable, small, config.count)


def shown_share(vertices: Floats, faces: Ints, mask: Bools, camera: Intrinsics) -> float:
    """Share of a body's surface that falls into the person's mask; what is hidden or outside of the image does not.

    Args:
        vertices: (V, 3) metres, camera frame.
        faces: (F, 3) vertex numbers.
        mask: (H, W) the person in that frame.
        camera: of the mask's size.

    Returns:
        In [0, 1], by area.
    """
    corners = np.asarray(vertices, dtype=np.float64)[faces]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    centres = corners.mean(axis=1)
    ahead = centres[:, 2] > NEAR_M
    pixels = np.floor(project(centres[ahead], camera)).astype(np.int64)
    inside = ((pixels >= 0) & (pixels < (mask.shape[1], mask.shape[0]))).all(axis=1)
    in_mask = np.zeros(len(faces), dtype=bool)
    at = np.flatnonzero(ahead)[inside]
    in_mask[at] = mask[pixels[inside, 1], pixels[inside, 0]]
    return float(area[in_mask].sum() / area.sum())
