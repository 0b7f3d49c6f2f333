"""Whether a corpus is what it says: every file, every record, and the books."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from share_data.corpus.columns import index_schema
from share_data.corpus.layout import (
    INDEX,
    LEDGER,
    MANIFEST,
    RECIPE,
    RECORD_FOLDER,
    SHARD_FOLDER,
    STAGING_FOLDER,
)
from share_data.corpus.manifest import Manifest, read_manifest
from share_data.corpus.validate_records import records_problems, shard_problems
from share_data.errors import CorpusError
from share_data.hashing import bytes_sha256, canonical_json, file_sha256
from share_data.ledger import conservation_problems, level_counts, read_ledger


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: the file (relative to the corpus) and what about it."""

    file: str
    message: str

    def to_json(self) -> dict[str, str]:
        """For `--json`."""
        return {"file": self.file, "message": self.message}

    def __str__(self) -> str:
        return f"{self.file}: {self.message}"


def validate_corpus(corpus: Path) -> list[Problem]:
    """Everything that is wrong with the corpus in folder `corpus`; empty when it is sound. Nothing is changed.

    A file whose checksum is wrong is named once and not looked into: rebuild or fetch it again first.
    """
    try:
        manifest = read_manifest(corpus)
    except CorpusError as error:
        return [Problem(MANIFEST, str(error))]
    problems = [problem for entry in manifest.files for problem in _file_problems(corpus, manifest, entry.path)]
    problems += _listing_problems(corpus, manifest)
    damaged = {problem.file for problem in problems}
    if not {INDEX, LEDGER, RECIPE} & damaged:
        problems += _content_problems(corpus, manifest, damaged)
    return problems


def _file_problems(corpus: Path, manifest: Manifest, path: str) -> list[Problem]:
    entry, file = manifest.file(path), corpus / path
    if not file.is_file():
        return [Problem(path, "is missing")]
    if file.stat().st_size != entry.bytes:
        return [Problem(path, f"has {file.stat().st_size} bytes, not {entry.bytes}")]
    if file_sha256(file) != entry.sha256:
        return [Problem(path, "is damaged: its SHA-256 is not the manifest's")]
    return []


def _listing_problems(corpus: Path, manifest: Manifest) -> list[Problem]:
    """Files that the manifest lacks, lists twice, or that lie in the corpus' folders without being part of it."""
    listed = Counter(entry.path for entry in manifest.files)
    problems = [Problem(path, "is listed twice in the manifest") for path, count in listed.items() if count > 1]
    problems += [Problem(path, "is not in the manifest") for path in (INDEX, LEDGER, RECIPE) if path not in listed]
    if (corpus / STAGING_FOLDER / MANIFEST).exists():
        problems.append(Problem(STAGING_FOLDER, "a build was stopped while it replaced this corpus; run it again"))
    for folder in (SHARD_FOLDER, RECORD_FOLDER):
        found = sorted(path.relative_to(corpus).as_posix() for path in (corpus / folder).rglob("*"))
        problems += [Problem(path, "is not part of this corpus") for path in found if path not in listed]
    return problems


def _content_problems(corpus: Path, manifest: Manifest, damaged: set[str]) -> list[Problem]:
    """What the sound files say, checked against each other."""
    problems = _recipe_problems(corpus, manifest)
    try:
        rows = _index_rows(corpus)
    except CorpusError as error:
        return [*problems, Problem(INDEX, str(error))]
    problems += [Problem(INDEX, text) for text in _total_problems(rows, manifest)]
    problems += _book_problems(corpus, manifest, [row["key"] for row in rows])
    by_shard: dict[str, list[dict[str, Any]]] = {
        entry.path: [] for entry in manifest.files if entry.path.startswith(f"{SHARD_FOLDER}/")
    }
    for row in rows:
        if row["shard"] in by_shard:
            by_shard[row["shard"]].append(row)
        else:
            problems.append(Problem(INDEX, f"record {row['key']} is in {row['shard']!r}, which the manifest lacks"))
    for shard, of_shard in by_shard.items():
        records = f"{RECORD_FOLDER}/{Path(shard).stem}.parquet"
        if shard in damaged:
            continue
        problems += [Problem(shard, text) for text in shard_problems(corpus, shard, of_shard)]
        if (corpus / records).exists() and records not in damaged:
            problems += [Problem(records, text) for text in records_problems(corpus, records, of_shard)]
    return problems


def _recipe_problems(corpus: Path, manifest: Manifest) -> list[Problem]:
    try:
        digest = bytes_sha256(canonical_json(json.loads((corpus / RECIPE).read_bytes())))
    except ValueError as error:
        return [Problem(RECIPE, f"is not JSON ({error})")]
    return [] if digest == manifest.recipe_sha256 else [Problem(RECIPE, "is not the recipe the manifest names")]


def _index_rows(corpus: Path) -> list[dict[str, Any]]:
    try:
        table = pq.read_table(corpus / INDEX)
    except (OSError, pa.ArrowException) as error:
        raise CorpusError(f"cannot be read ({error})") from error
    rows: list[dict[str, Any]] = table.to_pylist()
    wanted = index_schema([dict.fromkeys(table.column_names)])
    if table.schema.remove_metadata() != wanted:
        raise CorpusError("does not have the columns of an index")
    if any(value is None for row in rows for name, value in row.items() if not name.startswith("score_")):
        raise CorpusError("has empty cells")
    return rows


def _total_problems(rows: list[dict[str, Any]], manifest: Manifest) -> list[str]:
    problems = [f"record {key} appears {n} times" for key, n in Counter(row["key"] for row in rows).items() if n > 1]
    if len(rows) != manifest.records:
        problems.append(f"has {len(rows)} records, the manifest {manifest.records}")
    if all(row["redistributable"] for row in rows) != manifest.redistributable:
        problems.append("disagrees with the manifest about redistribution")
    if Counter(row["licence"] for row in rows) != manifest.licences:
        problems.append("disagrees with the manifest about licences")
    bodies = {row["body_json"] for row in rows} - {canonical_json(manifest.body).decode()}
    if bodies:
        problems.append(f"has records of another body model than the manifest's: {min(bodies)}")
    return problems


def _book_problems(corpus: Path, manifest: Manifest, keys: list[str]) -> list[Problem]:
    """Conservation: every unit one outcome, the kept clips are the records, the manifest has the same sums."""
    try:
        entries = read_ledger(corpus / LEDGER)
    except CorpusError as error:
        return [Problem(LEDGER, str(error))]
    texts = conservation_problems(entries)
    kept = {entry.unit for entry in entries if entry.level == "clip" and entry.status == "kept"}
    texts += [f"clip {key} is kept but has no record" for key in sorted(kept - set(keys))]
    texts += [f"record {key} is not a kept clip" for key in sorted(set(keys) - kept)]
    if level_counts(entries) != manifest.counts:
        texts.append("its sums are not the manifest's counts")
    return [Problem(LEDGER, text) for text in texts]
