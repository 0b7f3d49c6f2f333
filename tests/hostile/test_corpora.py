"""A corpus from somebody else is data: what is wrong with its tables is named, by `validate` and by whoever needs them.

A row: how it is spoilt, the file that is named for it, and the readers that refuse it; all others give their result.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hostile_corpora import (
    FIRST,
    Spoil,
    column_twice,
    copy,
    cut,
    edited_json,
    edited_rows,
    fifo,
    folder,
    gone,
    huge,
    link,
    retyped,
    seal,
    set_cells,
    written,
)
from hostile_verbs import READERS, outcome

MANIFEST, INDEX, LEDGER, RECIPE = "manifest.json", "index.parquet", "ledger.parquet", "recipe.json"
MEASURED = "measurements.parquet"
DEEP = "[" * 100_000 + "]" * 100_000
NO_PATH = "/dev/zero"
NO_SHARD = "shards/000009.tar"
NOBODY: tuple[str, ...] = ()
OF_INDEX = ("list", "inspect", "evaluate")
OF_LEDGER = ("report", "list-all")
OF_RECIPE = ("report", "evaluate")
OF_MEASURED = ("audit",)


def manifest(**values: Any) -> Spoil:
    return edited_json(MANIFEST, lambda found: found.update(values))


def first_file(**values: Any) -> Spoil:
    return edited_json(MANIFEST, lambda found: found["files"][0].update(values))


def recipe(**values: Any) -> Spoil:
    def spoil(corpus: Path) -> None:
        edited_json(RECIPE, lambda found: found.update(values))(corpus)
        seal(corpus)

    return spoil


def many_rows(corpus: Path) -> None:
    """A table that says little, a million times over: 100 KB that would be a gigabyte of values."""
    row = pq.read_table(corpus / INDEX).slice(0, 1)
    block = row.take(pa.array([0] * 50_000, pa.int32()))
    with pq.ParquetWriter(corpus / INDEX, row.schema, compression="zstd") as writer:
        for _ in range(20):
            writer.write_table(block)
    seal(corpus)


TABLES: dict[str, tuple[Spoil, str, tuple[str, ...]]] = {
    "manifest gone": (gone(MANIFEST), MANIFEST, NOBODY),
    "manifest empty": (written(MANIFEST, ""), MANIFEST, NOBODY),
    "manifest no JSON": (written(MANIFEST, "{"), MANIFEST, NOBODY),
    "manifest a list": (written(MANIFEST, "[]"), MANIFEST, NOBODY),
    "manifest too deep": (written(MANIFEST, DEEP), MANIFEST, NOBODY),
    "manifest not UTF-8": (written(MANIFEST, b'{"a": "\xff"}'), MANIFEST, NOBODY),
    "manifest a lone surrogate": (manifest(toolkit_version="\ud800"), MANIFEST, NOBODY),
    "manifest a pipe": (fifo(MANIFEST), MANIFEST, NOBODY),
    "manifest a folder": (folder(MANIFEST), MANIFEST, NOBODY),
    "manifest a device": (link(MANIFEST, NO_PATH), MANIFEST, NOBODY),
    "manifest a link to itself": (link(MANIFEST, MANIFEST), MANIFEST, NOBODY),
    "manifest 3 GB": (huge(MANIFEST), MANIFEST, NOBODY),
    "manifest of a later format": (manifest(format_version=99), MANIFEST, NOBODY),
    "manifest with less than no records": (manifest(records=-1), MANIFEST, NOBODY),
    "manifest with a body that is a list": (manifest(body=[1]), MANIFEST, NOBODY),
    "manifest points up": (first_file(path="../outside.tar"), MANIFEST, NOBODY),
    "manifest points to the root": (first_file(path="/etc/passwd"), MANIFEST, NOBODY),
    "manifest points into the workspace": (first_file(path=".share-data/journal.jsonl"), MANIFEST, NOBODY),
    "manifest with another object": (first_file(object="shards/x-0000000000000000.tar"), MANIFEST, NOBODY),
    "manifest with endless bytes": (first_file(bytes=10**40), MANIFEST, NOBODY),
    "index gone": (gone(INDEX), INDEX, OF_INDEX),
    "index empty": (written(INDEX, b""), INDEX, OF_INDEX),
    "index text": (written(INDEX, "PAR1 no table PAR1"), INDEX, OF_INDEX),
    "index cut": (cut(INDEX, 0.7), INDEX, OF_INDEX),
    "index a pipe": (fifo(INDEX), INDEX, OF_INDEX),
    "index a folder": (folder(INDEX), INDEX, OF_INDEX),
    "index a device": (link(INDEX, NO_PATH), INDEX, OF_INDEX),
    "index 3 GB of nothing": (huge(INDEX), INDEX, OF_INDEX),
    "index a million times one row": (many_rows, INDEX, OF_INDEX),
    "index without a column": (retyped(INDEX, "video_id", pa.null(), None), INDEX, OF_INDEX),
    "index with a column twice": (column_twice(INDEX, "interlaced"), INDEX, ("list",)),
    "index with keys that are numbers": (retyped(INDEX, "key", pa.int64(), 5), INDEX, OF_INDEX),
    "index with offsets that are text": (retyped(INDEX, "json_offset", pa.string(), "512"), INDEX, OF_INDEX),
    "index with sizes that are fractions": (retyped(INDEX, "jpg_size", pa.float64(), 0.5), INDEX, OF_INDEX),
    "index with titles that are lists": (retyped(INDEX, "title", pa.list_(pa.string()), ["a"]), INDEX, OF_INDEX),
    "index with an empty key": (set_cells(INDEX, key=None), INDEX, OF_INDEX),
    "index with an empty shard": (set_cells(INDEX, shard=None), INDEX, OF_INDEX),
    "index with an empty format": (set_cells(INDEX, format_version=None), INDEX, OF_INDEX),
    "index of a later format": (set_cells(INDEX, format_version=99), INDEX, OF_INDEX),
    "index with a key that is a path": (set_cells(INDEX, key="../../x"), INDEX, OF_INDEX),
    "index with a key twice": (edited_rows(INDEX, lambda rows: rows[0].update(key=rows[1]["key"])), INDEX, OF_INDEX),
    "index points up": (set_cells(INDEX, shard="../outside.tar"), INDEX, OF_INDEX),
    "index points to the root": (set_cells(INDEX, shard="/etc/passwd"), INDEX, OF_INDEX),
    "index points at the ledger": (set_cells(INDEX, shard=LEDGER), INDEX, OF_INDEX),
    "index points before the shard": (set_cells(INDEX, json_offset=-512), INDEX, OF_INDEX),
    "index with a size below nothing": (set_cells(INDEX, jpg_size=-1), INDEX, OF_INDEX),
    "index with offsets that overflow": (set_cells(INDEX, json_offset=2**63 - 1), INDEX, OF_INDEX),
    "index points behind the shard": (set_cells(INDEX, json_offset=1 << 40), FIRST, ("inspect", "evaluate")),
    "index asks for a terabyte": (set_cells(INDEX, jpg_size=1 << 40), FIRST, ("inspect", "evaluate")),
    "index points at no shard": (set_cells(INDEX, shard=NO_SHARD), NO_SHARD, ("inspect", "evaluate")),
    "index with a rate that is no number": (set_cells(INDEX, fps=float("nan")), INDEX, OF_INDEX),
    "index with an endless time": (set_cells(INDEX, time_last=float("inf")), INDEX, OF_INDEX),
    "ledger gone": (gone(LEDGER), LEDGER, OF_LEDGER),
    "ledger empty": (written(LEDGER, b""), LEDGER, OF_LEDGER),
    "ledger text": (written(LEDGER, "no table"), LEDGER, OF_LEDGER),
    "ledger cut": (cut(LEDGER, 0.5), LEDGER, OF_LEDGER),
    "ledger a pipe": (fifo(LEDGER), LEDGER, OF_LEDGER),
    "ledger a folder": (folder(LEDGER), LEDGER, OF_LEDGER),
    "ledger a device": (link(LEDGER, NO_PATH), LEDGER, OF_LEDGER),
    "ledger without outcomes": (retyped(LEDGER, "status", pa.null(), None), LEDGER, OF_LEDGER),
    "ledger with children that are text": (retyped(LEDGER, "children", pa.string(), "many"), LEDGER, OF_LEDGER),
    "ledger with units that are numbers": (retyped(LEDGER, "unit", pa.int64(), 3), LEDGER, OF_LEDGER),
    "ledger with messages that are lists": (
        retyped(LEDGER, "message", pa.list_(pa.int64()), [1]), LEDGER, OF_LEDGER
    ),
    "ledger with an empty unit": (set_cells(LEDGER, unit=None), LEDGER, OF_LEDGER),
    "ledger with an empty reason": (set_cells(LEDGER, reason=None), LEDGER, OF_LEDGER),
    "ledger with an unknown level": (set_cells(LEDGER, level="planet"), LEDGER, OF_LEDGER),
    "ledger with an unknown outcome": (set_cells(LEDGER, status="lost"), LEDGER, OF_LEDGER),
    "ledger with less than no frames": (set_cells(LEDGER, frames_lost=-3), LEDGER, OF_LEDGER),
    "ledger of earlier scores that are no JSON": (retyped(LEDGER, "scores_json", pa.string(), "{"), LEDGER, OF_LEDGER),
    "ledger of earlier endless scores": (
        retyped(LEDGER, "scores_json", pa.string(), '{"a": {"b": 1e999}}'), LEDGER, OF_LEDGER
    ),
    "ledger with objections that are no JSON": (set_cells(LEDGER, objections_json="{"), LEDGER, OF_LEDGER),
    "ledger with objections of nobody": (set_cells(LEDGER, objections_json='[{"filter": 1}]'), LEDGER, OF_LEDGER),
    "ledger with objections too deep": (set_cells(LEDGER, objections_json=DEEP), LEDGER, OF_LEDGER),
    "ledger with lacking scores that are numbers": (set_cells(LEDGER, unmeasured_json="[1]"), LEDGER, OF_LEDGER),
    "ledger with an endless threshold": (set_cells(LEDGER, threshold=float("inf")), LEDGER, OF_LEDGER),
    "ledger with footage that is no JSON": (set_cells(LEDGER, footage_json="}"), LEDGER, OF_LEDGER),
    "ledger with footage that is a list": (set_cells(LEDGER, footage_json="[1]"), LEDGER, OF_LEDGER),
    "ledger with losses that are none": (set_cells(LEDGER, footage_json='{"lost": [1]}'), LEDGER, OF_LEDGER),
    "ledger with a display that is a number": (set_cells(LEDGER, footage_json='{"display": 1}'), LEDGER, OF_LEDGER),
    "measurements gone": (gone(MEASURED), MEASURED, OF_MEASURED),
    "measurements text": (written(MEASURED, "no table"), MEASURED, OF_MEASURED),
    "measurements a pipe": (fifo(MEASURED), MEASURED, OF_MEASURED),
    "measurements without outcomes": (retyped(MEASURED, "status", pa.null(), None), MEASURED, OF_MEASURED),
    "measurements with seconds that are text": (
        retyped(MEASURED, "seconds", pa.string(), "long"), MEASURED, OF_MEASURED
    ),
    "recipe with filters that are text": (recipe(filters="none"), RECIPE, ("audit",)),
    "recipe gone": (gone(RECIPE), RECIPE, OF_RECIPE),
    "recipe empty": (written(RECIPE, ""), RECIPE, OF_RECIPE),
    "recipe a list": (written(RECIPE, "[]"), RECIPE, OF_RECIPE),
    "recipe too deep": (written(RECIPE, DEEP), RECIPE, OF_RECIPE),
    "recipe a pipe": (fifo(RECIPE), RECIPE, OF_RECIPE),
    "recipe a folder": (folder(RECIPE), RECIPE, OF_RECIPE),
    "recipe a device": (link(RECIPE, NO_PATH), RECIPE, OF_RECIPE),
    "recipe 3 GB": (huge(RECIPE), RECIPE, OF_RECIPE),
    "recipe with a number for sources": (recipe(sources=3), RECIPE, OF_RECIPE),
    "recipe with numbers as sources": (recipe(sources=[3]), RECIPE, OF_RECIPE),
    "recipe with a source of no kind": (recipe(sources=[{"name": "x"}]), RECIPE, OF_RECIPE),
    "recipe with a kind that is a list": (recipe(sources=[{"kind": ["x"]}]), RECIPE, OF_RECIPE),
    "recipe without an estimator": (recipe(humans=None), RECIPE, OF_RECIPE),
    "recipe with an estimator that is a list": (recipe(geometry={"kind": [1]}), RECIPE, OF_RECIPE),
    "recipe with a tempo that is text": (
        recipe(sources=[{"kind": "smarthome", "time_scale": "fast"}]), RECIPE, OF_RECIPE
    ),
}  # fmt: skip


def cases() -> Iterator[tuple[str, str]]:
    """Every way to spoil a table, before `validate` and before each of its readers."""
    for name, (_, _, refusing) in TABLES.items():
        yield name, "validate"
        yield from ((name, verb) for verb in refusing or READERS[:1])


@pytest.mark.parametrize(("name", "verb"), list(cases()))
def test_a_spoilt_table_is_named(good: Path, tmp_path: Path, name: str, verb: str) -> None:
    spoil, file, refusing = TABLES[name]
    corpus = copy(good, tmp_path / "corpus")
    spoil(corpus)
    outcome(corpus, verb, tmp_path, file, refuses=verb == "validate" or verb in refusing)


@pytest.mark.parametrize("verb", [*READERS, "cite", "render", "view", "validate"])
def test_a_good_corpus_is_read(good: Path, tmp_path: Path, verb: str) -> None:
    outcome(good, verb, tmp_path, "", refuses=False)
