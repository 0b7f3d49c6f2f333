"""The part of a stored picture that a container says is the picture: MP4 and MOV `clap`, Matroska `PixelCrop`.

FFmpeg's decoders leave it to the player, and PyAV does not hand it over, so that it is read from the file here.
"""

import struct
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

from av.video.stream import VideoStream

from share_data.video.clean_aperture import clean_aperture
from share_data.video.display import WHOLE, Crop
from share_data.video.pixel_crop import pixel_crop


def container_crop(path: Path, stream: VideoStream) -> tuple[Crop, Fraction | None]:
    """What the container says is to be cropped from this stream's pictures; nothing where it does not say.

    With it, width / height of a stored pixel where FFmpeg's own answer takes the crop for a squeeze.
    """
    name, size = stream.container.format.name, (stream.width, stream.height)
    crop, aspect = WHOLE, None
    with suppress(OSError, LookupError, struct.error, ValueError, ArithmeticError), path.open("rb") as file:
        if "mp4" in name:
            crop, aspect = clean_aperture(file, stream.id, *size)
        elif "matroska" in name:
            # FFmpeg's streams have no other tie to the tracks: of Matroska it tells no track number.
            crop = pixel_crop(file, list(stream.container.streams.video).index(stream))
    return (crop, aspect) if crop.fits(*size) else (WHOLE, None)
