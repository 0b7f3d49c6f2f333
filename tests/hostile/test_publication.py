"""An unfinished publication is followed only where all of it stays inside; else nothing is moved, and it is named."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from hostile import tree
from hostile_corpora import FIRST, Spoil, copy, edited_json, fifo, folder, link, written

from share_data.corpus.validate import validate_corpus
from share_data.corpus.write.target import LocalTarget
from share_data.errors import CorpusError

RECORD = ".share-data/publication.json"
STAGED = f"staging/tables/{FIRST}"


def unfinished(good: Path, to: Path) -> Path:
    """The good corpus as a build leaves it that is killed just after it put its publication on record."""
    corpus = copy(good, to)
    manifest = json.loads((corpus / "manifest.json").read_bytes())
    moves = {entry["path"]: f"staging/tables/{entry['path']}" for entry in manifest["files"]}
    for path, name in moves.items():
        staged = corpus / ".share-data" / name
        staged.parent.mkdir(parents=True, exist_ok=True)
        (corpus / path).rename(staged)
    (corpus / "manifest.json").unlink()
    (corpus / RECORD).write_text(json.dumps({"manifest": manifest, "moves": moves, "replaced": []}))
    return corpus


def moves(path: str, name: Any) -> Spoil:
    return edited_json(RECORD, lambda found: found["moves"].update({path: name}))


def record(**values: Any) -> Spoil:
    return edited_json(RECORD, lambda found: found.update(values))


def lacking(name: str) -> Spoil:
    return edited_json(RECORD, lambda found: {key: value for key, value in found.items() if key != name})


def linked(name: str) -> Spoil:
    """What lies there lies outside now, and a link leads to it."""

    def spoil(corpus: Path) -> None:
        aside = corpus.parent / "outside" / "aside"
        (corpus / name).rename(aside)
        (corpus / name).symlink_to(aside)

    return spoil


CASES: dict[str, Spoil] = {
    "record empty": written(RECORD, ""),
    "record cut": written(RECORD, '{"manifest": {'),
    "record a list": written(RECORD, "[]"),
    "record too deep": written(RECORD, "[" * 100_000),
    "record not UTF-8": written(RECORD, b"\xff\xfe"),
    "record a pipe": fifo(RECORD),
    "record a folder": folder(RECORD),
    "record a device": link(RECORD, "/dev/zero"),
    "record a link out": linked(RECORD),
    "record a link to nothing": link(RECORD, "nowhere"),
    "no manifest": lacking("manifest"),
    "no moves": lacking("moves"),
    "no replaced": lacking("replaced"),
    "manifest null": record(manifest=None),
    "manifest of nothing": record(manifest={}),
    "moves a list": record(moves=[1]),
    "moves to a number": moves(FIRST, 5),
    "replaced a number": record(replaced=5),
    "replaced numbers": record(replaced=[5]),
    "replaced above": record(replaced=["../outside/secret"]),
    "replaced at the root": record(replaced=["/etc/passwd"]),
    "replaced a shard above": record(replaced=["../outside/shards/000000.tar"]),
    "to above": moves("../outside/new", STAGED),
    "to the root": moves("/tmp/h1-never", STAGED),
    "to below a shard": moves("shards/../../outside/new", STAGED),
    "to the workspace": moves(".share-data/lock", STAGED),
    "to another name": moves("shards/run.sh", STAGED),
    "to the manifest": moves("manifest.json", STAGED),
    "to what the manifest lacks": moves("shards/000009.tar", "staging/tables/shards/000009.tar"),
    "from above": moves(FIRST, "../../outside/secret"),
    "from the root": moves(FIRST, "/etc/hostname"),
    "from above by way of staging": moves(FIRST, f"staging/../../../outside/{FIRST}"),
    "from the corpus": moves(FIRST, f"../{FIRST}"),
    "from the journal": moves(FIRST, "journal.jsonl"),
    "from under another name": moves(FIRST, "staging/tables/ledger.parquet"),
    "from nowhere": lambda corpus: (corpus / ".share-data" / STAGED).unlink(),
    "from a file cut off": lambda corpus: os.truncate(corpus / ".share-data" / STAGED, 100),
    "from a pipe": fifo(f".share-data/{STAGED}"),
    "from a folder": folder(f".share-data/{STAGED}"),
    "from a link out": linked(f".share-data/{STAGED}"),
    "from a folder that is a link": linked(".share-data/staging/tables/shards"),
    "staging a link": linked(".share-data/staging"),
    "workspace a link": linked(".share-data"),
    "shards a link out": link("shards", "../outside"),
    "records a link out": link("records", "../outside"),
    "shards a pipe": fifo("shards"),
    "manifest a link out": link("manifest.json", "../outside/secret"),
    "index a link out": link("index.parquet", "../outside/secret"),
    "lock a link out": link(".share-data/lock", "../../outside/secret"),
    "journal a link out": link(".share-data/journal.jsonl", "../../outside/secret"),
    "ballast a link out": link(".share-data/journal.ballast", "../../outside/new"),
    "tracebacks a link out": link(".share-data/tracebacks", "../../outside"),
}


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_moved_and_the_file_is_named(good: Path, tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("not yours")
    corpus = unfinished(good, tmp_path / "corpus")
    CASES[name](corpus)
    before = tree(tmp_path)
    with pytest.raises(CorpusError, match=r"(?s)/corpus/.*(Remove|Build|move)"):
        LocalTarget(corpus).check()
    assert tree(tmp_path) == before


@pytest.mark.parametrize("moved", [0, 1, 4, 99])
def test_a_sound_publication_is_finished_from_wherever_it_was_cut_short(good: Path, tmp_path: Path, moved: int) -> None:
    corpus = unfinished(good, tmp_path / "corpus")
    for path, name in list(json.loads((corpus / RECORD).read_bytes())["moves"].items())[:moved]:
        (corpus / path).parent.mkdir(exist_ok=True)
        (corpus / ".share-data" / name).rename(corpus / path)
    LocalTarget(corpus).check()
    shutil.rmtree(corpus / ".share-data")
    assert validate_corpus(corpus) == []
