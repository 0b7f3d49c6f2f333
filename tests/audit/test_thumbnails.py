"""Clips without a record have a picture beside the corpus, for its report alone, and of nobody who is left out."""

import os
from pathlib import Path

import light
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from make_records import PREVIEW

from share_data.audit.page.contents import write_page
from share_data.audit.review.ask import ask
from share_data.audit.thumbnails import BOXES, MESH, Pictures
from share_data.audit.whatif.table import measurements_of
from share_data.corpus.manifest import manifest_of
from share_data.corpus.opening import open_storage
from share_data.corpus.validate import validate_corpus
from share_data.scan.thumbnail import MOST_BYTES

FILE = Path("out/.share-data/thumbnails.parquet")


def units(root: Path) -> dict[str, str]:
    """Clips of the corpus and what became of them."""
    with measurements_of(root / "out") as table:
        return {row["unit"]: row["status"] for row in map(table.row_at, range(len(table)))}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A kept clip and two rejected ones, of which pictures are kept; their rests are too short."""
    root = tmp_path_factory.mktemp("pictured")
    light.make_videos(root, 1, shown="yes")
    for name in ("crowd", "party"):
        light.write_video(root, name, flag="company", shown="yes")
    light.light_build(root)
    return root


def test_what_has_no_record_has_a_picture_in_the_builds_own_folder(root: Path) -> None:
    clips = units(root)
    found = Pictures(root / "out").of(clips)
    assert sorted(clips.values()) == ["kept", *["rejected"] * 5]
    assert found == {unit: (PREVIEW, MESH if status == "kept" else BOXES) for unit, status in clips.items()}
    assert not any("thumbnails" in entry.path for entry in manifest_of(open_storage(root / "out")).files)
    assert validate_corpus(root / "out") == []


def shown(root: Path, folder: Path) -> list[str]:
    """The page of a report and that of a review."""
    with measurements_of(root / "out") as table:
        ask(root / "out", table, 10, folder)
    html, _ = write_page(root / "out", folder)
    return [html.read_text(), (folder / "review.html").read_text()]


def test_the_page_and_the_review_show_them(root: Path, tmp_path: Path) -> None:
    page, review = shown(root, tmp_path)
    assert page.count("data:image/jpeg;base64,") == 6
    assert review.count('"picture": "/9j/') == 3
    assert all("6 of 6 clips may not be passed on (CC0-1.0)" in text for text in (page, review))


def test_nobody_who_is_left_out_is_in_a_picture(root: Path, tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    light.light_build(root, out=out)
    kept = tmp_path / FILE
    before = set(pq.read_table(kept)["unit"].to_pylist())
    light.light_build(root, "opt_out=['id:local/crowd-b7acb35e']", "sources.0.redistributable=true", out=out)
    after = set(pq.read_table(kept)["unit"].to_pylist())
    assert len(before) == 5 and len(after) == 3
    assert after < before and after < units(tmp_path).keys()
    assert not any("may not be passed on (" in text for text in shown(tmp_path, tmp_path / "pages"))


def test_a_recipe_may_ask_for_none_and_changes_nothing_else(root: Path) -> None:
    hashes, table = light.corpus_hashes(root / "out"), pq.read_table(root / FILE)
    light.light_build(root, "report.thumbnails=false")
    assert not (root / FILE).exists()
    assert light.corpus_hashes(root / "out") == hashes
    light.light_build(root)
    assert pq.read_table(root / FILE).equals(table)


FOREIGN = ("a pipe", "text", "another table", "no picture", "a huge one", "nothing")


@pytest.mark.parametrize("what", FOREIGN)
def test_a_file_of_somebody_elses_is_passed_by(root: Path, what: str) -> None:
    found, file = units(root), root / FILE
    kept = {unit: (PREVIEW, MESH) for unit, status in found.items() if status == "kept"}
    file.unlink(missing_ok=True)
    jpegs = {"another table": 5, "no picture": b"<svg onload=alert(1)>", "a huge one": PREVIEW + bytes(MOST_BYTES)}
    if what == "a pipe":
        os.mkfifo(file)
    elif what == "text":
        file.write_text("PAR1")
    elif what == "nothing":
        pq.write_table(pa.table({"unit": list(found), "jpeg": pa.nulls(len(found), pa.binary())}), file)
    else:
        pq.write_table(pa.table({"unit": list(found), "jpeg": [jpegs[what]] * len(found)}), file)
    assert Pictures(root / "out").of(found) == kept
