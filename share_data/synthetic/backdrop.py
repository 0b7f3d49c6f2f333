"""The furnished room as the camera sees it: rendered once, then only warped, as the camera never leaves its place."""

from dataclasses import dataclass

import numpy as np

from share_data.body.render import rasterize
from share_data.body.shading import Hits, hits, lambert
from share_data.camera import Floats, Intrinsics, pixel_grid
from share_data.synthetic.boxes import Box, Mesh, mesh_of
from share_data.synthetic.cameras import CameraPath
from share_data.synthetic.materials import TEXTURES

SUPERSAMPLE = 2


@dataclass(frozen=True, slots=True)
class Backdrop:
    """colour (h, w, 3) float32 in [0, 1] and depth (h, w) float32 metres of a view wide enough for the whole path."""

    colour: Floats
    depth: Floats
    intrinsics: Intrinsics
    path: CameraPath

    def view(self, frame: int) -> tuple[Floats, Floats]:
        """Colour and depth in one frame's camera, SUPERSAMPLE times the video's size."""
        if not self.path.moves:
            return self.colour, self.depth
        import cv2

        camera = self.path.at(frame, SUPERSAMPLE)
        turn = self.path.rotation[frame] @ self.path.base.T
        homography = camera.matrix @ turn @ np.linalg.inv(self.intrinsics.matrix)
        # The warps work with integer pixel centres, the intrinsics with centres at +0.5.
        half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
        homography = np.linalg.inv(half) @ homography @ half
        size = (camera.width, camera.height)
        colour = cv2.warpPerspective(
            self.colour, homography, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        depth = cv2.warpPerspective(self.depth, homography, size, flags=cv2.INTER_NEAREST)
        rays = (pixel_grid(*size).astype(np.float64) - (camera.cx, camera.cy)) / camera.focal
        along = rays @ turn[:2, 2] + turn[2, 2]
        return np.asarray(colour), np.asarray(depth / along).astype(np.float32)


def paint(boxes: list[Box], path: CameraPath) -> Backdrop:
    """Render the room once for a whole clip."""
    mesh = mesh_of(boxes)
    camera = _wide(path)
    in_camera = (mesh.vertices - path.centre) @ path.base.T
    raster = rasterize(in_camera, mesh.faces, camera)
    seen = hits(raster, camera)
    colour = np.full((camera.height * camera.width, 3), 0.5, dtype=np.float32)
    colour[seen.pixel] = _shade(mesh, seen, seen.point @ path.base + path.centre)
    return Backdrop(colour.reshape(camera.height, camera.width, 3), raster.depth, camera, path)


def _wide(path: CameraPath) -> Intrinsics:
    """A camera in the tripod's base direction that sees everything the path will see, as finely as it will."""
    base = path.intrinsics
    if not path.moves:
        return path.at(0, SUPERSAMPLE)
    focal = float(path.focal.max()) * SUPERSAMPLE
    corners = np.array([[x, y] for x in (0, base.width) for y in (0, base.height)]) - (base.cx, base.cy)
    reach = np.zeros(2)
    for rotation, length in zip(path.rotation, path.focal, strict=True):
        rays = np.concatenate([corners / length, np.ones((4, 1))], axis=1) @ rotation @ path.base.T
        reach = np.maximum(reach, np.abs(rays[:, :2] / rays[:, 2:]).max(axis=0))
    width, height = 2 * np.ceil(reach * focal).astype(int) + 4
    return Intrinsics.centred(focal, int(width), int(height), base.source)


def _shade(mesh: Mesh, seen: Hits, world: Floats) -> Floats:
    """(N, 3) colour of seen points; world: (N, 3) metres."""
    local = world - mesh.origin[seen.face]
    uv = np.einsum("nkd,nd->nk", mesh.axes[seen.face], local)
    texture = np.ones(len(world))
    material, seed = mesh.materials[seen.face], mesh.seeds[seen.face].astype(np.float64)
    for number, name in enumerate(mesh.names):
        chosen = np.flatnonzero(material == number)
        texture[chosen] = TEXTURES[name](uv[chosen], seed[chosen])
    light = lambert(mesh.normals[seen.face])
    # Corners of the room and the space near the floor get less light.
    light = light * (0.82 + 0.18 * np.clip(world[:, 2:] / 0.5, 0, 1) ** 0.5)
    return np.asarray(np.clip(mesh.colours[seen.face] * texture[:, None] * light, 0, 1), dtype=np.float32)
