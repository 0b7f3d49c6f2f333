"""What the engine itself costs: overhead a clip, how busy it keeps its workers, resuming, and the driver's memory.

    python tests/benchmarks/engine.py                    # all four; the 100,000 clips of the last one take a while
    python tests/benchmarks/engine.py overhead busy      # by name: overhead, busy, resume, memory

Clips are made up (tests/support/light.py): what is measured is journal, store, packing and the pool, not
reconstruction. Every build runs in a process of its own; times include its start, its imports and Ray's start unless
the line says otherwise.
"""

import argparse
import contextlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SUPPORT = Path(__file__).resolve().parents[1] / "support"
sys.path.insert(0, str(SUPPORT))

RAY = ("--engine", "ray", "--set", "engine.workers=2")


def build(root: Path, *arguments: str) -> tuple[float, float]:
    """Build ROOT in another process; returns its wall seconds and its peak memory in MB."""
    began = time.perf_counter()
    command = [sys.executable, str(SUPPORT / "light.py"), str(root), *arguments]
    process, peak = subprocess.Popen(command), 0.0
    while process.poll() is None:
        # Not `wait4`: that would give the largest of the driver and Ray's own daemons.
        with contextlib.suppress(OSError, StopIteration):
            lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
            peak = max(peak, int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024)
        time.sleep(0.05)
    if process.returncode:
        sys.exit(f"the build of {root} failed")
    return time.perf_counter() - began, peak


def events(root: Path, step: str) -> Iterator[dict[str, Any]]:
    with (root / "out" / ".share-data" / "journal.jsonl").open() as lines:
        yield from (event for event in map(json.loads, lines) if event.get("step") == step and "unit" in event)


def overhead(folder: Path) -> None:
    """1,000 clips that cost nothing."""
    import light

    for name, arguments in (("inline", ()), ("Ray, 2 workers", RAY)):
        root = folder / f"overhead-{len(arguments)}"
        light.make_videos(root, 100, clips=10)
        wall, _ = build(root, *arguments, "--set", "output.samples_per_shard=256")
        ends = [event["t"] for step in ("fetch", "measure", "reconstruct") for event in events(root, step)]
        steady = (max(ends) - min(ends)) / 1000
        print(f"overhead  {name:15} {wall:6.1f} ms a clip end to end, {1000 * steady:5.1f} ms of it after start-up")


def busy(folder: Path) -> None:
    """Clips of half a CPU second each."""
    import light

    root = folder / "busy"
    light.make_videos(root, 80, seconds=0.5, busy="yes")
    build(root, *RAY)
    done = [event for event in events(root, "reconstruct") if event["e"] == "done"]
    sent = [event for event in events(root, "reconstruct") if event["e"] == "sent"]
    wall = max(event["t"] for event in done) - min(event["t"] for event in sent)
    share = sum(event["s"]["reconstruct"] for event in done) / (2 * wall)
    print(f"busy      Ray, 2 workers  {100 * share:.1f} % of {wall:.1f} s, 80 clips of 0.5 CPU s")


def resume(folder: Path) -> None:
    """A finished build of 10,000 clips, started again."""
    import light

    root = folder / "resume"
    light.make_videos(root, 1000, clips=10)
    first, _ = build(root)
    again = min(build(root)[0] for _ in range(3))
    print(f"resume    10,000 clips    {again:.1f} s (least of 3; the build itself took {first:.0f} s)")


def memory(folder: Path) -> None:
    """The driver's peak, from a thousand planned clips to a hundred thousand."""
    import light

    for clips in (1_000, 10_000, 100_000):
        root = folder / f"memory-{clips}"
        light.make_videos(root, clips // 100, clips=100)
        wall, peak = build(root, *RAY, "--set", "output.samples_per_shard=256")
        print(f"memory    {clips:7,} clips  {peak:.0f} MB at the driver's peak ({wall:.0f} s)", flush=True)


def main() -> None:
    """Print one line a measurement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    measures = {measure.__name__: measure for measure in (overhead, busy, resume, memory)}
    parser.add_argument("measures", nargs="*", choices=[*measures, []], default=[])
    parser.add_argument("--folder", type=Path, help="Where to build; default: a temporary folder.")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        for name in chosen.measures or measures:
            measures[name](Path(folder))
    print(f"this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB", file=sys.stderr)


if __name__ == "__main__":
    main()
