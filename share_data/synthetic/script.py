"""The script of each action: the way over the floor, how far sitting, lying and reaching have got, and the gestures."""

from dataclasses import dataclass, replace

import numpy as np

from share_data.camera import Floats
from share_data.synthetic.gait import FootTrack, Path, smooth
from share_data.synthetic.specs import Scenario
from share_data.synthetic.staging import Staging
from share_data.synthetic.torso import Torso


@dataclass(frozen=True, slots=True)
class Progress:
    """(T,) in [0, 1] each: how far the person has sat down, lain down, reached out."""

    sit: Floats
    lie: Floats
    reach: Floats


def progress_of(scenario: Scenario, staging: Staging, times: Floats) -> Progress:
    """How far each part of the action has gone, 0 to 1, at `times` (T,) in seconds; all 0 for walk and turn."""
    start, seconds = (0.0 if scenario.hazard == "in_place" else staging.walk_until), scenario.frames / scenario.fps
    left = seconds - start
    none = np.zeros_like(times)
    if scenario.action == "sit_down":
        return Progress(smooth(times, start + 0.1 * left, start + 0.95 * left), none, none)
    if scenario.action == "lie_down":
        sit = smooth(times, start + 0.05 * left, start + 0.42 * left)
        return Progress(sit, smooth(times, start + 0.44 * left, start + 0.95 * left), none)
    if scenario.action == "reach":
        return Progress(none, none, smooth(times, start - 0.1 * left, start + 0.85 * left))
    return Progress(none, none, none)


def path_of(scenario: Scenario, staging: Staging) -> Path:
    """The way of the pelvis over the floor: at constant speed, then to a stop, turning as the action asks."""
    stops = scenario.action != "walk"
    until, brake = staging.walk_until, 0.5 if stops else 0.0
    length = float(np.linalg.norm(staging.spot - staging.start))
    speed = length / max(until - brake / 2, 1e-3)
    on_spot = length < 1e-6
    travel = staging.heading if on_spot else staging.travel
    turned = {"walk": travel, "reach": travel - staging.side * 0.7}.get(scenario.action, staging.heading)
    if scenario.action == "turn":
        turned = travel - staging.side * 2.4
    # Every turn goes the short way, past the camera's side.
    turned = travel + (turned - travel + np.pi) % (2 * np.pi) - np.pi
    late = scenario.frames / scenario.fps if scenario.action == "turn" else until + 0.25
    early = 0.0 if on_spot else until - (0.2 if scenario.action == "turn" else 0.7)

    def path(t: Floats) -> tuple[Floats, Floats]:
        braking = np.clip(t - (until - brake), 0, brake) if stops else np.zeros_like(t)
        cruise = np.minimum(t, until - brake) if stops else t
        travelled = speed * (cruise + braking - (braking**2 / (2 * brake) if stops else 0.0))
        along = (staging.spot - staging.start) / max(length, 1e-9)
        return staging.start + np.outer(travelled, along), travel + (turned - travel) * smooth(t, early, late)

    return path


def gestures(
    scenario: Scenario, staging: Staging, times: Floats, feet: list[FootTrack], path: Path, progress: Progress
) -> Torso:
    """Arms swing against the feet; the trunk leans to sit; one arm goes up to reach; the head looks about a little."""
    _, heading = path(times)
    forward = np.stack([np.cos(heading), np.sin(heading)], axis=-1)
    stride = ((feet[0].ankle - feet[1].ankle)[:, :2] * forward).sum(-1)
    rng = scenario.rng(3)
    swing, side = rng.uniform(0.6, 0.9) * stride, staging.side
    getting_down = np.sin(np.pi * progress.sit)
    calm = 1 - progress.sit
    look = 0.12 * np.sin(2 * np.pi * times / rng.uniform(2, 4) + rng.uniform(0, 6))
    base = Torso(
        lean=0.04 + 0.6 * getting_down + 0.08 * progress.reach,
        twist=-0.18 * stride * calm,
        head_pitch=0.05 - 0.25 * getting_down,
        head_yaw=look + side * -0.25 * (1 - progress.reach),
        raise_left=-swing * calm + 0.35 * progress.sit + 0.25 * getting_down,
        raise_right=swing * calm + 0.35 * progress.sit + 0.25 * getting_down,
        spread=0.16 + 0.06 * progress.sit + 0.25 * progress.lie,
        elbow_left=0.3 + 0.35 * np.abs(swing) + 0.5 * progress.sit * (1 - progress.lie),
        elbow_right=0.3 + 0.35 * np.abs(swing) + 0.5 * progress.sit * (1 - progress.lie),
    )
    if scenario.action != "reach":
        return base
    lift = progress.reach * rng.uniform(1.7, 2.3)
    return (
        replace(base, raise_left=base.raise_left * (1 - progress.reach) + lift)
        if side > 0
        else replace(base, raise_right=base.raise_right * (1 - progress.reach) + lift)
    )
