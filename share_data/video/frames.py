"""Videos as upright, square-pixel RGB frames with true timestamps; counts come from decoding, never from a header."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from share_data.camera import Floats
from share_data.footage import PLAIN, UNKNOWN, Footage, FrameIndex
from share_data.video.decode import decode
from share_data.video.picture import Decoded, Image
from share_data.video.problem import problem
from share_data.video.reduced import Reducer
from share_data.video.seek import frames_from
from share_data.video.tally import Tally
from share_data.video.turned import turned_image


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What decoding a whole video found.

    Attributes:
        width, height: pixels of the upright image with square pixels.
        n_frames: frames that decode.
        times: (n_frames,) float64 seconds, strictly increasing.
        codec: as its decoder calls it.
        footage: what the pictures are, what was done to them, and what was lost of them.
    """

    width: int
    height: int
    n_frames: int
    times: Floats
    codec: str
    footage: Footage = PLAIN


def iterate(path: Path, tally: Tally | None = None, track: int | None = None) -> Iterator[tuple[float, Image]]:
    """Every frame that decodes, in display order.

    Args:
        path: the video.
        tally: told what is met on the way.
        track: the video track, see `choose_track`.

    Yields:
        Its time in seconds, and its (H, W, 3) uint8 RGB image: C-contiguous, upright, with square pixels.

    Raises:
        VideoError: also during the iteration, when the frames change size.
    """
    for decoded in decode(path, tally or Tally(), track):
        yield decoded.time, decoded.rgb()


def probe(path: Path, track: int | None = None) -> VideoInfo:
    """Decode the whole video once, without converting colours.

    Args:
        path: the video.
        track: the video track, see `choose_track`.

    Returns:
        Size, count and times of the frames, as they decode, whatever the header says.

    Raises:
        VideoError: as `iterate` does.
    """
    tally, times = Tally(), []
    width, height = 0, 0
    for decoded in decode(path, tally, track):
        times.append(decoded.time)
        width, height = decoded.size
    return VideoInfo(width, height, len(times), np.array(times), tally.codec, tally.footage)


@dataclass(frozen=True, slots=True)
class ClipFrames:
    """The frames [start, stop) of a video, decoded from disk each time they are asked for and never held together.

    Args:
        path: the video.
        start: the first frame, in decoding order.
        stop: one past the last.
        width, height: the upright size mining saw.
        track: the video track, where the user chose one.
        index: of the whole video, where it is known: decoding then begins at a key frame before what is asked for.
        transforms: (stop - start, 3, 3) that every image is turned by, see `turned_image`; None: as filmed.

    Raises:
        ValueError: for an empty range.
        VideoError: while frames are read: the file no longer has them.
    """

    path: Path
    start: int
    stop: int
    width: int
    height: int
    track: int | None = None
    index: FrameIndex = field(default=UNKNOWN, compare=False, repr=False)
    transforms: Floats | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.stop:
            raise ValueError(f"a clip needs 0 <= start < stop, got [{self.start}, {self.stop})")

    def __len__(self) -> int:
        return self.stop - self.start

    def __iter__(self) -> Iterator[Image]:
        """The clip's (height, width, 3) uint8 RGB images in order."""
        return (image for _, image in self.select(range(len(self))))

    def read(self, indices: Sequence[int]) -> list[Image]:
        """Some images, in one pass over the video.

        Args:
            indices: frame numbers within the clip, from 0, in any order.

        Returns:
            Their images, in that order.

        Raises:
            IndexError: a frame number lies outside the clip.
        """
        images = dict(self.select(indices))
        return [images[int(index)] for index in indices]

    def select(self, indices: Sequence[int]) -> Iterator[tuple[int, Image]]:
        """Every different frame asked for, ascending: one pass, one image at a time.

        Args:
            indices: frame numbers within the clip, from 0, in any order.

        Yields:
            The frame number, and its (height, width, 3) uint8 RGB image.

        Raises:
            IndexError: a frame number lies outside the clip.
            VideoError: the file has changed since its clips were mined.
        """
        wanted = sorted({int(index) for index in indices})
        if wanted and not 0 <= wanted[0] <= wanted[-1] < len(self):
            raise IndexError(f"frames of this clip are 0 to {len(self) - 1}, asked for {wanted[0]} to {wanted[-1]}")
        for target, decoded in self._decoded(wanted):
            image = decoded.rgb()
            yield target, image if self.transforms is None else turned_image(image, self.transforms[target])

    def greys(self, long_side: int) -> Iterator[Image]:
        """Every frame as filmed: (h, w) uint8 luma, at most `long_side` pixels long. Raises VideoError as `select`."""
        reducer = Reducer()
        return (reducer.grey(decoded, long_side) for _, decoded in self._decoded(range(len(self))))

    def _decoded(self, wanted: Sequence[int]) -> Iterator[tuple[int, Decoded]]:
        """Ascending frames of the clip, not yet images."""
        waiting = iter(wanted)
        target = next(waiting, None)
        if target is None:
            return
        with closing(frames_from(self.path, self.start + target, self.track, self.index)) as stream:
            for number, decoded in stream:
                if number - self.start == target:
                    if decoded.size != (self.width, self.height):
                        raise problem(self.path, "has changed since its clips were mined", "Build again.")
                    yield target, decoded
                    target = next(waiting, None)
                    if target is None:
                        return
        if target is not None:
            raise problem(self.path, f"ends before frame {self.start + target}: changed since mining", "Build again.")
