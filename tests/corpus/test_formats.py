"""Corpora of an older format are read, those of a later addition to this one too, and those of a later format named."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import format_one
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from make_records import BODY, RECIPE, make_clip, make_corpus, make_entries, make_member
from typer.testing import CliRunner

from share_data.cli import app
from share_data.corpus.layout import FORMAT_VERSION
from share_data.corpus.opening import read_manifest
from share_data.corpus.read import Corpus
from share_data.corpus.validate import validate_corpus
from share_data.corpus.write.pack import PackOptions, Provenance, pack
from share_data.corpus.write.shards import Member, Sample
from share_data.corpus.write.target import LocalTarget
from share_data.errors import CorpusError
from share_data.ledger.ledger import read_ledger
from share_data.store.hashing import file_sha256

TOLD_NOW = {
    "format_version": FORMAT_VERSION,
    "times_source": "stored",
    "time_scale": 1.0,
    "frames_lost": 0,
    "display": "as stored",
    "video_track": "",
    "transfer": "sdr",
    "interlaced": False,
    "picture_changes": [],
}


@pytest.fixture
def old(tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    return format_one.unpack(tmp_path / "old")


def told(*words: str) -> Any:
    """What a verb says with `--json`."""
    ran = CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False)
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout)


class TestFormatOne:
    def test_its_records_are_what_they_were(self, old: tuple[Path, dict[str, Any]]) -> None:
        corpus, said = old
        assert read_manifest(corpus).format_version == 1
        assert len(Corpus(corpus)) == 3
        for record, metadata in zip(Corpus(corpus), said["inspect"], strict=True):
            told = {name: value for name, value in record.metadata.items() if value is not None}
            assert told == metadata
            assert record.metadata["frames_lost"] is record.metadata["display"] is None
            assert record.points.shape == (metadata["n_points"], 3)

    def test_it_is_sound_and_damage_is_found(self, old: tuple[Path, dict[str, Any]]) -> None:
        corpus, _ = old
        assert validate_corpus(corpus) == []
        for path in ("records/000000.parquet", "shards/000001.tar"):
            data = bytearray((corpus / path).read_bytes())
            data[len(data) // 2] ^= 1
            (corpus / path).write_bytes(data)
        assert [problem.file for problem in validate_corpus(corpus)] == ["records/000000.parquet", "shards/000001.tar"]

    def test_the_verbs_say_of_it_what_they_said(self, old: tuple[Path, dict[str, Any]]) -> None:
        corpus, said = old
        assert said["report"].items() <= told("report", str(corpus)).items()
        for number, metadata in enumerate(said["inspect"]):
            assert metadata.items() <= told("inspect", str(corpus), str(number)).items()
            assert CliRunner().invoke(app, ["inspect", str(corpus), str(number)]).exit_code == 0
        found, before = (each["pooled"]["mrpe"]["mean"] for each in (told("evaluate", str(corpus)), said["evaluate"]))
        assert found == pytest.approx(before, rel=1e-4)

    def test_evaluation_asks_its_recipe_for_sources_and_body_alone(self, old: tuple[Path, dict[str, Any]]) -> None:
        corpus, said = old
        recipe = json.loads((corpus / "recipe.json").read_bytes())
        recipe["camera"]["a_field_that_has_another_name_today"] = 1
        (corpus / "recipe.json").write_text(json.dumps(recipe))
        assert told("evaluate", str(corpus))["clips"][0]["key"] == said["evaluate"]["clips"][0]["key"]

    def test_packed_again_its_records_are_the_same(self, old: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
        corpus, _ = old
        renewed(corpus, tmp_path / "new")
        assert validate_corpus(tmp_path / "new") == []
        for before, after in zip(Corpus(corpus), Corpus(tmp_path / "new"), strict=True):
            assert before.metadata | TOLD_NOW == after.metadata
            assert before.preview == after.preview
            for name, array in before.arrays.items():
                np.testing.assert_array_equal(after.arrays[name], array, strict=True)

    def test_a_corpus_of_today_takes_its_place(self, old: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
        corpus, _ = old
        make_corpus(corpus, 2)
        make_corpus(tmp_path / "fresh", 2)
        assert {path.relative_to(corpus) for path in corpus.rglob("*")} == {
            path.relative_to(tmp_path / "fresh") for path in (tmp_path / "fresh").rglob("*")
        }
        assert validate_corpus(corpus) == []

    def test_its_publication_is_finished_by_todays_version(self, old: tuple[Path, dict[str, Any]]) -> None:
        corpus, _ = old
        manifest = (corpus / "manifest.json").read_bytes()
        (corpus / ".share-data").mkdir()
        plan = {"manifest": json.loads(manifest), "moves": {}, "replaced": []}
        (corpus / ".share-data" / "publication.json").write_text(json.dumps(plan))
        LocalTarget(corpus).check()
        assert (corpus / "manifest.json").read_bytes() == manifest
        assert validate_corpus(corpus) == []


def renewed(corpus: Path, out: Path) -> None:
    """The corpus' records, packed by this version."""
    records = list(Corpus(corpus))
    members = [Member(r.key, lambda r=r: Sample(r.metadata | TOLD_NOW, r.arrays, r.preview)) for r in records]
    recipe, entries = json.loads((corpus / "recipe.json").read_bytes()), list(read_ledger(corpus / "ledger.parquet"))
    recipe["sources"].append({"kind": "local", "name": "made-up"})
    pack(members, out, Provenance(entries, recipe, BODY), PackOptions(2, ("webdataset", "parquet")))


def later(folder: Path) -> None:
    """A corpus with what a later addition might bring: a field, an array, columns, and their name in the manifest."""
    clip = make_clip(labels={"activity": "sit"})
    sample = make_member(clip).load()
    metadata = {**sample.metadata, "weather": "rain", "humans": {**sample.metadata["humans"], "mood": "glad"}}
    arrays = {**sample.arrays, "hands": np.zeros((2, 2), np.float32)}
    members = [Member(clip.key, lambda: replace(sample, metadata=metadata, arrays=arrays))]
    pack(members, folder, Provenance(make_entries([clip]), RECIPE, BODY), PackOptions(2, ("webdataset", "parquet")))
    for path in ("index.parquet", "records/000000.parquet"):
        table = pq.read_table(folder / path)
        pq.write_table(table.append_column("weather", pa.array([None] * len(table), pa.string())), folder / path)
    table = pq.read_table(folder / "ledger.parquet")
    pq.write_table(table.append_column("weather", pa.array(["rain"] * len(table))), folder / "ledger.parquet")
    edit(folder, lambda manifest: manifest.update(features=["weather", "hands"], climate={"wet": 1}))


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the manifest, and seal it again."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    change(manifest)
    for entry in manifest["files"]:
        path = folder / entry["path"]
        entry.update(sha256=file_sha256(path), bytes=path.stat().st_size, colour="blue")
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_what_a_later_addition_brings_is_no_obstacle(tmp_path: Path) -> None:
    later(tmp_path)
    assert validate_corpus(tmp_path) == []
    assert read_manifest(tmp_path).features == ("weather", "hands")
    [record] = Corpus(tmp_path)
    assert record.metadata["weather"] == "rain"
    assert record.metadata["labels"] == {"activity": "sit"}
    assert record.arrays["hands"].shape == (2, 2)
    assert CliRunner().invoke(app, ["inspect", str(tmp_path)]).exit_code == 0


def test_a_corpus_names_its_format_and_what_was_added_to_it(tmp_path: Path) -> None:
    make_corpus(tmp_path, 1)
    manifest = json.loads((tmp_path / "manifest.json").read_bytes())
    assert manifest["format_version"] == 2
    assert manifest["features"] == ["measurements", "points_in_random_order"]
    assert Corpus(tmp_path)[0].metadata["format_version"] == 2


def test_records_of_another_format_than_the_manifests_are_found(tmp_path: Path) -> None:
    make_corpus(tmp_path, 1)
    edit(tmp_path, lambda manifest: manifest.update(format_version=1))
    assert "index.parquet: has records of another format than the manifest's 1" in map(str, validate_corpus(tmp_path))


def test_a_later_format_is_named_with_what_to_do(tmp_path: Path) -> None:
    make_corpus(tmp_path, 1)
    edit(tmp_path, lambda manifest: manifest.update(format_version=3, files=[]))
    [problem] = validate_corpus(tmp_path)
    assert "of format 3" in problem.message and "install a newer one" in problem.message
    table = pq.read_table(tmp_path / "index.parquet")
    place = table.column_names.index("format_version")
    table = table.set_column(place, "format_version", pa.array([3], pa.int64()))
    pq.write_table(table, tmp_path / "index.parquet")
    with pytest.raises(CorpusError, match="of format 3, but this version of share-data reads 1 and 2: install"):
        Corpus(tmp_path)
