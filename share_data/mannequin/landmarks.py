"""Puts the right vertices at the 21 numbers from which smplx reads nose, eyes, ears, finger tips, toes and heels."""

import numpy as np

from share_data.camera import Floats
from share_data.mannequin.makehuman import MakeHuman
from share_data.records import Ints

EYELID = 0.013
"""From the centre of the eye forward to the lid, metres: the sockets are empty."""
HEAD, FOOT = 15, 7
_FINGERS = ("thumb", "index", "middle", "ring", "pinky")
_RIGHT = {"l": "r", "L": "R"}


def landmark_order(landmarks: dict[str, int], slots: dict[str, int], count: int) -> Ints:
    """(V,) the vertex to put at each number, so that landmark k lies at `slots[k]` and all others stay in order."""
    order = np.arange(count)
    for name, vertex in landmarks.items():
        here, there = slots[name], int(np.flatnonzero(order == vertex)[0])
        order[[here, there]] = order[[there, here]]
    return order


def find_landmarks(data: MakeHuman, rest: Floats, kept: Ints, mirror: Ints, weights: Floats) -> dict[str, int]:
    """Name (as in smplx.vertex_ids) to number of the decimated vertex.

    rest: (N, 3) the full neutral mesh in its rest pose; kept, mirror: (V,) as from `decimate`; weights: (V, 24).
    """
    points = rest[kept]

    def nearest(target: Floats) -> int:
        return int(np.linalg.norm(points - target, axis=1).argmin())

    def cube(name: str) -> Floats:
        return np.asarray(rest[data.cubes[f"joint-l-{name}"]].mean(axis=0))

    def extreme(joint: int, score: Floats) -> int:
        return int(np.where(weights[:, joint] > 0.5, score, -np.inf).argmax())

    left = {f"l{name}": nearest(cube(f"finger-{k}-4")) for k, name in enumerate(_FINGERS, start=1)}
    left["leye"] = nearest(cube("eye") + np.array((0.0, 0.0, EYELID)))
    left["lear"] = extreme(HEAD, points[:, 0])
    left["LBigToe"] = nearest(cube("toe-1-3"))
    left["LSmallToe"] = nearest(cube("toe-5-4"))
    left["LHeel"] = extreme(FOOT, -points[:, 2] - 0.5 * points[:, 1])
    right = {_RIGHT[name[0]] + name[1:]: int(mirror[vertex]) for name, vertex in left.items()}
    middle = np.where(np.abs(points[:, 0]) < 1e-6, points[:, 2], -np.inf)
    return {**left, **right, "nose": extreme(HEAD, middle)}
