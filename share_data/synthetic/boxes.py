"""Boxes with materials: what rooms are built of."""

from dataclasses import dataclass, field

import numpy as np

from share_data.camera import Floats

RGB = tuple[float, float, float]

_SIGNS = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
# The corners of each side, counter-clockwise from outside, with the axes its texture runs along.
_SIDES = (
    ((0, 1, 3, 2), 0, 1, 2),
    ((4, 6, 7, 5), 0, 1, 2),
    ((0, 4, 5, 1), 1, 0, 2),
    ((2, 3, 7, 6), 1, 0, 2),
    ((0, 2, 6, 4), 2, 0, 1),
    ((1, 5, 7, 3), 2, 0, 1),
)


@dataclass(frozen=True, slots=True)
class Box:
    """A box in the world. centre, size: (3,) metres; yaw: radians about z; material: a name in `TEXTURES`."""

    centre: tuple[float, float, float]
    size: tuple[float, float, float]
    colour: RGB
    material: str = "plain"
    yaw: float = 0.0


@dataclass(frozen=True, slots=True)
class Mesh:
    """Boxes as triangles, world frame.

    vertices (V, 3) metres; faces (F, 3); per face: normals (F, 3), axes (F, 2, 3) unit texture directions, origin
    (F, 3) metres, colours (F, 3) in [0, 1], materials (F,) index into `names`, seeds (F,) one number a box.
    """

    vertices: Floats
    faces: np.ndarray
    normals: Floats
    axes: Floats
    origin: Floats
    colours: Floats
    materials: np.ndarray
    seeds: np.ndarray
    names: tuple[str, ...] = field(default=())


def mesh_of(boxes: list[Box]) -> Mesh:
    """Twelve triangles a box."""
    names = tuple(sorted({box.material for box in boxes}))
    vertices, faces, normals, axes, origin, colours, materials, seeds = [], [], [], [], [], [], [], []
    for number, box in enumerate(boxes):
        cos, sin = np.cos(box.yaw), np.sin(box.yaw)
        turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
        corners = (_SIGNS * box.size) @ turn.T + box.centre
        for (a, b, c, d), along, u, v in _SIDES:
            sign = 1.0 if _SIGNS[a][along] > 0 else -1.0
            faces += [
                (8 * number + a, 8 * number + b, 8 * number + c),
                (8 * number + a, 8 * number + c, 8 * number + d),
            ]
            normals += [sign * turn[:, along]] * 2
            axes += [turn[:, [u, v]].T] * 2
        vertices.append(corners)
        origin += [corners[0]] * 12
        colours += [box.colour] * 12
        materials += [names.index(box.material)] * 12
        seeds += [number] * 12
    return Mesh(
        np.concatenate(vertices),
        np.array(faces),
        np.array(normals),
        np.array(axes),
        np.array(origin),
        np.array(colours),
        np.array(materials),
        np.array(seeds),
        names,
    )
