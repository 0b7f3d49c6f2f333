"""Landmarks of a clip as the fit wants them: 23 targets a frame, gaps bridged, and a guess of the body's place."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial.transform import Rotation

from share_data.camera import Floats, Intrinsics
from share_data.errors import EstimationError
from share_data.pipeline.humans.blazepose import correspondence
from share_data.pipeline.humans.blazepose.lean import restored_lean
from share_data.records import Bools

_NEAREST = 0.3
"""Metres: nobody is filmed whole from closer."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """pixels: (T, 23, 2) px; world: (T, 23, 3) metres, camera axes; weights: (T, 23), 0 in unseen frames; times: (T,)
    seconds."""

    pixels: Floats
    world: Floats
    weights: Floats
    intrinsics: Intrinsics
    times: Floats

    @classmethod
    def gather(cls, landmarks: Floats, world: Floats, seen: Bools, intrinsics: Intrinsics, times: Floats) -> "Evidence":
        """From landmarks (T, 33, 3: px, px, visibility) and world landmarks (T, 33, 3), at `times` (T,) in seconds.

        At least one frame is seen. Unseen ones get the targets interpolated in time, with weight 0: they only start the
        optimisation.
        """
        observed = correspondence.targets(landmarks.astype(np.float64))
        points = correspondence.targets(world.astype(np.float64)) * correspondence.WORLD_SCALE
        weights = correspondence.WEIGHTS * np.clip(observed[..., 2], 0.02, 1.0) * seen[:, None]
        pixels, world = _bridge(observed[..., :2], seen, times), _bridge(points, seen, times)
        return cls(pixels, world, weights, intrinsics, times)

    @property
    def seen(self) -> Bools:
        """(T,) bool: frames with evidence of their own."""
        return np.asarray((self.weights > 0).any(axis=1))

    def rays(self) -> Floats:
        """(T, 3) unit: from the camera to the middle of the targets."""
        middle = (self.pixels.mean(axis=1) - [self.intrinsics.cx, self.intrinsics.cy]) / self.intrinsics.focal
        rays = np.column_stack([middle, np.ones(len(middle))])
        return np.asarray(rays / np.linalg.norm(rays, axis=1, keepdims=True))

    def turned(self, swapped: Bools, mirrored: Bools) -> "Evidence":
        """The same, read otherwise in some frames: left taken for right, near for far. Gaps are bridged anew.

        swapped, mirrored: (T,) bool. Near and far change places along the ray to the person.
        """
        rays, seen, twins = self.rays()[:, None], self.seen, list(correspondence.SWAPPED)
        depth = (self.world * rays).sum(axis=-1, keepdims=True)
        world = np.where(mirrored[:, None, None], self.world - 2 * depth * rays, self.world)
        swap = swapped[:, None]
        return Evidence(
            _bridge(np.where(swap[..., None], self.pixels[:, twins], self.pixels), seen, self.times),
            _bridge(np.where(swap[..., None], world[:, twins], world), seen, self.times),
            np.where(swap, self.weights[:, twins], self.weights),
            self.intrinsics,
            self.times,
        )

    def unbiased(self, limbs: float | None) -> "Evidence":
        """Less what is known to be wrong: the lean that BlazePose loses and, for a body of known size, its size.

        limbs: metres, summed length of the body's `LIMBS`; None: unknown.
        """
        world = restored_lean(self.world, self.rays())
        if limbs is not None:
            world = world * (limbs / correspondence.limb_length(world[self.seen]))
        return replace(self, world=world)

    def positions(self) -> Floats:
        """(T, 3) metres: the camera-frame translation of `world` that reprojects best onto `pixels`.

        Linear least squares of f (X + tx) = (u - cx) (Z + tz) and its twin in y, weighted by visibility.
        """
        focal, k = self.intrinsics.focal, np.maximum(self.weights, 1e-3)
        slopes = (self.pixels - [self.intrinsics.cx, self.intrinsics.cy]) / focal
        rows = np.zeros((*self.world.shape[:2], 2, 3))
        rows[..., 0, 0] = rows[..., 1, 1] = 1.0
        rows[..., 2] = -slopes
        right = slopes * self.world[..., 2:] - self.world[..., :2]
        normal = np.einsum("tk,tkia,tkib->tab", k, rows, rows)
        moment = np.einsum("tk,tkia,tki->ta", k, rows, right)
        found = np.linalg.solve(normal, moment[..., None])[..., 0]
        depth = found[:, 2]
        if not (depth > _NEAREST).any():
            raise EstimationError(
                f"the landmarks put the person behind the camera or closer than {_NEAREST} m in every frame. "
                "Give the camera's focal length in the recipe, or use a clip that shows the whole body."
            )
        middle = np.median(depth[depth > _NEAREST])
        return _bridge(found, (depth > middle / 2) & (depth < middle * 2), self.times)

    def root_turns(self, rest_trunk: Floats) -> Floats:
        """(T, 3, 3): rotation of the rest pose's hips and shoulders (4, 3) onto those seen in each frame."""
        rows = [correspondence.L_HIP, correspondence.R_HIP, correspondence.L_SHOULDER, correspondence.R_SHOULDER]
        seen, rest = _about_mean(self.world[:, rows]), _about_mean(rest_trunk.astype(np.float64))
        return np.stack([Rotation.align_vectors(frame, rest)[0].as_matrix() for frame in seen])


def _about_mean(points: Floats) -> Floats:
    return np.asarray(points - points.mean(axis=-2, keepdims=True))


def _bridge(values: Floats, known: Bools, times: Floats) -> Floats:
    """`values` (T, ...) with the frames that are not `known` interpolated linearly in time, ends held."""
    flat = values.reshape(len(values), -1)
    columns = [np.interp(times, times[known], flat[known, column]) for column in range(flat.shape[1])]
    return np.stack(columns, axis=1).reshape(values.shape)
