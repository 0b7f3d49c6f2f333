"""The synthetic benchmark on draws it is not judged by: other motions, cameras and errors of the same laws.

python tests/benchmarks/synthetic_seeds.py [--seeds 1 2 3] [--clips 33]

Eight videos share out one benchmark's errors, and one video that is rescaled or not moves its mean by a tenth of a
metre. So here are, for each seed and for all seeds together, MRPE of SHARE and of ours, theirs as a quotient, and its
95 % interval with whole videos resampled; with all errors, and with bodies 15 cm wrong. Ten minutes a seed.
"""

import argparse
from collections.abc import Sequence

import numpy as np

from share_data.evaluation.synthetic.benchmark import Benchmark, run_synthetic_benchmark
from share_data.evaluation.synthetic.methods import SILENT, Method, Ours, Share
from share_data.pipeline.error_levels import ALL, STRESS

METHODS: tuple[Method, ...] = (
    Share("exact"), Ours(), Ours("ours, scale per clip", scale="clip"), Ours("ours, unstated", reconciliation=SILENT),
)  # fmt: skip
DRAWS = 10_000


def by_video(benchmark: Benchmark, method: str, condition: str) -> np.ndarray:
    """(V, 2): sum of the errors of a video's frames, metres, and how many there are."""
    found = benchmark.of(method, condition)
    videos = [[each.errors["mrpe"] for each in found if each.video == video] for video in {e.video for e in found}]
    return np.array([[sum(errors.sum() for errors in own), sum(map(len, own))] for own in videos])


def told(ours: np.ndarray, share: np.ndarray) -> str:
    """Means, their quotient, and its interval over resampled videos."""
    picks = np.random.default_rng(0).integers(len(ours), size=(DRAWS, len(ours)))
    low, high = np.quantile(ours[picks, 0].sum(axis=1) / share[picks, 0].sum(axis=1), [0.025, 0.975])
    one, other = (each[:, 0].sum() / each[:, 1].sum() for each in (ours, share))
    return f"{other:8.3f} {one:8.3f} {one / other:8.2f} [{low:.2f}, {high:.2f}]"


def report(seed: str, benchmarks: Sequence[Benchmark]) -> None:
    """Prints the rows of one seed, or of several together."""
    for condition in (ALL, STRESS):
        share, *others = (
            np.concatenate([by_video(each, method.name, condition) for each in benchmarks]) for method in METHODS
        )
        for method, ours in zip(METHODS[1:], others, strict=True):
            print(f"{seed:>6s}  {condition:24s} {method.name:22s}{told(ours, share)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--clips", type=int, default=33)
    args = parser.parse_args()
    print("  seed  errors                   method                 SHARE m   ours m quotient, 95 % over videos")
    done = []
    for seed in args.seeds:
        done.append(
            run_synthetic_benchmark(args.clips, methods=METHODS, compared=METHODS, conditions=(ALL, STRESS), seed=seed)
        )
        report(str(seed), done[-1:])
    report("all", done)


if __name__ == "__main__":
    main()
