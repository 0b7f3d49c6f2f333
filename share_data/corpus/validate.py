"""Whether a corpus is what it says: every file, every record, and the books."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from share_data.corpus.layout import (
    HAS_MEASUREMENTS,
    INDEX,
    LEDGER,
    MANIFEST,
    MEASUREMENTS,
    PUBLICATION,
    RECIPE,
    RECORD_FOLDER,
    SHARD_FOLDER,
    STATE_FOLDER,
    is_numbered_file,
)
from share_data.corpus.manifest import FileEntry, Manifest, manifest_of
from share_data.corpus.opening import open_storage
from share_data.corpus.problem import Problem
from share_data.corpus.storage import LocalStorage, Storage
from share_data.corpus.validate_records import records_problems, shard_problems
from share_data.corpus.validate_tables import RowsByShard, table_problems
from share_data.errors import CorpusError
from share_data.store.hashing import file_sha256

__all__ = ["Problem", "validate_corpus"]

_TABLES = (INDEX, LEDGER, RECIPE)


def validate_corpus(corpus: Path | str) -> list[Problem]:
    """Everything that is wrong with the corpus in a folder or below a URL; empty when it is sound. Nothing is changed.

    A file whose checksum is wrong is named once and not looked into: rebuild or fetch it again first. From an object
    store every file is downloaded once; a shard and its Parquet copy are gone again before the next ones come.
    Raises CorpusError when an object store fails on the way, MissingDependencyError, DiskFullError.
    """
    try:
        storage = open_storage(corpus)
        manifest = manifest_of(storage)
    except CorpusError as error:
        return [Problem(MANIFEST, str(error))]
    entries = {entry.path: entry for entry in manifest.files}
    problems = _listing_problems(storage, manifest)
    rows: RowsByShard = {}
    tables = [path for path in (*_TABLES, MEASUREMENTS) if path in entries]
    with _fetched(storage, entries, tables) as (files, damage):
        problems += damage
        if not {*_TABLES, MEASUREMENTS} & {problem.file for problem in problems}:
            contradictions, rows = table_problems(files, manifest)
            problems += contradictions
    for paths in _shards_and_copies(entries):
        with _fetched(storage, entries, paths) as (files, damage):
            damaged = {problem.file for problem in (*problems, *damage)}
            sound = [path for path in paths if path not in damaged]
            problems += damage + _record_problems(files, sound, rows)
    return problems


def _listing_problems(storage: Storage, manifest: Manifest) -> list[Problem]:
    """Files that the manifest lacks, lists twice, or that lie in the corpus' folders without being part of it."""
    listed = Counter(entry.path for entry in manifest.files)
    problems = [Problem(path, "is listed twice in the manifest") for path, count in listed.items() if count > 1]
    wanted = (*_TABLES, MEASUREMENTS) if HAS_MEASUREMENTS in manifest.features else _TABLES
    problems += [Problem(path, "is not in the manifest") for path in wanted if path not in listed]
    if _size(storage, f"{STATE_FOLDER}/{PUBLICATION}") is not None:
        problems.append(Problem(STATE_FOLDER, "a build was stopped while it replaced this corpus; run it again"))
    found: list[str] = []
    for folder in (SHARD_FOLDER, RECORD_FOLDER):
        try:
            found += storage.files(folder)
        except OSError as error:
            problems.append(Problem(folder, f"cannot be looked into ({error.strerror})"))
    return problems + [Problem(path, "is not part of this corpus") for path in found if path not in listed]


def _size(storage: Storage, path: str) -> int | str | None:
    """Bytes of a file, None where it is not there, or what stands in its place."""
    try:
        return storage.size(path)
    except OSError as error:
        return error.strerror or str(error)


@contextmanager
def _fetched(
    storage: Storage, entries: Mapping[str, FileEntry], paths: Iterable[str]
) -> Iterator[tuple[LocalStorage, list[Problem]]]:
    """These files on this machine, and those of them that are not what the manifest says."""
    problems, whole = [], []
    for path in paths:
        size, expected = _size(storage, path), entries[path].bytes
        if size == expected:
            whole.append(path)
        elif isinstance(size, str):
            problems.append(Problem(path, size))
        else:
            problems.append(Problem(path, "is missing" if size is None else f"has {size} bytes, not {expected}"))
    with storage.local(*whole) as files:
        for path in whole:
            if file_sha256(files.folder / path) != entries[path].sha256:
                problems.append(Problem(path, "is damaged: its SHA-256 is not the manifest's"))
        yield files, problems


def _shards_and_copies(paths: Iterable[str]) -> Iterable[list[str]]:
    """The numbered files, each shard together with its Parquet copy."""
    groups: dict[str, list[str]] = {}
    for path in filter(is_numbered_file, paths):
        groups.setdefault(PurePosixPath(path).stem, []).append(path)
    return groups.values()


def _record_problems(files: LocalStorage, sound: list[str], rows: RowsByShard) -> list[Problem]:
    """What a sound shard and its sound copy say against the index. Nothing where there is no index to go by."""
    problems = []
    shard = next((path for path in sound if path in rows), None)
    if shard is not None:
        problems += [Problem(shard, text) for text in shard_problems(files, shard, rows[shard])]
        for copy in sound:
            if copy != shard:
                problems += [Problem(copy, text) for text in records_problems(files, copy, rows[shard])]
    return problems
