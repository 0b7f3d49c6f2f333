"""A record as a picture: the mesh on chosen frames, side by side, and the whole clip from above."""

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from share_data.audit.top_view import top_view
from share_data.body.overlay import Image, camera_vertices, decode_jpeg, overlay_mesh
from share_data.camera import Intrinsics
from share_data.corpus.read import Record
from share_data.errors import BodyModelError, CorpusError
from share_data.records import Motion
from share_data.scan.known_index import known_index
from share_data.store.hashing import file_sha256
from share_data.store.paths import cache_root
from share_data.store.store import Store
from share_data.video.frames import ClipFrames

if TYPE_CHECKING:
    from share_data.body.model import BodyModel

PANEL = (640, 600)  # largest width and height of a frame's panel, pixels
TOP_VIEW = 520  # its least height, pixels
GAP, CAPTION = 8, 24
PER_ROW = 3
SUFFIXES = (".png", ".jpg", ".jpeg")


def write_sheet(
    record: Record,
    target: Path,
    video: Path | None = None,
    frames: Sequence[int] | None = None,
    body: "BodyModel | None" = None,
) -> None:
    """Write the sheet of a record as a PNG or JPEG file.

    video: the record's video; without it the stored preview stands for the frames. frames: numbers within the clip,
    first, middle and last by default. body: needed only when the record was not made with the built-in mannequin.
    Raises CorpusError (wrong video, frame or file type), VideoError, BodyModelError.
    """
    import cv2

    if target.suffix.lower() not in SUFFIXES:
        raise CorpusError(f"{target}: a sheet is written as {', '.join(SUFFIXES)}; give the file one of these endings.")
    sheet = overlay_sheet(record, video, frames, body)
    target.parent.mkdir(parents=True, exist_ok=True)
    _, data = cv2.imencode(target.suffix, sheet[..., ::-1])
    target.write_bytes(bytes(data))


def overlay_sheet(
    record: Record,
    video: Path | None = None,
    frames: Sequence[int] | None = None,
    body: "BodyModel | None" = None,
) -> Image:
    """(H, W, 3) uint8 RGB sheet of a record; arguments and errors as of `write_sheet`."""
    if video is None:
        panels = [_preview_panel(record, frames)]
    else:
        panels = _frame_panels(record, video, frames, body or record_body(record))
    above = top_view(
        record.points,
        record.arrays["colors"],
        record.arrays["joints"][:, 0],
        record.arrays["T_world_cam"],
        record_intrinsics(record),
        size=max(TOP_VIEW, *(panel.shape[0] - CAPTION for panel in panels)),
    )
    return _in_rows([*panels, captioned(above, "from above, 1 m grid")])


def overlay_image(record: Record, image: Image, frame: int, body: "BodyModel") -> Image:
    """The mesh of one frame of a record over that frame's image.

    image: (H, W, 3) uint8 RGB, any resolution of the upright video; frame: number within the clip.
    """
    arrays = record.arrays
    motion = Motion(**{field.name: arrays[field.name] for field in fields(Motion) if field.name in arrays})
    vertices = camera_vertices(motion, arrays["T_world_cam"], body, [frame])[0]
    return overlay_mesh(image, vertices, body.faces, record_intrinsics(record))


def record_intrinsics(record: Record) -> Intrinsics:
    """The camera of a record, for its upright video."""
    matrix, metadata = record.arrays["intrinsics"], record.metadata
    focal, cx, cy = float(matrix[0, 0]), float(matrix[0, 2]), float(matrix[1, 2])
    return Intrinsics(focal, cx, cy, metadata["width"], metadata["height"], metadata["focal_source"])


def required_video(record: Record, video: Path) -> Path:
    """The same path. Raises CorpusError unless it is the very video that the record was made from."""
    metadata = record.metadata
    if not video.is_file() or file_sha256(video) != metadata["video_sha256"]:
        raise CorpusError(
            f"record {record.key}: {video} is not the video it was made from "
            f"(sha256 {metadata['video_sha256'][:12]}, {metadata['uri']})."
        )
    return video


def record_frames(record: Record, video: Path) -> ClipFrames:
    """The frames of a record's clip in its video, turned back as those that it was made from; sought where this
    machine has gone through the video."""
    metadata = record.metadata
    size, number = (metadata["width"], metadata["height"]), metadata.get("video_track", "").partition(":")[0]
    track = int(number) if number else None
    index = known_index(Store(cache_root()), metadata["video_sha256"], track)
    transforms = record.arrays.get("stabilising")
    return ClipFrames(video, metadata["frame_start"], metadata["frame_stop"], *size, track, index, transforms)


def record_body(record: Record) -> "BodyModel":
    """The body model a record was made with, which must be the built-in mannequin. Raises BodyModelError otherwise."""
    from share_data.body.model import load_body

    stamp = record.metadata["body"]
    if stamp["name"] != "mannequin":
        raise BodyModelError(
            f"record {record.key}: made with your own body model {stamp['name']} (sha256 {stamp['sha256'][:12]}), "
            "which a corpus does not hold; load it with share_data.body.model.load_body and pass it as `body`"
        )
    body = load_body()
    if body.sha256 != stamp["sha256"]:
        raise BodyModelError(
            f"record {record.key}: made with another mannequin file (sha256 {stamp['sha256'][:12]}, "
            f"here {body.sha256[:12]}); load that file with share_data.body.model.load_body "
            "and pass it as `body`, or use the version that built the corpus"
        )
    return body


def _frame_panels(record: Record, video: Path, frames: Sequence[int] | None, body: "BodyModel") -> list[Image]:
    metadata = record.metadata
    last = metadata["n_frames"] - 1
    chosen = list(dict.fromkeys((0, last // 2, last) if frames is None else frames))
    if outside := [frame for frame in chosen if not 0 <= frame <= last]:
        raise CorpusError(f"record {record.key}: frames are numbered 0 to {last}, asked for {outside[0]}.")
    clip = record_frames(record, required_video(record, video))
    times = record.arrays["times"] - record.arrays["times"][0]
    images = zip(chosen, clip.read(chosen), strict=True)
    return [
        captioned(_fitted(overlay_image(record, image, frame, body)), f"frame {frame}  {times[frame]:.2f} s")
        for frame, image in images
    ]


def _preview_panel(record: Record, frames: Sequence[int] | None) -> Image:
    if frames is not None:
        raise CorpusError(f"record {record.key}: frames are drawn from its video; give the video too, or no frames.")
    try:
        return captioned(decode_jpeg(record.preview), "preview, first keyframe")
    except ValueError as error:
        raise CorpusError(f"record {record.key}: its preview cannot be read ({error}).") from error


def _fitted(image: Image) -> Image:
    import cv2

    height, width = image.shape[:2]
    factor = min(PANEL[0] / width, PANEL[1] / height)
    size = (max(round(width * factor), 1), max(round(height * factor), 1))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def captioned(image: Image, text: str) -> Image:
    """The image with a line of text above it, as far as it is wide."""
    import cv2

    strip = np.full((CAPTION, image.shape[1], 3), 255, np.uint8)
    cv2.putText(strip, text, (4, CAPTION - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (20, 20, 20), 1, cv2.LINE_AA)
    return np.concatenate([strip, image])


def _in_rows(panels: list[Image]) -> Image:
    rows = [_joined(panels[first : first + PER_ROW], axis=1) for first in range(0, len(panels), PER_ROW)]
    return _joined(rows, axis=0)


def _joined(panels: list[Image], axis: int) -> Image:
    """Panels one after another along `axis`, on white."""
    across = max(panel.shape[1 - axis] for panel in panels)
    padded = []
    for panel in panels:
        border = [[0, GAP], [0, GAP], [0, 0]]
        border[1 - axis][1] = across - panel.shape[1 - axis]
        padded.append(np.pad(panel, border, constant_values=255))
    return np.concatenate(padded, axis=axis)
