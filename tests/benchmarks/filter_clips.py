"""Clips for `filters.py`: rendered rooms and people, then edited as cameras, editors and broadcasters do; truth known.

Everything is filmed from a tripod, wider than needed; a moving camera is a moving window on that.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from share_data.body.model import load_body
from share_data.camera import Floats
from share_data.synthetic.film import compose
from share_data.synthetic.motion import act
from share_data.synthetic.production import Scene, scenes, take
from share_data.synthetic.specs import Action, ClipSpec, Scenario, draw

Image = NDArray[np.uint8]
WIDTH, HEIGHT, MARGIN = 480, 270, 40
RATE, FRAMES = 15, 75
NOISE = 1.5
SEED = 11
"""Of rooms, cameras and people."""
ACTORS: tuple[tuple[Action, int], ...] = (
    ("walk", 0), ("reach", 1), ("turn", 2), ("sit_down", 3), ("walk", 4), ("reach", 5), ("walk", 6), ("turn", 7),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filmed:
    """A take of one person. frames: (T, h, w, 3) uint8 with `MARGIN` around; person: (T, h, w) bool, his pixels; room:
    (h, w, 3) uint8, with nobody in it."""

    frames: Image
    person: NDArray[np.bool_]
    room: Image


@dataclass(frozen=True, slots=True)
class Case:
    """A clip and what is true of it.

    frames: makes (H, W, 3) uint8 images; wanted: by filter, the reasons of which it must give one; may: filters that
    may object too, for the same edit; all others must keep it; clean: nothing at all is done to it.
    """

    name: str
    frames: Callable[[], Iterator[Image]]
    wanted: dict[str, tuple[str, ...]] = field(default_factory=dict)
    may: tuple[str, ...] = ()
    clean: bool = False


@lru_cache(maxsize=6)
def filmed(number: int, guest: bool = False) -> Filmed:
    """The take of actor `number`; guest: another person in the same room before the same camera, walking."""
    action, room = ACTORS[number]
    spec = ClipSpec(action=action, room=room, frames=FRAMES, fps=RATE, width=WIDTH + 2 * MARGIN, height=HEIGHT + 46)
    scenario = draw(spec, SEED, number)
    (scene,) = scenes(scenario, load_body())
    film = take(_guest(scenario, scene) if guest else scene, load_body())
    frames, person, size = [], [], (scenario.width, scenario.height)

    def seen(colour: Floats) -> Image:
        return cv2.resize(np.clip(colour, 0, 1) * 255, size, interpolation=cv2.INTER_AREA).astype(np.uint8)

    for frame in range(FRAMES):
        colour, owner = compose(film, frame)[:2]
        frames.append(seen(colour))
        person.append(cv2.resize((owner >= 0).astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0)
    return Filmed(np.stack(frames), np.stack(person), seen(film.backdrop.view(0)[0]))


def _guest(scenario: Scenario, scene: Scene) -> Scene:
    """Somebody else, walking the other way on a path half a metre nearer to the camera."""
    rng = np.random.default_rng(scenario.seed)
    betas = tuple(float(beta) for beta in np.clip(rng.normal(0, 0.8, 10), -1.6, 1.6))
    other = replace(scenario, seed=scenario.seed ^ 0x5151, betas=betas, action="walk")
    staging, nearer = scene.staging, np.array([0.0, 0.5])
    edge = np.array([-staging.side * staging.half_width, 0.0])
    path = replace(
        staging, start=staging.spot - nearer - edge, spot=staging.spot - nearer + edge, walk_until=FRAMES / RATE
    )
    return Scene(other, path, act(other, path, load_body()), scene.camera, scene.start, scene.stop)


def window(image: Image, dx: float = 0.0, dy: float = 0.0, scale: float = 1.0, turn: float = 0.0) -> Image:
    """What a camera sees that looks dx, dy pixels aside, zoomed by `scale` and rolled by `turn` degrees."""
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2 - 0.5, height / 2 - 0.5), turn, scale)
    matrix[:, 2] += ((WIDTH - width) / 2 - dx, (HEIGHT - height) / 2 - dy)
    return np.asarray(cv2.warpAffine(image, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC))


def finished(images: Iterator[Image], exposure: Floats | None = None) -> Iterator[Image]:
    """With the sensor's noise, and each frame in its exposure. exposure: (T,)."""
    rng = np.random.default_rng(3)
    for k, image in enumerate(images):
        seen = image * (1.0 if exposure is None else exposure[k]) + rng.normal(0, NOISE, (*image.shape[:2], 1))
        yield np.clip(seen + 0.5, 0, 255).astype(np.uint8)


def smooth_noise(sd: float, seconds: float, seed: int, frames: int = FRAMES) -> Floats:
    """(frames, 2) pixels: a hand's random motion, correlated over `seconds`."""
    raw = np.random.default_rng(seed).normal(0, 1, (frames + 60, 2))
    soft = cv2.GaussianBlur(raw, (0, 0), sigmaX=0.01, sigmaY=max(seconds * RATE, 0.01))[30 : 30 + frames]
    return np.asarray(sd * (soft - soft.mean(axis=0)) / soft.std())
