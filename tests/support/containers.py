"""Every codec in every container that PyAV can write: are the times those that were recorded?

As a program it prints the table of the documentation: `python tests/support/containers.py`.
"""

import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import media
import numpy as np
import packets
from packets import Stream

from share_data.errors import VideoError
from share_data.video.frames import iterate
from share_data.video.tally import Tally

CONTAINERS = ("mp4", "mov", "mkv", "webm", "avi", "wmv", "mxf", "ts", "m2ts", "mpg", "3gp", "gif")
B = {"bf": "2"}
CODECS: dict[str, tuple[str, dict[str, str]]] = {
    "h264": ("libx264", {"bf": "0"}),
    "h264 +B": ("libx264", B),
    "hevc": ("libx265", {}),
    "hevc +B": ("libx265", {"x265": "bframes=3:b-adapt=0"}),
    "av1": ("libsvtav1", {"svtav1-params": "enable-stat-report=0"}),
    "vp9": ("libvpx-vp9", {}),
    "mpeg4": ("mpeg4", {}),
    "mpeg4 +B": ("mpeg4", B),
    "mpeg2": ("mpeg2video", {}),
    "mpeg2 +B": ("mpeg2video", B),
    "mjpeg": ("mjpeg", {}),
    "ffv1": ("ffv1", {}),
    "gif": ("gif", {}),
}
FRAMES = 24
SQUARE = media.moving_square(FRAMES, packets.WIDTH, packets.HEIGHT)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What reading a film of `FRAMES` pictures gave.

    worst: of all pictures, how far its time is from the recorded one, in frames, the first picture's taken as 0;
    nominal: the times are marked as counted; drawn: the pictures come in order, each what was recorded.
    """

    frames: int
    lost: int
    worst: float
    nominal: bool
    drawn: bool

    @property
    def right(self) -> bool:
        """All pictures in order, at their times or marked."""
        return self.frames == FRAMES and not self.lost and self.drawn and (self.worst <= 0.5 or self.nominal)

    def __str__(self) -> str:
        if not self.right:
            return f"WRONG ({self.frames} frames, {self.worst:.2f} off)"
        return "nominal" if self.nominal else "yes"


@cache
def _stream(name: str) -> Stream:
    codec, options = CODECS[name]
    return packets.encoded(codec, SQUARE, 12, **options)


def outcome(container: str, name: str, folder: Path) -> Outcome | None:
    """Write, read and compare; None for what cannot be written, or what is written and FFmpeg itself cannot open."""
    path = folder / f"{name.replace(' ', '')}.{container}"
    try:
        packets.mux(path, _stream(name))
        with av.open(str(path)) as file:
            next(file.decode(video=0))
    except (av.error.FFmpegError, ValueError, OSError, IndexError, StopIteration):
        return None
    tally = Tally()
    try:
        shown = [(time, media.square_left(image)) for time, image in iterate(path, tally)]
    except VideoError:
        return Outcome(0, 0, np.inf, False, False)
    times = np.array([time for time, _ in shown]) * packets.RATE
    truth = np.arange(len(times))
    lefts = [media.square_left(image) for image in SQUARE]
    drawn = len(shown) == FRAMES and bool(np.allclose([left for _, left in shown], lefts, atol=2))
    worst = float(np.abs(times - times[0] - truth).max())
    return Outcome(len(shown), tally.lost, worst, tally.footage.times == "nominal", drawn)


def main() -> None:
    av.logging.set_level(av.logging.PANIC)
    lines = ["| codec | " + " | ".join(CONTAINERS) + " |", "|" + " --- |" * (len(CONTAINERS) + 1)]
    with TemporaryDirectory() as folder:
        for name in CODECS:
            found = [outcome(container, name, Path(folder)) for container in CONTAINERS]
            lines.append(f"| {name} | " + " | ".join("-" if each is None else str(each) for each in found) + " |")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
