"""Depth images beside a video, and the true depth of a rendered one."""

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from share_data.body.render import rasterize
from share_data.synthetic.film import Take


def write_images(folder: Path, images: Iterable[np.ndarray], name: str = "{:06d}.png", first: int = 0) -> Path:
    """One PNG an image, numbered from `first`."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, image in enumerate(images, first):
        assert cv2.imwrite(str(folder / name.format(number)), image)
    return folder


def true_depth(take: Take, frame: int) -> np.ndarray:
    """(H, W) uint16 millimetres: the room and the person in it."""
    path, actor = take.backdrop.path, take.actors[0]
    room = take.backdrop.view(frame)[1][::2, ::2]
    body = rasterize(path.to_camera(actor.motion.vertices[frame], frame), actor.faces, path.at(frame)).depth
    depth = np.where((body > 0) & (body < room), body, room)
    return (1000 * depth).round().astype(np.uint16)
