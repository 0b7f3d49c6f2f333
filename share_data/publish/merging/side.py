"""One of the corpora that are put together."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from share_data.corpus.layout import FORMAT_VERSION, HAS_MEASUREMENTS, INDEX, LEDGER, MEASUREMENTS
from share_data.corpus.manifest import Manifest, manifest_of
from share_data.corpus.opening import open_storage
from share_data.corpus.recipe_file import recipe_of
from share_data.corpus.storage import Storage
from share_data.corpus.whole_index import sound_index
from share_data.errors import CorpusError


@dataclass(frozen=True, slots=True)
class Side:
    """place: for messages; tables: folder with its ledger and measurements; index: Arrow table."""

    place: str
    storage: Storage
    manifest: Manifest
    recipe: Mapping[str, Any]
    tables: Path
    index: Any


@contextmanager
def opened(corpora: Sequence[Path | str]) -> Iterator[list[Side]]:
    """The corpora with their tables at hand.

    Args:
        corpora: folders or URLs.

    Raises:
        CorpusError: one is none, or an earlier version wrote it.
    """
    with ExitStack() as stack:
        sides = []
        for corpus in corpora:
            storage = open_storage(corpus)
            manifest = manifest_of(storage)
            if manifest.format_version != FORMAT_VERSION or HAS_MEASUREMENTS not in manifest.features:
                raise CorpusError(
                    f"{storage.place}: an earlier version wrote this corpus (format {manifest.format_version}). Build "
                    "it again, which computes nothing, then merge it."
                )
            tables = stack.enter_context(storage.local(INDEX, LEDGER, MEASUREMENTS)).folder
            index = sound_index(tables, manifest.format_version, storage.place)
            sides.append(Side(storage.place, storage, manifest, recipe_of(storage), tables, index))
        yield sides
