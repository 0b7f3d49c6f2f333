"""The body as a browser bends it: a mesh of one shape, its bones, and four weights a vertex."""

from dataclasses import dataclass

import numpy as np

from share_data.body.model import BodyModel
from share_data.camera import Floats
from share_data.records import Ints

INFLUENCES = 4
"""Bones that move a vertex at most: what WebGL's skinned meshes, and so viser, hold."""


@dataclass(frozen=True, slots=True)
class Skin:
    """A body of one shape in its rest pose, to be bent by bones.

    Attributes:
        vertices: (V, 3) float32 metres, y up, facing +z.
        faces: (F, 3) vertex numbers.
        weights: (V, 24) float32, at most four a row are not 0, rows sum to one.
        joints: (24, 3) float32 metres: where the bones rest.
    """

    vertices: Floats
    faces: Ints
    weights: Floats
    joints: Floats


def skin_of(body: BodyModel, betas: Floats) -> Skin:
    """The skin of a body model in a shape. What its pose adds to the shape (`posedirs`) is not in it.

    Args:
        body: the model that the record was made with.
        betas: (10,) shape.
    """
    arrays = body.arrays
    vertices = np.asarray(arrays.v_template + arrays.shapedirs @ np.asarray(betas, np.float32), np.float32)
    return Skin(vertices, arrays.f, heaviest(arrays.weights), np.asarray(arrays.J_regressor @ vertices, np.float32))


def heaviest(weights: Floats, count: int = INFLUENCES) -> Floats:
    """(V, 24) weights of which only the `count` heaviest of a row are left, made to sum to one again.

    >>> heaviest(np.array([[0.5, 0.3, 0.2]]), 2).round(3).tolist()
    [[0.625, 0.375, 0.0]]
    """
    kept = np.zeros_like(weights)
    which = np.argsort(weights, axis=1)[:, -count:]
    np.put_along_axis(kept, which, np.take_along_axis(weights, which, axis=1), axis=1)
    return np.asarray(kept / kept.sum(axis=1, keepdims=True))


def bent(skin: Skin, turns: Floats, places: Floats) -> Floats:
    """(T, V, 3) metres: what a browser makes of the skin. It tells how far that is from the body model.

    Args:
        skin: in its rest pose.
        turns: (T, 24, 3, 3) rotations of the bones, rest axes to world.
        places: (T, 24, 3) metres, world: where the bones are.
    """
    moved = places - np.einsum("tjab,jb->tja", turns, skin.joints)
    return np.asarray(
        np.einsum("vj,tjab,vb->tva", skin.weights, turns, skin.vertices, optimize=True) + skin.weights @ moved
    )
