"""A record as a film: the mesh over its frames, the clip from above, and its scores."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from share_data.audit.contact_sheet import record_intrinsics
from share_data.audit.top_view import INK_RGB, top_view, top_view_frame
from share_data.body.overlay import Image
from share_data.camera import Floats
from share_data.corpus.read import Record
from share_data.errors import CorpusError
from share_data.store.atomic import atomic_file
from share_data.text import plain_line
from share_data.video.encode import encode_mp4
from share_data.view.overlays import overlays
from share_data.view.thresholds import Line

LARGEST = (960, 540)
"""Width and height of the frames in a film, pixels."""
CRF = 20
LONGEST_GAP_S = 1.0
_LINE, _COLUMN = 17, 330
_BEYOND_RGB, _HERE_RGB = (190, 30, 30), (0, 120, 255)


def write_film(
    record: Record, target: Path, video: Path | None, lines: Sequence[Line], body: Path | None = None
) -> int:
    """Write a record as an mp4 that runs at the clip's own pace.

    Args:
        record: checked.
        target: the file; its ending must be .mp4.
        video: the record's; without it the mesh is drawn on white.
        lines: its scores, see `thresholds.Thresholds`.
        body: the model file that it was made with, where that is not the built-in one; without it bones are drawn.

    Returns:
        How many frames were written.

    Raises:
        CorpusError: another ending. VideoError, OSError.
    """
    if target.suffix.lower() != ".mp4":
        raise CorpusError(f"{target}: a film is written as .mp4; give the file this ending.")
    times = record.arrays["times"] - record.arrays["times"][0]
    fps = max(round(float(record.metadata["fps"])), 1)
    shown = steady(times, fps)
    target.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(target) as out:
        encode_mp4(_pictures(record, shown, video, lines, body), fps, CRF, out)
    return len(shown)


def steady(times: Floats, fps: int) -> list[tuple[int, int]]:
    """(Number in a film of this rate, frame of the clip) of every frame that has a place of its own there.

    >>> steady(np.array([0.0, 0.1, 0.11, 0.3]), 10)
    [(0, 0), (1, 1), (3, 3)]

    Args:
        times: (T,) seconds from the first frame. Where they go back they stand still, and no gap is longer than
            `LONGEST_GAP_S`: a record may be anybody's.
        fps: of the film.
    """
    paced = np.concatenate([[0.0], np.cumsum(np.diff(times).clip(0, LONGEST_GAP_S))])
    numbers = np.round(paced * fps).astype(int).tolist()
    return [(now, frame) for frame, now in enumerate(numbers) if not frame or now > numbers[frame - 1]]


def _pictures(
    record: Record, shown: Sequence[tuple[int, int]], video: Path | None, lines: Sequence[Line], body: Path | None
) -> Iterator[tuple[int, Image]]:
    frames = [frame for _, frame in shown]
    above, column = _Above(record), None
    for (number, frame), image in zip(shown, overlays(record, video, body, frames, LARGEST), strict=True):
        column = text_column(record, lines, image.shape[0]) if column is None else column
        yield number, np.concatenate([image, above.at(frame, image.shape[0]), column], axis=1)


class _Above:
    """The clip from above, drawn once, with where the person is."""

    def __init__(self, record: Record) -> None:
        self._record, self._drawn = record, np.zeros((0, 0, 3), np.uint8)

    def at(self, frame: int, height: int) -> Image:
        """(height, W, 3) with W even."""
        import cv2

        arrays = self._record.arrays
        pelvis, pose = arrays["joints"][:, 0], arrays["T_world_cam"]
        if self._drawn.shape[0] != height:
            drawn = top_view(
                self._record.points, arrays["colors"], pelvis, pose, record_intrinsics(self._record), height
            )
            self._drawn = np.pad(drawn, ((0, 0), (0, drawn.shape[1] % 2), (0, 0)), constant_values=255)
        image = self._drawn.copy()
        view = top_view_frame(self._record.points, pelvis, pose[:3, 3], height)
        here = view.pixels(pelvis[frame : frame + 1, :2])[0].tolist()
        cv2.circle(image, here, 8, _HERE_RGB, -1, cv2.LINE_AA)
        cv2.circle(image, here, 8, INK_RGB, 1, cv2.LINE_AA)
        return image


def text_column(record: Record, lines: Sequence[Line], height: int) -> Image:
    """(height, W, 3) whose clip it is and its scores, as many as fit; what is beyond its threshold in red."""
    import cv2

    metadata = record.metadata
    told: list[tuple[str, tuple[int, int, int]]] = [
        (plain_line(text, 46), INK_RGB) for text in (metadata["video_id"], metadata["title"], metadata["licence"], "")
    ]
    for line in lines:
        value = "not measured" if line.value is None else f"{line.value:.4g}"
        asked = f" ({line.asked})" if line.asked else ""
        told.append(
            (f"{line.name.partition('.')[2] or line.name} {value}{asked}", INK_RGB if line.passes else _BEYOND_RGB)
        )
    image = np.full((height, _COLUMN, 3), 255, np.uint8)
    for number, (text, rgb) in enumerate(told[: height // _LINE], 1):
        cv2.putText(image, text, (8, number * _LINE - 4), cv2.FONT_HERSHEY_SIMPLEX, 0.42, rgb, 1, cv2.LINE_AA)
    return image
