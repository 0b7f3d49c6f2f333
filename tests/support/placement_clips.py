"""Synthetic placement problems with known truth: the mannequin in smooth random poses, walking, and its depth image."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from share_data.body.model import BodyModel
from share_data.body.render import rasterize
from share_data.camera import Floats, Intrinsics, pixel_grid, unproject
from share_data.pipeline.placement.place import PlacementOptions
from share_data.records import Ints


@dataclass(frozen=True)
class PlacementClip:
    """What `place_human` takes, and the true roots. Metres, camera frame."""

    name: str
    vertices: Floats
    human_points: list[Floats]
    roots: Floats
    true_roots: Floats
    keyframes: Ints
    faces: Ints


def make_clip(
    body: BodyModel,
    seed: int,
    frames: int = 100,
    keyframes: tuple[int, ...] = (0, -1),
    points: int = 10_000,
    depth_error: float = 0.3,
    jitter: float = 0.02,
    noise: float = 0.01,
    size_error: float = 0.5,
) -> PlacementClip:
    """A clip of a person 3-6 m away.

    points: about how many human points a keyframe has; depth_error, jitter: standard deviations in metres of the
    estimated depth of the whole clip and of each root coordinate; noise: of each point along its ray; size_error: of
    the first two betas.
    """
    rng = np.random.default_rng(seed)
    chosen = np.array([k % frames for k in keyframes])
    poses = gaussian_filter1d(rng.normal(0, 1, (frames, 69)), 8, axis=0, mode="nearest")
    poses *= 0.25 / poses.std()
    turn = np.cumsum(gaussian_filter1d(rng.normal(0, 0.1, frames), 8)) + rng.uniform(-np.pi, np.pi)
    orient = np.stack([_upright(angle) for angle in turn])
    start, heading, speed = (
        rng.uniform([-0.6, 0.0, 3.5], [0.6, 0.3, 5.5]),
        rng.uniform(-np.pi, np.pi),
        rng.uniform(0, 0.3),
    )
    path = start + np.outer(np.linspace(-1, 1, frames), [np.sin(heading), 0, np.cos(heading)]) * speed * frames / 60
    path[:, 1] += 0.02 * np.sin(np.arange(frames) * 0.4)
    betas = np.zeros(10)
    betas[:2] = rng.normal(0, size_error, 2)
    truth = body.forward(orient[chosen], poses[chosen], betas, path[chosen])
    guess = body.forward(orient, poses, np.zeros(10), path)
    error = np.array([0.02, 0.02, 1.0]) * rng.normal(0, depth_error, 3) + rng.normal(0, jitter, (frames, 3))
    estimated = guess.joints[:, 0] + error
    return PlacementClip(
        name=f"clip {seed}",
        vertices=(guess.vertices + error[:, None])[chosen],
        human_points=[depth_points(v, body.faces, points, noise, rng) for v in truth.vertices],
        roots=estimated,
        true_roots=guess.joints[:, 0].astype(np.float64),
        keyframes=chosen,
        faces=body.faces,
    )


def depth_points(vertices: Floats, faces: Ints, count: int, noise: float, rng: np.random.Generator) -> Floats:
    """About `count` camera-frame points of a surface's depth image, (P, 3) float32, with noise along the rays."""
    raster = rasterize(vertices, faces, Intrinsics.from_hfov(60, 320, 240))
    scale = np.sqrt(count / max(1, (raster.depth > 0).sum()))
    camera = Intrinsics.from_hfov(60, round(320 * scale), round(240 * scale))
    depth = rasterize(vertices, faces, camera).depth
    seen = depth > 0
    measured = depth[seen] + rng.normal(0, noise, seen.sum())
    return unproject(pixel_grid(camera.width, camera.height)[seen], measured, camera).astype(np.float32)


def _upright(turn: float) -> Floats:
    """Axis-angle of SMPL's y-up rest pose, turned by `turn` about the vertical, in a y-down camera frame."""
    from scipy.spatial.transform import Rotation

    return (Rotation.from_rotvec([np.pi, 0, 0]) * Rotation.from_rotvec([0, turn, 0])).as_rotvec()


def paper(**changes: object) -> PlacementOptions:
    """The paper's options, with some changed."""
    return PlacementOptions.model_validate(PlacementOptions.paper().model_dump() | changes)
