#!/usr/bin/env bash
# Expected: a dataset card with two configurations, one of WebDataset tars and one of Parquet files, loads either by name.
# Happens: every configuration is opened by the builder of the first one. The Parquet configuration is read as tars and
#   fails; with the configurations the other way round the tars are read as Parquet, and fail.
# Library: datasets 5.2.0 (LocalDatasetModuleFactory: the module is inferred from the first configuration's data_files).
# Matters: a corpus that ships both forms cannot offer both in one card. Keep one form per card: the tars in the card,
#   the Parquet files in a folder of their own, load_dataset("FOLDER/records") or data_dir="records".
# Seen: tars first: tars 1 row, parquet ReadError / parquet first: tars ArrowInvalid, parquet 1 row / records alone: 1 row
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"${PYTHON:-python3}" -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile datasets==5.2.0 numpy==2.4.6
"$dir/venv/bin/python" - "$dir" <<'PY'
import io
import os
import sys
import tarfile

os.environ.update(HF_HOME=sys.argv[1], HF_HUB_OFFLINE="1")
import datasets
import pyarrow as pa
import pyarrow.parquet as pq

datasets.disable_progress_bars()
CONFIG = "- config_name: {0}\n  data_files: {1}\n"
FILES = {"tars": "shards/*.tar", "parquet": "records/*.parquet"}


def folder(*order):
    path = f"{sys.argv[1]}/{order[0]}"
    os.makedirs(f"{path}/shards")
    os.makedirs(f"{path}/records")
    pq.write_table(pa.table({"clip": ["a"]}), f"{path}/records/0.parquet")
    with tarfile.open(f"{path}/shards/0.tar", "w") as tar:
        info = tarfile.TarInfo("a.json")
        info.size = 11
        tar.addfile(info, io.BytesIO(b'{"fps": 30}'))
    with open(f"{path}/README.md", "w") as card:
        card.write("---\nconfigs:\n" + "".join(CONFIG.format(name, FILES[name]) for name in order) + "---\n")
    return path


def read(*arguments):
    try:
        return datasets.load_dataset(*arguments, split="train").num_rows
    except Exception as error:
        cause = error
        while cause.__cause__ is not None:
            cause = cause.__cause__
        return type(cause).__name__


tars, parquet = folder("tars", "parquet"), folder("parquet", "tars")
print("datasets", datasets.__version__)
seen = {first: {name: read(path, name) for name in FILES} for first, path in (("tars", tars), ("parquet", parquet))}
for first, found in seen.items():
    print(f"{first} first:", found)
print("the folder of Parquet files alone:", read(f"{tars}/records"))
if any(isinstance(found, int) != (name == first) for first, each in seen.items() for name, found in each.items()):
    sys.exit("changed: a configuration is opened by the builder of its own files")
PY
