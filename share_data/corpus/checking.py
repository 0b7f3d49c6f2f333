"""Whether a record is what a record has to be, for everybody who does more with it than hand it on."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from share_data.corpus.layout import ARRAYS, FORMAT_VERSION, fields_lacking, unreadable_format
from share_data.corpus.read import Record
from share_data.corpus.record import RecordMetadata, array_problems
from share_data.errors import CorpusError

_FARTHEST = 1e9
"""Metres, pixels, seconds: beyond this the squares of what follows would overflow."""
_RIGID = 1e-3


def record_problems(record: Record) -> list[str]:
    """What is wrong with a record by itself.

    Args:
        record: as `read_record` gives it: a mapping and named arrays, nothing else is certain.

    Returns:
        A sentence a problem that names the field; the arrays are looked at only where the metadata is sound.
    """
    if problem := metadata_problem(record.metadata):
        return [problem]
    known = {name: array for name, array in record.arrays.items() if name in ARRAYS}
    return array_problems(record.metadata, known) or list(_value_problems(known))


def checked(record: Record, place: str) -> Record:
    """The record, once it is certain that it is sound.

    Args:
        record: of the corpus at `place`.
        place: folder or URL, for the message.

    Raises:
        CorpusError: it is not; the message names record and field.
    """
    for problem in record_problems(record):
        raise CorpusError(f"{place}: {problem}. Run `share-data validate` on it.")
    return record


def metadata_problem(metadata: Mapping[str, Any]) -> str:
    """What is wrong with metadata of whichever format; empty when nothing is. What is not known here is ignored."""
    version = metadata.get("format_version")
    if problem := unreadable_format(version):
        return problem
    try:
        RecordMetadata.model_validate({**metadata, "format_version": FORMAT_VERSION}, extra="ignore")
    except ValidationError as error:
        for found in error.errors():
            if found["loc"][0] not in fields_lacking(int(str(version))):
                return f"metadata {'.'.join(map(str, found['loc']))}: {found['msg']}"
    return ""


def _value_problems(arrays: Mapping[str, NDArray[Any]]) -> list[str]:
    """Values that no reconstruction has, in arrays of the right shapes without NaN and infinities."""
    problems = [
        f"array {name!r} holds values beyond {_FARTHEST:g}"
        for name, array in arrays.items()
        if array.dtype.kind == "f" and np.abs(array).max(initial=0) > _FARTHEST
    ]
    if problems:
        return problems
    turn, below = arrays["T_world_cam"][:3, :3], arrays["T_world_cam"][3]
    rigid = np.abs(turn @ turn.T - np.eye(3)).max() < _RIGID and np.linalg.det(turn) > 0
    if not rigid or np.abs(below - (0, 0, 0, 1)).max() > _RIGID:
        problems.append("array 'T_world_cam' is no rotation and translation")
    if min(arrays["intrinsics"][0, 0], arrays["intrinsics"][1, 1]) < _RIGID:
        problems.append("array 'intrinsics' has no focal length")
    return problems
