"""A record is exactly what the corpus format says, whatever the clip's title or the scene's size."""

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from make_records import make_clip, make_corpus, make_reconstruction, stored_order

from share_data.corpus.columns import metadata_row
from share_data.corpus.layout import ARRAYS, is_data_file
from share_data.corpus.manifest import manifest_schema
from share_data.corpus.metadata_json import metadata_to_json
from share_data.corpus.read import Corpus, Record
from share_data.corpus.record import array_problems, record_schema, to_sample
from share_data.corpus.validate import validate_corpus
from share_data.ledger.ledger import ledger_schema
from share_data.store.hashing import canonical_json

HOSTILE = "\"]}</script>\u202e\x00\n../../etc/passwd \udcff 🎥 {{7*7}} '; drop table--"


def test_a_record_says_where_it_comes_from_and_how_it_was_made() -> None:
    metadata, arrays = to_sample(make_clip(frames=5, labels={"activity": "sit"}), make_reconstruction())
    assert metadata["frame_start"], metadata["frame_stop"] == (10, 15)
    assert metadata["fps"] == pytest.approx(30)
    assert (metadata["time_first"], metadata["time_last"]) == (arrays["times"][0], arrays["times"][-1])
    assert (metadata["focal"], metadata["focal_source"]) == (60.0, "recipe")
    assert metadata["labels"] == {"activity": "sit"}
    assert metadata["humans"]["weights"] == {"net.onnx": "a" * 64}
    assert metadata["geometry_label"] == "ground_plane"
    assert "gone.mp4" not in json.dumps(metadata)
    assert list(arrays) and set(arrays) == set(ARRAYS)
    assert arrays["intrinsics"][0].tolist() == [60.0, 0.0, 32.0]


@settings(max_examples=50, deadline=None)
@given(st.text() | st.text(st.characters(categories=["Cs", "Cc", "Cf"])))
def test_any_title_is_only_data(title: str) -> None:
    metadata, _ = to_sample(make_clip(title=title, labels={title: title}), make_reconstruction())
    assert json.loads(canonical_json(metadata)) == metadata
    assert metadata["title"] == title.encode("utf-8", "backslashreplace").decode()
    assert json.loads(metadata_row(metadata)["labels_json"]) == {metadata["title"]: metadata["title"]}


def test_a_hostile_title_and_id_go_through_a_whole_corpus(tmp_path: Path) -> None:
    make_corpus(tmp_path, 1, title=HOSTILE, video_id=HOSTILE, uri=HOSTILE, attribution=HOSTILE)
    assert validate_corpus(tmp_path) == []
    [record] = Corpus(tmp_path)
    assert record.metadata["title"] == HOSTILE.replace("\udcff", "\\udcff")
    assert set(record.key) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def test_tenth_millimetre_points_are_within_half_a_step() -> None:
    reconstruction = make_reconstruction(points=1000, width=6.5)
    sample = to_sample(make_clip(), reconstruction, "0.1mm")
    assert sample[0]["precision"] == "0.1mm"
    assert sample[1]["points"].dtype == np.uint16
    points = reconstruction.scene.points[stored_order(make_clip().key, 1000)]
    assert np.abs(Record(*sample, b"").points - points).max() < 0.5e-4 + 1e-6


def test_a_scene_too_wide_for_tenth_millimetres_stays_float32_and_says_so() -> None:
    reconstruction = make_reconstruction(points=1000, width=6.6)
    metadata, arrays = to_sample(make_clip(), reconstruction, "0.1mm")
    assert metadata["precision"] == "float32"
    points = reconstruction.scene.points[stored_order(make_clip().key, 1000)]
    np.testing.assert_array_equal(Record(metadata, arrays, b"").points, points)


def test_any_block_of_points_is_a_uniform_sample_of_the_scene() -> None:
    made = make_reconstruction(points=8000)
    by_place = np.argsort(made.scene.points[:, 0])
    sorted_scene = replace(made.scene, **{f.name: getattr(made.scene, f.name)[by_place] for f in fields(made.scene)})
    metadata, arrays = to_sample(make_clip(), replace(made, scene=sorted_scene))
    for block in np.split(arrays["points"], 8):
        counts, _ = np.histogram(block[:, 0], 10, (0, 4))
        assert np.abs(counts - 100).max() < 50
    order = stored_order(metadata["key"], 8000)
    for name in ("points", "colors", "normals", "point_source"):
        np.testing.assert_array_equal(arrays[name], getattr(sorted_scene, name)[order])


def test_an_empty_scene_is_stored_in_either_precision() -> None:
    for precision in ("float32", "0.1mm"):
        metadata, arrays = to_sample(make_clip(), make_reconstruction(points=0), precision)  # type: ignore[arg-type]
        assert metadata["n_points"] == 0
        assert Record(metadata, arrays, b"").points.shape == (0, 3)


def spoil(name: str, value: Any) -> Any:
    reconstruction = make_reconstruction()
    return replace(reconstruction, motion=replace(reconstruction.motion, **{name: value}))


@pytest.mark.parametrize(
    ("spoilt", "problem"),
    [
        (spoil("transl", np.full((5, 3), np.nan)), "'transl' holds NaN"),
        (spoil("betas", np.zeros(11)), r"'betas' has shape \(11,\), not \(10,\)"),
        (make_reconstruction(frames=4), r"'transl' has shape \(4, 3\), not \(5, 3\)"),
    ],
)
def test_a_reconstruction_that_breaks_its_word_is_not_recorded(spoilt: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        to_sample(make_clip(frames=5), spoilt)


def test_missing_and_surplus_arrays_are_named() -> None:
    metadata, arrays = to_sample(make_clip(), make_reconstruction())
    arrays["smell"] = arrays.pop("colors")
    assert array_problems(metadata, arrays) == ["array 'colors' is missing", "array 'smell' does not belong here"]


def test_what_is_written_fits_the_published_schemas(tmp_path: Path) -> None:
    make_corpus(tmp_path, 2)
    for schema in (record_schema(), manifest_schema(), ledger_schema()):
        Draft202012Validator.check_schema(schema)
    Draft202012Validator(manifest_schema()).validate(json.loads((tmp_path / "manifest.json").read_bytes()))
    for record in Corpus(tmp_path):
        Draft202012Validator(record_schema()).validate(metadata_to_json(record.metadata))


@pytest.mark.parametrize(
    "path",
    [
        "../index.parquet",
        "/etc/passwd",
        "shards/../../x.tar",
        "shards/000000.tar\n",
        "manifest.json",
        "shards/" + "\u0660" * 6 + ".tar",
    ],
)
def test_a_manifest_can_only_name_files_of_a_corpus(path: str) -> None:
    assert not is_data_file(path)
