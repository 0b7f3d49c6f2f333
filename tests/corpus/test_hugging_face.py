"""Hugging Face `datasets` infers and converts, yet every label and every byte arrives: tar and Parquet, every format.

The corpus has what it took silently: labels, weights and settings that only records after the fifth have, numbers that
are whole in the first ones, and arrays that end in zeros.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pytest
from make_records import BODY, PREVIEW, RECIPE, make_clip, make_entries, make_reconstruction
from safetensors.numpy import load

from share_data.corpus.layout import ARRAYS, hash_order
from share_data.corpus.read import Corpus, Record
from share_data.corpus.record import to_sample
from share_data.corpus.write.pack import PackOptions, Provenance, pack
from share_data.corpus.write.shards import Member, Sample
from share_data.publish.run import Asked, publish_corpus
from share_data.records import Clip, EstimatorInfo, Reconstruction

FORMATS = (None, "numpy", "torch")
PLAIN = 6
"""So many records come first and say little; `datasets` looks at five."""


def reconstruction_of(number: int, frames: int) -> Reconstruction:
    """The first ones have whole numbers, no weights and no settings; all end in zeros wherever an array can."""
    made = make_reconstruction(frames, 40 + number, number)
    late = number >= PLAIN
    weights = {"depth.bin": f"{number:064x}"} if late else {}
    settings: dict[str, str | int | float | bool] = {"scale": 1.75, "on": True, "n": 3, "of": "3"} if late else {}
    pose = made.motion.body_pose.copy()
    pose[-1, -6:] = 0
    motion = replace(
        made.motion, body_pose=pose, valid=np.zeros(frames, bool), foot_contact=np.zeros((frames, 4), bool)
    )
    return replace(
        made,
        motion=motion,
        scene=replace(made.scene, point_source=np.zeros(len(made.scene.points), np.uint8)),
        geometry=EstimatorInfo("sensor" if late else "ground_plane", 1, weights, settings),
        scores={"height_m": 1.75, "coverage": 0.5} if late else {"height_m": 2},
    )


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight records of two sources, two a shard: the last two, of the source with labels, in a shard of their own."""
    folder = tmp_path_factory.mktemp("mixed")
    numbers = {make_clip(number, 4 + number % 3).key: number for number in range(8)}
    clips = []
    for rank, key in enumerate(hash_order(numbers)):
        labels = {"activity": f"walk {rank}", "subject": "p02"} if rank >= PLAIN else {}
        clips.append(make_clip(numbers[key], 4 + numbers[key] % 3, labels=labels))
    members = [member_of(rank, clip) for rank, clip in enumerate(clips)]
    pack(members, folder, Provenance(make_entries(clips), RECIPE, BODY), PackOptions(2, ("webdataset", "parquet")))
    return folder


@pytest.fixture(scope="module")
def published(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The corpus as it is passed on, with its card."""
    folder = tmp_path_factory.mktemp("published") / "mine"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHARE_DATA_HOME", str(folder.parent))
        publish_corpus(corpus, str(folder), Asked())
    return folder


def member_of(rank: int, clip: Clip) -> Member:
    precision: Any = "0.1mm" if rank % 2 else "float32"
    return Member(clip.key, lambda: Sample(*to_sample(clip, reconstruction_of(rank, len(clip)), precision), PREVIEW))


def rows(kind: str, corpus: Path, cache: Path, form: str | None) -> Iterator[tuple[Mapping[str, Any], Record]]:
    """What `datasets` makes of each record, beside the record. Without a format, by files; else by the folder alone."""
    folder, ending = ("shards", "tar") if kind == "webdataset" else ("records", "parquet")
    if form is None:
        files = [str(path) for path in sorted((corpus / folder).glob(f"*.{ending}"))]
        found = datasets.load_dataset(kind, data_files=files, split="train", cache_dir=str(cache))
    else:
        place = corpus if kind == "webdataset" else corpus / folder
        found = datasets.load_dataset(str(place), split="train", cache_dir=str(cache))
    if kind == "webdataset":
        found = found.cast_column("jpg", datasets.Image(decode=False))
    return zip(found.with_format(form), Corpus(corpus), strict=True)


def mapping(pairs: Any) -> dict[str, Any]:
    return {str(pair["name"]): pair["value"] for pair in pairs if pair["name"]}


@pytest.mark.parametrize("form", FORMATS)
def test_tar_every_label_and_every_byte(published: Path, tmp_path: Path, form: str | None) -> None:
    labelled = 0
    for row, record in rows("webdataset", published, tmp_path, form):
        found, truth = row["json"], record.metadata
        assert mapping(found["labels"]) == truth["labels"]
        assert {name: float(value) for name, value in mapping(found["scores"]).items()} == truth["scores"]
        assert mapping(found["geometry"]["weights"]) == truth["geometry"]["weights"]
        assert mapping(found["geometry"]["settings"]).keys() == truth["geometry"]["settings"].keys()
        assert found["body"] == truth["body"]
        assert found["focal"] == truth["focal"]
        arrays = load(bytes(row["safetensors"]))
        for name in ARRAYS:
            np.testing.assert_array_equal(arrays[name], record.arrays[name], strict=True)
        assert row["jpg"]["bytes"] == record.preview
        labelled += bool(truth["labels"])
    assert labelled == 2


@pytest.mark.parametrize("form", FORMATS)
def test_parquet_every_label_and_every_byte(published: Path, tmp_path: Path, form: str | None) -> None:
    for row, record in rows("parquet", published, tmp_path, form):
        for name in ("labels", "scores", "geometry", "body"):
            assert json.loads(row[f"{name}_json"]) == record.metadata[name]
        for name in ARRAYS:
            dtype, shape = str(row[f"{name}_dtype"]), np.asarray(row[f"{name}_shape"])
            values = np.asarray(row[name]).astype("uint8" if dtype == "float64" else dtype)
            np.testing.assert_array_equal(values.view(dtype).reshape(shape), record.arrays[name], strict=True)
        assert bytes(row["preview"]) == record.preview


def test_the_corpus_is_what_it_should_be(corpus: Path) -> None:
    """The premises above: so many plain ones first, tails of zeros, both precisions, settings of every type."""
    records = list(Corpus(corpus))
    assert [bool(record.metadata["labels"]) for record in records] == [False] * PLAIN + [True] * (len(records) - PLAIN)
    assert {record.metadata["precision"] for record in records} == {"float32", "0.1mm"}
    for record in records:
        assert record.arrays["body_pose"].tobytes()[-24:] == bytes(24)
        assert not record.arrays["valid"].any() and not record.arrays["point_source"].any()
    assert records[-1].metadata["geometry"]["settings"] == {"scale": 1.75, "on": True, "n": 3, "of": "3"}
    assert records[0].metadata["geometry"]["settings"] == {} == records[0].metadata["labels"]
