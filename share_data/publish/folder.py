"""A publication in a folder: its files are staged beside it and moved in together, as a build's are."""

import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from share_data.corpus.layout import MANIFEST, is_data_file
from share_data.corpus.manifest import FileEntry, Manifest, manifest_bytes
from share_data.corpus.write.target import LocalTarget
from share_data.errors import CorpusError
from share_data.publish.card import CARD, MARK
from share_data.publish.place import REPORTS
from share_data.store.atomic import atomic_file, atomic_write, collect_temporary
from share_data.store.hashing import file_sha256


class FolderPlace:
    """See `Place`."""

    def __init__(self, folder: Path) -> None:
        self.name = str(folder)
        self._folder = folder
        self._target = LocalTarget(folder)
        self._staging = self._target.workspace / "staging" / "publish"
        self._there: dict[str, FileEntry] = {}

    def before(self) -> Manifest | None:
        """See `Place`. A publication that was cut while its files were being moved in is finished first."""
        card = self._folder / CARD
        ours = card.is_file() and MARK in card.read_text("utf-8", "replace")
        if not ours and any((self._folder / name).exists() for name in (CARD, MANIFEST)):
            raise CorpusError(
                f"{self._folder}: there is a {CARD} or a corpus that `share-data publish` did not write, and a "
                "publication would replace it. Name another folder, or move it away."
            )
        self._target.check()
        for folder in (self._staging, *(path for path in self._staging.glob("*") if path.is_dir())):
            collect_temporary(folder)
        manifest = self._target.published()
        self._there = {entry.path: entry for entry in manifest.files} if manifest else {}
        return manifest

    def name_of(self, entry: FileEntry) -> str:
        """See `Place`."""
        return entry.path

    def holds(self, entry: FileEntry) -> bool:
        """See `Place`. Staged files are read: one of the same name and size may be of another try."""
        staged, final = self._staging / entry.path, self._folder / entry.path
        if staged.is_file() and staged.stat().st_size == entry.bytes and file_sha256(staged) == entry.sha256:
            return True
        old = self._there.get(entry.path)
        same = old is not None and (old.sha256, old.bytes) == (entry.sha256, entry.bytes)
        return same and final.is_file() and final.stat().st_size == entry.bytes

    def put(self, entry: FileEntry, file: Path) -> None:
        """See `Place`."""
        with file.open("rb") as source, atomic_file(self._staging / entry.path, entry.bytes) as copy:
            shutil.copyfileobj(source, copy, 1 << 20)

    def manifest_bytes(self, manifest: Manifest) -> bytes:
        """See `Place`."""
        return manifest_bytes(manifest)

    def finish(self, manifest: Manifest, beside: Mapping[str, bytes]) -> int:
        """See `Place`."""
        self._forget_other_tries(manifest)
        for name, content in beside.items():
            atomic_write(self._folder / name, content, self._target.workspace)
        staged = {entry.path: self._staging / entry.path for entry in manifest.files}
        gone = self._there.keys() - staged.keys()
        self._target.publish(manifest, {path: file for path, file in staged.items() if file.is_file()})
        for name in REPORTS:
            (self._folder / name).unlink(missing_ok=True)
        shutil.rmtree(self._target.workspace, ignore_errors=True)
        return len(gone)

    def _forget_other_tries(self, manifest: Manifest) -> None:
        """Files staged by a try that was cut, of a corpus that has been built again since."""
        wanted = {entry.path for entry in manifest.files}
        for file in self._staging.rglob("*"):
            path = file.relative_to(self._staging).as_posix()
            if file.is_file() and is_data_file(path) and path not in wanted:
                with suppress(OSError):
                    file.unlink()
