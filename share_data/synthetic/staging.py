"""Where camera and path lie, before anything moves. World: z up, floor 0, the camera over the origin, looking to +y."""

import math
from dataclasses import dataclass

import numpy as np

from share_data.camera import Floats, Intrinsics
from share_data.synthetic.specs import Scenario

STATURE = 1.72  # metres the framing is made for
SPEED = 1.15  # metres a second, at most


@dataclass(frozen=True, slots=True)
class Staging:
    """camera_height: metres; camera_pitch: radians downwards; start, spot: (2,) metres, ground positions where the
    person comes from and acts; heading: radians he faces while acting; side: +1 if he walks to the right of the image,
    else -1; half_width: metres seen to each side at the distance of `spot`; walk_until: seconds."""

    camera_height: float
    camera_pitch: float
    intrinsics: Intrinsics
    start: Floats
    spot: Floats
    heading: float
    side: int
    half_width: float
    walk_until: float

    @property
    def travel(self) -> float:
        """Heading of the way from start to spot, radians."""
        return math.atan2(*(self.spot - self.start)[::-1])


def stage(scenario: Scenario) -> Staging:
    """Framing and blocking of a clip: the person fills 56 to 66 % of the image height and moves across it."""
    rng = scenario.rng(1)
    intrinsics = Intrinsics.from_hfov(scenario.hfov_deg, scenario.width, scenario.height, source="synthetic")
    share = rng.uniform(0.56, 0.66)
    distance = float(np.clip(STATURE * intrinsics.focal / (share * scenario.height), 2.4, 6.0))
    height = rng.uniform(1.5, 2.1)
    pitch = math.atan2(height - 0.88, distance) + rng.uniform(-0.02, 0.02)
    side = 1 if rng.random() < 0.5 else -1
    half = distance * scenario.width / 2 / intrinsics.focal
    seconds = scenario.frames / scenario.fps
    until = seconds if scenario.action == "walk" else seconds * (0.36 if scenario.action == "lie_down" else 0.55)
    span = max(half - 0.6, 0.3)
    end = span if scenario.action == "walk" else min(0.45, span)
    stop = 0.0 if scenario.action == "walk" else 0.25
    length = min(span + end, SPEED * max(until - stop, 0.1))
    centre_shift = 0.0 if scenario.action != "walk" else (span + end - length) / 2
    spot = np.array([side * (end - centre_shift), distance])
    start = np.array([spot[0] - side * length, distance + rng.uniform(-0.25, 0.25)])
    facing = -math.pi / 2 + side * rng.uniform(0.15, 0.45)
    if scenario.hazard == "in_place":
        start = spot = np.array([0.0, distance])
    return Staging(height, float(np.clip(pitch, 0.087, 0.436)), intrinsics, start, spot, facing, side, half, until)
