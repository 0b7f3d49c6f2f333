"""Procedural textures: brightness and tint as functions of a place on a surface, in metres."""

from collections.abc import Callable

import numpy as np

from share_data.camera import Floats

_TABLE = np.random.default_rng(20251).random((256, 256))

Texture = Callable[[Floats, Floats], Floats]


def noise(uv: Floats) -> Floats:
    """Smooth value noise in [0, 1] with one cell a unit. uv: (N, 2). Returns (N,)."""
    cell = np.floor(uv).astype(np.int64)
    share = uv - cell
    share = share * share * (3 - 2 * share)
    x0, y0 = (cell & 255).T
    x1, y1 = ((cell + 1) & 255).T
    low = _TABLE[x0, y0] * (1 - share[:, 0]) + _TABLE[x1, y0] * share[:, 0]
    high = _TABLE[x0, y1] * (1 - share[:, 0]) + _TABLE[x1, y1] * share[:, 0]
    return np.asarray(low * (1 - share[:, 1]) + high * share[:, 1])


def pick(cell: Floats, seed: Floats) -> Floats:
    """A random number in [0, 1] for each integer cell. cell: (N, 2); seed: (N,). Returns (N,)."""
    x = (cell[:, 0].astype(np.int64) * 7 + seed.astype(np.int64) * 37) & 255
    y = (cell[:, 1].astype(np.int64) * 13 + seed.astype(np.int64) * 101) & 255
    return np.asarray(_TABLE[x, y])


def plain(uv: Floats, seed: Floats) -> Floats:
    """Painted wood: faint unevenness."""
    return 0.94 + 0.08 * noise(uv * 9 + seed[:, None])


def plaster(uv: Floats, seed: Floats) -> Floats:
    """A wall: blotches at two scales."""
    return 0.9 + 0.07 * noise(uv * 2.3 + seed[:, None]) + 0.07 * noise(uv * 23)


def brick(uv: Floats, seed: Floats) -> Floats:
    """Painted bricks, 24 x 8 cm."""
    row = np.floor(uv[:, 1] / 0.08)
    x = uv[:, 0] / 0.24 + 0.5 * (row % 2)
    joint = (x % 1 < 0.045) | (uv[:, 1] / 0.08 % 1 < 0.12)
    return np.asarray(np.where(joint, 0.78, 0.88 + 0.14 * pick(np.stack([np.floor(x), row], 1), seed)))


def tiles(uv: Floats, seed: Floats) -> Floats:
    """Floor tiles of 40 cm with dark joints, each of its own shade."""
    scaled = uv / 0.4
    joint = (scaled % 1 < 0.03).any(axis=1)
    shade = 0.82 + 0.2 * pick(np.floor(scaled), seed) + 0.06 * noise(uv * 30)
    return np.asarray(np.where(joint, 0.55, shade))


def planks(uv: Floats, seed: Floats) -> Floats:
    """Floor boards 14 cm wide, with grain."""
    board = np.floor(uv[:, 0] / 0.14)
    along = uv[:, 1] / 1.3 + 0.37 * (board * 1.7 % 3)
    joint = (uv[:, 0] / 0.14 % 1 < 0.04) | (along % 1 < 0.006)
    grain = noise(np.stack([uv[:, 0] * 60, uv[:, 1] * 3 + board * 5], axis=1))
    return np.asarray(
        np.where(joint, 0.5, 0.72 + 0.2 * pick(np.stack([board, np.floor(along)], 1), seed) + 0.16 * grain)
    )


def fabric(uv: Floats, seed: Floats) -> Floats:
    """Upholstery: weave and soft folds."""
    return 0.78 + 0.14 * noise(uv * 70) + 0.16 * noise(uv * 6 + seed[:, None])


def rug(uv: Floats, seed: Floats) -> Floats:
    """A woven pattern of lozenges."""
    lozenge = np.abs((uv[:, 0] * 3 % 1) - 0.5) + np.abs((uv[:, 1] * 3 % 1) - 0.5)
    return np.asarray(0.62 + 0.3 * (lozenge % 0.25 > 0.12) + 0.1 * noise(uv * 60))


def picture(uv: Floats, seed: Floats) -> Floats:
    """A painting: bold blotches."""
    field = noise(uv * 7 + seed[:, None] * 3.1) + 0.5 * noise(uv * 17 + seed[:, None])
    return np.asarray(0.25 + 0.9 * (np.floor(field * 5) / 5))


def books(uv: Floats, seed: Floats) -> Floats:
    """Spines 3 cm wide, of unlike brightness."""
    spine = np.floor(uv[:, 0] / 0.034)
    edge = uv[:, 0] / 0.034 % 1 < 0.1
    band = np.abs(uv[:, 1] % 0.3 - 0.2) < 0.015
    shade = 0.35 + 0.8 * pick(np.stack([spine, spine * 0], 1), seed)
    return np.asarray(np.where(edge, 0.15, np.where(band, 1.15, shade)))


TEXTURES: dict[str, Texture] = {
    "plain": plain,
    "plaster": plaster,
    "brick": brick,
    "tiles": tiles,
    "planks": planks,
    "fabric": fabric,
    "rug": rug,
    "picture": picture,
    "books": books,
}
