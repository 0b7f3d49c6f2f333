"""manifest.json: what a corpus consists of, with a checksum for every file."""

import json
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from share_data.corpus.json_schema import open_schema
from share_data.corpus.layout import FORMAT_VERSION, MANIFEST, is_data_file, object_name, unreadable_format
from share_data.corpus.record import Sha256
from share_data.corpus.storage import Storage
from share_data.errors import CorpusError


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class FileEntry(_Model):
    """One file of the corpus. `records` is how many records it holds or describes; ledger units are not records."""

    path: str = Field(description="Relative to the corpus, with forward slashes.")
    sha256: Sha256
    bytes: int = Field(ge=0, lt=2**63)
    records: int = Field(ge=0, lt=2**63)
    object: str | None = Field(
        None, description="In an object store: name of the object that holds the file, told by path and sha256."
    )

    @field_validator("path")
    @classmethod
    def _known_place(cls, path: str) -> str:
        if not is_data_file(path):
            raise ValueError(f"{path!r} is not a file of a corpus")
        return path

    @model_validator(mode="after")
    def _own_object(self) -> Self:
        # A manifest must not be able to point a reader anywhere else.
        if self.object not in (None, object_name(self.path, self.sha256)):
            raise ValueError(f"{self.object!r} is not the object of {self.path}")
        return self


class Manifest(_Model):
    """The whole of a corpus; written last, so that a folder with a manifest is complete."""

    format_version: Literal[1, 2] = FORMAT_VERSION
    features: tuple[str, ...] = Field(
        (),
        strict=False,
        description="Additions to this format that the corpus has. Readers ignore those that they do not know.",
    )
    toolkit_version: str
    recipe_sha256: Sha256 = Field(description="Of the resolved recipe as canonical JSON.")
    opt_out_sha256: Sha256 | None = Field(
        None, description="Of the sorted rules of the opt-out list the corpus was built without, where there was one."
    )
    body: dict[str, str] = Field(description="The body model of every record.")
    counts: dict[str, dict[str, int]] = Field(description="Level (source, video, clip) to status to number of units.")
    records: int = Field(ge=0, lt=2**63)
    redistributable: bool = Field(description="False as soon as one record is not redistributable.")
    licences: dict[str, int] = Field(description="Licence of the source videos to number of records.")
    estimators: dict[str, dict[str, int]] = Field(
        default_factory=dict,
        description="What made the records: humans and geometry, each kind and version of estimator to number of "
        "records. Absent where an earlier version of the toolkit wrote the corpus.",
    )
    files: tuple[FileEntry, ...] = Field(strict=False)

    def file(self, path: str) -> FileEntry:
        """The entry of a file.

        Args:
            path: relative to the corpus, such as `shards/000000.tar`.

        Raises:
            KeyError: the corpus has no such file.
        """
        return {entry.path: entry for entry in self.files}[path]

    def with_objects(self) -> "Manifest":
        """The same corpus in an object store: every file with the name of its object."""
        names = ((entry, object_name(entry.path, entry.sha256)) for entry in self.files)
        return self.model_copy(update={"files": tuple(e.model_copy(update={"object": name}) for e, name in names)})

    def without_objects(self) -> "Manifest":
        """The same corpus in a folder."""
        return self.model_copy(update={"files": tuple(e.model_copy(update={"object": None}) for e in self.files)})


def pretty_json(value: Any) -> bytes:
    """JSON for people: sorted keys, two spaces, final newline; equal values give equal bytes.

    >>> print(pretty_json({"b": 1, "a": "é"}).decode(), end="")
    {
      "a": "é",
      "b": 1
    }

    Args:
        value: plain data. NaN and infinities are refused with a ValueError.

    Returns:
        UTF-8.
    """
    return (json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def manifest_bytes(manifest: Manifest) -> bytes:
    """The content of manifest.json."""
    unknown_then = {"features"} if manifest.format_version == 1 else None
    return pretty_json(manifest.model_dump(mode="json", exclude_none=True, exclude=unknown_then))


def manifest_of(storage: Storage) -> Manifest:
    """The manifest of a corpus.

    Args:
        storage: the corpus' files, see `opening.open_storage`.

    Returns:
        The manifest; the files it lists have not been looked at.

    Raises:
        CorpusError: it is missing or not a manifest.
    """
    path = f"{storage.place}/{MANIFEST}"
    try:
        return parse_manifest(storage.read(MANIFEST), path)
    except OSError as error:
        raise CorpusError(
            f"{path}: cannot be read ({error.strerror}). Is this a finished corpus? Build it, or give its place."
        ) from error


def parse_manifest(data: bytes, path: str) -> Manifest:
    """The manifest with this content.

    Args:
        data: the content of manifest.json.
        path: what messages call it.

    Raises:
        CorpusError: it is none, or of a later format; the message names the first field that is wrong.
    """
    try:
        # What a later addition to the format has put there is no obstacle.
        return Manifest.model_validate_json(data, extra="ignore")
    except ValidationError as error:
        first = next((e for e in error.errors() if e["loc"] == ("format_version",)), error.errors()[0])
        if first["loc"] == ("format_version",) and (why := unreadable_format(first["input"])):
            raise CorpusError(f"{path}: {why}.") from error
        place = ".".join(str(part) for part in first["loc"]) or "content"
        raise CorpusError(f"{path}: not a manifest: {place}: {first['msg']}. Build the corpus again.") from error


def manifest_schema() -> dict[str, Any]:
    """JSON Schema of manifest.json."""
    return open_schema(Manifest)
