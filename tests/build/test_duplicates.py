"""Footage that is there twice is named, and where a recipe asks for it the clip that scores best stays."""

import json
from pathlib import Path
from typing import Any

import light
import pyarrow.parquet as pq
import pytest

from share_data.audit.whatif.audit import Asked, audit
from share_data.audit.whatif.settings import sections_of
from share_data.audit.whatif.table import measurements_of
from share_data.corpus.opening import open_storage
from share_data.corpus.training.options import Choice
from share_data.corpus.training.rows import IndexColumns
from share_data.corpus.training.selection import _sides
from share_data.corpus.validate import validate_corpus

UNIQUE = "filters=[{kind: single_person}, {kind: reconstruction_quality}, {kind: duplicates}]"
PLAIN = "filters=[{kind: single_person}, {kind: reconstruction_quality}]"


def rows(corpus: Path) -> dict[str, dict[str, Any]]:
    """Measured clips by the name of their video and their place in it."""
    table = pq.read_table(corpus / "measurements.parquet").to_pylist()
    return {name_of(row["unit"]): row for row in table if row["stage"] != "mine"}


def name_of(unit: str) -> str:
    """The video's name, and the clip's first frame."""
    words = unit.split("_")
    return f"{words[1].rsplit('-', 1)[0]} {int(words[3])}"


def film(root: Path) -> None:
    """Three takes of one footage, one of them with company, one with a bad outcome; a pair; and two of their own."""
    light.make_videos(root, 2, iou=0.9)
    takes = {"a": 0.5, "b": 0.8, "crowd": 0.9, "poor": 0.95}
    for name, told in (("a", {}), ("b", {}), ("crowd", {"flag": "company"}), ("poor", {"iou": 0.3})):
        light.write_video(root, name, footage="hall", clips=2, **{"iou": 0.9, "confidence": takes[name], **told})
    for name, confidence in (("left", 0.9), ("right", 0.2)):
        light.write_video(root, name, footage="yard", iou=0.9, confidence=confidence)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("twice")
    film(root)
    light.light_build(root, PLAIN, out=str(root / "plain"))
    light.light_build(root, UNIQUE)
    return root


def test_every_clip_names_those_of_its_footage_whatever_became_of_them(root: Path) -> None:
    for corpus in ("plain", "out"):
        found = rows(root / corpus)
        named = {name: sorted(map(name_of, row["duplicates"])) for name, row in found.items()}
        assert named["a 0"] == ["b 0", "crowd 0", "poor 0"]
        assert named["crowd 5"] == ["a 5", "b 5", "poor 5"]
        assert named["left 0"] == ["right 0"] and named["v00000 0"] == []
        assert validate_corpus(root / corpus) == []


def test_the_best_one_stays_where_that_is_asked_and_is_named_in_any_case(root: Path) -> None:
    plain, found = rows(root / "plain"), rows(root / "out")
    assert {row["status"] for name, row in plain.items() if name[0] in "ablrv"} == {"kept"}
    for best, worse in (("b 0", "a 0"), ("b 5", "a 5"), ("left 0", "right 0")):
        assert (found[worse]["stage"], found[worse]["reason"]) == ("duplicates", "duplicate")
        assert found[worse]["duplicate_of"] == plain[worse]["duplicate_of"] == found[best]["unit"]
        assert (found[best]["status"], found[best]["duplicate_of"]) == ("kept", "")
    assert found["crowd 0"]["reason"] == "multiple_people" and found["poor 0"]["reason"] == "mask_differs"


@pytest.mark.parametrize("way", ["after the fact", "as they come"])
def test_what_stays_depends_on_no_order(root: Path, tmp_path: Path, way: str) -> None:
    film(tmp_path)
    if way == "after the fact":
        light.light_build(tmp_path, PLAIN)
        light.light_build(tmp_path, UNIQUE)
    else:
        for name in ("b.mp4", "right.mp4"):
            (tmp_path / "videos" / name).rename(tmp_path / name)
        light.light_build(tmp_path, UNIQUE)
        for name in ("b.mp4", "right.mp4"):
            (tmp_path / name).rename(tmp_path / "videos" / name)
        light.light_build(tmp_path, UNIQUE)
    assert light.corpus_hashes(tmp_path / "out") == light.corpus_hashes(root / "out")


def test_whoever_is_called_good_stays_and_goes_before_all(root: Path, tmp_path: Path) -> None:
    film(tmp_path)
    unit = {name: row["unit"] for name, row in rows(root / "out").items()}
    light.light_build(tmp_path, UNIQUE, f"review={json.dumps({unit['right 0']: 'good'})}")
    assert rows(tmp_path / "out")["left 0"]["duplicate_of"] == unit["right 0"]
    both = {unit[name]: "good" for name in ("left 0", "right 0")}
    light.light_build(tmp_path, UNIQUE, f"review={json.dumps(both)}")
    assert {rows(tmp_path / "out")[name]["status"] for name in ("left 0", "right 0")} == {"kept"}


def test_the_audit_decides_as_the_build_does(root: Path) -> None:
    unique = sections_of(light.recipe_of(root, UNIQUE).resolved())
    with measurements_of(root / "plain") as plain, measurements_of(root / "out") as table:
        forecast, built = audit(plain, Asked(sections=unique)), audit(table, Asked())
        assert forecast.after.clips == built.before.clips
        assert {each.reason for each in forecast.flips} == {"duplicate"} and len(forecast.flips) == 3
        assert audit(table, Asked(without=["duplicates"])).after.clips == audit(plain, Asked()).before.clips
        loose = audit(table, Asked(overrides=["filters.single_person.max_company_s=1.0"]))
    # The clips with company are let in and may score better: of their footage nothing can be told until they are made.
    assert loose.after.clips["to be measured"] == 2 + 4
    assert [each.reason for each in built.reasons_before if each.filter == "duplicates"] == ["duplicate"]


def test_a_better_twin_that_other_filters_let_in_takes_the_place(root: Path, tmp_path: Path) -> None:
    film(tmp_path)
    light.light_build(tmp_path, UNIQUE, "filters.reconstruction_quality.min_mask_iou=0.1")
    found = rows(tmp_path / "out")
    assert {found[f"{name} 0"]["duplicate_of"] for name in "ab"} == {found["poor 0"]["unit"]}
    assert found["poor 0"]["status"] == "kept"


def test_a_clip_that_was_lost_from_the_store_is_made_again_and_settled_as_before(root: Path, tmp_path: Path) -> None:
    film(tmp_path)
    light.light_build(tmp_path, UNIQUE)
    for file in (tmp_path / "cache" / "reconstruct").rglob("*.safetensors"):
        file.unlink()
    light.light_build(tmp_path, UNIQUE, "output.precision=0.1mm")
    light.light_build(tmp_path, UNIQUE)
    assert light.corpus_hashes(tmp_path / "out") == light.corpus_hashes(root / "out")


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_no_split_parts_clips_of_one_footage(root: Path, share: float) -> None:
    index = IndexColumns(open_storage(root / "plain"))
    choice = Choice(split="train", fractions={"train": share, "test": 1 - share})
    sides = dict(zip(map(name_of, index["key"].to_pylist()), _sides(index, choice, "here").tolist(), strict=True))
    assert sides["left 0"] == sides["right 0"]
    assert len({sides[name] for name in ("a 0", "b 0", "a 5", "b 5")}) == 1
