"""Small synthetic clips for tests, made once a session each."""

from functools import cache
from typing import Any

import numpy as np

from share_data.body.model import BodyModel, load_body
from share_data.synthetic.film import Take, compose, shoot
from share_data.synthetic.production import Scene, scenes, take
from share_data.synthetic.specs import ClipSpec, Scenario, draw

SEED = 4


@cache
def mannequin() -> BodyModel:
    return load_body()


def plan_of(action: Any = "walk", hazard: Any = "none", frames: int = 90, index: int = 0, **more: Any) -> Scenario:
    spec = ClipSpec(action=action, hazard=hazard, frames=frames, **{"width": 320, "height": 180} | more)
    return draw(spec, SEED, index)


@cache
def scenes_of(action: Any = "walk", hazard: Any = "none", frames: int = 90, index: int = 0) -> list[Scene]:
    return scenes(plan_of(action, hazard, frames, index), mannequin())


@cache
def take_of(action: Any = "walk", hazard: Any = "none", frames: int = 90) -> Take:
    (scene,) = scenes_of(action, hazard, frames)
    return take(scene, mannequin())


def frames_of(action: Any, hazard: Any, frames: int) -> np.ndarray:
    """(T, H, W, 3) uint8."""
    made = [image for scene in scenes_of(action, hazard, frames) for image in shoot(take(scene, mannequin()))]
    return np.stack(made)


def owner_of(film: Take, frame: int) -> np.ndarray:
    """(2H, 2W) whose pixel it is: -1 background, else the actor's number."""
    return compose(film, frame)[1]
