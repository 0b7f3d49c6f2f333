"""The index with everything that an index has, for who does more with records than read them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from share_data.corpus.columns import columns_lacking, estimators_named, index_schema
from share_data.corpus.index_file import index_problems, index_table
from share_data.corpus.layout import INDEX
from share_data.errors import CorpusError
from share_data.store.outside import parse_json


def whole_index(folder: Path, version: int) -> Any:
    """The index, with all columns of its format and no empty cell but of a score.

    Args:
        folder: of the corpus, on this machine.
        version: of its format.

    Raises:
        CorpusError: it is none; the message names the field.
    """
    table = index_table(folder)
    wanted = index_schema([dict.fromkeys(table.column_names)], version, known=())
    if columns_lacking(table.schema, wanted):
        raise CorpusError("does not have the columns of an index")
    if empty := [name for name in wanted.names if not name.startswith("score_") and table[name].null_count]:
        raise CorpusError(f"has empty cells: {empty[0]}")
    return table


def sound_index(folder: Path, version: int, place: str) -> Any:
    """The same, its values checked, too: labels are texts by name, and estimators have a kind and a version.

    Args:
        folder, version: as of `whole_index`.
        place: of the corpus, for the message.

    Raises:
        CorpusError: it is not sound.
    """
    try:
        table = whole_index(folder, version)
        for problem in (*index_problems(table), *_nested_problems(table)):
            raise CorpusError(problem)
    except (CorpusError, OSError) as error:
        cause = str(error).removeprefix(f"{INDEX}: ").rstrip(".")
        raise CorpusError(f"{place}/{INDEX}: {cause}. Run `share-data validate` on it.") from error
    return table


def _nested_problems(table: Any) -> Iterator[str]:
    for text in set(table["labels_json"].to_pylist()):
        try:
            found = parse_json(text)
        except ValueError as error:
            found = error
        if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
            yield "labels_json is no object of texts"
    for row in table.select(["humans_json", "geometry_json"]).to_pylist():
        try:
            estimators_named(row)
        except (KeyError, TypeError, ValueError):
            yield "humans_json or geometry_json names no estimator"
