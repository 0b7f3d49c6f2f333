"""Finds the depth that lies beside a video."""

from share_data.errors import EstimationError
from share_data.pipeline.geometry.sensor.files import DepthFiles
from share_data.pipeline.geometry.sensor.images import images_of
from share_data.pipeline.geometry.sensor.video import DepthVideo
from share_data.records import Clip


def depth_beside(clip: Clip, pattern: str) -> DepthFiles:
    """The depth of a clip. pattern: path from the video's folder, in which {stem} stands for the video's name.

    Raises EstimationError when nothing lies there, or not an image for each of the clip's frames.
    """
    name = pattern.replace("{stem}", clip.path.stem)
    place = clip.path.parent / name
    try:
        if place.is_file():
            return DepthVideo(place, name, clip.times / clip.video.time_scale)  # Its times, too, are a file's.
        if place.is_dir():
            return images_of(place, name, clip)
    except OSError as error:
        raise EstimationError(f"{name}: cannot be read ({error.strerror}).") from error
    raise EstimationError(
        f"no depth beside {clip.path.name}: its folder holds no {name}, neither a folder of 16-bit grey PNG images nor "
        "a 16-bit grey video. Check geometry.depth."
    )
