"""A reconstruction from above: scene, pelvis path, camera, on a metre grid."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from share_data.body.overlay import Image
from share_data.camera import Floats, Intrinsics

HEADROOM = 2.0  # metres above the floor; points above it are left out, or a ceiling would hide the room
MARGIN = 0.5  # metres around what is shown
CROWD = (1, 99)  # percentiles of the points that must be in view: stray far points do not shrink the room
CONE = 1.5  # metres, length of the drawn view cone
GRID_SCALE = 2.0  # pixels a metre, below which a grid would be grey all over, and have any number of lines
GRID_RGB, CAMERA_RGB, INK_RGB = (150, 150, 150), (200, 30, 30), (20, 20, 20)


@dataclass(frozen=True, slots=True)
class TopViewFrame:
    """Which part of the floor it shows: `low` (2,) metres is its lower left corner, `scale` pixels per metre."""

    low: Floats
    scale: float
    width: int
    height: int

    def pixels(self, ground: Floats) -> NDArray[np.intp]:
        """(N, 2) column and row of (N, 2) floor positions x, y in metres: +x is right, +y is up."""
        xy = (np.asarray(ground, np.float64) - self.low) * self.scale
        return np.stack([np.floor(xy[:, 0]), self.height - 1 - np.floor(xy[:, 1])], axis=1).astype(np.intp)


def top_view(
    points: Floats, colors: NDArray[np.uint8], pelvis: Floats, T_world_cam: Floats, camera: Intrinsics, size: int = 720
) -> Image:
    """Draw the world from above, `size` pixels high.

    points: (N, 3) metres, world frame, with colors (N, 3) uint8; pelvis: (T, 3) metres, world frame, drawn from dark
    (start) to bright (end); T_world_cam: (4, 4). Returns (size, W, 3) uint8 RGB with a 1 m grid and a scale bar.
    """
    frame = top_view_frame(points, pelvis, T_world_cam[:3, 3], size)
    canvas = np.full((frame.height, frame.width, 3), 255, np.uint8)
    _draw_points(canvas, frame, points, colors)
    canvas = _draw_grid(canvas, frame)
    _draw_camera(canvas, frame, T_world_cam, camera)
    _draw_path(canvas, frame, pelvis)
    _draw_scale_bar(canvas, frame)
    return canvas


def top_view_frame(points: Floats, pelvis: Floats, camera: Floats, size: int) -> TopViewFrame:
    """What `top_view` shows. points: (N, 3), pelvis: (T, 3), camera: (3,) metres, world frame; size: pixels high."""
    crowd = np.percentile(points[:, :2], CROWD, axis=0) if len(points) else np.zeros((0, 2))
    corners = np.concatenate([crowd, pelvis[:, :2], camera[None, :2]]).astype(np.float64)
    low, high = corners.min(axis=0) - MARGIN, corners.max(axis=0) + MARGIN
    scale = size / float(high[1] - low[1])
    # A long, flat room would make an endless strip: it is drawn smaller instead, with the rest left white.
    scale = min(scale, 2 * size / float(high[0] - low[0]))
    return TopViewFrame(low, scale, max(round(float(high[0] - low[0]) * scale), size // 3), size)


def _draw_points(canvas: Image, frame: TopViewFrame, points: Floats, colors: NDArray[np.uint8]) -> None:
    """Two-pixel dots, lowest first, so that furniture lies over the floor."""
    shown = points[:, 2] < HEADROOM
    order = np.argsort(points[shown, 2], kind="stable")
    at, rgb = frame.pixels(points[shown][order, :2]), colors[shown][order]
    for step in ((0, 0), (1, 0), (0, 1), (1, 1)):
        column, row = (at + step).T
        inside = (column >= 0) & (column < frame.width) & (row >= 0) & (row < frame.height)
        canvas[row[inside], column[inside]] = rgb[inside]


def _draw_grid(canvas: Image, frame: TopViewFrame) -> Image:
    import cv2

    if frame.scale < GRID_SCALE:
        return canvas
    lines = canvas.copy()
    high = frame.low + np.array([frame.width, frame.height]) / frame.scale
    for axis in (0, 1):
        for metre in np.arange(np.ceil(frame.low[axis]), high[axis]):
            ends = np.array([frame.low, high])
            ends[:, axis] = metre
            (a, b) = frame.pixels(ends).tolist()
            cv2.line(lines, a, b, GRID_RGB, 1)
    return np.asarray(cv2.addWeighted(canvas, 0.5, lines, 0.5, 0), np.uint8)


def _draw_camera(canvas: Image, frame: TopViewFrame, T_world_cam: Floats, camera: Intrinsics) -> None:
    import cv2

    edges = [[(u - camera.cx) / camera.focal, 0.0, 1.0] for u in (0, camera.width)]
    rays = (np.array(edges) @ T_world_cam[:3, :3].T)[:, :2]
    rays /= np.maximum(np.linalg.norm(rays, axis=1, keepdims=True), 1e-9)
    eye = T_world_cam[:3, 3][:2]
    left, right, centre = frame.pixels(np.array([eye + CONE * rays[0], eye + CONE * rays[1], eye])).tolist()
    for corner in (left, right):
        cv2.line(canvas, centre, corner, CAMERA_RGB, 2, cv2.LINE_AA)
    cv2.circle(canvas, centre, 7, CAMERA_RGB, -1, cv2.LINE_AA)


def _draw_path(canvas: Image, frame: TopViewFrame, pelvis: Floats) -> None:
    import cv2

    ramp = np.linspace(40, 255, max(len(pelvis), 1)).astype(np.uint8)
    colours = cv2.applyColorMap(ramp[:, None], cv2.COLORMAP_PLASMA)[:, 0, ::-1].tolist()
    at = frame.pixels(pelvis[:, :2]).tolist()
    for a, b, colour in zip(at[:-1], at[1:], colours[1:], strict=True):
        cv2.line(canvas, a, b, colour, 3, cv2.LINE_AA)
    for end, colour in ((at[0], colours[0]), (at[-1], colours[-1])):
        cv2.circle(canvas, end, 6, colour, -1, cv2.LINE_AA)
        cv2.circle(canvas, end, 6, INK_RGB, 1, cv2.LINE_AA)


def _draw_scale_bar(canvas: Image, frame: TopViewFrame) -> None:
    import cv2

    row, column = frame.height - 16, 14
    end = column + round(frame.scale)
    cv2.rectangle(canvas, (column - 6, row - 22), (end + 6, row + 8), (255, 255, 255), -1)
    cv2.line(canvas, (column, row), (end, row), INK_RGB, 3)
    cv2.putText(canvas, "1 m", (column, row - 7), cv2.FONT_HERSHEY_SIMPLEX, 0.45, INK_RGB, 1, cv2.LINE_AA)
