"""Conservation down to the second: a row less, a score changed or a verdict unexplained is found and named."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import light
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from share_data.corpus.validate import validate_corpus
from share_data.store.hashing import file_sha256

GRADED = "filters=[{kind: single_person}, {kind: reconstruction_quality}]"
BOTH = "ledger.parquet measurements.parquet"
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("measured")
    light.make_videos(root, 2, iou=0.9)
    light.write_video(root, "bad", iou=0.3)
    light.write_video(root, "crowd", flag="company")
    for name in ("liked", "loathed"):
        light.write_video(root, name, flag="company")
    light.light_build(root, GRADED)
    units = pq.read_table(root / "out" / "measurements.parquet")["unit"].to_pylist()
    said = {unit: "good" if "liked" in unit else "bad" for unit in units if "_l" in unit and "000000_" in unit}
    light.light_build(root, GRADED, f"review={json.dumps(said)}")
    return root / "out"


def spoilt(sound: Path, folder: Path, name: str, change: Callable[[Rows], object]) -> list[str]:
    """What is said of a copy in which one table was changed, by a forger who mends the manifest."""
    corpus = Path(shutil.copytree(sound, folder / "corpus"))
    for each in name.split():
        table = pq.read_table(corpus / each)
        rows = table.to_pylist()
        change(rows)
        pq.write_table(pa.Table.from_pylist(rows, table.schema), corpus / each)
    manifest = json.loads((corpus / "manifest.json").read_bytes())
    for entry in manifest["files"]:
        entry |= {"sha256": file_sha256(corpus / entry["path"]), "bytes": (corpus / entry["path"]).stat().st_size}
    (corpus / "manifest.json").write_text(json.dumps(manifest))
    return [str(problem) for problem in validate_corpus(corpus)]


def the(rows: Rows, word: str) -> dict[str, Any]:
    """The row of the clip whose name has this word."""
    return next(row for row in rows if word in row["unit"] and row["stage"] != "mine")


def add(row: dict[str, Any], name: str, amount: float) -> None:
    row[name] += amount


CHANGES: dict[str, tuple[str, Callable[[Rows], object], str]] = {
    "a clip's measurements deleted": ("measurements.parquet", lambda rows: rows.pop(2), "has no row"),
    "the last clip's measurements deleted": ("measurements.parquet", lambda rows: rows.pop(), "has no row"),
    "a clip's outcome deleted": ("ledger.parquet", lambda rows: rows.pop(), "is not in the ledger"),
    "a score of a kept clip": (
        "measurements.parquet", lambda rows: add(the(rows, "v00001"), "single_person.presence", -1e-9), "its scores",
    ),
    "a score of a record": (
        "measurements.parquet",
        lambda rows: add(the(rows, "v00001"), "reconstruction.mask_iou", 1e-9),
        "not the record's",
    ),
    "a score that rejects": (
        "measurements.parquet", lambda rows: add(the(rows, "bad"), "reconstruction.mask_iou", 0.5), "was not measured",
    ),
    "an outcome": ("measurements.parquet", lambda rows: the(rows, "bad").update(status="kept"), "its status"),
    "an objection taken away": (
        "measurements.parquet", lambda rows: the(rows, "bad").update(objections=[]), "nothing objects",
    ),
    "a person's word": ("measurements.parquet", lambda rows: the(rows, "loathed").update(review=""), "its review"),
    "a person's word, in both tables": (
        BOTH, lambda rows: the(rows, "loathed").update(review="good"), "said that it is good",
    ),
    "a kept clip's word, in both tables": (
        BOTH, lambda rows: the(rows, "liked").update(review=""), "though something objects",
    ),
    "a word made up, in both tables": (
        BOTH, lambda rows: the(rows, "crowd").update(review="bad"), "not what a person said",
    ),
    "seconds of a clip": ("measurements.parquet", lambda rows: add(the(rows, "v00000"), "seconds", 0.5), "its seconds"),
    "seconds of a video": (
        "ledger.parquet",
        lambda rows: add(next(row for row in rows if row["level"] == "video"), "seconds", 0.5),
        "its clips together",
    ),
}  # fmt: skip


def test_a_built_corpus_is_sound(sound: Path) -> None:
    assert validate_corpus(sound) == []


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_is_found(sound: Path, tmp_path: Path, what: str) -> None:
    name, change, told = CHANGES[what]
    problems = spoilt(sound, tmp_path, name, change)
    assert any(problem.startswith("measurements.parquet") and told in problem for problem in problems), problems


def test_the_ledgers_sources_are_those_of_the_recipe(sound: Path, tmp_path: Path) -> None:
    def renamed(rows: Rows) -> None:
        for row in rows:
            if row["level"] == "source":
                row["unit"] = "other"
            elif row["level"] == "video":
                row["parent"] = "other"

    told = spoilt(sound, tmp_path, "ledger.parquet", renamed)
    assert "ledger.parquet: source 'local' of the recipe has no outcome" in told
    assert "ledger.parquet: source 'other' is none of the recipe's" in told
