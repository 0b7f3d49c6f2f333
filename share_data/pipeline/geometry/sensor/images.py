"""Depth as a folder of images, one a frame, matched to the video's frames by their order.

An order tells only as long as the video delivers every frame that was recorded, and as it was recorded.
"""

import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import av
import numpy as np

from share_data.errors import EstimationError
from share_data.pipeline.geometry.sensor.files import GREY, LOSSLESS, Raw
from share_data.records import Clip
from share_data.store.content import content_sha256
from share_data.store.hashing import bytes_sha256, canonical_json
from share_data.video.decode import decode
from share_data.video.display import UPRIGHT, WHOLE
from share_data.video.tally import Tally


@dataclass(frozen=True, slots=True)
class DepthImages:
    """An image a frame. paths: of the clip's frames, in order; name: of their folder, for messages.

    video: the colour video, in which the clip begins with frame `start`.
    """

    paths: tuple[Path, ...]
    name: str
    video: Path
    start: int
    track: int | None = None

    def sha256(self) -> str:
        """Of the names and contents of the clip's images."""
        try:
            return bytes_sha256(canonical_json([[path.name, content_sha256(path)] for path in self.paths]))
        except OSError as error:
            raise EstimationError(f"{self.name}: an image cannot be read ({error.strerror}).") from error

    def read(self, frames: Sequence[int]) -> list[Raw]:
        """Depth of these frames of the clip. Raises EstimationError, also where the video is out of step with it."""
        self._require_in_step(self.start + max(frames))
        return [self._image(self.paths[frame]) for frame in frames]

    def _require_in_step(self, last: int) -> None:
        """Decode the video up to frame `last`: whether some are missing before it, no header tells."""
        tally = Tally()
        with closing(decode(self.video, tally, self.track)) as stream:
            for number, decoded in enumerate(stream):
                if decoded.display != UPRIGHT or decoded.framing.crop != WHOLE:
                    how = "cropped" if decoded.display == UPRIGHT else decoded.display.words
                    raise EstimationError(
                        f"{self.name}: {self.video.name} is to be {how}, and nothing tells whether its depth images "
                        "are. Store it as it is shown, as they are: ffmpeg -i VIDEO -crf 12 SHOWN.mp4 changes its "
                        "frames and drops the tags."
                    )
                if tally.lost:
                    raise EstimationError(
                        f"{self.name}: {self.video.name} has damaged frames before frame {number}, which are left out, "
                        "so frames and images cannot be matched by their order. Copy the video again, or give depth "
                        "as a video, which is matched by time."
                    )
                if number == last:
                    return

    def _image(self, path: Path) -> Raw:
        try:
            with av.open(BytesIO(path.read_bytes()), mode="r", format="png_pipe") as container:
                stream = container.streams.video[0]
                stream.codec_context.options = {"err_detect": "explode"}
                frame = next(container.decode(stream))
        except (av.error.FFmpegError, OSError, StopIteration) as error:
            raise EstimationError(f"{self.name}/{path.name}: not a readable PNG image. Copy it again.") from error
        if frame.format.name not in GREY:
            raise EstimationError(f"{self.name}/{path.name}: {frame.format.name}, not 16-bit grey. {LOSSLESS}")
        return np.asarray(frame.to_ndarray(), dtype=np.uint16)


def images_of(folder: Path, name: str, clip: Clip) -> DepthImages:
    """The images of a clip's frames. name: of the folder, for messages.

    Raises EstimationError when they cannot be told or are too few, OSError when the folder cannot be read.
    """
    images = _numbered(folder, name)
    if len(images) < clip.stop:
        raise EstimationError(
            f"{name}: {len(images)} depth images for a clip that ends with frame {clip.stop - 1} (counted from 0). "
            "The first image belongs to the video's first frame, and no frame may lack one."
        )
    return DepthImages(tuple(images[clip.start : clip.stop]), name, clip.path, clip.start, clip.video.video_track)


def _numbered(folder: Path, name: str) -> list[Path]:
    """The PNG images of a folder by the last number in their names, which must leave none out."""
    numbers: dict[int, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() != ".png" or path.name.startswith("."):
            continue
        digits = re.findall(r"[0-9]+", path.stem)
        if not digits or int(digits[-1]) in numbers:
            raise EstimationError(
                f"{name}: nothing tells which frame {path.name} belongs to. Number the images: 000000.png, 000001.png "
                "and so on."
            )
        numbers[int(digits[-1])] = path
    ordered = sorted(numbers)
    for before, after in pairwise(ordered):
        if after != before + 1:
            raise EstimationError(
                f"{name}: image number {before} is followed by {after}, so frames and images cannot be matched. "
                "Number the images without gaps, one a frame."
            )
    return [numbers[number] for number in ordered]
