"""Errors of known size put into a true walk, and what the scores make of them. For a test and a table.

Every row is a fault, the sizes it is given, and the score that claims to see it; or it stays as it is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.spatial.transform import Rotation

from share_data.body.model import load_body
from share_data.body.render import rasterize
from share_data.camera import Floats, Intrinsics
from share_data.pipeline.quality.bearing import flips_per_s, lean_deg, upside_down
from share_data.pipeline.quality.silhouette import mask_iou, sights
from share_data.pipeline.quality.skating import skating_m_s
from share_data.pipeline.quality.smoothness import jitter
from share_data.pipeline.quality.support import Supports, support_scores
from share_data.pipeline.world.contacts import joint_regions
from share_data.synthetic.motion import act
from share_data.synthetic.specs import ClipSpec, draw
from share_data.synthetic.staging import stage

RATES = (15, 24, 30, 60)
LEVEL = np.array([[1.0, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 1.2], [0, 0, 0, 1]])  # a level camera 1.2 m up, T_world_cam
BODY = load_body("mannequin")
REGIONS = joint_regions(BODY.weights)
FEET = [np.concatenate([REGIONS[joint] for joint in pair]) for pair in ((7, 10), (8, 11))]


@dataclass(frozen=True)
class Walk:
    """A true walk over a level floor, world frame. times (T,), joints (T, 24, 3), vertices (T, V, 3)."""

    times: Floats
    joints: Floats
    vertices: Floats

    @property
    def valid(self) -> np.ndarray:
        return np.ones(len(self.times), dtype=bool)


@dataclass(frozen=True)
class Row:
    """A fault: what it is, its sizes and their unit, the score that sees it, and the score of each size."""

    fault: str
    sizes: tuple[float, ...]
    unit: str
    score: str
    measure: Callable[[float], float | None]
    sees: bool = True

    def found(self) -> list[float | None]:
        return [self.measure(size) for size in self.sizes]


@cache
def walk(fps: int = 30, seconds: float = 2.0) -> Walk:
    scenario = draw(ClipSpec(action="walk", frames=round(fps * seconds), fps=fps, width=64, height=64), 3, 0)
    motion = act(scenario, stage(scenario), BODY)
    return Walk(np.arange(scenario.frames) / fps, motion.joints, motion.vertices)


def rows() -> list[Row]:
    lifts = (0.0, 0.02, 0.05, 0.1, 0.2)
    return [
        Row("slides", (0.0, 0.05, 0.1, 0.2, 0.3, 0.5), "m/s", "skating_m_s", skated),
        Row("floats over the floor", lifts, "m", "floating_mm", lambda h: supported(h)["floating_mm"]),
        Row("floats over a stair", lifts, "m", "floating_mm", lambda h: supported(h, stair=0.4)["floating_mm"]),
        Row("sinks into the floor", lifts, "m", "penetration_mm", lambda h: supported(-h)["penetration_mm"]),
        Row("sinks into a stair", lifts, "m", "penetration_mm", lambda h: supported(-h, stair=0.4)["penetration_mm"]),
        *(Row(f"noise at {fps} frames/s", (0.0, 1.0, 3.0, 10.0), "mm", "jitter_10m_s3", noisy(fps)) for fps in RATES),
        Row("noise at 12 frames/s", (0.0, 1.0, 3.0, 10.0), "mm", "jitter_10m_s3", noisy(12), sees=False),
        Row("up tilted", (0.0, 5.0, 15.0, 30.0, 60.0, 90.0), "degrees", "lean_deg", leaning),
        Row("up tilted", (0.0, 90.0, 150.0, 180.0), "degrees", "upside_down", upside),
        Row("focal of both, body in proportion", (0.5, 0.8, 1.25, 2.0), "x", "mask_iou", refocused, sees=False),
        Row("front for back", (0.0, 1.0, 2.0, 4.0), "1/s", "flips_per_s", flipped),
    ]


def skated(speed: float) -> float | None:
    film = walk()
    way = speed * film.times[:, None, None] * [0.6, 0.8, 0]
    return skating_m_s([film.vertices[:, foot] + way for foot in FEET], film.times, film.valid)


def supported(height: float, stair: float = 0.0) -> dict[str, float]:
    """A walk `height` above the floor, or above a platform of `stair` metres, as the scene's points show it."""
    film = walk()
    x, y = np.meshgrid(np.arange(-3, 3, 0.05), np.arange(1, 7, 0.05))
    points = np.stack([x.ravel(), y.ravel(), np.full(x.size, stair)], axis=1)
    supports = Supports.of(points, np.tile([0.0, 0.0, 1.0], (len(points), 1)))
    return support_scores(film.vertices + np.array([0, 0, stair + height]), REGIONS, film.valid, supports)


def noisy(fps: int) -> Callable[[float], float | None]:
    """Jitter of a walk with noise of so many millimetres a frame, axis and joint, at a frame rate."""

    def measure(millimetres: float) -> float | None:
        film = walk(fps)
        noise = np.random.default_rng(0).normal(0, millimetres / 1000, film.joints.shape)
        return jitter(film.joints + noise, film.times, film.valid)

    return measure


def tilted(degrees: float) -> Floats:
    """Joints of the walk in a world whose up is wrong by so much, sideways."""
    turn = Rotation.from_euler("y", degrees, degrees=True).as_matrix()
    return np.asarray(walk().joints @ turn.T)


def leaning(degrees: float) -> float | None:
    return lean_deg(tilted(degrees), walk().valid)


def upside(degrees: float) -> float | None:
    return upside_down(tilted(degrees), LEVEL, walk().valid, roll_told=True)


def refocused(factor: float) -> float | None:
    """Everything as much farther away as the focal is longer: the same picture."""
    camera = Intrinsics.centred(150.0, 160, 120)
    body = (walk().vertices[20] - LEVEL[:3, 3]) @ LEVEL[:3, :3]
    mask = rasterize(body, BODY.faces, camera).face >= 0
    wrong = Intrinsics.centred(camera.focal * factor, camera.width, camera.height)
    (sight,) = sights((body * [1, 1, factor])[None], BODY.faces, [mask], wrong)
    return mask_iou(sight)


def flipped(times_a_second: float) -> float | None:
    film = walk()
    turns = (np.floor(film.times * times_a_second) % 2).astype(bool)
    middle = film.joints[:, :1]
    joints = np.where(turns[:, None, None], 2 * middle - film.joints, film.joints)
    return flips_per_s(joints, film.times, film.valid)


def table() -> str:
    """The rows as Markdown."""
    lines = ["| error | score | injected -> score |", "| --- | --- | --- |"]
    for row in rows():
        told = ["null" if value is None else f"{value:.3g}" for value in row.found()]
        pairs = ", ".join(f"{size:g} -> {value}" for size, value in zip(row.sizes, told, strict=True))
        lines.append(f"| {row.fault}, {row.unit} | `{row.score}` | {pairs} |")
    return "\n".join(lines)
