"""manifest.json: what a corpus consists of, with a checksum for every file."""

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from share_data.corpus.layout import FORMAT_VERSION, MANIFEST, is_data_file
from share_data.corpus.record import Sha256
from share_data.errors import CorpusError


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class FileEntry(_Model):
    """One file of the corpus. `records` is how many records it holds or describes; ledger units are not records."""

    path: str = Field(description="Relative to the corpus, with forward slashes.")
    sha256: Sha256
    bytes: int = Field(ge=0)
    records: int = Field(ge=0)

    @field_validator("path")
    @classmethod
    def _known_place(cls, path: str) -> str:
        if not is_data_file(path):
            raise ValueError(f"{path!r} is not a file of a corpus")
        return path


class Manifest(_Model):
    """The whole of a corpus; written last, so that a folder with a manifest is complete."""

    format_version: Literal[1] = FORMAT_VERSION
    toolkit_version: str
    recipe_sha256: Sha256 = Field(description="Of the resolved recipe as canonical JSON.")
    body: dict[str, str] = Field(description="The body model of every record.")
    counts: dict[str, dict[str, int]] = Field(description="Level (source, video, clip) to status to number of units.")
    records: int = Field(ge=0)
    redistributable: bool = Field(description="False as soon as one record is not redistributable.")
    licences: dict[str, int] = Field(description="Licence of the source videos to number of records.")
    files: tuple[FileEntry, ...] = Field(strict=False)

    def file(self, path: str) -> FileEntry:
        """The entry of `path`. Raises KeyError."""
        return {entry.path: entry for entry in self.files}[path]


def pretty_json(value: Any) -> bytes:
    """UTF-8 JSON for people: sorted keys, two spaces, final newline; equal values give equal bytes."""
    return (json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def manifest_bytes(manifest: Manifest) -> bytes:
    """The content of manifest.json."""
    return pretty_json(manifest.model_dump(mode="json"))


def read_manifest(corpus: Path) -> Manifest:
    """The manifest of the corpus in folder `corpus`. Raises CorpusError when it is missing or not a manifest."""
    path = corpus / MANIFEST
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except OSError as error:
        raise CorpusError(
            f"{path}: cannot be read ({error.strerror}). Is this a finished corpus? Build it, or give its folder."
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "content"
        raise CorpusError(f"{path}: not a manifest: {place}: {first['msg']}. Build the corpus again.") from error


def manifest_schema() -> dict[str, Any]:
    """JSON Schema of manifest.json."""
    return Manifest.model_json_schema()
