"""Whether measurements, ledger and index tell the same of every clip: none lost, no score changed, none unexplained."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from share_data.corpus.layout import LEDGER, MEASUREMENTS
from share_data.errors import CorpusError
from share_data.ledger.clip_entry import RECONSTRUCTION, column, scores_digest
from share_data.ledger.judgements import REVIEW
from share_data.ledger.ledger import Entry, read_ledger
from share_data.ledger.measurements import DUPLICATES, FACTS, OBJECTIONS, UNMEASURED, measurements_schema
from share_data.store.outside import require_regular
from share_data.text import plain_line

Row = Mapping[str, Any]
_AT_ONCE = 512
_SAME = ("status", "stage", "reason", "error_class", "file", "seconds", "review")
_MAY_LACK = ("time_first", "time_last", "seconds")
_ROUNDING_S = 1e-3
_PASSES = {"<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b, "<": lambda a, b: a < b, ">": lambda a, b: a > b}


def measurement_problems(folder: Path, index: Sequence[Row]) -> Iterator[str]:
    """What does not fit, a sentence each that names the clip.

    Checked of every clip of the ledger: it has one row, in the same order, with the same outcome, file and seconds; the
    ledger's digest of its scores; an objection for a rejection by a filter and none otherwise, each with the value that
    was measured, which its threshold does not let pass; of a record, the scores and times that the index has; and of a
    video, seconds that are the sum of its clips'.

    Args:
        folder: of the corpus, with index, ledger and measurements at hand.
        index: rows of the index.
    """
    records = {row["key"]: row for row in index}
    seconds: dict[str, float] = {}
    try:
        clips = (entry for entry in read_ledger(folder / LEDGER) if entry.level == "clip")
        for entry, row in zip_longest(clips, measurement_rows(folder / MEASUREMENTS)):
            if entry is None or row is None or entry.unit != row["unit"]:
                yield _lost(entry, row)
                return
            seconds[entry.parent] = seconds.get(entry.parent, 0.0) + (row["seconds"] or 0.0)
            unit = plain_line(entry.unit)
            yield from (f"clip {unit}: {problem}" for problem in _row_problems(entry, row, records.get(entry.unit)))
        videos = (entry for entry in read_ledger(folder / LEDGER) if entry.level == "video")
        yield from _length_problems(videos, seconds)
    except CorpusError as error:
        if not str(error).startswith(LEDGER):  # What is wrong with the ledger is told of the ledger.
            yield str(error).removeprefix(f"{MEASUREMENTS}: ")


def _lost(entry: Entry | None, row: Row | None) -> str:
    if row is None or (entry is not None and entry.unit < row["unit"]):
        assert entry is not None
        return f"clip {plain_line(entry.unit)} of the ledger has no row"
    return f"clip {plain_line(row['unit'])} has a row, and is not in the ledger, or out of order"


def _row_problems(entry: Entry, row: Row, record: Row | None) -> Iterator[str]:
    yield from (f"its {name} is not the ledger's" for name in _SAME if row[name] != getattr(entry, name))
    scores = {name: value for name, value in row.items() if name not in FACTS and value is not None}
    if not all(map(math.isfinite, scores.values())):
        yield "a score is not a finite number"
    elif scores_digest(scores) != entry.scores_digest:
        yield "its scores are not those that the ledger was written with"
    if row[OBJECTIONS] != json.loads(entry.objections_json) or row[UNMEASURED] != json.loads(entry.unmeasured_json):
        yield "its objections are not the ledger's"
    yield from _objection_problems(row, scores)
    yield from _duplicate_problems(row)
    if record is not None:
        yield from _record_problems(row, scores, record)


def _objection_problems(row: Row, scores: Mapping[str, float]) -> Iterator[str]:
    against = row[OBJECTIONS]
    if row["review"] == "bad" and row["status"] == "kept":
        yield "it is kept though a person said that it is bad"
    if row["review"] == "good" and row["status"] == "rejected":
        yield "it is rejected though a person said that it is good"
    if row["status"] == "rejected" and (row["stage"] == REVIEW) != (row["review"] == "bad"):
        yield "its rejection is not what a person said"
    if row["status"] == "kept" and against and row["review"] != "good":
        yield "it is kept though something objects"
    first = (against[0]["filter"], against[0]["reason"]) if against else ("", "")
    judged = row["status"] == "rejected" and row["stage"] != REVIEW
    if judged and against and first != (row["stage"], row["reason"]):
        yield "the first objection is not why it is rejected"
    if judged and not against and row["stage"] != "mine":
        yield "it is rejected though nothing objects"
    for each in against:
        if not each["score"]:
            continue
        names = (column(each["filter"], each["score"]), column(RECONSTRUCTION, each["score"]))
        if each["value"] not in [scores.get(name) for name in names]:
            yield f"{each['filter']} objects to a {each['score']} that was not measured"
        elif each["asked"] not in _PASSES or _PASSES[each["asked"]](each["value"], each["threshold"]):
            yield f"{each['filter']} objects to a {each['score']} that passes"


def _duplicate_problems(row: Row) -> Iterator[str]:
    if row["duplicate_of"] and row["duplicate_of"] not in row[DUPLICATES]:
        yield "it is a duplicate of a clip of other footage"


def _record_problems(row: Row, scores: Mapping[str, float], record: Row) -> Iterator[str]:
    prefix = column(RECONSTRUCTION, "")
    graded = {name.removeprefix(prefix): value for name, value in scores.items() if name.startswith(prefix)}
    stored = {name.removeprefix("score_"): record[name] for name in record if name.startswith("score_")}
    if graded and graded != {name: value for name, value in stored.items() if value is not None}:
        yield "its scores are not the record's"
    for name in ("time_first", "time_last", "source", "licence"):
        if row[name] not in (None, "", record[name]):
            yield f"its {name} is not the record's"


def _length_problems(videos: Iterator[Entry], seconds: Mapping[str, float]) -> Iterator[str]:
    for video in videos:
        found = seconds.get(video.unit, 0.0)
        if video.seconds is not None and abs(found - video.seconds) > _ROUNDING_S * max(1, video.children):
            yield f"video {plain_line(video.unit)} lasts {video.seconds:g} s, its clips together {found:g} s"


def measurement_rows(file: Path) -> Iterator[Row]:
    """The rows, a few at a time. Raises CorpusError for what is no table of measurements."""
    try:
        require_regular(file)
        with pq.ParquetFile(file) as table:
            found = table.schema_arrow
            wanted = measurements_schema([name for name in found.names if name not in FACTS], {})
            for each in wanted:
                if found.names.count(each.name) != 1 or found.field(each.name).type != each.type:
                    raise CorpusError(f"{MEASUREMENTS}: is no table of measurements: column {plain_line(each.name)}")
            for batch in table.iter_batches(batch_size=_AT_ONCE):
                for row in batch.to_pylist():
                    if empty := [name for name in FACTS if row[name] is None and name not in _MAY_LACK]:
                        raise CorpusError(f"{MEASUREMENTS}: clip {plain_line(row['unit'])}: {empty[0]} is empty")
                    yield row
    except (OSError, pa.ArrowException) as error:
        raise CorpusError(f"{MEASUREMENTS}: cannot be read ({plain_line(error)})") from error
