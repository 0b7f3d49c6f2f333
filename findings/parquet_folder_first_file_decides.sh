#!/usr/bin/env bash
# Expected: a folder of Parquet shards whose later files have one column more, or fps as float where the first has int,
#   reads whole, or fails.
# Happens: the first file's columns are the folder's. pyarrow and DuckDB leave the new column out without a word,
#   polars refuses. DuckDB also turns 29.97 into the first file's int, 30; pyarrow and polars refuse that.
# Library: pyarrow 26.0.1, DuckDB 2.0.1 (union_by_name=true keeps both), polars 2.1.0.
# Matters: corpora grow shard by shard: contacts added later do not exist for two of three readers, and a rate of
#   29.97 read as 30 lets body and video drift apart by 0.1 %. Give every shard one full, typed schema from the start.
# Seen: column: pyarrow [clip fps], duckdb [clip fps], polars SchemaError / fps: ArrowInvalid, [30, 30], SchemaError
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"${PYTHON:-python3}" -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile pyarrow==26.0.1 duckdb==2.0.1 polars==2.1.0
"$dir/venv/bin/python" - "$dir" <<'PY'
import os
import sys

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

print("pyarrow", pa.__version__, "- duckdb", duckdb.__version__, "- polars", pl.__version__)


def folder(name, *shards):
    os.mkdir(f"{sys.argv[1]}/{name}")
    for k, shard in enumerate(shards):
        pq.write_table(pa.table(shard), f"{sys.argv[1]}/{name}/{k}.parquet")
    return f"{sys.argv[1]}/{name}"


def read(path, how):
    try:
        table = how(path)
    except Exception as error:
        return type(error).__name__
    return sorted(table.column_names), sorted(table["fps"].to_pylist())


readers = {
    "pyarrow": pq.read_table,
    "duckdb": lambda path: duckdb.sql(f"from '{path}/*.parquet'").to_arrow_table(),
    "duckdb by name": lambda path: duckdb.sql(f"from read_parquet('{path}/*', union_by_name=true)").to_arrow_table(),
    "polars": lambda path: pl.read_parquet(f"{path}/*.parquet").to_arrow(),
}
column = folder("column", {"clip": ["a"], "fps": [30]}, {"clip": ["b"], "fps": [30], "contact": [[1, 0]]})
kind = folder("kind", {"clip": ["a"], "fps": [30]}, {"clip": ["b"], "fps": [29.97]})
seen = {name: (read(column, how), read(kind, how)) for name, how in readers.items()}
for name, (first, second) in seen.items():
    print(f"{name}: new column {first}; fps {second}")
lost = (["clip", "fps"], [30, 30])
if seen["pyarrow"] != (lost, "ArrowInvalid") or seen["duckdb"] != (lost, lost) or seen["polars"][0] != "SchemaError":
    sys.exit("changed: shards that differ from the first are read differently")
PY
