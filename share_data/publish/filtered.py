"""A corpus written again without what is withheld: untouched shards stay the files they are, others lose records."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from share_data.corpus.layout import RECORD_FOLDER, SHARD_FOLDER, is_numbered_file
from share_data.corpus.manifest import FileEntry, Manifest
from share_data.corpus.storage import LocalStorage, Storage
from share_data.corpus.write.shards import ShardOptions, Written, write_shard
from share_data.corpus.write.sidecar import write_sidecar
from share_data.corpus.write.tables import write_tables
from share_data.errors import CorpusError
from share_data.ledger.clip_entry import ClipEntry
from share_data.ledger.ledger import LEVELS, Entry
from share_data.publish.copying import copied, require_whole
from share_data.publish.entries import above_clips, clips_of, described_of, footage_of
from share_data.publish.passing_on import Withheld, public_recipe

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Original:
    """A corpus as it is. tables: its ledger and measurements at hand; index: Arrow table; recipe: as it keeps it."""

    storage: Storage
    tables: LocalStorage
    manifest: Manifest
    index: Any
    recipe: Mapping[str, Any]


def write_without(original: Original, found: Withheld, opt_out: str | None, folder: Path) -> Manifest:
    """Write what changes of a corpus that loses records, or names.

    Args:
        original: the corpus.
        found: what it loses.
        opt_out: hash of the rules it is without, None for none.
        folder: for the files that change, at their paths in the corpus; the others stay where they are.

    Returns:
        The manifest of the corpus without it; files that are not in `folder` are the original's.

    Raises:
        CorpusError: a record cannot be read, or nothing is left.
        DiskFullError: the files do not fit.
    """
    if len(found.records) == len(original.index):
        raise CorpusError(f"{original.storage.place}: none of its {len(original.index)} record(s) may be passed on.")
    sidecars, files = [], _files(original.manifest)
    for number, places in _by_shard(original.index).items():
        rows = original.index.take(places).to_pylist()
        kept = [row for row in rows if row["key"] not in found.records]
        if kept:
            sidecars.append(folder / "sidecars" / f"{number}.jsonl")
            write_sidecar(sidecars[-1], _shard(original, number, files[number], len(rows), kept, folder))
    old, tables = original.manifest, original.tables.folder
    recipe, entries = public_recipe(original.recipe, found), _entries(tables, found)
    footage = footage_of(original.index, found.records)
    manifest, _ = write_tables(
        folder, sidecars, entries, recipe, old.body, described=described_of(tables), footage=footage
    )
    return manifest.model_copy(update={"opt_out_sha256": opt_out, "features": old.features})


def _by_shard(index: Any) -> dict[int, list[int]]:
    """Number of a shard to the rows of its records, the parts of a large one together."""
    found: dict[int, list[int]] = {}
    for place, shard in enumerate(index["shard"].to_pylist()):
        found.setdefault(_number(shard), []).append(place)
    return found


def _files(manifest: Manifest) -> dict[int, list[FileEntry]]:
    """Number of a shard to its files: parts, and Parquet copies."""
    found: dict[int, list[FileEntry]] = {}
    for each in manifest.files:
        if is_numbered_file(each.path):
            found.setdefault(_number(each.path), []).append(each)
    return found


def _number(path: str) -> int:
    return int(PurePosixPath(path).stem.partition("_")[0])


def _shard(original: Original, number: int, files: list[FileEntry], count: int, kept: Rows, folder: Path) -> Written:
    if len(kept) == count:
        return Written(files, [dict(row) for row in kept])
    require_whole(original.storage, files)
    members = [copied(original.storage, row) for row in kept]
    return write_shard(number, members, folder, ShardOptions(formats_of(files), max_bytes_of(original.recipe)))


def formats_of(files: Sequence[FileEntry]) -> tuple[str, ...]:
    """The recipe's `output.formats`, from the files there are."""
    folders = ((SHARD_FOLDER, "webdataset"), (RECORD_FOLDER, "parquet"))
    return tuple(form for name, form in folders if any(each.path.startswith(f"{name}/") for each in files))


def max_bytes_of(recipe: Mapping[str, Any]) -> int:
    """The recipe's `output.max_bytes`, 0 where it has none."""
    found = recipe.get("output", {}).get("max_bytes", 0)
    return found if isinstance(found, int) else 0


def _entries(tables: Path, found: Withheld) -> Iterator[Entry]:
    """The ledger in its order: withheld videos without a name, and without clips."""
    above = [found.videos.get(entry.unit, entry) if entry.level == "video" else entry for entry in above_clips(tables)]
    yield from sorted(above, key=lambda entry: (LEVELS.index(entry.level), entry.unit))
    yield from _clips(tables, found)


def _clips(tables: Path, found: Withheld) -> Iterator[ClipEntry]:
    return (clip for clip in clips_of(tables) if clip.parent not in found.videos)
