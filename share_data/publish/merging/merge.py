"""Merging: the records of several corpora in the order of one, as the bytes they are."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from share_data.corpus.layout import SHARD_FOLDER, hash_order
from share_data.corpus.manifest import Manifest
from share_data.corpus.write.shards import Member, ShardOptions, write_shard
from share_data.corpus.write.sidecar import write_sidecar
from share_data.corpus.write.tables import write_tables
from share_data.corpus.write.target import Target, target_of
from share_data.errors import CorpusError
from share_data.publish.copying import copied, require_whole
from share_data.publish.entries import footage_of
from share_data.publish.filtered import max_bytes_of
from share_data.publish.merging.books import described_by, entries_of, recipe_of_all
from share_data.publish.merging.fitting import has_parquet, mixed, require_fit
from share_data.publish.merging.side import Side, opened

Told = Callable[[int, int], None]
"""Called with how many shards of how many are written."""
_PER_SHARD = 256
_STAGING = "merge"


@dataclass(frozen=True, slots=True)
class Merged:
    """What was done. says: what is not the same in all records."""

    output: str
    records: int
    shards: int
    merged_from: list[str]
    says: list[str]


def merge_corpora(corpora: Sequence[Path | str], output: str, told: Told = lambda done, of: None) -> Merged:
    """Write the corpus of all records of several corpora, which stay as they are.

    Args:
        corpora: folders or URLs, at least two; their order makes no difference.
        output: folder or URL; no corpus may be there.
        told: of progress.

    Returns:
        What was done.

    Raises:
        CorpusError: they do not fit together (see `fitting.require_fit`), one is damaged, or a corpus is at `output`.
        DiskFullError: the whole does not fit.
    """
    if len(corpora) < 2:
        raise CorpusError("one corpus alone is merged already: give two or more.")
    target = target_of(output)
    if target.published() is not None:
        raise CorpusError(f"{output}: there is a corpus already. Name a place where none is.")
    with opened(corpora) as sides:
        require_fit(sides)
        for side in sides:
            require_whole(side.storage, [e for e in side.manifest.files if e.path.startswith(f"{SHARD_FOLDER}/")])
        target.check()
        folder = target.workspace / "staging" / _STAGING
        shutil.rmtree(folder, ignore_errors=True)
        try:
            manifest = _stage(sides, folder, target, told)
            left = {entry.path: folder / entry.path for entry in manifest.files if (folder / entry.path).is_file()}
            target.publish(manifest, left)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            for empty in (folder.parent, target.workspace):
                with suppress(OSError):
                    empty.rmdir()
        shards = sum(entry.path.startswith(f"{SHARD_FOLDER}/") for entry in manifest.files)
        return Merged(output, manifest.records, shards, [side.place for side in sides], mixed(sides))


def _stage(sides: Sequence[Side], folder: Path, target: Target, told: Told) -> Manifest:
    formats = ("webdataset", "parquet") if any(map(has_parquet, sides)) else ("webdataset",)
    options = ShardOptions(formats, max(max_bytes_of(side.recipe) for side in sides))
    sidecars = []
    batches = list(_batches(sides))
    for number, batch in enumerate(batches):
        written = write_shard(number, _members(sides, batch), folder, options)
        for entry in written.files:
            target.deliver(folder / entry.path, entry)
        sidecars.append(folder / "sidecars" / f"{number}.jsonl")
        write_sidecar(sidecars[-1], written)
        told(number + 1, len(batches))
    recipe, body = recipe_of_all(sides), sides[0].manifest.body
    footage = {key: name for side in sides for key, name in footage_of(side.index).items()}
    manifest, _ = write_tables(
        folder, sidecars, entries_of(sides), recipe, body, described=described_by(sides), footage=footage
    )
    features = set.intersection(*(set(side.manifest.features) for side in sides))
    kept = {"features": tuple(sorted(features)), "opt_out_sha256": sides[0].manifest.opt_out_sha256}
    return manifest.model_copy(update=kept)


def _batches(sides: Sequence[Side]) -> Iterator[list[tuple[int, int]]]:
    """Which records go into each shard: side and row, in corpus order."""
    places = {
        key: (number, row) for number, side in enumerate(sides) for row, key in enumerate(side.index["key"].to_pylist())
    }
    size = max(_per_shard(side.recipe) for side in sides)
    order = hash_order(places)
    return ([places[key] for key in order[first : first + size]] for first in range(0, len(order), size))


def _per_shard(recipe: Mapping[str, Any]) -> int:
    found = recipe.get("output", {}).get("samples_per_shard", _PER_SHARD)
    return found if isinstance(found, int) and found > 0 else _PER_SHARD


def _members(sides: Sequence[Side], batch: Sequence[tuple[int, int]]) -> Iterator[Member]:
    rows: dict[tuple[int, int], Any] = {}
    for number, side in enumerate(sides):
        wanted = [row for owner, row in batch if owner == number]
        found = zip(wanted, side.index.take(pa.array(wanted, pa.int64())).to_pylist(), strict=True)
        rows |= {(number, row): values for row, values in found}
    return (copied(sides[owner].storage, rows[owner, row]) for owner, row in batch)
