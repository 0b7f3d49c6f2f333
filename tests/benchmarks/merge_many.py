"""What `share-data merge` and `share-data publish` cost with the number of records: time, processor, memory.

    python tests/benchmarks/merge_many.py --records 10000 100000

Two corpora of half the records each, 2 frames and 8 points a record, 256 records a shard, are merged. The first of them
is published to a folder as it is; the whole without a twentieth of its records, which may not be passed on, so that
every shard is written again; and it is validated. Each command is a process of its own, and the memory is its highest.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from make_records import BODY, PREVIEW, RECIPE, kept_clip, make_clip, make_reconstruction

from share_data.corpus.record import to_sample
from share_data.corpus.write.pack import PackOptions, Provenance, pack
from share_data.corpus.write.shards import Member, Sample
from share_data.ledger.ledger import Entry

FRAMES, POINTS, PER_SHARD, BARRED = 2, 8, 256, 10


def make(folder: Path, numbers: range, barred: bool) -> None:
    """A corpus of one video a record, with every tenth barred from being passed on, or none."""
    free = [not barred or number % BARRED != 0 for number in numbers]
    clips = [make_clip(number, FRAMES, redistributable=may) for number, may in zip(numbers, free, strict=True)]
    videos = [Entry("video", clip.video.unit, "made-up", "kept", children=1) for clip in clips]
    entries = [Entry("source", "made-up", "", "kept", children=len(videos)), *videos, *map(kept_clip, clips)]
    same = make_reconstruction(FRAMES, POINTS)
    members = [Member(clip.key, lambda clip=clip: Sample(*to_sample(clip, same, "float32"), PREVIEW)) for clip in clips]
    shutil.rmtree(folder, ignore_errors=True)
    pack(members, folder, Provenance(entries, RECIPE, BODY), PackOptions(PER_SHARD, ("webdataset",)))


def measured(what: str, records: int, *command: str) -> None:
    """Run a command; print a row of the table."""
    began = time.perf_counter()
    call = [sys.executable, "-c", "from share_data.cli import main; main()", *command]
    process = subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, status, used = os.wait4(process.pid, 0)
    assert process.stderr is not None
    if status:
        raise SystemExit(f"{' '.join(command)}: {process.stderr.read().decode()}")
    seconds, spent = time.perf_counter() - began, used.ru_utime + used.ru_stime
    print(f"| {what} | {records} | {seconds:.1f} | {spent:.1f} | {used.ru_maxrss / 1000:.0f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, nargs="+", default=[100_000])
    parser.add_argument("--folder", type=Path, default=Path("/tmp/merged_many"))
    options = parser.parse_args()
    print("| what | records | s | CPU s | memory, MB |\n|" + " --- |" * 5)
    for records in options.records:
        halves = [options.folder / name for name in ("a", "b")]
        for half, numbers in zip(halves, (range(records // 2), range(records // 2, records)), strict=True):
            make(half, numbers, barred=half is halves[1])
        for name in ("whole", "free", "lawful"):
            shutil.rmtree(options.folder / name, ignore_errors=True)
        whole, first = str(options.folder / "whole"), str(halves[0])
        measured("merge", records, "merge", *map(str, halves), "--output", whole)
        measured("publish, all of it", records // 2, "publish", first, str(options.folder / "free"))
        lawful = ("publish", whole, str(options.folder / "lawful"), "--only-redistributable")
        measured("publish, without a twentieth", records, *lawful)
        measured("validate", records, "validate", whole)
    print(f"\nprocessor busy with other things: {os.getloadavg()[0]:.1f} processes over the last minute")


if __name__ == "__main__":
    main()
