"""Clothes, skin, hair and a face, painted on a body by its skinning weights."""

from dataclasses import dataclass

import numpy as np

from share_data.body.model import BodyModel
from share_data.camera import Floats
from share_data.synthetic.boxes import RGB
from share_data.synthetic.materials import noise
from share_data.synthetic.skeleton import INDEX

NOSE, RIGHT_EYE, LEFT_EYE = 332, 6260, 2800  # vertex numbers that the mannequin shares with SMPL

SKINS: tuple[RGB, ...] = ((0.86, 0.66, 0.54), (0.76, 0.56, 0.43), (0.62, 0.44, 0.33), (0.90, 0.72, 0.62))
HAIRS: tuple[RGB, ...] = ((0.12, 0.09, 0.07), (0.28, 0.18, 0.10), (0.20, 0.19, 0.19), (0.40, 0.28, 0.16))
SHIRTS: tuple[RGB, ...] = (
    (0.72, 0.16, 0.16),
    (0.15, 0.30, 0.62),
    (0.16, 0.45, 0.30),
    (0.85, 0.83, 0.78),
    (0.80, 0.55, 0.15),
)
TROUSERS: tuple[RGB, ...] = ((0.13, 0.15, 0.24), (0.20, 0.19, 0.18), (0.32, 0.27, 0.21), (0.24, 0.30, 0.40))
SHOES: tuple[RGB, ...] = ((0.10, 0.10, 0.10), (0.72, 0.72, 0.70), (0.30, 0.18, 0.10))

_SHIRT = ["spine1", "spine2", "spine3", "left_collar", "right_collar", "left_shoulder", "right_shoulder"]
_TROUSERS = ["pelvis", "left_hip", "right_hip", "left_knee", "right_knee"]
_SHOES = ["left_ankle", "right_ankle", "left_foot", "right_foot"]


@dataclass(frozen=True, slots=True)
class Outfit:
    """Paint for each vertex. colours (V, 3) in [0, 1]; cloth (V,) 1 where the surface is woven;
    rest (V, 3) metres, the resting surface, where the weave is laid out."""

    colours: Floats
    cloth: Floats
    rest: Floats


def dress(body: BodyModel, betas: Floats, rng: np.random.Generator) -> Outfit:
    """A random outfit for this body shape."""
    rest = body.forward(np.zeros((1, 3)), np.zeros((1, 69)), betas, np.zeros((1, 3))).vertices[0].astype(np.float64)
    skin, hair, shirt, trousers, shoes = (
        np.array(table[int(rng.integers(len(table)))]) for table in (SKINS, HAIRS, SHIRTS, TROUSERS, SHOES)
    )
    colours = np.broadcast_to(skin, rest.shape).copy()
    cloth = np.zeros(len(rest))
    share = {name: body.weights[:, INDEX[name]] for name in INDEX}
    for names, colour in ((_SHIRT, shirt), (_TROUSERS, trousers), (_SHOES, shoes)):
        worn = sum(share[name] for name in names) > 0.5
        colours[worn] = colour
        cloth[worn] = 1
    _face(colours, cloth, rest, share["head"] + share["neck"], skin, hair)
    return Outfit(colours, cloth, rest)


def _face(colours: Floats, cloth: Floats, rest: Floats, head: Floats, skin: Floats, hair: Floats) -> None:
    """Hair over the crown and the back of the head, dark eyes and brows, a mouth."""
    eyes = (rest[LEFT_EYE] + rest[RIGHT_EYE]) / 2
    ahead = rest - eyes
    on_head = head > 0.6
    behind = ahead[:, 2] < -0.075
    crown = (ahead[:, 1] > 0.055) | (behind & (ahead[:, 1] > -0.09))
    colours[on_head & crown] = hair
    cloth[on_head & crown] = 1
    for eye in (rest[LEFT_EYE], rest[RIGHT_EYE]):
        away = np.abs(rest - eye)
        front = on_head & (ahead[:, 2] > -0.05)
        colours[front & (away[:, 0] < 0.017) & (away[:, 1] < 0.010)] = (0.10, 0.08, 0.08)
        colours[front & (away[:, 0] < 0.024) & (np.abs(rest[:, 1] - eye[1] - 0.024) < 0.006)] = hair
    below = rest[NOSE] - rest
    mouth = (np.abs(below[:, 0]) < 0.024) & (np.abs(below[:, 1] - 0.036) < 0.009) & (below[:, 2] < 0.045)
    colours[on_head & mouth] = skin * (0.82, 0.55, 0.55)


def weave(rest: Floats, cloth: Floats) -> Floats:
    """(N, 1) brightness of the cloth at points given by their place on the resting body (N, 3) metres."""
    around = np.stack([rest[:, 0] + 0.6 * rest[:, 2], rest[:, 1] - 0.3 * rest[:, 2]], axis=1)
    pattern = 0.84 + 0.16 * noise(around * 90) + 0.16 * noise(around * 14)
    return np.asarray((1 + cloth * (pattern - 1))[:, None])
