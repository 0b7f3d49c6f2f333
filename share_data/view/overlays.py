"""What is drawn over a clip's frames, one small picture after the other: the mesh, or the bones alone."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from share_data.audit.contact_sheet import overlay_image, record_frames, record_intrinsics
from share_data.body.model import BodyModel
from share_data.body.overlay import MESH_RGB, Image
from share_data.camera import project, transform
from share_data.corpus.read import Record
from share_data.errors import BodyModelError
from share_data.export.base import same_body
from share_data.view.clip import ClipView, clip_view

_NEAREST_M = 0.1


def overlays(
    record: Record, video: Path | None, body: Path | None, frames: Sequence[int], box: tuple[int, int]
) -> Iterator[Image]:
    """Frames of a clip with the person drawn over them.

    Args:
        record: checked.
        video: the very one; without it the ground is white.
        body: the model file that the record was made with, where that is not the built-in one.
        frames: numbers within the clip, rising.
        box: largest width and height, pixels.

    Yields:
        (H, W, 3) uint8 RGB each, all of one size, which is even.

    Raises:
        VideoError: the video cannot be read.
    """
    size = fitting(record.metadata["width"], record.metadata["height"], box)
    model, clip = _body(record, body), clip_view(record, body)
    for frame, image in zip(frames, _grounds(record, video, frames, size), strict=True):
        yield _bones(clip, image, frame) if model is None else overlay_image(record, image, frame, model)


def fitting(width: int, height: int, box: tuple[int, int]) -> tuple[int, int]:
    """The largest even width and height of a shape that fit into a box, two pixels at least.

    >>> fitting(1920, 1080, (640, 480))
    (640, 360)
    """
    factor = min(box[0] / width, box[1] / height)
    return max(round(width * factor / 2), 1) * 2, max(round(height * factor / 2), 1) * 2


def _grounds(record: Record, video: Path | None, frames: Sequence[int], size: tuple[int, int]) -> Iterator[Image]:
    import cv2

    if video is None:
        for _ in frames:
            yield np.full((size[1], size[0], 3), 255, np.uint8)
        return
    for _, image in record_frames(record, video).select(frames):
        yield np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _body(record: Record, path: Path | None) -> BodyModel | None:
    stamp = record.metadata["body"]
    try:
        return same_body(str(path or ""), stamp["name"], stamp["gender"], stamp["sha256"])
    except BodyModelError:
        return None


def _bones(clip: ClipView, image: Image, frame: int) -> Image:
    import cv2

    camera = record_intrinsics(clip.record).scaled(image.shape[1], image.shape[0])
    ends = transform(clip.bones(frame), np.linalg.inv(clip.record.arrays["T_world_cam"]))
    drawn = image.copy()
    for bone in ends[(ends[..., 2] > _NEAREST_M).all(axis=1)]:
        a, b = np.clip(project(bone, camera), -9999, 9999).round().astype(int).tolist()
        cv2.line(drawn, a, b, MESH_RGB, 2, cv2.LINE_AA)
    return drawn
