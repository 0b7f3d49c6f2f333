"""Which results are the same bits on one processor, and which whatever instructions the libraries choose.

    python tests/benchmarks/determinism.py                # minutes; prints Markdown
    python tests/benchmarks/determinism.py --repeats 3    # less of the first column

Every stage runs on the same stored inputs, so that it answers for itself alone: 20 times in one process, with all other
stages on another film in between, in two fresh processes, and once for every library held to fewer instructions, as far
as it lets itself be held.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from determinism_holds import UNHELD, Hold, holds, processor

HERE = Path(__file__).resolve().parent
FRESH = 2
NETWORKS = ("detector", "landmarks")


@dataclass(frozen=True, slots=True)
class Run:
    """What one process printed. digests: by stage, one a repeat; said: what a library says it uses, by library."""

    digests: Mapping[str, list[str]]
    said: Mapping[str, str]


def start(folder: Path, *arguments: str, hold: Hold | None = None) -> str:
    """Run the stages in a process of its own; returns what it printed. Exits where it fails."""
    paths = [str(HERE.parents[1]), str(HERE.parent / "support"), os.environ.get("PYTHONPATH", "")]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        **dict(hold.environment if hold else ()),
    }
    command = [sys.executable, str(HERE / "determinism_stages.py"), str(folder), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{hold.name if hold else 'stages'}: {done.stderr[-2000:]}")
    return done.stdout


def run(folder: Path, repeats: int, hold: Hold | None = None) -> Run:
    """One process's results."""
    return Run(**json.loads(start(folder, "--repeats", str(repeats), hold=hold)))


def differing(stage: str, first: Run, held: Mapping[Hold, Run]) -> list[str]:
    """The holds with which a stage has other bits."""
    return [hold.name for hold, each in held.items() if each.digests[stage][0] != first.digests[stage][0]]


def print_stages(first: Run, fresh: list[Run], held: Mapping[Hold, Run]) -> None:
    """One row a stage."""
    print("| stage | same within a machine | same across instruction sets | other bits with |")
    print("| --- | --- | --- | --- |")
    for stage, digests in first.digests.items():
        seen = {*digests, *(digest for each in fresh for digest in each.digests[stage])}
        within = "yes" if len(seen) == 1 else f"no, {len(seen)} results"
        others = differing(stage, first, held)
        unknown = f"not known: {UNHELD} cannot be held" if stage in NETWORKS else "yes"
        print(f"| {stage} | {within} | {'no' if others else unknown} | {', '.join(others)} |")


def print_holds(first: Run, held: Mapping[Hold, Run]) -> None:
    """One row a library: what was compared, and whether it says that it obeyed."""
    print("| library | held to | it says, free and held |")
    print("| --- | --- | --- |")
    for library in dict.fromkeys(hold.library for hold in held):
        mine = {hold: each for hold, each in held.items() if hold.library == library}
        answers = [first.said.get(library, ""), *(each.said.get(library, "") for each in mine.values())]
        told = "; ".join(answers) if answers[0] else "nothing"
        print(f"| {library} | {', '.join(hold.level for hold in mine)} | {told} |")
    print(f"| {UNHELD} | nothing: it offers no choice | nothing |")


def main() -> None:
    """Print the two tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=20, help="Runs of every stage in one process.")
    chosen = parser.parse_args()
    name, best = processor()
    missing = "" if best == "AVX-512" else " It has no AVX-512: what that changes was not compared."
    print(f"Processor: {name}, up to {best}.{missing} {chosen.repeats} runs in one process, {FRESH} fresh processes.\n")
    with tempfile.TemporaryDirectory() as made, ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        folder = Path(made)
        start(folder, "--prepare")
        first = pool.submit(run, folder, chosen.repeats)
        fresh = [pool.submit(run, folder, 1) for _ in range(FRESH)]
        waiting = {hold: pool.submit(run, folder, 1, hold) for hold in holds()}
        held = {hold: each.result() for hold, each in waiting.items()}
        print_stages(first.result(), [each.result() for each in fresh], held)
        print()
        print_holds(first.result(), held)


if __name__ == "__main__":
    main()
