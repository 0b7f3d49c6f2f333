"""How fast samples come out of a corpus, beside the formats people stream from: samples a second and worker CPU.

    python tests/benchmarks/streaming.py --folder /tmp/streaming
    python tests/benchmarks/streaming.py --folder /tmp/streaming --samples 128 --rounds 1 --only npz "ours (map)"

Every loader reads the same records (100 frames, 50,000 points) with 2 workers, batches of 16: cropped to 64 frames and
8,192 points, and whole. Rounds are interleaved; the best of each loader counts. `memory` is the ceiling: the same
tensors from arrays that lie in memory. Records (500 take 7 GB) and peers' own environments stay in the folder and are
used again; the first run writes them, from a few minutes to ten. A peer that does not install or run is told, and left
out.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from streaming_environments import PEERS, python_of

HERE = Path(__file__).parent
LOADERS = ("memory", "ours (map)", "ours (stream)", "ours (map, 0.1mm)", "npz", "safetensors", "parquet", "datasets")
TITLES = {
    "memory": "the ceiling: memory", "npz": "webdataset, npz", "safetensors": "webdataset, safetensors",
    "parquet": "Parquet (pyarrow)", "datasets": "Hugging Face datasets", "mosaicml": "mosaicml-streaming",
    "energon": "Megatron-Energon, npz", "ours (map, 0.1mm)": "ours (map, points of 0.1 mm)",
}  # fmt: skip


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
    arguments = mode, str(options.batch), str(options.workers)
    for number in range(options.rounds):
        for name in list(pythons):
            try:
                found = json.loads(run(pythons[name], "read", name, str(_folder(options, name)), *arguments))
            except RuntimeError as error:
                _leave_out(pythons, name, error)
                continue
            known = best.setdefault(name, found)
            best[name] = {
                "rate": max(known["rate"], found["rate"]),
                **{key: min(known[key], found[key]) for key in ("cpu_ms", "first_s")},
            }
            _say(f"{mode}, round {number + 1}: {name} {found['rate']:.0f} samples/s")
    return best


def _leave_out(pythons: dict[str, str], name: str, error: RuntimeError) -> None:
    """A peer that fails; without the ceiling or ours there is nothing to compare."""
    if name not in PEERS:
        raise error
    _say(f"left out: {name}: {error}")
    pythons.pop(name, None)


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def _folder(options: argparse.Namespace, name: str) -> Path:
    shared = {"ours (stream)": "ours (map)", "memory": "npz", "datasets": "parquet"}
    size = f"{options.samples}x{options.frames}x{options.points}"
    return options.folder / size / shared.get(name, name).replace(" ", "_")


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
    parser.add_argument("--environments", type=Path, help="of the peers; FOLDER/environments")
    for name, default in (("samples", 512), ("frames", 100), ("points", 50_000), ("batch", 16), ("workers", 2)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--modes", nargs="*", default=["cropped", "full"])
    parser.add_argument("--only", nargs="*", help="names of loaders; the ceiling is among them in any case")
    options = parser.parse_args()
    size = [str(number) for number in (options.samples, options.frames, options.points)]
    pythons: dict[str, str] = {}
    for name in (*LOADERS, *PEERS):
        if options.only and name not in ("memory", *options.only):
            continue
        try:
            own = python_of(name, options.environments or options.folder / "environments") if name in PEERS else None
            pythons[name] = own or sys.executable
            run(pythons[name], "write", name, str(_folder(options, name)), *size)
        except RuntimeError as error:
            _leave_out(pythons, name, error)
        _say(f"written: {name}")
    for mode in options.modes:
        print_table(mode, measure(options, pythons, mode))


if __name__ == "__main__":
    main()
