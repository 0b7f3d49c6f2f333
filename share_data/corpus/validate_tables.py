"""Whether the tables of a corpus agree with its manifest and with each other."""

from collections import Counter
from contextlib import suppress
from typing import Any

from share_data.corpus.columns import estimators_named
from share_data.corpus.index_file import index_problems
from share_data.corpus.layout import INDEX, LEDGER, MEASUREMENTS, RECIPE, SHARD_FOLDER
from share_data.corpus.manifest import Manifest
from share_data.corpus.problem import Problem
from share_data.corpus.recipe_file import recipe_problems
from share_data.corpus.storage import LocalStorage
from share_data.corpus.validate_measurements import measurement_problems
from share_data.corpus.whole_index import whole_index
from share_data.errors import CorpusError
from share_data.ledger.conservation import totals_of
from share_data.ledger.ledger import read_ledger
from share_data.store.hashing import bytes_sha256, canonical_json
from share_data.store.outside import parse_json

RowsByShard = dict[str, list[dict[str, Any]]]


def table_problems(files: LocalStorage, manifest: Manifest) -> tuple[list[Problem], RowsByShard]:
    """What is wrong with index, ledger and recipe, and the index rows of every shard that the manifest lists.

    No rows are returned when the index cannot be read.
    """
    problems = _recipe_problems(files, manifest)
    measured = any(entry.path == MEASUREMENTS for entry in manifest.files)
    named = _sources_named(files) if measured and not problems else None
    try:
        table = whole_index(files.folder, manifest.format_version)
    except CorpusError as error:
        ledger = _book_problems(files, manifest, None, named)
        return [*problems, Problem(INDEX, str(error).removeprefix(f"{INDEX}: ")), *ledger], {}
    rows: list[dict[str, Any]] = table.to_pylist()
    problems += [Problem(INDEX, text) for text in (*index_problems(table), *_total_problems(rows, manifest))]
    problems += _book_problems(files, manifest, [row["key"] for row in rows], named)
    if measured:
        problems += [Problem(MEASUREMENTS, text) for text in measurement_problems(files.folder, rows)]
    by_shard: RowsByShard = {entry.path: [] for entry in manifest.files if entry.path.startswith(f"{SHARD_FOLDER}/")}
    for row in rows:
        if row["shard"] in by_shard:
            by_shard[row["shard"]].append(row)
        else:
            problems.append(Problem(INDEX, f"record {row['key']} is in {row['shard']!r}, which the manifest lacks"))
    return problems, by_shard


def _recipe_problems(files: LocalStorage, manifest: Manifest) -> list[Problem]:
    try:
        recipe = parse_json(files.read(RECIPE))
        digest = bytes_sha256(canonical_json(recipe))
    except (OSError, ValueError) as error:
        return [Problem(RECIPE, f"is not JSON ({error})")]
    if problems := list(recipe_problems(recipe)):
        return [Problem(RECIPE, text) for text in problems]
    return [] if digest == manifest.recipe_sha256 else [Problem(RECIPE, "is not the recipe the manifest names")]


def _total_problems(rows: list[dict[str, Any]], manifest: Manifest) -> list[str]:
    problems = []
    if len(rows) != manifest.records:
        problems.append(f"has {len(rows)} records, the manifest {manifest.records}")
    if {row["format_version"] for row in rows} - {manifest.format_version}:
        problems.append(f"has records of another format than the manifest's {manifest.format_version}")
    if all(row["redistributable"] for row in rows) != manifest.redistributable:
        problems.append("disagrees with the manifest about redistribution")
    if Counter(row["licence"] for row in rows) != manifest.licences:
        problems.append("disagrees with the manifest about licences")
    if _made_by(rows) != manifest.estimators:
        problems.append("disagrees with the manifest about the estimators that made its records")
    bodies = {row["body_json"] for row in rows} - {canonical_json(manifest.body).decode()}
    if bodies:
        problems.append(f"has records of another body model than the manifest's: {min(bodies)}")
    return problems


def _made_by(rows: list[dict[str, Any]]) -> dict[str, Counter[str]]:
    """Part to estimator to number of records; a row that names none counts as made by nobody."""
    made: dict[str, Counter[str]] = {}
    for row in rows:
        with suppress(KeyError, TypeError, ValueError):
            for part, name in estimators_named(row).items():
                made.setdefault(part, Counter())[name] += 1
    return made


def _sources_named(files: LocalStorage) -> set[str]:
    """The sources of a sound recipe, as the ledger calls them."""
    return {str(each.get("name") or each.get("kind")) for each in parse_json(files.read(RECIPE)).get("sources", ())}


def _book_problems(
    files: LocalStorage, manifest: Manifest, keys: list[str] | None, named: set[str] | None
) -> list[Problem]:
    """Conservation: every unit one outcome, the recipe's sources and no others, the kept clips are the records, the
    manifest has the same sums.

    keys: of the records, named: the recipe's sources; None or empty where they are not known.
    """
    try:
        totals = totals_of(read_ledger(files.folder / LEDGER))
    except CorpusError as error:
        return [Problem(LEDGER, str(error).removeprefix(f"{LEDGER}: "))]
    texts = totals.problems() + ([] if keys is None else totals.record_problems(keys))
    if named:
        texts += [f"source {name!r} of the recipe has no outcome" for name in sorted(named - totals.sources())]
        texts += [f"source {name!r} is none of the recipe's" for name in sorted(totals.sources() - named)]
    if totals.counts() != manifest.counts:
        texts.append("its sums are not the manifest's counts")
    return [Problem(LEDGER, text) for text in texts]
