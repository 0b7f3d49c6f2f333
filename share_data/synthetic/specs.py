"""What one synthetic clip is: the words of a recipe, and the numbers drawn from them."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from pydantic import Field

from share_data.camera import Intrinsics
from share_data.strict import StrictModel

Action = Literal["walk", "sit_down", "turn", "reach", "lie_down"]
Hazard = Literal[
    "none",
    "shake",
    "pan",
    "zoom",
    "cut",
    "exposure",
    "second_person",
    "in_place",
    "nobody",
    "occlusion",
]
ACTIONS: tuple[Action, ...] = ("walk", "sit_down", "turn", "reach", "lie_down")
HAZARDS: tuple[Hazard, ...] = Hazard.__args__  # type: ignore[attr-defined]


class ClipSpec(StrictModel):
    """One clip as a recipe says it; what is left out is drawn from the source's seed and the clip's position."""

    action: Action = "walk"
    hazard: Hazard = Field("none", description="What makes the clip hard, or unusable.")
    room: int | None = Field(None, ge=0, description="Rooms with the same number are the same room.")
    frames: int = Field(90, ge=2, le=3000)
    fps: int = Field(30, ge=1, le=120)
    width: int = Field(640, ge=64, le=3840, multiple_of=2)
    height: int = Field(360, ge=64, le=3840, multiple_of=2)
    hfov_deg: float | None = Field(None, ge=40, le=90, description="Horizontal field of view; default: 50 to 75.")
    betas: tuple[float, ...] | None = Field(None, min_length=1, max_length=10, description="Body shape.")


@dataclass(frozen=True, slots=True)
class Scenario:
    """A clip with every free choice made. `seed` drives everything else (camera, motion, clothes, noise)."""

    clip_id: str
    seed: int
    action: Action
    hazard: Hazard
    room: int
    frames: int
    fps: int
    width: int
    height: int
    hfov_deg: float
    betas: tuple[float, ...]

    @property
    def focal_px(self) -> float:
        """Focal length of the first frame, pixels."""
        return Intrinsics.from_hfov(self.hfov_deg, self.width, self.height).focal

    def rng(self, purpose: int) -> np.random.Generator:
        """An independent stream of random numbers for each purpose, so that one cannot disturb another."""
        return np.random.default_rng([self.seed, purpose])

    def as_json(self) -> dict[str, Any]:
        """Plain values, for digests and headers."""
        return {**asdict(self), "betas": list(self.betas)}


def draw(spec: ClipSpec, seed: int, index: int) -> Scenario:
    """Draw what `spec` leaves open. The clip depends on the source's seed, its position and nothing else."""
    rng = np.random.default_rng([seed, index])
    clip_seed = int(rng.integers(2**31))
    room, hfov = int(rng.integers(1000)), float(rng.uniform(50, 75))
    drawn = np.clip(rng.normal(0, 0.8, 10), -1.6, 1.6)
    betas = np.zeros(10)
    given = drawn if spec.betas is None else np.array(spec.betas)
    betas[: len(given)] = given
    return Scenario(
        clip_id=f"{index:03d}-{spec.action}-{spec.hazard}",
        seed=clip_seed,
        action=spec.action,
        hazard=spec.hazard,
        room=room if spec.room is None else spec.room,
        frames=spec.frames,
        fps=spec.fps,
        width=spec.width,
        height=spec.height,
        hfov_deg=round(hfov, 3) if spec.hfov_deg is None else spec.hfov_deg,
        betas=tuple(round(float(beta), 4) for beta in betas),
    )


def mixed(count: int, seed: int) -> tuple[ClipSpec, ...]:
    """`count` random clips: every action in turn, about half of them with a random hazard."""
    rng = np.random.default_rng([seed, 0x5EED])
    specs = []
    for index in range(count):
        action = ACTIONS[index % len(ACTIONS)]
        hazard: Hazard = HAZARDS[int(rng.integers(1, len(HAZARDS)))] if rng.random() < 0.5 else "none"
        specs.append(ClipSpec(action=action, hazard=hazard, frames=150 if action == "lie_down" else 90))
    return tuple(specs)
