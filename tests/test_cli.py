"""The command line: exit codes, messages without tracebacks, help with examples, JSON that is one document."""

import json
from pathlib import Path

import pytest
import yaml
from command_line import called
from make_records import make_corpus
from typer.testing import CliRunner

from share_data.cli import app

RECIPE = {"schema_version": 1, "name": "mine", "sources": [{"kind": "local", "root": "nowhere"}]}


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump(RECIPE))
    return path


VERBS = (
    "build", "plan", "status", "doctor", "validate", "report", "list", "inspect", "view", "render", "evaluate",
    "export", "publish", "cite", "merge",
)  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(verb: str) -> None:
    result = CliRunner().invoke(app, [verb, "--help"])
    assert result.exit_code == 0
    assert "Example" in result.output and f"share-data {verb}" in result.output


def test_a_bad_recipe_is_exit_2_with_field_value_and_what_is_allowed(
    recipe: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called(monkeypatch, "build", str(recipe), "--set", "camera.hfov_deg=999") == 2
    message = capsys.readouterr().err
    assert "camera.hfov_deg = 999" in message and "less than 179" in message and "Traceback" not in message


@pytest.mark.parametrize("arguments", [["nonsense"], ["build"], ["evaluate"], ["evaluate", "x", "--benchmark", "rich"]])
def test_wrong_usage_is_exit_2(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert called(monkeypatch, *arguments) == 2


def test_a_source_that_is_not_there_fails_the_build_and_is_named(
    recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHARE_DATA_CACHE", str(tmp_path / "cache"))
    assert called(monkeypatch, "build", str(recipe), "--output", str(tmp_path / "out")) == 1
    shown = capsys.readouterr()
    assert "root 'nowhere' does not exist" in shown.err
    assert "SourceError" in shown.out


@pytest.mark.parametrize("verb", [("plan",), ("build", "--dry-run")])
def test_a_plan_of_a_source_that_is_not_there_ends_as_the_build_would(
    verb: tuple[str, ...], recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setenv("SHARE_DATA_CACHE", str(tmp_path / "cache"))
    arguments = [verb[0], str(recipe), *verb[1:], "--output", str(tmp_path / "out")]
    assert called(monkeypatch, *arguments) == 1
    told = " ".join(capsys.readouterr().out.split())
    assert "not listed, and so not in this plan: local" in told and "root 'nowhere' does not exist" in told
    assert called(monkeypatch, *arguments, "--json") == 1
    assert json.loads(capsys.readouterr().out)["unlisted"][0]["error"] == "SourceError"


def test_validate_takes_a_recipe_too(
    recipe: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called(monkeypatch, "validate", str(recipe)) == 0
    assert "valid" in capsys.readouterr().out


@pytest.mark.parametrize("verb", ["report", "list", "inspect", "validate", "evaluate"])
def test_a_folder_that_is_no_corpus_is_one_message(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called(monkeypatch, verb, str(tmp_path)) == 1
    shown = capsys.readouterr()
    assert str(tmp_path) in shown.err + shown.out and "Traceback" not in shown.err


@pytest.mark.parametrize("verb", ["inspect", "list", "validate"])
def test_json_is_one_document(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_corpus(tmp_path / "corpus", 2)
    assert called(monkeypatch, verb, str(tmp_path / "corpus"), "--json") == 0
    assert json.loads(capsys.readouterr().out)


def test_a_record_that_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_corpus(tmp_path / "corpus", 2)
    assert called(monkeypatch, "inspect", str(tmp_path / "corpus"), "7") == 1
    assert "7" in capsys.readouterr().err
    assert called(monkeypatch, "inspect", str(tmp_path / "corpus"), "0", "--image", "x.png", "--frames", "a,b") == 2


def test_a_record_goes_by_a_part_of_its_videos_id_and_a_picture_says_what_it_is_drawn_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_corpus(tmp_path / "corpus", 2)
    picture = tmp_path / "look.png"
    assert called(monkeypatch, "inspect", str(tmp_path / "corpus"), "EO-1", "--image", str(picture)) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "video-1" in told and picture.exists()
    assert "on the stored preview; for its frames give --video, which was not found from here" in told
    assert called(monkeypatch, "inspect", str(tmp_path / "corpus"), "video") == 1
    assert "2 records have 'video' in their video's id: 0 (" in capsys.readouterr().err


def test_doctor_finds_nothing_missing_here(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("SHARE_DATA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SHARE_DATA_HOME", str(tmp_path / "home"))
    assert called(monkeypatch, "doctor", "--json") == 0
    assert {check["status"] for check in json.loads(capsys.readouterr().out)} <= {"ok", "optional"}
