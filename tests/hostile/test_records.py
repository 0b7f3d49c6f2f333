"""A record from somebody else is data: what is wrong with a shard, or its copy, is named by all who look into it.

Rows as in `test_corpora`: how it is spoilt, what is named for it, and the readers that refuse it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hostile_corpora import (
    FIRST,
    Spoil,
    copy,
    cut,
    edited_record,
    edited_rows,
    fifo,
    folder,
    gone,
    huge,
    link,
    retyped,
    seal,
    set_cells,
    written,
)
from hostile_verbs import outcome
from make_records import PREVIEW

COPY = "records/000000.parquet"
RECORD = "synthetic_001-walk-none"
LOOKING = ("inspect", "evaluate")
NOBODY: tuple[str, ...] = ()
DEEP = b"[" * 100_000 + b"]" * 100_000
HEADER = (8 + 2**40).to_bytes(8, "little")


def meta(**values: Any) -> Spoil:
    return edited_record(metadata=lambda found: found.update(values))


def estimator(**values: Any) -> Spoil:
    return edited_record(metadata=lambda found: found["humans"].update(values))


def array(name: str, change: Any) -> Spoil:
    return edited_record(arrays=lambda found: found.update({name: change(found[name])}))


def without(name: str) -> Spoil:
    return edited_record(arrays=lambda found: found.pop(name))


def filled(value: float) -> Any:
    return lambda found: np.full_like(found, value)


def sealed(spoil: Spoil) -> Spoil:
    return lambda corpus: (spoil(corpus), seal(corpus))


def huge_jpeg(width: int, height: int) -> bytes:
    """The smallest picture, which says that it is another size."""
    at = PREVIEW.index(b"\xff\xc0") + 5
    return PREVIEW[:at] + height.to_bytes(2) + width.to_bytes(2) + PREVIEW[at + 4 :]


def names_of(file: str) -> dict[str, Spoil]:
    """A file that is none."""
    return {
        "gone": gone(file), "empty": sealed(written(file, b"")), "text": sealed(written(file, "no such thing")),
        "cut": sealed(cut(file, 0.3)), "a pipe": fifo(file), "a folder": folder(file),
        "a device": link(file, "/dev/zero"), "3 GB of nothing": huge(file),
    }  # fmt: skip


RECORDS: dict[str, tuple[Spoil, str, tuple[str, ...]]] = {
    **{f"shard {how}": (spoil, FIRST, LOOKING) for how, spoil in names_of(FIRST).items()},
    **{f"copy {how}": (spoil, COPY, NOBODY) for how, spoil in names_of(COPY).items()},
    "shards a pipe": (fifo("shards"), "shards", LOOKING),
    "shards a link to the root": (link("shards", "/"), "shards", LOOKING),
    "records a pipe": (fifo("records"), "records", NOBODY),
    "records a link to itself": (link("records", "records"), "records", NOBODY),
    "metadata no JSON": (edited_record(metadata=b"{"), RECORD, LOOKING),
    "metadata a list": (edited_record(metadata=b"[1]"), RECORD, LOOKING),
    "metadata too deep": (edited_record(metadata=DEEP), RECORD, LOOKING),
    "metadata not UTF-8": (edited_record(metadata=b'{"key": "\xff"}'), RECORD, LOOKING),
    "metadata nothing": (edited_record(metadata=b""), RECORD, LOOKING),
    "metadata of a later format": (meta(format_version=99), RECORD, LOOKING),
    "metadata of a format in words": (meta(format_version="two"), RECORD, LOOKING),
    "metadata with scores that are a number": (meta(scores=1), RECORD, LOOKING),
    "metadata with scores that are text": (meta(scores=[{"name": "a", "value": "b"}]), RECORD, LOOKING),
    "metadata with labels that are text": (meta(labels="walk"), RECORD, LOOKING),
    "metadata with a label named by a list": (meta(labels=[{"name": [], "value": ""}]), RECORD, LOOKING),
    "metadata without a width": (meta(width=0), RECORD, LOOKING),
    "metadata wider than the earth": (meta(width=10**400), RECORD, LOOKING),
    "metadata without a focal": (meta(focal=0.0), RECORD, LOOKING),
    "metadata with a focal in words": (meta(focal="long"), RECORD, LOOKING),
    "metadata with a title that is a list": (meta(title=["a"]), RECORD, LOOKING),
    "metadata with more frames than there are": (meta(n_frames=10**9), RECORD, LOOKING),
    "metadata with fewer points than there are": (meta(n_points=1), RECORD, LOOKING),
    "metadata with frames the wrong way round": (meta(frame_start=15, frame_stop=10), RECORD, LOOKING),
    "metadata with a body that is text": (meta(body="mannequin"), RECORD, LOOKING),
    "metadata with an estimator that is none": (meta(humans=None), RECORD, LOOKING),
    "metadata with settings that are no JSON": (
        estimator(settings=[{"name": "a", "value": "{"}]), RECORD, LOOKING
    ),
    "metadata with settings too deep": (
        estimator(settings=[{"name": "a", "value": DEEP.decode()}]), RECORD, LOOKING
    ),
    "metadata with a version that is text": (estimator(version="1"), RECORD, LOOKING),
    "metadata with another key": (meta(key="synthetic_001-walk-none_another"), RECORD, ("inspect", "evaluate")),
    "arrays nothing": (edited_record(arrays=b""), RECORD, LOOKING),
    "arrays text": (edited_record(arrays=b"no arrays at all"), RECORD, LOOKING),
    "arrays with an endless header": (edited_record(arrays=HEADER + b"{}"), RECORD, LOOKING),
    "joints missing": (without("joints"), RECORD, LOOKING),
    "colors missing": (without("colors"), RECORD, LOOKING),
    "points scale missing": (without("points_scale"), RECORD, LOOKING),
    "joints of another type": (array("joints", lambda found: found.astype(np.int64)), RECORD, LOOKING),
    "times of another type": (array("times", lambda found: found.astype(np.float16)), RECORD, LOOKING),
    "joints of another shape": (array("joints", lambda found: found.reshape(-1, 3)), RECORD, LOOKING),
    "transl too short": (array("transl", lambda found: found[:-1].copy()), RECORD, LOOKING),
    "motion without a frame": (array("valid", lambda found: found[:0].copy()), RECORD, LOOKING),
    "betas too many": (array("betas", lambda found: np.zeros(300, np.float32)), RECORD, LOOKING),
    "points not in space": (array("points", lambda found: found[:, :2].copy()), RECORD, LOOKING),
    "joints no numbers": (array("joints", filled(np.nan)), RECORD, LOOKING),
    "transl endless": (array("transl", filled(np.inf)), RECORD, LOOKING),
    "transl too far": (array("transl", filled(3e38)), RECORD, LOOKING),
    "camera nowhere": (array("T_world_cam", filled(0.0)), RECORD, LOOKING),
    "camera sheared": (array("T_world_cam", lambda found: found + np.eye(4, k=1)), RECORD, LOOKING),
    "intrinsics nothing": (array("intrinsics", filled(0.0)), RECORD, LOOKING),
    "preview nothing": (edited_record(preview=b""), RECORD, ("inspect",)),
    "preview text": (edited_record(preview=b"no picture"), RECORD, ("inspect",)),
    "preview cut": (edited_record(preview=b"\xff\xd8\xff\xe0"), RECORD, ("inspect",)),
    "preview of four thousand million pixels": (edited_record(preview=huge_jpeg(65000, 65000)), RECORD, ("inspect",)),
    "preview of a thousand million pixels": (edited_record(preview=huge_jpeg(30000, 32000)), RECORD, ("inspect",)),
    "copy with a title that is a number": (retyped(COPY, "title", pa.int64(), 1), COPY, NOBODY),
    "copy without joints": (retyped(COPY, "joints", pa.null(), None), COPY, NOBODY),
    "copy with an empty cell": (set_cells(COPY, joints=None), COPY, NOBODY),
    "copy with an empty shape": (set_cells(COPY, joints_shape=None), COPY, NOBODY),
    "copy with a shape below nothing": (set_cells(COPY, joints_shape=[-2, 24, 3]), COPY, NOBODY),
    "copy with an endless shape": (set_cells(COPY, joints_shape=[2**30, 2**30, 2**30]), COPY, NOBODY),
    "copy with a type that is none": (set_cells(COPY, joints_dtype="object"), COPY, NOBODY),
    "copy with another record": (edited_rows(COPY, lambda rows: rows.reverse()), COPY, NOBODY),
    "copy of fewer records": (edited_rows(COPY, lambda rows: rows.pop()), COPY, NOBODY),
}  # fmt: skip


def cases() -> Iterator[tuple[str, str]]:
    """Every way to spoil a record, before `validate` and before those that look into it."""
    for name, (_, _, refusing) in RECORDS.items():
        yield name, "validate"
        yield from ((name, verb) for verb in refusing or ("list",))


@pytest.mark.parametrize(("name", "verb"), list(cases()))
def test_a_spoilt_record_is_named(good: Path, tmp_path: Path, name: str, verb: str) -> None:
    spoil, file, refusing = RECORDS[name]
    corpus = copy(good, tmp_path / "corpus")
    spoil(corpus)
    outcome(corpus, verb, tmp_path, file, refuses=verb == "validate" or verb in refusing)
