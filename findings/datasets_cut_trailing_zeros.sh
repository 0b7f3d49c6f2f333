#!/usr/bin/env bash
# Expected: a binary column holding 12 bytes (three float32) yields 12 bytes in every format of Hugging Face datasets.
# Happens: with_format("numpy") yields numpy.bytes_, and that type ends at its last byte that is not zero: 4, 8 and 0
#   bytes for [1 0 0], [1 1 0] and [0 0 0]. np.frombuffer then makes a shorter array, or fails, row by row.
# Library: datasets 5.2.0, numpy 2.4.6. Without a format the bytes are whole; a list<uint8> column is whole in both.
# Matters: packed poses, contacts and masks end in zeros all the time (hands at rest, feet off the ground, empty
#   pixels), so a corpus loads and only some clips are short. Store list<uint8>, or read without a format.
# Seen: no format: [12, 12, 12] / numpy: [4, 8, 0] / list<uint8>, numpy: [12, 12, 12]
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"${PYTHON:-python3}" -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile datasets==5.2.0 pyarrow==26.0.1 numpy==2.4.6
"$dir/venv/bin/python" - "$dir" <<'PY'
import os
import sys

os.environ.update(HF_HOME=sys.argv[1], HF_HUB_OFFLINE="1")
import datasets
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

datasets.disable_progress_bars()
rows = [row.tobytes() for row in np.array([[1, 0, 0], [1, 1, 0], [0, 0, 0]], "<f4")]
listed = pa.array([list(row) for row in rows], pa.list_(pa.uint8()))
pq.write_table(pa.table({"packed": rows, "listed": listed}), f"{sys.argv[1]}/a.parquet")
data = datasets.load_dataset("parquet", data_files=f"{sys.argv[1]}/a.parquet", split="train")
array = data.with_format("numpy")
plain = [len(row["packed"]) for row in data]
packed = [len(row["packed"]) for row in array]
whole = [len(row["listed"]) for row in array]
print("datasets", datasets.__version__, "- numpy", np.__version__)
print("no format:", plain, "/ numpy:", packed, "/ list<uint8>, numpy:", whole, "of", type(array[0]["packed"]))
if plain != [12] * 3 or whole != [12] * 3 or packed == [12] * 3:
    sys.exit("changed: binary columns keep their zeros in numpy format, or lose them elsewhere")
PY
