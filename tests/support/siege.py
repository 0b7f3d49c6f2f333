"""Builds of made-up clips, some of them bad, with drivers and actors killed at random.

`python tests/support/siege.py 100` kills up to 100 times, and prints what that did to a build.
"""

import random
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


def siege(root: Path, kills: int, seed: int) -> tuple[Counter[str], int]:
    """Builds of ROOT, killed at random so many times, then one to the end; what was killed, and its exit code."""
    rng = random.Random(seed)
    killed: Counter[str] = Counter()
    process = chaos.start(root, *RAY, *PER_FRAME)
    while sum(killed.values()) < kills and process.poll() is None:
        time.sleep(rng.uniform(0.2, 1.5))
        victims = chaos.actors(root)
        if not victims:
            continue
        if rng.random() < 0.3:
            chaos.kill(process.pid)
            process.communicate()
            killed["driver"] += 1
            process = chaos.start(root, *RAY, *PER_FRAME)
        else:
            chaos.kill(rng.choice(victims))
            killed["actor"] += 1
    _, errors = process.communicate(timeout=600)
    if process.returncode not in (0, 3):
        raise AssertionError(errors)
    return killed, process.returncode


def events(root: Path, kind: str) -> list[dict[str, object]]:
    lines = journal_lines(root / "out" / ".share-data" / "journal.jsonl")
    return [event for _, event in lines if event["e"] == kind]


def main(kills: int) -> None:
    """Print what a siege of so many kills did to a build."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        expected = undisturbed(root / "calm", kills, 0.05)
        prepare(root / "siege", kills, 0.05)
        began = time.monotonic()
        try:
            killed, _ = siege(root / "siege", kills, seed=1)
        finally:
            chaos.sweep(root / "siege")
        clips = 2 * kills + len(BAD)
        attempts = len(events(root / "siege", "sent")) - len(events(root / "siege", "done"))
        same = shards(root / "siege") == expected
        lost = len(expected) - len(shards(root / "siege"))
        print("| clips | drivers killed | actors killed | attempts lost | quarantined | same bytes | minutes |")
        print("| --- | --- | --- | --- | --- | --- | --- |")
        bad = ", ".join(sorted(failed(root / "siege")))
        minutes = (time.monotonic() - began) / 60
        print(f"| {clips} | {killed['driver']} | {killed['actor']} | {attempts} | {bad} | {same} | {minutes:.1f} |")
        if not same or lost or validate_corpus(root / "siege" / "out"):
            sys.exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
