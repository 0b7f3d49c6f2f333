"""Long rendered videos for scan.py: a person in a room, to and fro, in shots of which some are fit to be kept.

Shots: the camera stands and one person walks; it stands and nobody is there; it sways; a second person is there.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np

from share_data.body.model import load_body
from share_data.synthetic.film import Image, shoot
from share_data.synthetic.production import scenes, take
from share_data.synthetic.specs import ClipSpec, draw
from share_data.video.encode import encode_mp4

FPS = 30
RENDERED = 60
NOISE = 3.0
"""Grey levels of a camera's noise: without it, decoding would cost less than it does."""
SHOTS = ("walk", "empty", "sway", "company")


@cache
def footage(hazard: str, width: int, height: int) -> list[Image]:
    """Two seconds of a walk; hazard: see `ClipSpec`."""
    spec = ClipSpec(action="walk", hazard=hazard, frames=RENDERED, width=width, height=height)  # type: ignore[arg-type]
    body = load_body()
    return [image for scene in scenes(draw(spec, 7, 0), body) for image in shoot(take(scene, body))]


def film(path: Path, seconds: float, width: int, height: int, shots: tuple[str, ...], shot_seconds: float) -> Path:
    """Write it where it is not there yet; H.264, a key frame every 250 frames, as x264 sets them by itself."""
    if not path.exists():
        with path.open("wb") as file:
            encode_mp4(enumerate(_frames(int(seconds * FPS), width, height, shots, shot_seconds)), FPS, 23, file)
    return path


def _frames(count: int, width: int, height: int, shots: tuple[str, ...], shot_seconds: float) -> Iterator[Image]:
    rng = np.random.default_rng(0)
    noise = [rng.normal(0, NOISE, (height, width, 1)).astype(np.int16) for _ in range(8)]
    for number in range(count):
        shot = shots[int(number / FPS / shot_seconds) % len(shots)]
        images = footage("second_person" if shot == "company" else "none", width, height)
        place = number % (2 * RENDERED - 2)
        image = images[min(place, 2 * RENDERED - 2 - place)]
        if shot == "empty":
            image = room(width, height)
        elif shot == "sway":
            image = np.roll(image, round(width / 60 * np.sin(number / 12)), axis=1)
        yield np.clip(image + noise[number % 8], 0, 255).astype(np.uint8)


@cache
def room(width: int, height: int) -> Image:
    """The room without anybody: the median over the walk."""
    images = footage("none", width, height)
    return np.median(np.stack(images[:: RENDERED // 15]), axis=0).astype(np.uint8)
