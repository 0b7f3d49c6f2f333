"""Frames of a clip: people drawn into the backdrop, with a soft shadow, smooth edges and sensor noise."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from share_data.body.render import rasterize
from share_data.body.shading import LIGHT, hits, interpolate, lambert, vertex_normals
from share_data.camera import Floats, Intrinsics, project, unproject
from share_data.synthetic.backdrop import SUPERSAMPLE, Backdrop
from share_data.synthetic.clothes import Outfit, weave
from share_data.synthetic.motion import WorldMotion

NOISE = 0.006  # standard deviation of the sensor noise, of full scale
EXPOSURE_SWING = 0.4

Image = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Actor:
    """A dressed person and how he moves."""

    motion: WorldMotion
    outfit: Outfit
    faces: np.ndarray


@dataclass(frozen=True, slots=True)
class Take:
    """One uninterrupted camera run: frames [start, stop) of the motions, and the brightness of each frame (T,)."""

    backdrop: Backdrop
    actors: tuple[Actor, ...]
    exposure: Floats
    start: int
    stop: int
    seed: int


def shoot(take: Take) -> Iterator[Image]:
    """The frames, (H, W, 3) uint8 RGB."""
    return (image for image, _ in shoot_with_depth(take))


def shoot_with_depth(take: Take) -> Iterator[tuple[Image, NDArray[np.uint16]]]:
    """The frames, and how far away what they show is along the optical axis: (H, W) uint16 millimetres, 0 = nothing."""
    rng = np.random.default_rng([take.seed, 0xF11])
    size = take.backdrop.path.intrinsics
    grain = rng.normal(0, NOISE, (size.height + 64, size.width + 64, 1)).astype(np.float32)
    for frame in range(take.start, take.stop):
        colour, _, depth = compose(take, frame)
        image = (colour[::2, ::2] + colour[1::2, ::2] + colour[::2, 1::2] + colour[1::2, 1::2]) * np.float32(0.25)
        dy, dx = rng.integers(0, 64, 2)
        image = image * np.float32(take.exposure[frame]) + grain[dy : dy + size.height, dx : dx + size.width]
        millimetres = np.minimum(1000 * depth[::SUPERSAMPLE, ::SUPERSAMPLE] + 0.5, np.iinfo(np.uint16).max)
        yield (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8), millimetres.astype(np.uint16)


def compose(take: Take, frame: int) -> tuple[Floats, NDArray[np.int8], Floats]:
    """One frame before the sensor, SUPERSAMPLE times the video's size: colour (h, w, 3) float32; whose pixel it is,
    (h, w) int8: number of the actor, -1 for the background; and its depth, (h, w) metres, 0 = nothing."""
    background, depth = take.backdrop.view(frame)
    colour, depth = background.copy(), depth.copy()
    owner = np.full(depth.shape, -1, dtype=np.int8)
    for actor in take.actors:
        _cast_shadow(take.backdrop, actor, frame, colour, depth)
    for number, actor in enumerate(take.actors):
        _draw(take.backdrop, actor, frame, colour, depth, owner, number)
    return colour, owner, depth


def _window(points: Floats, camera: Intrinsics, margin: int = 2) -> tuple[slice, slice, Intrinsics] | None:
    """Rows and columns of the image that camera-frame points fall on, and the camera cropped to them."""
    front = points[points[:, 2] > 0.1]
    if not len(front):
        return None
    uv = project(front, camera)
    x0, y0 = np.clip(np.floor(uv.min(axis=0)).astype(int) - margin, 0, (camera.width, camera.height))
    x1, y1 = np.clip(np.ceil(uv.max(axis=0)).astype(int) + margin, 0, (camera.width, camera.height))
    if x1 <= x0 or y1 <= y0:
        return None
    crop = Intrinsics(camera.focal, camera.cx - int(x0), camera.cy - int(y0), int(x1 - x0), int(y1 - y0), camera.source)
    return slice(int(y0), int(y1)), slice(int(x0), int(x1)), crop


def _draw(
    backdrop: Backdrop,
    actor: Actor,
    frame: int,
    colour: Floats,
    depth: Floats,
    owner: NDArray[np.int8],
    number: int,
) -> None:
    """Draw a person over what lies behind him, in place."""
    path = backdrop.path
    vertices = path.to_camera(actor.motion.vertices[frame].astype(np.float64), frame)
    window = _window(vertices, path.at(frame, SUPERSAMPLE))
    if window is None:
        return
    rows, columns, camera = window
    raster = rasterize(vertices, actor.faces, camera)
    behind = depth[rows, columns]
    visible = (raster.face >= 0) & ((raster.depth < behind) | (behind <= 0))
    seen = hits(type(raster)(raster.depth, np.where(visible, raster.face, -1).astype(np.int32)), camera)
    normals = vertex_normals(vertices, actor.faces) @ path.rotation[frame]
    values = np.concatenate([actor.outfit.colours, actor.outfit.cloth[:, None], actor.outfit.rest, normals], axis=1)
    values = interpolate(values, vertices, actor.faces, seen)
    normal = values[:, 7:] / np.maximum(np.linalg.norm(values[:, 7:], axis=1, keepdims=True), 1e-9)
    shade = values[:, :3] * weave(values[:, 4:7], values[:, 3]) * lambert(normal, LIGHT)
    at = np.unravel_index(seen.pixel, visible.shape)
    colour[rows, columns][at] = np.clip(shade, 0, 1)
    depth[rows, columns][at] = raster.depth[at]
    owner[rows, columns][at] = number


def _cast_shadow(backdrop: Backdrop, actor: Actor, frame: int, colour: Floats, depth: Floats) -> None:
    """Darken the floor under the person, in place: a wide blob under the pelvis, a tight one under each foot."""
    joints = actor.motion.joints[frame].astype(np.float64)
    blobs = [(joints[0], 0.32, 0.38), (joints[10], 0.11, 0.45), (joints[11], 0.11, 0.45)]
    corners = np.array(
        [
            (*(place[:2] + 2 * np.array(corner) * width), 0.0)
            for place, width, _ in blobs
            for corner in ((-1, -1), (1, -1), (-1, 1), (1, 1))
        ]
    )
    path = backdrop.path
    window = _window(path.to_camera(corners, frame), path.at(frame, SUPERSAMPLE))
    if window is None:
        return
    rows, columns, camera = window
    area = depth[rows, columns].astype(np.float64)
    v, u = np.mgrid[0 : camera.height, 0 : camera.width] + 0.5
    world = unproject(np.stack([u, v], axis=-1), area, camera) @ path.rotation[frame] + path.centre
    factor = np.ones(area.shape)
    for place, width, strength in blobs:
        away = ((world[..., :2] - place[:2]) ** 2).sum(-1) / (2 * width**2)
        height = max(place[2] - (0.9 if width > 0.2 else 0.05), 0)
        factor *= 1 - strength * np.exp(-away) / (1 + 8 * height)
    factor = np.where(np.abs(world[..., 2]) < 0.03, factor, 1)
    colour[rows, columns] *= factor[..., None].astype(np.float32)
