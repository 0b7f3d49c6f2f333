"""Furniture made of boxes. Each function returns boxes for a piece standing on the floor at `at`, turned by `yaw`.

A piece's own front looks towards -y (to the camera) at yaw 0; x runs along its width.
"""

import math

from share_data.synthetic.boxes import RGB, Box

Ground = tuple[float, float]


def _part(
    at: Ground,
    yaw: float,
    offset: tuple[float, float, float],
    size: tuple[float, float, float],
    colour: RGB,
    material: str,
) -> Box:
    cos, sin = math.cos(yaw), math.sin(yaw)
    x, y, z = offset
    return Box((at[0] + cos * x - sin * y, at[1] + sin * x + cos * y, z), size, colour, material, yaw)


def _shade(colour: RGB, factor: float) -> RGB:
    r, g, b = (min(channel * factor, 1.0) for channel in colour)
    return r, g, b


def sofa(at: Ground, yaw: float, colour: RGB, width: float = 1.7, seat: float = 0.42) -> list[Box]:
    """Seat, back and arms; `at` is the middle of the seat's footprint, 0.85 m deep."""
    dark = _shade(colour, 0.8)
    return [
        _part(at, yaw, (0, 0.0, seat / 2), (width, 0.85, seat), colour, "fabric"),
        _part(at, yaw, (0, 0.36, 0.42), (width, 0.2, 0.84), dark, "fabric"),
        _part(at, yaw, (-width / 2 - 0.08, 0, 0.3), (0.16, 0.85, 0.6), dark, "fabric"),
        _part(at, yaw, (width / 2 + 0.08, 0, 0.3), (0.16, 0.85, 0.6), dark, "fabric"),
    ]


def chair(at: Ground, yaw: float, colour: RGB, seat: float = 0.44) -> list[Box]:
    """Four legs, a seat and a back."""
    legs = [
        _part(at, yaw, (x, y, seat / 2), (0.045, 0.045, seat), _shade(colour, 0.6), "plain")
        for x in (-0.2, 0.2)
        for y in (-0.19, 0.19)
    ]
    return [
        *legs,
        _part(at, yaw, (0, 0, seat - 0.025), (0.46, 0.44, 0.05), colour, "plain"),
        _part(at, yaw, (0, 0.21, 0.7), (0.46, 0.04, 0.5), _shade(colour, 0.85), "plain"),
    ]


def table(
    at: Ground, yaw: float, colour: RGB, width: float = 1.2, depth: float = 0.7, height: float = 0.72
) -> list[Box]:
    """A top on four legs."""
    legs = [
        _part(
            at, yaw, (x * (width / 2 - 0.06), y * (depth / 2 - 0.06), height / 2), (0.06, 0.06, height), colour, "plain"
        )
        for x in (-1, 1)
        for y in (-1, 1)
    ]
    return [*legs, _part(at, yaw, (0, 0, height - 0.02), (width, depth, 0.04), _shade(colour, 1.15), "planks")]


def bed(at: Ground, yaw: float, colour: RGB, height: float = 0.46) -> list[Box]:
    """Frame, mattress and headboard; the long side (2.1 m) runs along x, the head is at +x."""
    wood: RGB = (0.42, 0.29, 0.2)
    return [
        _part(at, yaw, (0, 0, 0.13), (2.1, 1.1, 0.26), wood, "plain"),
        _part(at, yaw, (0, 0, (height + 0.26) / 2), (2.06, 1.06, height - 0.26), colour, "fabric"),
        _part(at, yaw, (1.08, 0, 0.45), (0.06, 1.1, 0.9), wood, "planks"),
    ]


def cabinet(
    at: Ground, yaw: float, colour: RGB, width: float = 0.9, height: float = 1.1, depth: float = 0.42
) -> list[Box]:
    """A chest with drawers and something standing on it."""
    drawers = [
        _part(at, yaw, (0, -depth / 2 - 0.008, z), (width - 0.08, 0.016, 0.22), _shade(colour, 1.15), "plain")
        for z in (0.2, 0.47, 0.74)
        if z + 0.12 < height
    ]
    body = _part(at, yaw, (0, 0, height / 2), (width, depth, height), colour, "plain")
    vase = _part(at, yaw, (width * 0.25, 0, height + 0.13), (0.12, 0.12, 0.26), (0.75, 0.4, 0.25), "fabric")
    return [body, *drawers, vase]


def bookcase(at: Ground, yaw: float, colour: RGB, width: float = 1.0, height: float = 1.9) -> list[Box]:
    """A case with rows of books."""
    rows = [
        _part(at, yaw, (0, -0.13, z + 0.14), (width - 0.1, 0.1, 0.27), (0.75, 0.55, 0.45), "books")
        for z in (0.08, 0.44, 0.8, 1.16, 1.52)
        if z + 0.3 < height
    ]
    return [_part(at, yaw, (0, 0, height / 2), (width, 0.3, height), colour, "plain"), *rows]


def lamp(at: Ground, yaw: float, colour: RGB) -> list[Box]:
    """A standing lamp."""
    return [
        _part(at, yaw, (0, 0, 0.02), (0.3, 0.3, 0.04), (0.2, 0.2, 0.2), "plain"),
        _part(at, yaw, (0, 0, 0.75), (0.035, 0.035, 1.45), (0.25, 0.25, 0.25), "plain"),
        _part(at, yaw, (0, 0, 1.6), (0.34, 0.34, 0.3), colour, "fabric"),
    ]
