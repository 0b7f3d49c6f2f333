"""Builds of made-up clips, some of them bad, with drivers and actors killed at random.

`python tests/support/siege.py 100` kills up to 100 times, and prints what that did to a build.
`python tests/support/siege.py 6 --parts --runs 20` does so 20 times, with the build's own Ray among the victims.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import chaos
import light

from share_data.corpus.validate import validate_corpus
from share_data.engine.journal import journal_lines
from share_data.ledger.ledger import Entry, read_ledger

RAY = ("--engine", "ray", "--set", "engine.workers=2", "--set", "engine.deadline_s=6")
PER_FRAME = ("--set", "engine.deadline_per_frame_s=0")
BAD = {"bad-kill": "kill", "bad-raise": "raise", "bad-hang": "hang"}


def prepare(root: Path, good: int, seconds: float) -> None:
    light.make_videos(root, good, clips=2, seconds=seconds, points=200)
    for name, fault in BAD.items():
        light.write_video(root, name, fault=fault)


def undisturbed(root: Path, good: int, seconds: float) -> dict[str, str]:
    """Shards of the same videos built in one process, where the bad ones only raise."""
    prepare(root, good, seconds)
    light.light_build(root, tame=True)
    return shards(root)


def shards(root: Path) -> dict[str, str]:
    return {path: sha256 for path, sha256 in light.corpus_hashes(root / "out").items() if path.startswith("shards/")}


def failed(root: Path) -> dict[str, Entry]:
    """Failed clips by the readable part of their video's name."""
    entries = read_ledger(root / "out" / "ledger.parquet")
    return {e.unit.split("_")[1].rsplit("-", 1)[0]: e for e in entries if e.status == "failed" and e.level == "clip"}


def siege(root: Path, kills: int, seed: int, parts: bool = False) -> tuple[Counter[str], int]:
    """Builds of ROOT, killed at random so many times, then one to the end; what was killed, and its exit code.

    parts: whether Ray's own processes are among the victims. A build that ends for that says how to go on, and does.
    """
    rng = random.Random(seed)
    killed: Counter[str] = Counter()
    process = chaos.start(root, *RAY, *PER_FRAME)
    while sum(killed.values()) < kills:
        time.sleep(rng.uniform(0.2, 1.5))
        if process.poll() is not None:
            if not _gave_up(process, killed):
                break
            process = chaos.start(root, *RAY, *PER_FRAME)
        victims = chaos.actors(root)
        if not victims:
            continue
        rays = chaos.parts(root) if parts and rng.random() < 0.4 else []
        if rays:
            victim = rng.choice(rays)
            killed[chaos.part_of(victim)] += 1
            chaos.kill(victim)
        elif rng.random() < 0.3:
            chaos.kill(process.pid)
            process.communicate()
            killed["driver"] += 1
            process = chaos.start(root, *RAY, *PER_FRAME)
        else:
            chaos.kill(rng.choice(victims))
            killed["actor"] += 1
    process.wait(timeout=600)
    while _gave_up(process, killed):
        process = chaos.start(root, *RAY, *PER_FRAME)
        process.wait(timeout=600)
    return killed, process.returncode


def _gave_up(process: "subprocess.Popen[str]", killed: Counter[str]) -> bool:
    """Whether a build ended because of its Ray, and says how to go on. Raises AssertionError where it does not say."""
    _, errors = process.communicate()
    if process.returncode in (0, 3):
        return False
    if not (errors.startswith("error: ") and "Build again with the same command" in errors):
        raise AssertionError(f"exit code {process.returncode}: {errors}")
    killed["clean ends"] += 1
    return True


def events(root: Path, kind: str) -> list[dict[str, object]]:
    lines = journal_lines(root / "out" / ".share-data" / "journal.jsonl")
    return [event for _, event in lines if event["e"] == kind]


def besieged(root: Path, kills: int, seed: int, parts: bool) -> bool:
    """Print what a siege of so many kills did to a build; whether nothing was lost or changed."""
    expected = undisturbed(root / "calm", kills, 0.05)
    prepare(root / "siege", kills, 0.05)
    began = time.monotonic()
    try:
        killed, _ = siege(root / "siege", kills, seed, parts)
    finally:
        chaos.sweep(root / "siege")
    clips = 2 * kills + len(BAD)
    attempts = len(events(root / "siege", "sent")) - len(events(root / "siege", "done"))
    same = shards(root / "siege") == expected
    bad = ", ".join(sorted(failed(root / "siege")))
    minutes = (time.monotonic() - began) / 60
    rays = ", ".join(f"{killed[name]} {name}" for name in sorted(killed) if name not in ("driver", "actor"))
    print(
        f"| {clips} | {killed['driver']} | {killed['actor']} | {rays} | {attempts} | {bad} | {same} | {minutes:.1f} |",
        flush=True,
    )
    return same and not validate_corpus(root / "siege" / "out")


def main() -> None:
    """Print a line a siege."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kills", type=int, nargs="?", default=100)
    parser.add_argument("--parts", action="store_true", help="Ray's own processes are among the victims")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    print("| clips | drivers killed | actors killed | of Ray | attempts lost | quarantined | same bytes | minutes |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |", flush=True)
    good = True
    for seed in range(chosen.seed, chosen.seed + chosen.runs):
        with tempfile.TemporaryDirectory() as folder:
            good &= besieged(Path(folder), chosen.kills, seed, chosen.parts)
    sys.exit(not good)


if __name__ == "__main__":
    main()
