"""Pack records that are at hand into a corpus, byte for byte the same every time, without a build."""

import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from share_data.corpus.layout import hash_order
from share_data.corpus.manifest import Manifest
from share_data.corpus.write.shards import Member, ShardOptions, write_shard
from share_data.corpus.write.sidecar import write_sidecar
from share_data.corpus.write.tables import write_tables
from share_data.corpus.write.target import LocalTarget
from share_data.ledger.ledger import Entry, in_order


@dataclass(frozen=True, slots=True)
class PackOptions:
    """How records are cut into files; fields as in the recipe's `output`."""

    samples_per_shard: int = 256
    formats: tuple[str, ...] = ("webdataset",)
    max_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a corpus keeps of its build: every unit's outcome, the resolved recipe (JSON), the body model's stamp."""

    entries: Sequence[Entry]
    recipe: Mapping[str, Any]
    body: Mapping[str, str]


def pack(members: Sequence[Member], out: Path, provenance: Provenance, options: PackOptions) -> Manifest:
    """Write the corpus of `members` into folder `out`, replacing the corpus that is there, if any, as a whole.

    The old corpus stays untouched until every new file is on disk; files that only it listed are then removed.
    Raises CorpusError when the ledger does not account for the members or `out` holds files of another origin,
    DiskFullError when it does not fit, and whatever a member's `load` raises.
    """
    target = LocalTarget(out)
    target.check()
    folder = target.workspace / "staging" / "pack"
    try:
        manifest = _stage(members, folder, provenance, options)
        target.publish(manifest, {entry.path: folder / entry.path for entry in manifest.files})
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        for empty in (folder.parent, target.workspace):
            with suppress(OSError):
                empty.rmdir()
    return manifest


def _stage(members: Sequence[Member], folder: Path, provenance: Provenance, options: PackOptions) -> Manifest:
    by_key: dict[str, list[Member]] = {}
    for member in members:
        by_key.setdefault(member.key, []).append(member)
    ordered = [member for key in hash_order(by_key) for member in by_key[key]]
    size = options.samples_per_shard
    sidecars = []
    for number, first in enumerate(range(0, len(ordered), size)):
        batch = ordered[first : first + size]
        written = write_shard(number, batch, folder, ShardOptions(options.formats, options.max_bytes))
        sidecars.append(folder / f"{number:06d}.jsonl")
        write_sidecar(sidecars[-1], written)
    manifest, _ = write_tables(folder, sidecars, in_order(provenance.entries), provenance.recipe, provenance.body)
    return manifest
