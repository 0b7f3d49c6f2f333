"""The record of an unfinished publication: which staged files become the corpus, and which files of the old one go.

It lies in a folder that may have come from anywhere, so nothing in it is followed before all of it has been checked.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from share_data.corpus.layout import MANIFEST, PUBLICATION, RECORD_FOLDER, SHARD_FOLDER, is_data_file
from share_data.corpus.manifest import Manifest, parse_manifest
from share_data.errors import CorpusError
from share_data.store.outside import kind_of, parse_json, read_regular, strangers

_STAGED = re.compile(r"staging/[A-Za-z0-9_-]{1,64}/(.+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Publication:
    """moves: path in the corpus to path in the workspace; replaced: paths of the corpus before."""

    manifest: Manifest
    moves: Mapping[str, str]
    replaced: Sequence[str]

    def to_json(self) -> bytes:
        """The content of its file."""
        manifest = self.manifest.model_dump(mode="json")
        return json.dumps({"manifest": manifest, "moves": dict(self.moves), "replaced": list(self.replaced)}).encode()


def read_publication(folder: Path, workspace: Path) -> Publication:
    """The publication on record in a workspace, once it is certain that it can be carried out, and that it ends inside.

    folder: of the corpus. Every name must be of a kind that a build gives: data files of the manifest, each from the
    staging folder under its own path. No link may stand in the way, and every file must be there in its right size,
    moved already or not. Raises CorpusError that names the record and the remedy; nothing has been changed then.
    """
    record = workspace / PUBLICATION
    try:
        found = parse_json(read_regular(record))
        publication = _outlined(found, record)
        _require_known_names(publication)
        _require_files(publication, folder, workspace)
    except (OSError, ValueError, CorpusError) as error:
        cause = getattr(error, "strerror", None) or str(error).removeprefix(f"{record}: ").rstrip(".")
        raise CorpusError(
            f"{record}: the unfinished publication on record cannot be carried out: {cause}. Nothing was moved. "
            f"Remove this file and build again, and be wary of the folder if it is not of your own making."
        ) from error
    return publication


def _outlined(found: Any, record: Path) -> Publication:
    """The record's parts, with the types they must have."""
    if not isinstance(found, dict) or found.keys() < {"manifest", "moves", "replaced"}:
        raise ValueError("it is not a mapping of manifest, moves and replaced")
    moves, replaced = found["moves"], found["replaced"]
    if not isinstance(moves, dict) or not all(isinstance(name, str) for name in moves.values()):
        raise ValueError("moves is not a mapping of names")
    if not isinstance(replaced, list) or not all(isinstance(name, str) for name in replaced):
        raise ValueError("replaced is not a list of names")
    return Publication(parse_manifest(json.dumps(found["manifest"]).encode(), str(record)), moves, replaced)


def _require_known_names(publication: Publication) -> None:
    listed = {entry.path for entry in publication.manifest.files}
    for path, name in publication.moves.items():
        if path not in listed:
            raise ValueError(f"{path!r} is not a file of its manifest")
        staged = _STAGED.fullmatch(name)
        if staged is None or staged[1] != path:
            raise ValueError(f"{name!r} is not where {path} is staged")
    for path in publication.replaced:
        if not is_data_file(path):
            raise ValueError(f"{path!r} is not a file of a corpus")


def _require_files(publication: Publication, folder: Path, workspace: Path) -> None:
    require_no_strangers(folder, workspace)
    for entry in publication.manifest.files:
        places = [folder / entry.path]
        if entry.path in publication.moves:
            places.insert(0, workspace / publication.moves[entry.path])
        file = next((place for place in places if place.exists()), None)
        if file is None:
            raise ValueError(f"{entry.path} is neither staged nor in its place")
        stat = file.stat()
        if not file.is_file() or stat.st_size != entry.bytes:
            what = f"has {stat.st_size} bytes, not {entry.bytes}" if file.is_file() else f"is {kind_of(stat.st_mode)}"
            raise ValueError(f"{entry.path} {what}")


def require_no_strangers(folder: Path, workspace: Path) -> None:
    """Make sure that neither a link nor a pipe or device stands where a build writes, moves or removes.

    folder: of the corpus, which itself may be a link. Raises CorpusError that names it.
    """
    files = [path for path in folder.glob("*") if is_data_file(path.name) or path.name == MANIFEST]
    for place in (workspace, folder / SHARD_FOLDER, folder / RECORD_FOLDER, *files):
        for path, kind in strangers(place):
            if not (place == path and kind == "a regular file" and place in files):
                raise CorpusError(
                    f"{path}: is {kind}, and a build writes to folders and files of its own alone. Remove it, or "
                    "choose another --output."
                )
