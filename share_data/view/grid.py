"""Many clips at a glance: a picture, or a film in which all of them move."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from share_data.audit.contact_sheet import CAPTION, SUFFIXES, captioned
from share_data.audit.find_video import find_video
from share_data.body.overlay import Image, decode_jpeg, encode_jpeg
from share_data.corpus.checking import checked
from share_data.corpus.read import Corpus, Record
from share_data.errors import CorpusError, ShareDataError, VideoError
from share_data.store.atomic import atomic_file
from share_data.text import plain_line
from share_data.video.encode import encode_mp4
from share_data.view.overlays import overlays

if TYPE_CHECKING:
    from share_data.view.choice import Choice

TILE = (240, 180)
FPS, LONGEST_S, MOST = 15, 6.0, 400
CRF = 22


def write_grid(corpus: Corpus, choice: "Choice", shape: tuple[int, int], target: Path, body: Path | None = None) -> int:
    """Write the first clips of a choice side by side, each with its number.

    A film shows the first `LONGEST_S` seconds of each, again and again until the longest ends; a picture the middle of
    each. Where a clip's video is not found, the person is on white; of a record that cannot be read the tile is empty.

    Args:
        corpus: whose records.
        choice: which of them, in which order.
        shape: rows and columns.
        target: .mp4 for a film; .png or .jpg for a picture.
        body: the model file that the corpus was made with, where that is not the built-in one.

    Returns:
        How many clips there are on it.

    Raises:
        CorpusError: another ending, or more tiles than a picture can hold. OSError.
    """
    rows, columns = shape
    if not 1 <= rows * columns <= MOST:
        raise CorpusError(f"--grid {rows}x{columns}: give 1 to {MOST} tiles, e.g. 4x4.")
    moving = target.suffix.lower() == ".mp4"
    if not moving and target.suffix.lower() not in SUFFIXES:
        raise CorpusError(
            f"{target}: a grid is written as .mp4 or {', '.join(SUFFIXES)}; give the file such an ending."
        )
    chosen = choice.rows[: rows * columns].tolist()
    tiles = [_tile(corpus, row, moving, body) for row in chosen]
    pictures = _sheets(tiles, shape, max(map(len, tiles)))
    target.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(target) as out:
        if moving:
            encode_mp4(enumerate(pictures), FPS, CRF, out)
        else:
            out.write(_encoded(next(pictures), target.suffix))
    return len(chosen)


def _tile(corpus: Corpus, row: int, moving: bool, body: Path | None) -> list[bytes]:
    """JPEGs of a clip, one a frame of the film: pictures of hundreds of clips would not fit into memory."""
    try:
        record = checked(corpus[row], str(corpus.storage.place))
        frames = _frames(record, moving)
        video = find_video(record, corpus.storage)
        caption = f"{row}  {plain_line(record.metadata['video_id'], 24)}"
        try:
            return [_framed(image, caption) for image in overlays(record, video, body, frames, TILE)]
        except VideoError:
            return [_framed(image, caption) for image in overlays(record, None, body, frames, TILE)]
    except ShareDataError:  # For `validate` to say.
        return [_framed(np.full((2, 2, 3), 255, np.uint8), f"{row}  cannot be read")]


def _frames(record: Record, moving: bool) -> list[int]:
    times = np.asarray(record.arrays["times"] - record.arrays["times"][0], np.float64)
    if not moving:
        return [len(times) // 2]
    count = int(np.clip(times[-1], 0, LONGEST_S) * FPS) + 1
    return sorted(set(np.searchsorted(times, np.arange(count) / FPS).clip(0, len(times) - 1).tolist()))


def _framed(image: Image, caption: str) -> bytes:
    """A tile of the one size that all have, the image in its middle."""
    tile = np.full((TILE[1], TILE[0], 3), 235, np.uint8)
    top, left = (TILE[1] - image.shape[0]) // 2, (TILE[0] - image.shape[1]) // 2
    tile[top : top + image.shape[0], left : left + image.shape[1]] = image
    return encode_jpeg(captioned(tile, caption))


def _sheets(tiles: Sequence[Sequence[bytes]], shape: tuple[int, int], count: int) -> Iterator[Image]:
    rows, columns = min(shape[0], -(-len(tiles) // shape[1])), shape[1]
    high, wide = TILE[1] + CAPTION, TILE[0]
    for moment in range(count):
        sheet = np.full((rows * high, columns * wide, 3), 255, np.uint8)
        for place, tile in enumerate(tiles):
            top, left = place // columns * high, place % columns * wide
            sheet[top : top + high, left : left + wide] = decode_jpeg(tile[moment % len(tile)])
        yield sheet


def _encoded(image: Image, suffix: str) -> bytes:
    import cv2

    _, data = cv2.imencode(suffix.lower(), image[..., ::-1])
    return bytes(data)
