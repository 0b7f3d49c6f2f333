"""Putting what was read of a record into the arrays of a sample, in the frame of reference that was asked for."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from share_data.corpus.training.canonical import Turn
from share_data.corpus.training.motion import Motion
from share_data.corpus.training.options import SampleOptions
from share_data.corpus.training.rotations import SHAPES, Representation, represented
from share_data.corpus.training.scene import ScenePoints, occupied
from share_data.store.draws import hashed

Arrays = dict[str, NDArray[Any]]
Shapes = Mapping[str, tuple[tuple[int, ...], Any]]

_PER_FRAME: Shapes = {
    "transl": ((3,), np.float32),
    "joints": ((24, 3), np.float32),
    "contact_distance": ((24,), np.float32),
    "confidence": ((), np.float32),
    "foot_contact": ((4,), np.bool_),
    "company": ((), np.bool_),
    "times": ((), np.float32),
    "mask": ((), np.bool_),
}
_PER_POINT: Shapes = {
    "points": ((3,), np.float32),
    "point_mask": ((), np.bool_),
    "colors": ((3,), np.uint8),
    "normals": ((3,), np.float32),
    "point_source": ((), np.uint8),
}


def sample_shapes(options: SampleOptions, frames: int, points: int) -> Shapes:
    """Shape and dtype of every array of a sample of so many frames and points."""
    shapes = {name: ((frames, *shape), dtype) for name, (shape, dtype) in _PER_FRAME.items()}
    shapes["pose"] = ((frames, 24, *SHAPES[options.rotation]), np.float32)
    shapes["betas"] = ((10,), np.float32)
    shapes["length"] = shapes["record"] = ((), np.int64)
    shapes["T_world_sample"] = ((4, 4), np.float32)
    if options.scene_points is not None:
        for name in ("points", "point_mask", *options.scene_arrays):
            shape, dtype = _PER_POINT[name]
            shapes[name] = ((points, *shape), dtype)
    if options.occupancy is not None:
        shapes["occupancy"] = (options.occupancy.shape, np.uint8)
    return shapes


def put_motion(into: Mapping[str, NDArray[Any]], motion: Motion, rotation: Representation, turn: Turn | None) -> None:
    """Frames, padded with the last of them. turn: to the sample's frame, None for the world."""
    frames = len(motion.times)
    if motion.axis_angle is not None and turn is None and rotation == "axis_angle":
        into["pose"][:frames] = motion.axis_angle
    else:
        turned = motion.quaternions()
        if turn is not None:
            turned[:, 0] = turn.orientations(turned[:, 0])
        into["pose"][:frames] = represented(turned, rotation)
    for name, array in motion.arrays.items():
        into[name][:frames] = array
    if turn is not None:
        # The pelvis turns about itself: SMPL's translation is not it, but so far from it in every frame.
        apart = motion.arrays["joints"][0, 0] - motion.arrays["transl"][0]
        into["joints"][:frames] = turn.points(motion.arrays["joints"])
        into["transl"][:frames] = into["joints"][:frames, 0] - apart
    into["T_world_sample"][:] = np.eye(4) if turn is None else turn.to_world()
    into["betas"][:] = motion.betas
    into["times"][:frames] = motion.times
    into["mask"][:frames] = motion.seen
    into["length"][...] = frames
    if frames < len(into["times"]):
        for name in ("pose", *_PER_FRAME):
            if name != "mask":
                into[name][frames:] = into[name][frames - 1]


def put_scene(
    into: Mapping[str, NDArray[Any]],
    motion: Motion,
    scene: ScenePoints,
    options: SampleOptions,
    turn: Turn | None,
    draw: int,
) -> None:
    """Points and voxels. draw: 64 random bits."""
    path = np.asarray(motion.arrays["joints"][:, 0], np.float64)
    if options.scene_points is not None:
        wanted = {name: into[name] for name in ("points", *options.scene_arrays)}
        filled = scene.fill(wanted, path, options.scene_radius, hashed(draw, 1))
        into["point_mask"][:filled] = True
        if turn is not None:
            into["points"][:filled] = turn.points(into["points"][:filled])
            if "normals" in wanted:
                into["normals"][:filled] = turn.directions(into["normals"][:filled])
    if options.occupancy is not None:
        box = options.occupancy
        points, low = scene.whole(), np.array([path[0, 0], path[0, 1], 0.0])
        if turn is not None:
            points, low = turn.points(points), np.zeros(3)
        low = low - (box.width / 2, box.width / 2, 0)
        into["occupancy"][:] = occupied(points, low, box.voxel, box.shape)
