"""How long a large corpus takes to open for training, how much memory that takes, and when the first sample is there.

    python tests/benchmarks/training_index.py --records 1000000 --folder /tmp/training_index

The corpus is one of a few made-up records whose index lists them again and again under other keys and videos, in row
groups as a build writes them. Each measurement is a process of its own, after its imports.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import pyarrow as pa
import pyarrow.parquet as pq
from training_corpora import training_corpus

from share_data.corpus.layout import FOOTAGE, INDEX
from share_data.corpus.write.tables import ROWS_PER_GROUP

MEASURE = """
import json, resource, sys, time
import numpy, pyarrow.parquet, pyarrow.compute, scipy.sparse.csgraph, torch
import share_data.corpus.torch_data, share_data.corpus.training.reader
from share_data.corpus import open_corpus
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() / 1e6
options = json.loads(sys.argv[2])
before, begun, cpu = resident(), time.perf_counter(), time.process_time()
dataset = open_corpus(sys.argv[1], window=4, **options)
opened, grown, cpu = time.perf_counter(), resident() - before, time.process_time() - cpu
loader = share_data.corpus.torch_data.Loader(dataset, 16)
next(iter(loader))
first = time.perf_counter() - begun
print(json.dumps({"open_s": opened - begun, "cpu_s": cpu, "first_batch_s": first, "mb": grown, "n": len(dataset)}))
"""


def make(folder: Path, records: int) -> None:
    """A corpus whose index says that it holds so many records."""
    shutil.rmtree(folder, ignore_errors=True)
    training_corpus(folder, 8, subject=lambda number: f"p{number:02d}")
    small = pq.read_table(folder / INDEX)
    group = pa.concat_tables([small] * (ROWS_PER_GROUP // len(small)))
    keys, videos, files, footage = map(small.schema.get_field_index, ("key", "video_id", "video_sha256", FOOTAGE))
    with pq.ParquetWriter(folder / INDEX, small.schema, compression="NONE") as writer:
        for first in range(0, records, len(group)):
            names = range(first, first + len(group))
            own = pa.array([f"made-up_{name:09d}_0123456789_000010_000016" for name in names])
            table = group.set_column(keys, "key", own).set_column(footage, FOOTAGE, own)
            table = table.set_column(videos, "video_id", pa.array([f"video-{name // 3}" for name in names]))
            table = table.set_column(files, "video_sha256", pa.array([f"{name // 3:064x}" for name in names]))
            writer.write_table(table.slice(0, min(len(group), records - first)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if not (options.folder / INDEX).exists():
        make(options.folder, options.records)
    size = (options.folder / INDEX).stat().st_size / 1e6
    print(f"{options.records} records, index of {size:.0f} MB\n")
    print("| opened with | records | open, s | CPU, s | first batch of 16, s | memory, MB |\n|" + " --- |" * 6)
    for asked in ({}, {"where": "confidence > 0.3"}, {"split": "train"}, {"split": "train", "split_by": "subject"}):
        command = [sys.executable, "-c", MEASURE, str(options.folder), json.dumps(asked)]
        best: dict[str, float] = {}
        for _ in range(options.rounds):
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            found = json.loads(done.stdout)
            best = {name: min(value, best.get(name, value)) for name, value in found.items()}
        told = f"{best['open_s']:.2f} | {best['cpu_s']:.2f} | {best['first_batch_s']:.2f} | {best['mb']:.0f}"
        print(f"| {asked or 'nothing asked'} | {best['n']} | {told} |", flush=True)


if __name__ == "__main__":
    main()
