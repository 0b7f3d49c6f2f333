"""The ten questions of docs/auditing.md are answered by what stands there, over a small corpus."""

import contextlib
import io
import re
import shlex
from pathlib import Path

import light
import pytest
from command_line import called
from places import REPOSITORY

PAGE = (REPOSITORY / "docs" / "auditing.md").read_text()
BLOCK = r"<!-- audit: {} -->\s*```(\w+)\n(.*?)```"
ANSWERS = {
    "1": "multiple_people",
    "2": "rejected, and why",
    "3": "to be measured",
    "4": "multiple_people",
    "5": "threshold",
    "6": "nearest to a threshold",
    "7": "filters.single_person.max_company_s",
    "8": "single_person",
    "9": "unmeasured",
    "10": "all the same",
}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a corpus at out/demo: three clips kept, one with company."""
    root = tmp_path_factory.mktemp("questions")
    light.make_videos(root, 3, iou=0.9)
    light.write_video(root, "crowd", flag="company")
    kinds = ("static_camera", "single_person", "keyframe_overlap", "reconstruction_quality")
    sections = ", ".join(f"{{kind: {kind}}}" for kind in kinds)
    light.light_build(root, f"filters=[{sections}]", out=str(root / "out" / "demo"))
    return root


def block(name: str) -> tuple[str, str]:
    """Language and text of what stands behind `<!-- audit: NAME -->`."""
    (found,) = re.findall(BLOCK.format(name), PAGE, re.DOTALL)
    return found


@pytest.mark.parametrize("name", ANSWERS)
def test_a_question_is_answered_by_one_command_or_three_lines(
    name: str, corpus: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    language, text = block(name)
    monkeypatch.chdir(corpus)
    monkeypatch.setenv("COLUMNS", "200")
    if language == "bash":
        for line in text.splitlines():
            assert called(monkeypatch, *shlex.split(line)[1:]) == 0
        printed = capsys.readouterr().out
    else:
        assert len([line for line in text.splitlines() if line]) == 3
        with contextlib.redirect_stdout(io.StringIO()) as shown:
            exec(text, {})
        printed = shown.getvalue()
    assert ANSWERS[name] in printed


def test_there_are_ten_questions() -> None:
    assert len(re.findall(r"^\*\*\d+\. ", PAGE, re.MULTILINE)) == len(ANSWERS) == 10


def test_whoever_reads_parquet_reads_the_measurements(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, text = block("readers")
    monkeypatch.chdir(corpus)
    imports, *lines = filter(None, text.splitlines())
    scope: dict[str, object] = {}
    exec(imports, scope)
    assert len(lines) == 4
    for line in lines:
        assert len(eval(line, scope)) == 8, line  # Four clips, and the rest of each video.
