"""Whatever a corpus says of itself is shown as text: nothing in it is obeyed by a terminal or taken for markup."""

from pathlib import Path

import pytest
from hostile import assert_ended_well, run_verb
from hostile_corpora import copy, edited_json, edited_record, edited_rows, good_corpus
from hostile_verbs import VERBS, ending_of

OBEYED = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp\u2066\u2028\r\x7f\u200f"
EVIL = f"{OBEYED}[red]bold[/red] [link=x]y[/link] :boom:\nerror: none"
FORBIDDEN = "\x1b\x07\x9b\x7f\u202e\u2066\u2028\u200f"


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus that is sound, and evil in every text."""
    texts = {"title": EVIL, "attribution": EVIL, "licence": EVIL, "labels": {EVIL: EVIL}}
    return good_corpus(tmp_path_factory.mktemp("evil") / "corpus", texts)


def all_plain(text: str) -> None:
    assert not set(text) & set(FORBIDDEN), ascii(text[-2000:])


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("where", ["texts", "ledger", "index", "recipe", "manifest", "metadata", "journal"])
def test_nothing_is_obeyed(hostile: Path, tmp_path: Path, verb: str, where: str) -> None:
    corpus = copy(hostile, tmp_path / "corpus")
    if where == "ledger":
        edited_rows("ledger.parquet", lambda rows: [row.update(reason=EVIL, stage=EVIL, message=EVIL, error_class=EVIL)
                                                    for row in rows])(corpus)  # fmt: skip
    if where == "index":
        edited_rows("index.parquet", lambda rows: [row.update(key=EVIL, video_id=EVIL, source=EVIL) for row in rows])(
            corpus
        )
    if where == "recipe":
        edited_json("recipe.json", lambda found: found["sources"][0].update(kind=EVIL))(corpus)
    if where == "manifest":
        edited_json("manifest.json", lambda found: found.update(toolkit_version=EVIL, estimators={EVIL: {EVIL: 1}}))(
            corpus
        )
    if where == "metadata":
        edited_record(metadata=lambda found: found.update(title=EVIL, uri=EVIL, focal_source=EVIL, source=EVIL))(corpus)
    if where == "journal":
        (corpus / ".share-data").mkdir()
        (corpus / ".share-data" / "journal.jsonl").write_text(
            '{"e": "\\u001b[2J\\u0007"}\n{"e": "begin", "t": "\\u009b"}\n'
        )
    ending = ending_of(corpus, verb, tmp_path)
    all_plain(ending.text)
    assert "\nerror: none" not in ending.text


def test_markup_is_text(hostile: Path, tmp_path: Path) -> None:
    shown = run_verb(tmp_path / "ending", "inspect", str(hostile), "0").out
    assert "[red]bold[/red]" in shown and "[link=x]y[/link]" in shown and ":boom:" in shown


@pytest.mark.parametrize("field", ["name", "sources", "camera", "output", EVIL])
@pytest.mark.parametrize("verb", ["build", "plan", "validate", "doctor"])
def test_a_recipe_is_told_as_text(tmp_path: Path, verb: str, field: str) -> None:
    import json

    path = tmp_path / "recipe.yaml"
    path.write_text(json.dumps({"schema_version": 1, "name": "x", "sources": [], field: {EVIL: EVIL}}))
    arguments = (verb, "--recipe", str(path)) if verb == "doctor" else (verb, str(path))
    ending = run_verb(tmp_path / "ending", *arguments, cwd=tmp_path)
    assert_ended_well(ending, codes=(2,))
    all_plain(ending.text)
