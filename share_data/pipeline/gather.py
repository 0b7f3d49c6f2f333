"""From sources to clips: list, fetch, hash, mine. A source or video that cannot be had ends in the ledger, alone."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from share_data import registry
from share_data.errors import DiskFullError
from share_data.ledger import Entry, Ledger, Level
from share_data.paths import data_home
from share_data.pipeline.stages import Stages
from share_data.pipeline.watch import Watcher
from share_data.records import Clip, Video, clip_key


@dataclass(slots=True)
class Failure:
    """The ledger entry of a unit that failed, if it did."""

    entry: Entry | None = None


@contextmanager
def survives(ledger: Ledger, level: Level, unit: str, parent: str, stage: str) -> Iterator[Failure]:
    """Turn any error about one unit into its ledger entry. A full disk is about no unit and goes on up."""
    failure = Failure()
    try:
        yield failure
    except Exception as error:
        if isinstance(error, DiskFullError) or getattr(error, "errno", None) == errno.ENOSPC:
            raise
        failure.entry = Entry.failed(level, unit, parent, stage, error)
        ledger.add(failure.entry)


def outcome_of(entry: Entry | None) -> str:
    """An entry in a few words, for progress."""
    if entry is None or entry.status == "kept":
        return "kept"
    return f"{entry.status}: {entry.reason or entry.error_class + ': ' + entry.message}"


def gather(stages: Stages, ledger: Ledger, watch: Watcher) -> list[Clip]:
    """Every clip of every video of every source, in the sources' order."""
    listed = [(source, videos) for config in stages.recipe.sources for source, videos in _listed(config, ledger, watch)]
    watch.begin("fetch", sum(len(videos) for _, videos in listed))
    clips: list[Clip] = []
    for source, videos in listed:
        for video in videos:
            found, entry = _clips(source, video, stages, ledger)
            clips += found
            watch.advance("fetch", video.unit, outcome_of(entry))
    return clips


def _listed(config: Any, ledger: Ledger, watch: Watcher) -> list[tuple[Any, list[Video]]]:
    """The source and its videos; empty when the source itself failed."""
    with survives(ledger, "source", config.label, "", "list") as failure:
        source = registry.load("sources", config.kind)(config)
        videos = list(source.list())
        ledger.add(Entry("source", config.label, "", "kept", children=len(videos)))
        return [(source, videos)]
    watch.note(f"source {config.label}: {outcome_of(failure.entry)}")
    return []


def _clips(source: Any, video: Video, stages: Stages, ledger: Ledger) -> tuple[list[Clip], Entry | None]:
    """The clips of one video; pieces that mining dropped are clips too, rejected at once."""
    with survives(ledger, "video", video.unit, video.source, "fetch") as failure:
        path: Path = source.fetch(video, data_home() / "videos" / video.source)
        mined = stages.mine(video, path)
    if failure.entry is not None:
        return [], failure.entry
    ledger.add(Entry("video", video.unit, video.source, "kept", children=len(mined.clips) + len(mined.dropped)))
    for piece in mined.dropped:
        key = clip_key(video, mined.sha256, piece.start, piece.stop)
        ledger.add(Entry("clip", key, video.unit, "rejected", stage="mine", reason=piece.reason))
    return list(mined.clips), None
