"""Packing: the same bytes every time, whole corpora only, and nothing touched that a build did not write."""

import errno
import io
import json
import os
import shutil
import string
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from make_records import BODY, PREVIEW, RECIPE, make_clip, make_corpus, make_entries, make_member
from safetensors.numpy import load

from share_data.corpus.layout import ARRAYS, LAST_TENSOR, hash_order
from share_data.corpus.opening import read_manifest
from share_data.corpus.read import Corpus
from share_data.corpus.record_columns import row_arrays, rows_of
from share_data.corpus.scores import SCORES
from share_data.corpus.validate import validate_corpus
from share_data.corpus.write import pack as pack_module
from share_data.corpus.write.pack import PackOptions, Provenance, pack
from share_data.corpus.write.shards import Member
from share_data.corpus.write.tarfile_bytes import TarWriter, header
from share_data.corpus.write.target import LocalTarget
from share_data.errors import CorpusError, DiskFullError
from share_data.store.hashing import file_sha256

NAMES = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=88)


def tree(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): file_sha256(p) for p in folder.rglob("*") if p.is_file()}


def corpus(folder: Path) -> dict[str, str]:
    return {path: sha256 for path, sha256 in tree(folder).items() if not path.startswith(".share-data/")}


def write_tar(members: list[tuple[str, bytes]]) -> tuple[bytes, list[int]]:
    out = io.BytesIO()
    writer = TarWriter(out)
    offsets = [writer.add(name, data) for name, data in members]
    writer.close()
    return out.getvalue(), offsets


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(NAMES, st.binary(max_size=1500)), max_size=5))
def test_a_tar_is_plain_ustar_with_bytes_from_names_and_contents_alone(
    members: list[tuple[str, bytes]],
) -> None:
    data, offsets = write_tar(members)
    assert data == write_tar(members)[0]
    assert [data[offset : offset + len(content)] for offset, (_, content) in zip(offsets, members, strict=True)] == [
        content for _, content in members
    ]
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        infos = archive.getmembers()
        assert [(info.name, info.size) for info in infos] == [(name, len(content)) for name, content in members]
        assert all((i.mtime, i.uid, i.gid, i.uname, i.gname, i.mode) == (0, 0, 0, "", "", 0o644) for i in infos)


@pytest.mark.parametrize("name", ["k" * 101, "folder/" + "k" * 100, "ключ", "k\ud800"])
def test_names_that_need_tar_extensions_are_refused(name: str) -> None:
    with pytest.raises(ValueError):
        header(name, 1)


def test_the_same_records_give_the_same_bytes_in_any_order(tmp_path: Path) -> None:
    first = make_corpus(tmp_path / "a")
    clips = [make_clip(number, 4 + number % 3) for number in range(5)]
    members = [make_member(clip, seed) for seed, clip in enumerate(clips)]
    books = Provenance(make_entries(clips)[::-1], dict(reversed(RECIPE.items())), BODY)
    second = pack(members[::-1], tmp_path / "b", books, PackOptions(2, ("webdataset", "parquet")))
    assert first == second
    assert tree(tmp_path / "a") == tree(tmp_path / "b")


def test_a_shard_is_a_row_of_whole_samples_in_hash_order(tmp_path: Path) -> None:
    make_corpus(tmp_path, 5)
    names = []
    for shard in sorted((tmp_path / "shards").iterdir()):
        with tarfile.open(shard) as archive:
            names += archive.getnames()
    keys = hash_order(make_clip(number, 4 + number % 3).key for number in range(5))
    assert names == [f"{key}.{member}" for key in keys for member in ("json", "jpg", "safetensors")]


def test_the_index_has_every_known_score_as_a_number_null_where_it_was_not_measured(tmp_path: Path) -> None:
    make_corpus(tmp_path, 2)
    index = pq.read_table(tmp_path / "index.parquet")
    for score in SCORES:
        column = index[f"score_{score.name}"]
        assert str(column.type) == "double"
        told = [dict(pairs).get(score.name) for pairs in map(json.loads, index["scores_json"].to_pylist())]
        assert column.to_pylist() == told
    assert index["score_lean_deg"].null_count == 2


def test_the_index_finds_every_member_by_offset_and_the_parquet_copy_is_equal(tmp_path: Path) -> None:
    make_corpus(tmp_path, 3)
    rows = pq.read_table(tmp_path / "index.parquet").to_pylist()
    files = [pq.ParquetFile(path) for path in sorted((tmp_path / "records").iterdir())]
    copies = [row for file in files for row in rows_of(file)]
    assert len(rows) == len(copies) == 3
    for row, copy in zip(rows, copies, strict=True):
        shard = (tmp_path / row["shard"]).read_bytes()
        part = {m: shard[row[f"{m}_offset"] :][: row[f"{m}_size"]] for m in ("json", "jpg", "safetensors")}
        metadata, arrays = json.loads(part["json"]), load(part["safetensors"])
        assert metadata["key"] == row["key"] == copy["key"]
        assert json.loads(row["scores_json"]) == {score["name"]: score["value"] for score in metadata["scores"]}
        assert row["score_height_m"] == json.loads(row["scores_json"])["height_m"]
        assert part["jpg"] == copy["preview"] == PREVIEW
        assert arrays.keys() == {*ARRAYS, LAST_TENSOR}
        for name, array in row_arrays(copy).items():
            np.testing.assert_array_equal(array, arrays[name], strict=True)


def test_the_manifest_sums_up_the_corpus(tmp_path: Path) -> None:
    manifest = make_corpus(tmp_path, 3, redistributable=False, licence="CC-BY-4.0")
    assert read_manifest(tmp_path) == manifest
    assert manifest.records == 3
    assert not manifest.redistributable
    assert manifest.licences == {"CC-BY-4.0": 3}
    assert manifest.counts["video"]["total"] == 5
    assert manifest.body == BODY
    assert json.loads((tmp_path / "recipe.json").read_bytes()) == RECIPE
    assert {entry.path: entry.sha256 for entry in manifest.files} == {
        path: sha256 for path, sha256 in tree(tmp_path).items() if path != "manifest.json"
    }


def test_arrays_of_another_memory_layout_are_packed_by_value(tmp_path: Path) -> None:
    clip = make_clip()
    sample = make_member(clip).load()
    turned = {name: np.asfortranarray(array) for name, array in sample.arrays.items()}
    member = Member(clip.key, lambda: replace(sample, arrays=turned))
    pack([member], tmp_path, Provenance(make_entries([clip]), RECIPE, BODY), PackOptions(1, ("webdataset", "parquet")))
    assert validate_corpus(tmp_path) == []
    np.testing.assert_array_equal(Corpus(tmp_path)[0].arrays["joints"], sample.arrays["joints"])


def test_a_corpus_of_nothing_is_a_corpus(tmp_path: Path) -> None:
    assert make_corpus(tmp_path, 0).records == 0
    assert validate_corpus(tmp_path) == []
    assert len(Corpus(tmp_path)) == 0


def test_without_parquet_in_the_formats_there_are_no_records_files(tmp_path: Path) -> None:
    make_corpus(tmp_path, 2, PackOptions(10))
    assert set(tree(tmp_path)) == {
        "manifest.json",
        "index.parquet",
        "ledger.parquet",
        "measurements.parquet",
        "recipe.json",
        "shards/000000.tar",
    }


def test_members_that_the_ledger_does_not_keep_are_not_packed(tmp_path: Path) -> None:
    clips = [make_clip(0), make_clip(1)]
    members = [make_member(clip) for clip in clips]
    for wrong in (members[:1], [*members, members[0]], [*members, make_member(make_clip(2))]):
        with pytest.raises(CorpusError, match="does not add up"):
            pack(wrong, tmp_path, Provenance(make_entries(clips), RECIPE, BODY), PackOptions())
    assert tree(tmp_path) == {}


def test_a_smaller_rebuild_removes_its_own_old_files_and_no_others(tmp_path: Path) -> None:
    make_corpus(tmp_path, 5)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "shards" / "readme").write_text("mine")
    make_corpus(tmp_path, 2, PackOptions(2))
    (tmp_path / "shards" / "readme").unlink()
    (tmp_path / "notes.txt").unlink()
    make_corpus(tmp_path.with_name("fresh"), 2, PackOptions(2))
    assert tree(tmp_path) == tree(tmp_path.with_name("fresh"))


@pytest.mark.parametrize("foreign", ["shards/000007.tar", "index.parquet", "records/000000.parquet"])
def test_a_file_of_another_origin_is_neither_replaced_nor_removed(tmp_path: Path, foreign: str) -> None:
    (tmp_path / foreign).parent.mkdir(exist_ok=True)
    (tmp_path / foreign).write_text("precious")
    with pytest.raises(CorpusError, match=foreign):
        make_corpus(tmp_path, 2)
    assert set(tree(tmp_path)) == {foreign}
    assert (tmp_path / foreign).read_text() == "precious"


def test_another_programs_manifest_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"name": "a web page"}')
    with pytest.raises(CorpusError, match=r"move .* away"):
        make_corpus(tmp_path, 2)


def test_a_record_that_fails_to_load_leaves_the_old_corpus_as_it_was(tmp_path: Path) -> None:
    make_corpus(tmp_path, 5)
    before = tree(tmp_path)
    clips = [make_clip(number) for number in range(3)]

    def fail() -> Any:
        raise RuntimeError("no such result")

    members = [make_member(clips[0]), make_member(clips[1]), replace(make_member(clips[2]), load=fail)]
    with pytest.raises(RuntimeError, match="no such result"):
        pack(members, tmp_path, Provenance(make_entries(clips), RECIPE, BODY), PackOptions())
    assert tree(tmp_path) == before


def test_a_full_disk_leaves_the_old_corpus_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_corpus(tmp_path, 5)
    before = tree(tmp_path)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFullError, match="Free some space"):
        make_corpus(tmp_path, 3)
    assert tree(tmp_path) == before


class Killed(BaseException):
    """Stands for a process that ends between two system calls."""


def killing_after(calls: int, function: Callable[..., Any]) -> Callable[..., Any]:
    left = iter(range(calls))

    def once_more(*args: Any, **kwargs: Any) -> Any:
        if next(left, None) is None:
            raise Killed
        return function(*args, **kwargs)

    return once_more


@pytest.fixture(scope="module")
def before_and_after(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("corpora")
    make_corpus(folder / "before", 5)
    make_corpus(folder / "after", 3, PackOptions(2))
    return folder / "before", folder / "after"


# Two tars and what is known of them, the publication's record, five data files, the manifest: eleven in all.
@pytest.mark.parametrize("renames", range(12))
def test_a_build_killed_at_any_rename_is_finished_by_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before_and_after: tuple[Path, Path], renames: int
) -> None:
    old, new = (tree(folder) for folder in before_and_after)
    shutil.copytree(before_and_after[0], tmp_path / "out")
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killing_after(renames, Path.replace))
        patch.setattr(pack_module.shutil, "rmtree", lambda *args, **kwargs: None)
        try:
            make_corpus(tmp_path / "out", 3, PackOptions(2))
        except Killed:
            pass
        else:
            assert renames == 11
    under_way = (tmp_path / "out" / ".share-data" / "publication.json").exists()
    assert (validate_corpus(tmp_path / "out") == []) == (not under_way)
    LocalTarget(tmp_path / "out").check()
    assert corpus(tmp_path / "out") in (old, new)
    make_corpus(tmp_path / "out", 3, PackOptions(2))
    assert corpus(tmp_path / "out") == new
