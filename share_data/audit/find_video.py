"""The video that a record was made from, where it can be found from here."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from share_data import registry
from share_data.audit.contact_sheet import record_body
from share_data.corpus.read import Record
from share_data.corpus.recipe_file import recipe_of
from share_data.corpus.storage import Storage
from share_data.errors import BodyModelError, ShareDataError
from share_data.recipe.reading import as_tuples
from share_data.records import Video
from share_data.sources.base import Holds
from share_data.store.hashing import file_sha256
from share_data.store.paths import data_home


def video_to_draw_on(record: Record, storage: Storage) -> Path | None:
    """The same as `find_video`; None also where the body that would be drawn is not in this package."""
    try:
        record_body(record)
    except BodyModelError:
        return None
    return find_video(record, storage)


def find_video(record: Record, storage: Storage) -> Path | None:
    """The file of a record's video as its source knows it by its uri: below the recipe's root, or fetched before.

    Only the very file, by its hash; None where it is not there, or its source cannot be asked. Nothing is fetched.
    """
    metadata = record.metadata
    try:
        source = _source(str(metadata["source"]), recipe_of(storage))
        path = source.held(_video(metadata), data_home() / "videos" / metadata["source"]) if source else None
        found = path is not None and file_sha256(path) == metadata["video_sha256"]
    except (ShareDataError, ValidationError, OSError, ValueError, KeyError, TypeError, AttributeError):
        return None  # A recipe of another version, a source that is not installed, a folder that is away.
    return path if found else None


def _source(label: str, recipe: Any) -> Holds | None:
    for section in recipe["sources"]:
        if (section.get("name") or section["kind"]) == label:
            source = registry.load("sources", section["kind"])
            made = source(source.Config.model_validate(as_tuples(section)))
            return made if isinstance(made, Holds) else None
    return None


def _video(metadata: dict[str, Any]) -> Video:
    return Video(
        source=metadata["source"],
        video_id=metadata["video_id"],
        uri=metadata["uri"],
        licence=metadata["licence"],
        redistributable=metadata["redistributable"],
    )
