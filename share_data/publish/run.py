"""Publishing: what may not leave is taken out, the rest is brought to its place, and only then is it there."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from share_data.corpus.layout import FORMAT_VERSION, HAS_MEASUREMENTS, INDEX, LEDGER, MEASUREMENTS, RECIPE
from share_data.corpus.manifest import FileEntry, Manifest, manifest_of
from share_data.corpus.opening import open_storage
from share_data.corpus.recipe_file import recipe_of
from share_data.corpus.storage import Storage, place_of
from share_data.corpus.whole_index import sound_index
from share_data.errors import CorpusError
from share_data.ledger.opt_out import OptOut, rules_sha256
from share_data.publish.beside import beside_of
from share_data.publish.copying import damaged
from share_data.publish.entries import above_clips, clips_of
from share_data.publish.facts import facts_of
from share_data.publish.filtered import Original, write_without
from share_data.publish.folder import FolderPlace
from share_data.publish.passing_on import Withheld, public_recipe, require_passable, withheld
from share_data.publish.place import Place
from share_data.sources.spellings import spellings
from share_data.store.hashing import file_sha256
from share_data.store.outside import parse_json
from share_data.store.paths import data_home

Told = Callable[[int, int], None]
"""Called with how many files of how many are there."""
_JUDGED = ("key", "source", "video_id", "uri", "labels_json", "video_sha256", "licence", "redistributable")


@dataclass(frozen=True, slots=True)
class Asked:
    """only_redistributable: leave out what may not be passed on, instead of refusing; opt_out: rules of a list."""

    only_redistributable: bool = False
    opt_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Published:
    """What was done. files, sent: of the publication, and those brought now; removed: files of the one before."""

    target: str
    records: int
    withheld_records: int
    withheld_videos: int
    files: int
    bytes: int
    sent: int
    sent_bytes: int
    removed: int


def publish_corpus(corpus: Path | str, target: str, asked: Asked, told: Told = lambda done, of: None) -> Published:
    """Publish a corpus, in place of what was published there before.

    Args:
        corpus: a finished corpus, its folder or URL.
        target: a folder, or a URL.
        asked: what is to be left out.
        told: of progress.

    Returns:
        What was done.

    Raises:
        CorpusError: the corpus or the target is none, or something may not be passed on; nothing was changed then.
            The target cannot be written to: what has arrived is used by the next try.
        MissingDependencyError, DiskFullError: as they say.
    """
    storage = open_storage(corpus)
    manifest = _publishable(storage)
    place = place_named(target)
    if str(place_of(target)) == str(place_of(str(corpus))):
        raise CorpusError(f"{target}: is the corpus itself. Name another place for what is published of it.")
    before = place.before()
    _require_same_care(before, manifest, asked, place.name)
    with _prepared(storage, manifest, asked, place.name) as (found, files, ready):
        sent = _bring(place, ready, files, told)
        removed = place.finish(ready, _beside(files, ready, place))
        return Published(
            place.name, ready.records, len(found.records), len(found.videos), len(ready.files),
            sum(entry.bytes for entry in ready.files), len(sent), sum(entry.bytes for entry in sent), removed,
        )  # fmt: skip


def place_named(target: str) -> Place:
    """The place that a folder or URL names."""
    if target.startswith("hf://"):
        from share_data.publish.hub import HubPlace

        return HubPlace(target)
    if "://" in target:
        from share_data.publish.objects import ObjectPlace

        return ObjectPlace(target, _workspace(target))
    return FolderPlace(Path(target))


def _workspace(target: str) -> Path:
    return data_home() / "publish" / hashlib.sha256(target.rstrip("/").encode()).hexdigest()[:16]


def _publishable(storage: Storage) -> Manifest:
    """The manifest of a corpus of which everything is known that a publication has to know."""
    manifest = manifest_of(storage)
    if manifest.format_version != FORMAT_VERSION or HAS_MEASUREMENTS not in manifest.features:
        raise CorpusError(
            f"{storage.place}: an earlier version wrote this corpus, which does not say of every clip whether it may "
            "be passed on. Build it again, which computes nothing, then publish it."
        )
    return manifest


def _require_same_care(before: Manifest | None, manifest: Manifest, asked: Asked, name: str) -> None:
    """Whoever was left out of a publication must not come back because a list was forgotten."""
    if before is not None and before.opt_out_sha256 and not (manifest.opt_out_sha256 or asked.opt_out):
        raise CorpusError(
            f"{name}: what is published there leaves out what an opt-out list names, and this corpus was built without "
            "one. Build it again with --rebuild-without FILE, or give that option here."
        )


@dataclass(frozen=True, slots=True)
class _Files:
    """The files of a corpus, of which some were written again below `folder`."""

    storage: Storage
    folder: Path

    @contextmanager
    def local(self, path: str) -> Iterator[Path]:
        """A file of the publication on this machine, by its path in the corpus. Raises as `Storage.local`."""
        again = self.folder / path
        if again.is_file():
            yield again
        else:
            with self.storage.local(path) as files:
                yield files.folder / path


@contextmanager
def _prepared(
    storage: Storage, manifest: Manifest, asked: Asked, name: str
) -> Iterator[tuple[Withheld, _Files, Manifest]]:
    """What is withheld, the files to be published, and their manifest."""
    folder = _workspace(name) / "prepared"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        with storage.local(INDEX, LEDGER, MEASUREMENTS) as tables:
            index = sound_index(tables.folder, manifest.format_version, storage.place)
            original = Original(storage, tables, manifest, index, recipe_of(storage))
            rules = OptOut.of(asked.opt_out, spellings())
            rows = _judged(original.index)
            found = withheld(above_clips(tables.folder), clips_of(tables.folder), rows, rules)
            if not asked.only_redistributable:
                require_passable(found, storage.place)
            ready = manifest
            if found or public_recipe(original.recipe, found) != original.recipe:
                digest = rules_sha256(asked.opt_out) if asked.opt_out else manifest.opt_out_sha256
                ready = write_without(original, found, digest, folder)
            yield found, _Files(storage, folder), ready
    finally:
        shutil.rmtree(folder.parent, ignore_errors=True)


def _judged(index: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = index.select(_JUDGED).to_pylist()
    return [row | {"labels": json.loads(row["labels_json"])} for row in rows]


def _bring(place: Place, manifest: Manifest, files: _Files, told: Told) -> list[FileEntry]:
    """Bring what is not there yet; returns what was brought."""
    sent: list[FileEntry] = []
    for number, entry in enumerate(manifest.files, 1):
        if not place.holds(entry):
            with files.local(entry.path) as file:
                if file_sha256(file) != entry.sha256:
                    raise damaged(files.storage, entry.path)
                place.put(entry, file)
            sent.append(entry)
        told(number, len(manifest.files))
    return sent


def _beside(files: _Files, manifest: Manifest, place: Place) -> dict[str, bytes]:
    with files.local(INDEX) as file, files.local(RECIPE) as recipe:
        index = pq.read_table(file)
        return beside_of(facts_of(index, manifest, parse_json(recipe.read_bytes())), index.schema, place)
