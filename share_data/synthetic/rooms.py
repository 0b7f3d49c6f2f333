"""Furnished rooms around a staged action. The same room number gives the same colours, textures and furniture style."""

import numpy as np

from share_data.synthetic import furniture
from share_data.synthetic.boxes import RGB, Box
from share_data.synthetic.specs import Scenario
from share_data.synthetic.staging import Staging

WALLS: tuple[RGB, ...] = (
    (0.80, 0.78, 0.72),
    (0.70, 0.76, 0.78),
    (0.78, 0.72, 0.66),
    (0.72, 0.78, 0.70),
    (0.83, 0.82, 0.80),
)
FLOORS: tuple[RGB, ...] = ((0.58, 0.42, 0.28), (0.45, 0.33, 0.24), (0.68, 0.66, 0.62), (0.52, 0.50, 0.48))
SOFAS: tuple[RGB, ...] = ((0.30, 0.36, 0.45), (0.45, 0.28, 0.26), (0.38, 0.42, 0.32), (0.55, 0.50, 0.42))
WOODS: tuple[RGB, ...] = ((0.50, 0.36, 0.24), (0.66, 0.56, 0.42), (0.34, 0.25, 0.19), (0.82, 0.80, 0.76))


def furnish(scenario: Scenario, staging: Staging) -> list[Box]:
    """Floor, walls, what the action needs, and furniture along the walls, out of the person's way."""
    rng = np.random.default_rng([0xB0C5, scenario.room])
    wall, floor, sofa, wood = (table[int(rng.integers(len(table)))] for table in (WALLS, FLOORS, SOFAS, WOODS))
    back = float(staging.spot[1] + rng.uniform(1.5, 2.2))
    side = float(max(staging.half_width + rng.uniform(0.0, 0.6), 2.3))
    boxes = _shell(rng, wall, floor, back, side)
    boxes += _on_the_walls(rng, back, side)
    boxes += _along_the_walls(rng, scenario, sofa, wood, back, side, staging.side)
    boxes += _for_the_action(scenario, staging, sofa, wood)
    if scenario.hazard == "occlusion":
        boxes += _in_the_way(scenario, staging, sofa)
    return boxes


def _shell(rng: np.random.Generator, wall: RGB, floor: RGB, back: float, side: float) -> list[Box]:
    covering = ("planks", "tiles")[int(rng.integers(2))]
    plaster = ("plaster", "plaster", "brick")[int(rng.integers(3))]
    depth = back + 1.5
    middle = back - depth / 2
    white: RGB = (0.9, 0.9, 0.88)
    return [
        Box((0, middle, -0.05), (2 * side + 0.2, depth, 0.1), floor, covering),
        Box((0, back + 0.05, 1.4), (2 * side + 0.2, 0.1, 2.8), wall, plaster),
        Box((-side - 0.05, middle, 1.4), (0.1, depth, 2.8), wall, "plaster"),
        Box((side + 0.05, middle, 1.4), (0.1, depth, 2.8), wall, "plaster"),
        Box((0, middle, 2.85), (2 * side + 0.2, depth, 0.1), (0.92, 0.92, 0.9), "plain"),
        Box((0, back - 0.01, 0.05), (2 * side, 0.02, 0.1), white, "plain"),
        Box((float(rng.uniform(-0.4, 0.4)), back - 1.6, 0.006), (2.4, 1.5, 0.012), (0.62, 0.45, 0.38), "rug"),
    ]


def _on_the_walls(rng: np.random.Generator, back: float, side: float) -> list[Box]:
    boxes = []
    for x in np.linspace(-side + 0.7, side - 0.7, 4):
        width, height = rng.uniform(0.4, 0.8), rng.uniform(0.4, 0.6)
        tint = tuple(float(channel) for channel in rng.uniform(0.35, 0.95, 3))
        place = (float(x + rng.uniform(-0.15, 0.15)), float(rng.uniform(1.55, 1.8)))
        boxes.append(Box((place[0], back - 0.012, place[1]), (width + 0.08, 0.03, height + 0.08), (0.2, 0.17, 0.15)))
        boxes.append(Box((place[0], back - 0.032, place[1]), (width, 0.012, height), tint, "picture"))  # type: ignore[arg-type]
    for x in (-side + 0.02, side - 0.02):
        y = back - float(rng.uniform(0.9, 1.6))
        boxes.append(Box((x, y, 1.55), (0.04, 1.2, 1.1), (0.93, 0.93, 0.92)))
        boxes.append(Box((x * 0.985, y, 1.55), (0.04, 1.05, 0.95), (0.72, 0.84, 0.95), "picture"))
    return boxes


def _along_the_walls(
    rng: np.random.Generator, scenario: Scenario, sofa: RGB, wood: RGB, back: float, side: float, direction: int
) -> list[Box]:
    """Three pieces against the back wall, one in a corner; the middle stays free where a seat or a bed will stand."""
    pieces = [
        furniture.bookcase((0, 0), 0, wood),
        furniture.cabinet((0, 0), 0, wood),
        furniture.sofa((0, 0), 0, sofa),
        furniture.table((0, 0), 0, wood),
        furniture.lamp((0, 0), 0, (0.9, 0.8, 0.6)),
    ]
    depth = (0.17, 0.24, 0.48, 0.4, 0.25)
    chosen = rng.permutation(len(pieces))[:3]
    places = np.array([-0.72, 0.0, 0.72]) * side
    boxes: list[Box] = []
    for piece, x in zip(chosen, places, strict=True):
        if scenario.action in ("sit_down", "lie_down") and x * direction == 0 and depth[piece] > 0.3:
            continue
        boxes += _moved(pieces[piece], float(x + rng.uniform(-0.1, 0.1)), back - depth[piece])
    return boxes


def _moved(boxes: list[Box], x: float, y: float) -> list[Box]:
    return [
        Box((box.centre[0] + x, box.centre[1] + y, box.centre[2]), box.size, box.colour, box.material, box.yaw)
        for box in boxes
    ]


def _for_the_action(scenario: Scenario, staging: Staging, sofa: RGB, wood: RGB) -> list[Box]:
    """The seat, bed or shelf the person will use, where he will use it."""
    x, y = (float(value) for value in staging.spot)
    turned = staging.heading + np.pi / 2
    if scenario.action == "sit_down":
        back = np.array([np.cos(staging.heading), np.sin(staging.heading)]) * -0.42
        at = (x + float(back[0]), y + float(back[1]))
        if scenario.room % 2:
            return furniture.chair(at, turned, wood)
        return furniture.sofa((at[0] - float(back[0]) * -0.2, at[1] + 0.12), turned, sofa, width=1.3)
    if scenario.action == "lie_down":
        yaw = 0.0 if staging.side > 0 else np.pi
        return furniture.bed((x + staging.side * 0.1, y + 0.68), yaw, (0.75, 0.74, 0.78))
    if scenario.action == "reach":
        return furniture.bookcase((x + staging.side * 0.85, y + 0.35), -staging.side * 0.9, wood, width=0.6, height=1.6)
    return []


def _in_the_way(scenario: Scenario, staging: Staging, sofa: RGB) -> list[Box]:
    """A piece between camera and path, tall enough to hide the lower legs for a part of the way."""
    middle = (staging.start + staging.spot) / 2
    at = (float(middle[0]), float(middle[1]) - 0.85)
    return [
        Box((at[0], at[1], 0.26), (0.9, 0.3, 0.52), sofa, "fabric"),
        Box((at[0], at[1], 0.53), (0.94, 0.34, 0.03), (0.4, 0.3, 0.22)),
    ]
