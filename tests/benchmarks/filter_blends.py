"""What else is done to a take: blends, slow motion, and light, cloth and screens that stir before a still camera."""

import cv2
import numpy as np
from filter_clips import FRAMES, HEIGHT, RATE, WIDTH, Image, filmed, finished, window
from filter_edits import still

from share_data.camera import Floats


def blended(number: int, gap: int, over: int) -> list[Image]:
    """Cut out `gap` frames in the middle; the cut is a blend of `over` frames, as editors make on a tripod."""
    images, first = still(number), (FRAMES - gap) // 2
    blend = [
        _mixed(images[first + k], images[min(first + gap + k, FRAMES - 1)], (k + 1) / (over + 1)) for k in range(over)
    ]
    return images[:first] + blend + images[first + gap + over :]


def slowed(number: int, seconds: float) -> list[Image]:
    """A stretch at half its speed: each picture twice."""
    images, first, length = list(finished(iter(still(number)))), FRAMES // 3, round(seconds * RATE)
    shown = [*range(first), *(first + k // 2 for k in range(length)), *range(first + length // 2, FRAMES)]
    return [images[k] for k in shown][:FRAMES]


def flickering(number: int, swing: float = 0.06) -> list[Image]:
    """Under a lamp at 50 Hz, before a rolling shutter: bands of light run over the picture."""
    rows = np.arange(HEIGHT)[:, None, None] / HEIGHT * 0.02
    lights = [1 + swing * np.sin(2 * np.pi * 100.35 * (k / RATE + rows)) for k in range(FRAMES)]
    return [np.clip(image * light, 0, 255).astype(np.uint8) for image, light in zip(still(number), lights, strict=True)]


def curtained(number: int, share: float = 0.35) -> list[Image]:
    """A curtain in the wind over a part of the wall, on the side where he is not."""
    wide = int(WIDTH * share)
    x, y = np.meshgrid(np.arange(wide, dtype=np.float32), np.arange(HEIGHT, dtype=np.float32))
    folds = 128 + 60 * np.sin(np.arange(2 * wide) / 9.0) + 15 * np.sin(np.arange(2 * wide) / 2.3)
    weave = cv2.GaussianBlur(np.random.default_rng(number).normal(0, 25, (HEIGHT, 2 * wide)), (0, 0), 1.5)
    cloth, made = np.clip(folds + weave, 0, 255).astype(np.float32), []
    for k in range(FRAMES):
        wave = 6 * np.sin(2 * np.pi * 0.6 * k / RATE + x / 60 + y / 120) + wide / 2
        made.append(cv2.remap(cloth, (x + wave).astype(np.float32), y, cv2.INTER_LINEAR)[..., None] * [0.9, 0.8, 0.7])
    return _behind(number, made, slice(0, HEIGHT))


def snowed(number: int, share: float = 0.3) -> list[Image]:
    """A screen of snow over a part of the wall."""
    rng, size = np.random.default_rng(number), (HEIGHT - 20, int(WIDTH * share), 1)
    return _behind(number, [rng.integers(0, 255, size) for _ in range(FRAMES)], slice(10, HEIGHT - 10))


def _behind(number: int, things: "list[Floats] | list[Image]", rows: slice) -> list[Image]:
    """What hangs on the wall behind him, on the left where he is on the right. things: (h, w, 1 or 3) each."""
    made, wide, masks = [], things[0].shape[1], filmed(number).person
    left = (
        0
        if np.flatnonzero(window(masks[FRAMES // 2].astype(np.uint8)).max(axis=0)).mean() > WIDTH / 2
        else WIDTH - wide
    )
    for image, thing, person in zip(still(number), things, masks, strict=True):
        hung = image.copy()
        hung[rows, left : left + wide] = thing
        made.append(np.where(window(person.astype(np.uint8))[..., None] > 0, image, hung))
    return made


def _mixed(first: Image, second: Image, share: float) -> Image:
    return ((1 - share) * first + share * second.astype(np.float64)).astype(np.uint8)
