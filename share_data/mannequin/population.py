"""Adults drawn from MakeHuman's macro targets: the multilinear blend of its modelling sliders."""

import math
from dataclasses import dataclass

import numpy as np

from share_data.camera import Floats
from share_data.mannequin.makehuman import MakeHuman

HEIGHT = 0.54
"""The height slider at an adult of about 1.71 m. Taller than 0.5 a unit is 1.44 m, below it 0.73 m."""
GENDERS = {"female": (0.0, 0.0), "neutral": (0.0, 1.0), "male": (1.0, 1.0)}


@dataclass(frozen=True, slots=True)
class Sliders:
    """MakeHuman's sliders, each in [0, 1] (gender: 0 female, 1 male); `ancestry`: three shares that sum to one."""

    gender: float
    muscle: float = 0.5
    weight: float = 0.5
    height: float = HEIGHT
    proportions: float = 0.5
    ancestry: tuple[float, float, float] = (1 / 3, 1 / 3, 1 / 3)

    def levels(self) -> dict[str, float]:
        """The share of each word that target names are made of."""
        african, asian, caucasian = self.ancestry
        return {
            "female": 1 - self.gender,
            "male": self.gender,
            **{"african": african, "asian": asian, "caucasian": caucasian},
            **_three("muscle", self.muscle),
            **_three("weight", self.weight),
            **{"minheight": max(0.0, 1 - 2 * self.height), "maxheight": max(0.0, 2 * self.height - 1)},
            "uncommonproportions": max(0.0, 1 - 2 * self.proportions),
            "idealproportions": max(0.0, 2 * self.proportions - 1),
            **{"universal": 1.0, "young": 1.0},
        }


def _three(word: str, value: float) -> dict[str, float]:
    low, high = max(0.0, 1 - 2 * value), max(0.0, 2 * value - 1)
    return {f"min{word}": low, f"average{word}": 1 - low - high, f"max{word}": high}


def blend(data: MakeHuman, sliders: Sliders) -> Floats:
    """(N, 3) the symmetric base mesh with every target added in proportion to the product of its name's words."""
    levels = sliders.levels()
    body = data.vertices.copy()
    for name, offsets in data.targets.items():
        share = math.prod(levels[word] for word in name.split("-"))
        if share:
            body += share * offsets
    return data.symmetric(body)


def sample_adults(gender: str, count: int, seed: int) -> list[Sliders]:
    """`count` adults of a gender of `GENDERS`, the same for the same seed."""
    rng = np.random.default_rng(seed)
    low, high = GENDERS[gender]

    def slider(mean: float, spread: float) -> float:
        return float(np.clip(rng.normal(mean, spread), 0, 1))

    return [
        Sliders(
            gender=float(rng.uniform(low, high)),
            muscle=slider(0.5, 0.2),
            weight=slider(0.5, 0.2),
            height=slider(HEIGHT, 0.06),
            proportions=slider(0.5, 0.2),
            ancestry=tuple(rng.dirichlet((1, 1, 1)).tolist()),
        )
        for _ in range(count)
    ]
