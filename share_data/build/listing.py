"""From a recipe's sources to their videos: cheap, in a fixed order. A source that cannot be read ends alone."""

import time
from collections.abc import Iterator
from dataclasses import fields, replace
from hashlib import sha256
from typing import Any

from share_data import registry
from share_data.build.catalogue import Catalogue
from share_data.engine.watch import Watcher
from share_data.errors import MachineError, MissingDependencyError, SourceError
from share_data.ledger.ledger import Entry
from share_data.machine import machine_fault
from share_data.recipe.model import Recipe
from share_data.records import Video
from share_data.store.digest_table import DigestTable
from share_data.text import storable

TELL_S = 10.0


def list_sources(recipe: Recipe, catalogue: Catalogue, watch: Watcher) -> list[Entry]:
    """Put every video of every source into the catalogue; returns the sources' entries.

    Raises MissingDependencyError for a source that needs a package, MachineError when the machine cannot list it.
    """
    return [_listed(config, catalogue, watch) for config in recipe.sources]


def _listed(config: Any, catalogue: Catalogue, watch: Watcher) -> Entry:
    before = catalogue.videos
    try:
        source = registry.load("sources", config.kind)(config)
        for video in _told(config.label, _distinct(config.label, source.list()), watch):
            catalogue.add_video(replace(video, video_track=config.video_track, time_scale=config.time_scale))
    except (MissingDependencyError, MachineError):
        raise
    except Exception as error:
        fault = machine_fault(error, f"source {config.label}")
        if fault is not None:
            raise fault from error
        catalogue.keep_videos(before)
        watch.note(f"source {config.label}: failed: {type(error).__name__}: {error}")
        return Entry.failed("source", config.label, "", "list", error)
    return Entry("source", config.label, "", "kept", children=catalogue.videos - before)


def _told(label: str, videos: Iterator[Video], watch: Watcher) -> Iterator[Video]:
    """The videos; how many there are so far is told now and then, for a large source takes minutes to list."""
    told = time.monotonic()
    for number, video in enumerate(videos, 1):
        if time.monotonic() - told > TELL_S:
            told = time.monotonic()
            watch.note(f"source {label}: {number} video(s) listed so far")
        yield video


def _distinct(label: str, videos: Iterator[Video]) -> Iterator[Video]:
    """The videos, made storable. Raises SourceError when an id comes twice: it would stand for two videos."""
    seen = DigestTable()
    for video in videos:
        clean = _storable(video)
        digest = sha256(clean.video_id.encode()).digest()[:16]
        if digest in seen:
            raise SourceError(f"{label}: lists the id {clean.video_id!r} twice. Give every video its own.")
        seen.set(digest, 1)
        yield clean


def _storable(video: Video) -> Video:
    """Texts as UTF-8 can hold them; what is not text stays."""
    values = {f.name: getattr(video, f.name) for f in fields(video)}
    texts: dict[str, Any] = {name: storable(value) for name, value in values.items() if isinstance(value, str)}
    labels = {storable(name): storable(text) for name, text in video.labels.items()}
    return replace(video, labels=labels, **texts)
