"""What a corpus says of itself, counted: what its card, its metadata and its citation are made from."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from share_data.corpus.layout import INDEX
from share_data.corpus.manifest import Manifest, manifest_of
from share_data.corpus.opening import open_storage
from share_data.corpus.recipe_file import recipe_of
from share_data.corpus.whole_index import sound_index

COLUMNS = (
    "source", "video_id", "licence", "attribution", "n_frames", "n_points", "time_first", "time_last", "humans_json",
    "geometry_json", "labels_json", "title", "uri",
)  # fmt: skip
"""Of the index."""


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who is to be named for how many records, and under which licence their videos are."""

    source: str
    licence: str
    attribution: str
    records: int


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one corpus.

    name: of its recipe; made_by: part (humans, geometry) to `KIND VERSION` to records; seconds, frames, points: of all
    records; videos: how many they are of; sources: label to records; kinds: label to the kind of its source; labels:
    names of the labels that records have; attributions: see there; manifest: its own.
    """

    name: str
    records: int
    videos: int
    seconds: float
    frames: int
    points: int
    sources: Mapping[str, int]
    kinds: Mapping[str, str]
    labels: tuple[str, ...]
    attributions: tuple[Attribution, ...]
    manifest: Manifest

    @property
    def made_by(self) -> Mapping[str, Mapping[str, int]]:
        """See the class."""
        return self.manifest.estimators

    @property
    def bytes(self) -> int:
        """Of all data files."""
        return sum(entry.bytes for entry in self.manifest.files)

    @property
    def has_parquet(self) -> bool:
        """Whether records lie in Parquet files, too."""
        return any(entry.path.startswith("records/") for entry in self.manifest.files)


def facts_of_corpus(corpus: Path | str) -> Facts:
    """The facts of a finished corpus in a folder or below a URL. Raises CorpusError where there is none."""
    storage = open_storage(corpus)
    manifest, recipe = manifest_of(storage), recipe_of(storage)
    with storage.local(INDEX) as files:
        return facts_of(sound_index(files.folder, manifest.format_version, storage.place), manifest, recipe)


def facts_of(index: Any, manifest: Manifest, recipe: Mapping[str, Any]) -> Facts:
    """Count.

    Args:
        index: Arrow table of the records, with `COLUMNS`.
        manifest: of the corpus.
        recipe: as the corpus keeps it.

    Returns:
        The facts.
    """
    columns = {name: index[name].to_pylist() for name in COLUMNS}
    named = Counter(zip(columns["source"], columns["licence"], columns["attribution"], strict=True))
    sources = [source for source in recipe.get("sources", ()) if isinstance(source, Mapping)]
    return Facts(
        name=str(recipe.get("name") or "corpus"),
        records=len(index),
        videos=len(set(zip(columns["source"], columns["video_id"], strict=True))),
        seconds=float(sum(b - a for a, b in zip(columns["time_first"], columns["time_last"], strict=True))),
        frames=sum(columns["n_frames"]),
        points=sum(columns["n_points"]),
        sources=dict(sorted(Counter(columns["source"]).items())),
        kinds={str(source.get("name") or source.get("kind")): str(source.get("kind")) for source in sources},
        labels=tuple(sorted({name for text in set(columns["labels_json"]) for name in json.loads(text)})),
        attributions=tuple(Attribution(*who, count) for who, count in sorted(named.items())),
        manifest=manifest,
    )
