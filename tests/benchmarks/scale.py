"""What scale reconciliation is expected to bring: simulated videos, depth error before and after.

python tests/benchmarks/scale.py [--draws 1000]

Errors are drawn from the priors of `pipeline/scene/scale.py`, and from laws they do not know: a mixture (four maps
in five within a few per cent, the fifth off by a fifth), the published per-video errors with random sign, and each
single error alone. `hidden` is a depth error of the human estimator that the whole video shares. Metres at 5.5 m.
"""

import argparse
from collections.abc import Callable

import numpy as np

from share_data.pipeline.scene.scale import KeyframeEvidence, ScaleConfig, estimate_scale

DEPTH_M = 5.5
# SHARE's published MRPE of RICH's eight test videos over the distance to their working volume.
PUBLISHED = (0.033, 0.039, 0.074, 0.068, 0.137, 0.224, 0.060, 0.093)
Draw = Callable[[np.random.Generator, int], np.ndarray]


def _signs(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.choice([-1.0, 1.0], n)


MAPS: dict[str, Draw] = {
    "student (the prior)": lambda rng, n: np.clip(0.06 * rng.standard_t(3, n), -0.6, 0.6),
    "mixture 4:1": lambda rng, n: np.where(
        rng.random(n) < 0.2, _signs(rng, n) * rng.normal(0.2, 0.03, n), rng.normal(0, 0.03, n)
    ),
    "published": lambda rng, n: _signs(rng, n) * rng.choice(PUBLISHED, n),
    "perfect map": lambda rng, n: np.zeros(n),
    "off by 5 %": lambda rng, n: 0.05 * _signs(rng, n),
    "off by a fifth": lambda rng, n: 0.2 * _signs(rng, n),
}


def errors(maps: Draw, keyframes: int, hidden_sd: float, draws: int, config: ScaleConfig) -> tuple[float, ...]:
    """Mean depth error in metres of the raw map, of the reconciled one, of trusting the body alone; share rescaled."""
    rng = np.random.default_rng(7)
    true_map = maps(rng, draws)
    body = rng.normal(0, 0.026, draws) + hidden_sd * rng.standard_normal(draws)
    ratios = (true_map - body)[:, None] + rng.normal(0, 0.03, (draws, keyframes))
    estimates = [estimate_scale([KeyframeEvidence(r, 0.03, 2000) for r in row], config) for row in ratios]
    factors = np.array([each.factor for each in estimates])
    answers = np.exp(true_map), np.exp(true_map) * factors, np.exp(true_map - ratios.mean(axis=1))
    applied = float(np.mean([each.applied for each in estimates]))
    return *(float(np.abs(answer - 1).mean() * DEPTH_M) for answer in answers), applied


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=1000)
    draws = parser.parse_args().draws
    print(f"{'map error':20s} keyframes hidden   before  after    cut  body alone  rescaled")
    for name, maps in MAPS.items():
        for keyframes, hidden in ((2, 0.0), (2, 0.02), (5, 0.02), (5, 0.05)):
            before, after, alone, applied = errors(maps, keyframes, hidden, draws, ScaleConfig())
            cut = f"{1 - after / before:6.0%}" if before else "     -"
            print(
                f"{name:20s} {keyframes:9d} {hidden:6.2f} {before:8.3f} {after:6.3f} {cut} {alone:11.3f} {applied:9.0%}"
            )


if __name__ == "__main__":
    main()
