"""How fast samples come out of a corpus, beside the formats people stream from: samples a second and worker CPU.

    python tests/benchmarks/streaming.py --folder /tmp/streaming --samples 500 \\
        --python litdata=/tmp/litdata/bin/python

Every loader reads the same records (100 frames, 50,000 points) with 2 workers, batches of 16: cropped to 64 frames and
8,192 points, and whole. Rounds are interleaved; the best of each loader counts. `memory` is the ceiling: the same
tensors from arrays that lie in memory. Peers that need an environment of their own are told by --python.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
LOADERS = ("memory", "ours (map)", "ours (stream)", "ours (map, 0.1mm)", "npz", "safetensors", "parquet", "datasets")
TITLES = {"memory": "the ceiling: memory", "npz": "webdataset, npz", "safetensors": "webdataset, safetensors"}


def run(python: str, *arguments: str) -> str:
    """What a run prints. Raises RuntimeError with its errors."""
    path = os.pathsep.join((str(HERE), str(HERE.parents[1]), os.environ.get("PYTHONPATH", "")))
    command = [python, str(HERE / "streaming_run.py"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path})
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)}: {done.stderr[-2000:]}")
    return done.stdout.strip().rpartition("\n")[2]


def measure(options: argparse.Namespace, pythons: dict[str, str], mode: str) -> dict[str, dict[str, float]]:
    """Loader to its best round."""
    best: dict[str, dict[str, float]] = {}
    for _ in range(options.rounds):
        for name, python in pythons.items():
            found = json.loads(
                run(python, "read", name, str(_folder(options, name)), mode, str(options.batch), str(options.workers))
            )
            known = best.setdefault(name, found)
            best[name] = {
                "rate": max(known["rate"], found["rate"]),
                **{key: min(known[key], found[key]) for key in ("cpu_ms", "first_s")},
            }
    return best


def _folder(options: argparse.Namespace, name: str) -> Path:
    shared = {"ours (stream)": "ours (map)", "memory": "npz", "datasets": "parquet"}
    return options.folder / shared.get(name, name).replace(" ", "_")


def print_table(mode: str, best: dict[str, dict[str, float]]) -> None:
    """Markdown, with every loader's share of the ceiling."""
    ceiling = best["memory"]["rate"]
    print(f"\n{mode}\n\n| loader | samples/s | of the ceiling | worker CPU, ms a sample | first batch, s |")
    print("| --- | --- | --- | --- | --- |")
    for name, each in sorted(best.items(), key=lambda item: -item[1]["rate"]):
        share = f"{each['rate'] / ceiling:.2f}"
        title = TITLES.get(name, name)
        print(f"| {title} | {each['rate']:.0f} | {share} | {each['cpu_ms']:.2f} | {each['first_s']:.2f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    for name, default in (("samples", 500), ("frames", 100), ("points", 50_000), ("batch", 16), ("workers", 2)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--modes", nargs="*", default=["cropped", "full"])
    parser.add_argument("--only", nargs="*", help="names of loaders; the ceiling is among them in any case")
    parser.add_argument("--python", action="append", default=[], help="NAME=PATH of a peer's own interpreter")
    options = parser.parse_args()
    own = dict(each.split("=", 1) for each in options.python)
    pythons = {**dict.fromkeys(LOADERS, sys.executable), **own}
    if options.only:
        pythons = {name: python for name, python in pythons.items() if name in ("memory", *options.only)}
    size = [str(number) for number in (options.samples, options.frames, options.points)]
    for name, python in pythons.items():
        run(python, "write", name, str(_folder(options, name)), *size)
    for mode in options.modes:
        print_table(mode, measure(options, pythons, mode))


if __name__ == "__main__":
    main()
