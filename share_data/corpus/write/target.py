"""Where a corpus goes. Files are staged in the build's workspace and published as a whole."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from share_data.corpus.layout import (
    MANIFEST,
    PUBLICATION,
    RECORD_FOLDER,
    SHARD_FOLDER,
    STATE_FOLDER,
    is_data_file,
    is_numbered_file,
)
from share_data.corpus.manifest import FileEntry, Manifest, manifest_bytes
from share_data.corpus.opening import read_manifest
from share_data.corpus.write.publication import Publication, read_publication, require_no_strangers
from share_data.errors import CorpusError
from share_data.store.atomic import atomic_write, fsync_folder
from share_data.store.paths import data_home


class Target(Protocol):
    """A place for a corpus. `workspace`: local folder for the journal and for staged files."""

    workspace: Path

    def check(self) -> None:
        """Finish what a killed publication left. Raises CorpusError when foreign files are in the way."""
        ...

    def published(self) -> Manifest | None:
        """The manifest of the corpus that is there now."""
        ...

    def deliver(self, staged: Path, entry: FileEntry) -> None:
        """Called once for every staged file that is whole, by whoever wrote it."""
        ...

    def holds(self, staged: Path, entry: FileEntry) -> bool:
        """Whether this file is still there, staged, delivered or published."""
        ...

    def whole(self, manifest: Manifest) -> bool:
        """Whether all files of this manifest are where its readers look for them."""
        ...

    def publish(self, manifest: Manifest, staged: Mapping[str, Path]) -> None:
        """Make these files the corpus, in place of the one that is there. staged: path in the corpus to file."""
        ...


def target_of(output: str) -> Target:
    """The target that an output folder or URL names."""
    if "://" in output:
        from share_data.corpus.write.remote_target import RemoteTarget

        return RemoteTarget(output, workspace_of(output))
    return LocalTarget(Path(output))


def workspace_of(output: str) -> Path:
    """Where the build of the corpus in a folder or below a URL keeps its own files, on this machine."""
    if "://" in output:
        digest = hashlib.sha256(output.rstrip("/").encode()).hexdigest()[:16]
        return data_home() / "builds" / digest
    return Path(output) / STATE_FOLDER


class LocalTarget:
    """A folder. Publishing moves the staged files in; a crash on the way is finished by the next `check`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workspace = workspace_of(str(folder))
        self._published: Manifest | None = None
        self._by_path: dict[str, FileEntry] | None = None

    def check(self) -> None:
        """Finish a publication that was cut short, then make sure that no file of another origin is in the way."""
        require_no_strangers(self.folder, self.workspace)
        self._finish()
        self._listed()

    def published(self) -> Manifest | None:
        """The manifest that is there. Raises CorpusError when it cannot be read."""
        if self._published is None and os.path.lexists(self.folder / MANIFEST):
            self._published = read_manifest(self.folder)
        return self._published

    def deliver(self, staged: Path, entry: FileEntry) -> None:
        """Staged files lie on the same disk already."""

    def holds(self, staged: Path, entry: FileEntry) -> bool:
        """Whether the file is staged, or part of the published corpus; by its size, `validate` looks at its bytes."""
        if staged.is_file() and staged.stat().st_size == entry.bytes:
            return True
        final = self.folder / entry.path
        listed = self._entries().get(entry.path) == entry
        return listed and final.is_file() and final.stat().st_size == entry.bytes

    def whole(self, manifest: Manifest) -> bool:
        """Whether every file is in its place, by its size."""
        return all(
            (self.folder / entry.path).is_file() and (self.folder / entry.path).stat().st_size == entry.bytes
            for entry in manifest.files
        )

    def publish(self, manifest: Manifest, staged: Mapping[str, Path]) -> None:
        """Move the staged files in, data first, manifest last; then remove what only the old manifest listed."""
        moves = {path: file.relative_to(self.workspace).as_posix() for path, file in staged.items()}
        publication = Publication(manifest, moves, self._listed())
        atomic_write(self.workspace / PUBLICATION, publication.to_json())
        self._finish()

    def _entries(self) -> Mapping[str, FileEntry]:
        """The files of the corpus that is there, by path."""
        published = self.published()
        if self._by_path is None:
            self._by_path = {entry.path: entry for entry in published.files} if published else {}
        return self._by_path

    def _listed(self) -> Sequence[str]:
        """The data files here, all of which the manifest must list: a build replaces what a build wrote, no more."""
        try:
            manifest = self.published()
        except CorpusError as error:
            raise CorpusError(f"{error} Its files cannot be told from yours: move {self.folder} away first.") from error
        listed = {entry.path for entry in manifest.files} if manifest else set()
        folders = (self.folder, self.folder / SHARD_FOLDER, self.folder / RECORD_FOLDER)
        found = [path.relative_to(self.folder).as_posix() for folder in folders for path in folder.glob("*")]
        foreign = sorted(path for path in found if is_data_file(path) and path not in listed)
        if foreign:
            raise CorpusError(
                f"{self.folder}: {foreign[0]} was not written by a build. Move it away, or choose another output.path."
            )
        return sorted(listed)

    def _finish(self) -> None:
        """Carry out the publication that is on record, from any point at which it may have been cut short."""
        record = self.workspace / PUBLICATION
        if not os.path.lexists(record):
            return
        self._published = self._by_path = None
        publication = read_publication(self.folder, self.workspace)
        for path, name in publication.moves.items():
            (self.folder / path).parent.mkdir(exist_ok=True)
            if (self.workspace / name).exists():
                (self.workspace / name).replace(self.folder / path)
        for folder in sorted({(self.folder / path).parent for path in publication.moves}):
            fsync_folder(folder)
        # Unfinished files belong in the workspace, where the next build collects them.
        atomic_write(self.folder / MANIFEST, manifest_bytes(publication.manifest), self.workspace)
        kept = {entry.path for entry in publication.manifest.files}
        for path in publication.replaced:
            if is_numbered_file(path) and path not in kept:
                (self.folder / path).unlink(missing_ok=True)
        records = self.folder / RECORD_FOLDER
        if records.is_dir() and not any(records.iterdir()):
            records.rmdir()
        record.unlink()
