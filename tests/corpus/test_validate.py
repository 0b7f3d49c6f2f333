"""Validation: a sound corpus passes, and every way to spoil one is found and names the file."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from make_records import make_corpus

from share_data.corpus.validate import validate_corpus
from share_data.ledger.ledger import read_ledger, write_ledger
from share_data.store.hashing import file_sha256


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound")
    make_corpus(folder, 5)
    return folder


@pytest.fixture
def corpus(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "corpus"))


def edit_manifest(corpus: Path, change: Callable[[dict[str, Any]], object]) -> None:
    manifest = json.loads((corpus / "manifest.json").read_bytes())
    change(manifest)
    (corpus / "manifest.json").write_text(json.dumps(manifest))


def reseal(corpus: Path) -> None:
    """Give the manifest the checksums of the files as they are now, as a careful forger would."""

    def refresh(manifest: dict[str, Any]) -> None:
        for entry in manifest["files"]:
            entry["sha256"] = file_sha256(corpus / entry["path"])
            entry["bytes"] = (corpus / entry["path"]).stat().st_size

    edit_manifest(corpus, refresh)


def flip(path: Path, offset: int) -> None:
    data = bytearray(path.read_bytes())
    data[offset] ^= 1
    path.write_bytes(data)


def edit_table(path: Path, change: Callable[[list[dict[str, Any]]], object]) -> None:
    table = pq.read_table(path)
    rows = table.to_pylist()
    change(rows)
    pq.write_table(pa.Table.from_pylist(rows, table.schema), path)


def test_a_sound_corpus_has_no_problems(corpus: Path) -> None:
    assert validate_corpus(corpus) == []


@pytest.mark.parametrize("precision", ["float32", "0.1mm"])
def test_either_precision_is_sound(tmp_path: Path, precision: Any) -> None:
    make_corpus(tmp_path, 2, precision=precision)
    assert validate_corpus(tmp_path) == []


@pytest.mark.parametrize(
    "path", ["shards/000001.tar", "records/000000.parquet", "index.parquet", "ledger.parquet", "recipe.json"]
)
@pytest.mark.parametrize("harm", ["flip first", "flip last", "cut", "empty", "delete"])
def test_a_damaged_file_is_named_alone(corpus: Path, path: str, harm: str) -> None:
    file = corpus / path
    data = file.read_bytes()
    match harm:
        case "flip first":
            flip(file, 0)
        case "flip last":
            flip(file, -1)
        case "cut":
            file.write_bytes(data[:-7])
        case "empty":
            file.write_bytes(b"")
        case "delete":
            file.unlink()
    assert [problem.file for problem in validate_corpus(corpus)] == [path]


def test_swapped_shards_are_both_named(corpus: Path) -> None:
    first, second = corpus / "shards/000000.tar", corpus / "shards/000001.tar"
    aside = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(aside)
    assert {problem.file for problem in validate_corpus(corpus)} == {"shards/000000.tar", "shards/000001.tar"}
    reseal(corpus)
    assert {"shards/000000.tar", "shards/000001.tar"} <= {problem.file for problem in validate_corpus(corpus)}


@pytest.mark.parametrize("extra", ["shards/000009.tar", "records/000009.parquet", "shards/.x.tmp"])
def test_a_file_too_many_is_named(corpus: Path, extra: str) -> None:
    (corpus / extra).write_bytes(b"?")
    assert [str(problem) for problem in validate_corpus(corpus)] == [f"{extra}: is not part of this corpus"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format_version": 2}', '{"format_version": 3}'])
def test_a_manifest_that_is_none_is_named(corpus: Path, content: str) -> None:
    (corpus / "manifest.json").write_text(content)
    assert [problem.file for problem in validate_corpus(corpus)] == ["manifest.json"]


def test_a_folder_that_is_no_corpus_is_said_to_be_none(tmp_path: Path) -> None:
    [problem] = validate_corpus(tmp_path)
    assert "Is this a finished corpus?" in problem.message


def test_a_manifest_is_not_followed_out_of_the_corpus(corpus: Path) -> None:
    edit_manifest(corpus, lambda manifest: manifest["files"][0].update(path="../secret"))
    assert [problem.file for problem in validate_corpus(corpus)] == ["manifest.json"]


@pytest.mark.parametrize(
    ("change", "file"),
    [
        (lambda m: m["files"].pop(0), "index.parquet"),
        (lambda m: m["files"].append(m["files"][-1]), "shards/000002.tar"),
        (lambda m: m.update(records=4), "index.parquet"),
        (lambda m: m.update(redistributable=False), "index.parquet"),
        (lambda m: m.update(licences={"MIT": 5}), "index.parquet"),
        (lambda m: m["body"].update(name="smpl"), "index.parquet"),
        (lambda m: m["counts"]["clip"].update(kept=6), "ledger.parquet"),
        (lambda m: m.update(recipe_sha256="0" * 64), "recipe.json"),
    ],
)
def test_a_manifest_that_contradicts_the_files_is_found(
    corpus: Path, change: Callable[[dict[str, Any]], object], file: str
) -> None:
    edit_manifest(corpus, change)
    assert file in {problem.file for problem in validate_corpus(corpus)}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows[0].update(json_offset=rows[0]["json_offset"] + 1), "are not the"),
        (lambda rows: rows[0].update(json_offset=-5), "are not the"),
        (lambda rows: rows[0].update(title="another"), "not what the index says"),
        (lambda rows: rows[0].update(score_height_m=1.0), "not what the index says"),
        (lambda rows: rows[0].update(safetensors_sha256="0" * 64), "SHA-256 of its arrays"),
        (lambda rows: rows[0].update(shard="shards/000007.tar"), "which the manifest lacks"),
        (lambda rows: rows[0].update(shard=None), "empty cells"),
        (lambda rows: rows.append(rows[0]), "appears 2 times"),
        (lambda rows: rows.pop(0), "has 4 records"),
    ],
)
def test_an_index_that_contradicts_the_shards_is_found(
    corpus: Path, change: Callable[[list[dict[str, Any]]], object], message: str
) -> None:
    edit_table(corpus / "index.parquet", change)
    reseal(corpus)
    assert any(message in str(problem) for problem in validate_corpus(corpus))


def test_a_table_that_is_no_index_is_found(corpus: Path) -> None:
    shutil.copy(corpus / "ledger.parquet", corpus / "index.parquet")
    reseal(corpus)
    assert [str(problem) for problem in validate_corpus(corpus)] == [
        "index.parquet: does not have the columns of an index: key"
    ]


@pytest.mark.parametrize(
    ("member", "needle", "message"),
    [
        ("json", b'"n_frames":', "record"),
        ("jpg", b"\xff\xd8\xff", "not a JPEG"),
        ("safetensors", b'"betas"', "record"),
    ],
)
def test_a_spoilt_record_in_a_resealed_shard_is_found(corpus: Path, member: str, needle: bytes, message: str) -> None:
    row = pq.read_table(corpus / "index.parquet").to_pylist()[0]
    file = corpus / row["shard"]
    flip(file, file.read_bytes().index(needle, row[f"{member}_offset"]) + 1)
    reseal(corpus)
    problems = validate_corpus(corpus)
    assert row["shard"] in {problem.file for problem in problems}
    assert any(message in problem.message for problem in problems)


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows[0].update(title="another"),
        lambda rows: rows[0].update(betas=rows[1]["betas"]),
        lambda rows: rows[0].update(betas=rows[0]["betas"][:-1]),
        lambda rows: rows[0].update(betas_dtype="object"),
        lambda rows: rows[0].update(betas=None),
        lambda rows: rows[0].update(preview=b""),
        lambda rows: rows.pop(0),
        lambda rows: rows.reverse(),
    ],
)
def test_a_parquet_copy_that_differs_from_its_shard_is_found(
    corpus: Path, change: Callable[[list[dict[str, Any]]], object]
) -> None:
    edit_table(corpus / "records/000000.parquet", change)
    reseal(corpus)
    assert {problem.file for problem in validate_corpus(corpus)} == {"records/000000.parquet"}


def test_a_kept_clip_without_a_record_and_a_lost_video_are_found(corpus: Path) -> None:
    entries = list(read_ledger(corpus / "ledger.parquet"))
    lost_video = next(entry for entry in entries if entry.unit == "made-up/short")
    lost_clip = entries[-1]
    write_ledger([entry for entry in entries if entry not in (lost_video, lost_clip)], corpus / "ledger.parquet")
    reseal(corpus)
    messages = [problem.message for problem in validate_corpus(corpus)]
    assert f"record {lost_clip.unit} is not a kept clip" in messages
    assert "source 'made-up' listed 7 units but 6 have an outcome" in messages
