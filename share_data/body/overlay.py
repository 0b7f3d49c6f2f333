"""The body mesh drawn over the frame it was estimated from: the quickest judge of a reconstruction."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from share_data.body.render import rasterize
from share_data.camera import Floats, Intrinsics, transform
from share_data.records import Motion

if TYPE_CHECKING:
    from share_data.body.model import BodyModel

Image = NDArray[np.uint8]

MESH_RGB = (120, 170, 235)
OPACITY = 0.75
AMBIENT = 0.35
PREVIEW_LONG_SIDE = 512
PREVIEW_QUALITY = 88
LARGEST_PREVIEW = 1 << 24
"""Pixels of a preview that is decoded: sixty times as many as a build's has."""
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def overlay_mesh(image: Image, vertices: Floats, faces: NDArray[np.integer], intrinsics: Intrinsics) -> Image:
    """`image` with the mesh shaded (light at the camera) and blended over it.

    image: (H, W, 3) uint8 RGB; vertices: (V, 3) metres, camera frame; faces: (F, 3); `intrinsics` may be of another
    resolution of the same view. Returns a new (H, W, 3) image. Parts behind the camera or off the image are not drawn.
    """
    height, width = image.shape[:2]
    raster = rasterize(vertices, faces, intrinsics.scaled(width, height))
    seen = raster.face >= 0
    shade = _facing(vertices, faces)[raster.face[seen]]
    colour = shade[:, None] * np.array(MESH_RGB)
    result = image.copy()
    result[seen] = np.rint((1 - OPACITY) * image[seen] + OPACITY * colour).astype(np.uint8)
    return result


def camera_vertices(motion: Motion, T_world_cam: Floats, body: "BodyModel", frames: Sequence[int]) -> Floats:
    """(K, V, 3) float32 metres: the mesh at K frames of a world-frame motion, back in the camera frame."""
    chosen = list(frames)
    posed = body.forward(motion.global_orient[chosen], motion.body_pose[chosen], motion.betas, motion.transl[chosen])
    return transform(posed.vertices, np.linalg.inv(T_world_cam))


def preview(image: Image, vertices: Floats, faces: NDArray[np.integer], intrinsics: Intrinsics) -> bytes:
    """The preview JPEG of a record: the mesh over the frame, long side 512 pixels (never enlarged).

    Arguments as of `overlay_mesh`. Equal arguments give equal bytes.
    """
    return encode_jpeg(overlay_mesh(shrink(image, PREVIEW_LONG_SIDE), vertices, faces, intrinsics))


def encode_jpeg(image: Image) -> bytes:
    """Baseline JPEG bytes of an (H, W, 3) uint8 RGB image."""
    import cv2

    _, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, PREVIEW_QUALITY])
    return bytes(data)


def decode_jpeg(data: bytes) -> Image:
    """(H, W, 3) uint8 RGB image of JPEG bytes. Raises ValueError for bytes that are no such image, or a huge one."""
    import cv2

    height, width = _declared_size(data)
    if height * width > LARGEST_PREVIEW:
        raise ValueError(f"it declares {width} x {height} pixels, more than {LARGEST_PREVIEW} in all")
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    if image is None:
        raise ValueError("the bytes are not an image")
    return np.ascontiguousarray(image[..., ::-1])


def _declared_size(data: bytes) -> tuple[int, int]:
    """Height and width that a JPEG's frame header declares: its decoder makes room for them before it looks further."""
    at = 2
    while data[:2] == b"\xff\xd8" and at + 9 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if marker in _FRAME_HEADERS:
            return int.from_bytes(data[at + 5 : at + 7]), int.from_bytes(data[at + 7 : at + 9])
        at += 1 if marker == 0xFF else 2 + length  # Bytes of fill may stand before a marker.
    raise ValueError("the bytes are not a JPEG image")


def shrink(image: Image, long_side: int) -> Image:
    """`image` with its long side reduced to `long_side` pixels; smaller images are returned as they are."""
    import cv2

    height, width = image.shape[:2]
    factor = long_side / max(height, width)
    if factor >= 1:
        return image
    size = (max(round(width * factor), 1), max(round(height * factor), 1))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _facing(vertices: Floats, faces: NDArray[np.integer]) -> Floats:
    """(F,) brightness in [AMBIENT, 1]: how squarely each face looks at the camera."""
    a, b, c = np.moveaxis(np.asarray(vertices, np.float64)[faces], 1, 0)
    normal = np.cross(b - a, c - a)
    length = np.linalg.norm(normal, axis=1) * np.linalg.norm(a, axis=1)
    cosine = np.abs(np.sum(normal * a, axis=1)) / np.maximum(length, np.finfo(np.float64).tiny)
    return np.asarray(AMBIENT + (1 - AMBIENT) * cosine)
