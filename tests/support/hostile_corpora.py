"""A small good corpus with truth, and the means to spoil a copy of it as a careful forger would."""

import io
import json
import os
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from make_records import BODY, make_clip, make_entries, make_member
from safetensors.numpy import load, save

from share_data.corpus.write.pack import PackOptions, Provenance, pack
from share_data.corpus.write.tarfile_bytes import TarWriter
from share_data.recipe.reading import parse_recipe
from share_data.records import Clip
from share_data.store.hashing import bytes_sha256, file_sha256

RECORDS = 3
_CLIP = {"action": "walk", "frames": 30, "fps": 10}
RECIPE: dict[str, Any] = {
    "schema_version": 1,
    "name": "good",
    "sources": [{"kind": "synthetic", "seed": 7, "clips": [_CLIP] * RECORDS}],
}
FIRST = "shards/000000.tar"
Spoil = Callable[[Path], object]
Row = dict[str, Any]


def good_corpus(folder: Path, shared: dict[str, Any] | None = None) -> Path:
    """Three records of a synthetic source's videos in two shards. shared: fields of `Video` that all of them have."""
    recipe = parse_recipe(RECIPE, "good")
    fields = {"source": "synthetic", "licence": "CC0-1.0", **(shared or {})}
    clips: list[Clip] = []
    for number in range(RECORDS):
        name = f"{number:03d}-walk-none"
        clips.append(make_clip(number, 4 + number, video_id=name, uri=f"synthetic://7/{name}", **fields))
    entries = [_of_source(entry, str(fields["source"])) for entry in make_entries(clips)]
    members = [make_member(clip, seed, points=20) for seed, clip in enumerate(clips)]
    options = PackOptions(2, ("webdataset", "parquet"))
    pack(members, folder, Provenance(entries, recipe.resolved(), BODY), options)
    return folder


def copy(corpus: Path, to: Path) -> Path:
    """A copy of its own."""
    return Path(shutil.copytree(corpus, to, symlinks=True))


def seal(corpus: Path) -> None:
    """Give the manifest the checksums of the files as they are now."""

    def refresh(manifest: Row) -> None:
        for entry in manifest["files"]:
            file = corpus / entry["path"]
            if file.is_file() and file.resolve().is_relative_to(corpus.resolve()):
                entry["sha256"], entry["bytes"] = file_sha256(file), file.stat().st_size

    edited_json("manifest.json", refresh)(corpus)


def written(name: str, data: bytes | str) -> Spoil:
    """The file holds this instead."""
    return lambda corpus: (corpus / name).write_bytes(data.encode() if isinstance(data, str) else data)


def cut(name: str, keep: float) -> Spoil:
    """The file ends too early."""
    return lambda corpus: os.truncate(corpus / name, int((corpus / name).stat().st_size * keep))


def fifo(name: str) -> Spoil:
    """A pipe that nobody writes to stands there."""
    return _instead(name, os.mkfifo)


def folder(name: str) -> Spoil:
    """A folder stands there."""
    return _instead(name, lambda path: path.mkdir())


def link(name: str, to: str | Path) -> Spoil:
    """A link stands there."""
    return _instead(name, lambda path: path.symlink_to(to))


def gone(name: str) -> Spoil:
    """Nothing stands there."""
    return _instead(name, lambda path: None)


def huge(name: str, size: int = 3 << 30) -> Spoil:
    """A file with holes, which takes no room on the disk."""

    def make(path: Path) -> None:
        with path.open("wb") as handle:
            handle.truncate(size)

    return _instead(name, make)


def _instead(name: str, make: Callable[[Path], object]) -> Spoil:
    def spoil(corpus: Path) -> None:
        path = corpus / name
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        make(path)

    return spoil


def edited_json(name: str, change: Callable[[Any], object]) -> Spoil:
    """The JSON file's value changed; `change` edits it, or gives another one."""

    def spoil(corpus: Path) -> None:
        value = json.loads((corpus / name).read_bytes())
        other = change(value)
        (corpus / name).write_text(json.dumps(value if other is None else other))

    return spoil


def edited_rows(name: str, change: Callable[[list[Row]], object], **types: Any) -> Spoil:
    """The table's rows changed, and the manifest made to fit. types: of columns that get others."""

    def spoil(corpus: Path) -> None:
        table = pq.read_table(corpus / name)
        rows = table.to_pylist()
        change(rows)
        columns = [pa.field(each.name, types.get(each.name, each.type)) for each in table.schema]
        columns += [pa.field(each, kind) for each, kind in types.items() if each not in table.column_names]
        columns = [column for column in columns if column.type != pa.null()]
        pq.write_table(pa.Table.from_pylist(rows, pa.schema(columns)), corpus / name)
        seal(corpus)

    return spoil


def set_cells(name: str, **values: Any) -> Spoil:
    """Cells of the table's first row."""
    return edited_rows(name, lambda rows: rows[0].update(values))


def retyped(name: str, column: str, kind: Any, value: Any) -> Spoil:
    """A column of another type, its cells all `value`; without the column where the type is null."""
    return edited_rows(name, lambda rows: [row.update({column: value}) for row in rows], **{column: kind})


def column_twice(name: str, column: str) -> Spoil:
    """A table with a column that is there twice."""

    def spoil(corpus: Path) -> None:
        table = pq.read_table(corpus / name)
        pq.write_table(table.append_column(column, table[column]), corpus / name)
        seal(corpus)

    return spoil


def edited_record(
    metadata: Callable[[Row], object] | bytes = lambda _: None,
    arrays: Callable[[Row], object] | bytes = lambda _: None,
    preview: bytes | None = None,
) -> Spoil:
    """The first record changed, and shard, index and manifest made to fit."""

    def spoil(corpus: Path) -> None:
        with tarfile.open(corpus / FIRST) as archive:
            members = {each.name: archive.extractfile(each).read() for each in archive}  # type: ignore[union-attr]
        names = list(members)
        members[names[0]] = metadata if isinstance(metadata, bytes) else _changed_json(members[names[0]], metadata)
        members[names[1]] = members[names[1]] if preview is None else preview
        members[names[2]] = arrays if isinstance(arrays, bytes) else _changed_arrays(members[names[2]], arrays)
        out = io.BytesIO()
        tar = TarWriter(out)
        places = {name: (tar.add(name, data), len(data)) for name, data in members.items()}
        tar.close()
        (corpus / FIRST).write_bytes(out.getvalue())
        edited_rows("index.parquet", lambda rows: _moved(rows, places, members))(corpus)

    return spoil


def _moved(rows: list[Row], places: dict[str, tuple[int, int]], members: dict[str, bytes]) -> None:
    for row in rows:
        if row["shard"] == FIRST:
            for member in ("json", "jpg", "safetensors"):
                row[f"{member}_offset"], row[f"{member}_size"] = places[f"{row['key']}.{member}"]
            row["safetensors_sha256"] = bytes_sha256(members[f"{row['key']}.safetensors"])


def _changed_json(data: bytes, change: Callable[[Row], object]) -> bytes:
    value = json.loads(data)
    other = change(value)
    return json.dumps(value if other is None else other).encode()


def _changed_arrays(data: bytes, change: Callable[[Row], object]) -> bytes:
    arrays = load(data)
    change(arrays)
    return save(arrays)


def _of_source(entry: Any, label: str) -> Any:
    """The entry of `make_entries` as one of this source."""
    from dataclasses import replace

    unit = entry.unit.replace("made-up", label) if entry.level != "clip" else entry.unit
    return replace(entry, unit=unit, parent=entry.parent.replace("made-up", label))
