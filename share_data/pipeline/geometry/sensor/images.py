"""Depth as a folder of images: of a known time each, or one for every frame of the video.

An order tells only as long as video and images hold every frame that was recorded, and as it was recorded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import av
import numpy as np

from share_data.camera import Floats
from share_data.errors import EstimationError
from share_data.pipeline.geometry.sensor.colour import ColourVideo, colour_video
from share_data.pipeline.geometry.sensor.files import GREY, LOSSLESS, MAX_LAG_S, DepthFiles, Raw
from share_data.pipeline.geometry.sensor.names import NamedImages, named_images
from share_data.records import Clip
from share_data.store.content import content_sha256
from share_data.store.hashing import bytes_sha256, canonical_json


def images_of(folder: Path, name: str, clip: Clip) -> DepthFiles:
    """The images of a clip's frames. name: of the folder, for messages.

    Raises EstimationError when they cannot be told or are too few, OSError when the folder cannot be read.
    """
    images = named_images(folder, name, clip.times / clip.video.time_scale)
    if images.seconds is not None:
        return TimedImages(images, name, clip)
    if len(images.paths) < clip.stop:
        _require_one_a_frame(name, len(images.paths), colour_video(clip.path, clip.video.video_track))
    return NumberedImages(images.paths, name, clip)


@dataclass(frozen=True, slots=True)
class NumberedImages:
    """An image a frame. paths: of all frames of the clip's video, in order; name: of their folder, for messages."""

    paths: tuple[Path, ...]
    name: str
    clip: Clip

    def sha256(self) -> str:
        """Of the names and contents of the clip's images."""
        return _sha256(self.paths[self.clip.start : self.clip.stop], self.name)

    def read(self, frames: Sequence[int]) -> list[Raw]:
        """Depth of these frames of the clip. Raises EstimationError, also where the video is out of step with it."""
        video = colour_video(self.clip.path, self.clip.video.video_track)
        video.require_upright(self.name)
        _require_one_a_frame(self.name, len(self.paths), video)
        numbers = [self.clip.start + frame for frame in frames]
        if max(numbers) >= video.first_lost:
            raise EstimationError(
                f"{self.name}: {video.name} has damaged frames before frame {video.first_lost}, which are left out, "
                "so frames and images cannot be matched by their order. Copy the video again, or give depth as a "
                "video, which is matched by time."
            )
        return [_image(self.paths[number], self.name) for number in numbers]


@dataclass(frozen=True, slots=True)
class TimedImages:
    """Images that are named by their times, matched to the frames nearest in time. name: of their folder.

    Times that lie within the video count from its first frame. Those of another clock (since 1970, since the device was
    switched on) tell only how far the images are apart: where they last as long as the video, the first image belongs
    to its first frame.
    """

    images: NamedImages
    name: str
    clip: Clip

    def sha256(self) -> str:
        """Of the names and contents of all images: which are the clip's, only the whole video tells."""
        return _sha256(self.images.paths, self.name)

    def read(self, frames: Sequence[int]) -> list[Raw]:
        """Depth at the times of these frames of the clip; of two images as near, the earlier one."""
        video = colour_video(self.clip.path, self.clip.video.video_track)
        video.require_upright(self.name)
        wanted = video.times[[self.clip.start + frame for frame in frames]]
        away = np.abs(self._times(video)[:, None] - wanted)
        nearest = away.argmin(axis=0)
        late = [f"{time:.2f}" for time, lag in zip(wanted, away.min(axis=0), strict=True) if lag > MAX_LAG_S]
        if late:
            raise EstimationError(
                f"{self.name}: no depth image within {MAX_LAG_S} s of the keyframe(s) at {', '.join(late)} s. Images "
                "must be named by the times at which they were taken."
            )
        return [_image(self.images.paths[number], self.name) for number in nearest]

    def _times(self, video: ColourVideo) -> Floats:
        """(N,) seconds of the images after the video's first frame."""
        assert self.images.seconds is not None
        first, last = self.images.seconds[0], self.images.seconds[-1]
        if first >= 0 and last <= video.times[-1] + MAX_LAG_S:
            return self.images.after(Decimal(0))
        if abs(self.images.span - video.times[-1]) > _half_a_frame(video.times):
            raise EstimationError(
                f"{self.name}: {len(self.images.paths)} depth images named by a clock of their own last "
                f"{self.images.span:.3f} s, and the {len(video.times)} frames of {video.name} {video.times[-1]:.3f} s, "
                "so nothing tells which image belongs to the first frame. Name the images by the seconds since the "
                "video's first frame (0.066667.png), or give depth as a video, which is matched by time."
            )
        return self.images.after(first)


def _half_a_frame(times: Floats) -> float:
    return float(np.median(np.diff(times))) / 2 if len(times) > 1 else 0.0


def _require_one_a_frame(name: str, count: int, video: ColourVideo) -> None:
    """Raises EstimationError unless there are as many images as frames, those that are damaged counted too."""
    frames = len(video.times) + video.lost
    if count != frames:
        raise EstimationError(
            f"{name}: {count} depth images, and {video.name} has {frames} frames, so nothing tells which image belongs "
            "to which frame. Give one image a frame, the first for the first frame; or name the images by the seconds "
            "since that one (0.066667.png); or give depth as a video, which is matched by time."
        )


def _sha256(paths: Sequence[Path], name: str) -> str:
    try:
        return bytes_sha256(canonical_json([[path.name, content_sha256(path)] for path in paths]))
    except OSError as error:
        raise EstimationError(f"{name}: an image cannot be read ({error.strerror}).") from error


def _image(path: Path, name: str) -> Raw:
    try:
        with av.open(BytesIO(path.read_bytes()), mode="r", format="png_pipe") as container:
            stream = container.streams.video[0]
            stream.codec_context.options = {"err_detect": "explode"}
            frame = next(container.decode(stream))
    except (av.error.FFmpegError, OSError, StopIteration) as error:
        raise EstimationError(f"{name}/{path.name}: not a readable PNG image. Copy it again.") from error
    if frame.format.name not in GREY:
        raise EstimationError(f"{name}/{path.name}: {frame.format.name}, not 16-bit grey. {LOSSLESS}")
    return np.asarray(frame.to_ndarray(), dtype=np.uint16)
