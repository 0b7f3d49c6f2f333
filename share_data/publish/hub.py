"""A publication in a data set repository of the Hugging Face hub: large files first, then one commit for all of it.

The hub keeps large files by their content, so that a try that was cut sends nothing twice, and a commit is seen whole
or not at all: there what is added, what stays and what goes changes at once.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from share_data.corpus.layout import MANIFEST, is_data_file
from share_data.corpus.manifest import FileEntry, Manifest, manifest_bytes, parse_manifest
from share_data.errors import CorpusError, MissingDependencyError, ShareDataError
from share_data.publish.card import CARD, MARK
from share_data.publish.place import REPORTS

_URL = re.compile(r"hf://datasets/([\w.-]+/[\w.-]+?)(?:@([\w./-]+))?/?", re.ASCII)
_OFFLINE = ("OfflineModeIsEnabled", "ConnectError", "ConnectTimeout", "ConnectionError", "ReadTimeout")


class HubPlace:
    """See `Place`. A repository that is not there yet is made, private: who may see it is for its owner to say."""

    def __init__(self, url: str) -> None:
        match = _URL.fullmatch(url)
        if match is None:
            raise CorpusError(f"{url}: not a place on the hub. Write hf://datasets/OWNER/NAME, @REVISION if need be.")
        self.name = url.rstrip("/")
        self._repository, self._revision = match[1], match[2] or "main"
        self._added: list[Any] = []

    def before(self) -> Manifest | None:
        """See `Place`."""
        with self._reaching() as api:
            api.create_repo(self._repository, repo_type="dataset", private=True, exist_ok=True)
        card = self._read(CARD)
        # The hub makes a card of three lines of its own where a repository is made there.
        if MARK.encode() not in card and (MANIFEST in self._there or card.count(b"\n") > 5):
            raise CorpusError(
                f"{self.name}: there is a {CARD} or a corpus that `share-data publish` did not write, and a "
                "publication would replace it. Give another repository."
            )
        return parse_manifest(self._read(MANIFEST), f"{self.name}/{MANIFEST}") if MANIFEST in self._there else None

    def name_of(self, entry: FileEntry) -> str:
        """See `Place`."""
        return entry.path

    def holds(self, entry: FileEntry) -> bool:
        """See `Place`. What a cut try has sent is no part of a commit yet: the hub itself knows it again by content."""
        return self._there.get(entry.path) == entry.sha256

    def put(self, entry: FileEntry, file: Path) -> None:
        """See `Place`."""
        with self._reaching() as api:
            from huggingface_hub import CommitOperationAdd

            content: Any = str(file) if entry.bytes else b""
            added = CommitOperationAdd(entry.path, content)
            api.preupload_lfs_files(self._repository, [added], repo_type="dataset", revision=self._revision)
            if added.path_or_fileobj == content and entry.bytes:
                # Small enough to go with the commit itself; the file may be gone by then.
                added = CommitOperationAdd(entry.path, file.read_bytes())
            self._added.append(added)

    def manifest_bytes(self, manifest: Manifest) -> bytes:
        """See `Place`."""
        return manifest_bytes(manifest)

    def finish(self, manifest: Manifest, beside: Mapping[str, bytes]) -> int:
        """See `Place`."""
        wanted = {entry.path for entry in manifest.files}
        gone = [path for path in self._there if (is_data_file(path) and path not in wanted) or path in REPORTS]
        small = {**beside, MANIFEST: manifest_bytes(manifest)}
        with self._reaching() as api:
            from huggingface_hub import CommitOperationAdd, CommitOperationDelete

            operations = [*self._added, *(CommitOperationAdd(name, content) for name, content in small.items())]
            operations += [CommitOperationDelete(path) for path in gone]
            api.create_commit(
                self._repository, operations, repo_type="dataset", revision=self._revision,
                commit_message=f"{manifest.records} records",
            )  # fmt: skip
        return len(gone)

    @cached_property
    def _there(self) -> dict[str, str]:
        """Path to SHA-256 of the files of the repository; of small ones, which git keeps, an empty text."""
        with self._reaching() as api:
            found = api.list_repo_tree(
                self._repository, repo_type="dataset", revision=self._revision, recursive=True, expand=False
            )
            files = (each for each in found if hasattr(each, "blob_id"))
            return {each.path: each.lfs.sha256 if each.lfs else "" for each in files}

    def _read(self, name: str) -> bytes:
        if name not in self._there:
            return b""
        with self._reaching() as api:
            found = api.hf_hub_download(self._repository, name, repo_type="dataset", revision=self._revision)
            return Path(found).read_bytes()

    @contextmanager
    def _reaching(self) -> Iterator[Any]:
        """The hub's client; what goes wrong there becomes one error with the cause and the remedy."""
        try:
            from huggingface_hub import HfApi
        except ImportError as error:
            raise MissingDependencyError(f"{self.name}: {error}. Install it: pip install 'share-data[hub]'") from error
        try:
            yield HfApi()
        except ShareDataError:
            raise
        except Exception as error:
            raise CorpusError(f"{self.name}: {_explained(error)} What has arrived is not sent again.") from error


def _explained(error: Exception) -> str:
    names = {kind.__name__ for kind in type(error).__mro__}
    code = getattr(getattr(error, "response", None), "status_code", None)
    if "LocalTokenNotFoundError" in names or code in (401, 403):
        return f"the hub wants a token that may write there ({type(error).__name__}): run `hf auth login`."
    if names & set(_OFFLINE):
        return (
            f"the hub cannot be reached ({error}). Unset HF_HUB_OFFLINE, check the network and HF_ENDPOINT, then run "
            "this again."
        )
    return f"{error} ({type(error).__name__}). Run this again; https://status.huggingface.co says how the hub is."
