"""An export goes on after a kill and ends with the same files; it refuses what is not its own, and chooses records."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import called
from exported import acted_corpus, clip_of, steady

from share_data.body.model import load_body
from share_data.corpus.read import Corpus
from share_data.errors import CorpusError
from share_data.export.base import ExportOptions
from share_data.export.folder import ExportFolder, held
from share_data.export.run import export_corpus, format_of


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    clips = [clip_of(steady(3 + number), f"video-{number}", activity="ab"[number % 2]) for number in range(6)]
    return Corpus(acted_corpus(tmp_path_factory.mktemp("run") / "corpus", load_body(), clips))


def export(corpus: Corpus, folder: Path, where: str = "", **options: Any) -> dict[str, Any]:
    return export_corpus(corpus, format_of("joints_height", ExportOptions(**options)), folder, where)


def contents(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize("moment", ["before the line", "in the line", "after the file was spoilt"])
def test_killed_and_resumed_it_ends_with_the_same_files(
    moment: str, corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(corpus, tmp_path / "whole")
    done, lines = ExportFolder.done, tmp_path / "cut" / "export_clips.jsonl"

    def dying(self: ExportFolder, key: str, *told: Any, **more: Any) -> None:
        if len(self._have) == 3 and moment == "before the line":
            raise KeyboardInterrupt
        done(self, key, *told, **more)
        if len(self._have) == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr(ExportFolder, "done", dying)
    with pytest.raises(KeyboardInterrupt):
        export(corpus, tmp_path / "cut")
    monkeypatch.undo()
    if moment == "in the line":
        lines.write_bytes(lines.read_bytes()[:-20])
    if moment == "after the file was spoilt":
        (tmp_path / "cut" / f"{corpus.keys[1]}.npz").write_bytes(b"")
    assert json.loads((tmp_path / "cut" / "export.json").read_text())["finished"] is False
    export(corpus, tmp_path / "cut")
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole")
    assert [json.loads(line)["key"] for line in lines.read_text().splitlines()] == corpus.keys


def test_records_are_chosen_by_a_condition(corpus: Corpus, tmp_path: Path) -> None:
    told = export(corpus, tmp_path / "a", "labels.activity == 'a' and confidence > 0.5 and n_frames < 7")
    assert told["clips"] == 2 and len(list((tmp_path / "a").glob("*.npz"))) == 2
    with pytest.raises(CorpusError, match="no record fulfils"):
        export(corpus, tmp_path / "none", "confidence > 2")
    assert not (tmp_path / "none").exists()


def test_a_folder_with_something_else_is_left_alone(corpus: Corpus, tmp_path: Path) -> None:
    export(corpus, tmp_path / "here")
    with pytest.raises(CorpusError, match=r"holds another export \(fps differ\)"):
        export(corpus, tmp_path / "here", fps=20)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("x")
    with pytest.raises(CorpusError, match="is not empty and holds no export"):
        export(corpus, tmp_path / "mine")


def test_a_clip_without_a_place_in_the_format_is_told_with_its_reason(tmp_path: Path) -> None:
    clips = [clip_of(steady(1), "still"), clip_of(steady(5), "moving")]
    acted_corpus(tmp_path / "corpus", load_body(), clips)
    told = export(Corpus(tmp_path / "corpus"), tmp_path / "out")
    assert told["clips"] == 1 and told["left_out"] == {"it has one frame, and no rate": 1}


@pytest.mark.parametrize(
    ("times", "why"),
    [([0, 0.2, 0.1, 0.3], "its times do not rise"), ([0, 0.1, 0.2, 1e8], "it would have more than 1000000 frames")],
)
def test_times_that_no_video_has_leave_a_clip_out(times: list[float], why: str, tmp_path: Path) -> None:
    acted_corpus(tmp_path / "corpus", load_body(), [clip_of(np.array(times), "odd")])
    assert export(Corpus(tmp_path / "corpus"), tmp_path / "out")["left_out"] == {why: 1}


def test_uneven_times_are_resampled_at_their_moments(tmp_path: Path) -> None:
    times = steady(16) + np.random.default_rng(0).uniform(-0.012, 0.012, 16)
    acted_corpus(tmp_path / "corpus", load_body(), [clip_of(times, "uneven")])
    corpus = Corpus(tmp_path / "corpus")
    told = export(corpus, tmp_path / "out")
    with np.load(tmp_path / "out" / f"{corpus.keys[0]}.npz") as arrays:
        pelvis = arrays["global_joint_positions"][:, 0]
    assert told["clips_resampled"] == 1
    # The pelvis goes at an even speed, so it does so in even frames.
    steps = np.linalg.norm(np.diff(pelvis, axis=0), axis=1)
    assert steps[:-1].std() < 1e-5


def test_the_verb_writes_says_and_refuses(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place, out = str(corpus.storage.place), str(tmp_path / "out")
    assert called(monkeypatch, "export", place, "joints_height", "--output", out) == 0
    shown = capsys.readouterr()
    assert "6 clip(s)" in shown.out and "hand joints are left out" in shown.out and "6 of 6 clips" in shown.err
    assert called(monkeypatch, "export", place, "joints_height", "--output", out, "--json") == 0
    assert json.loads(capsys.readouterr().out)["clips"] == 6
    assert called(monkeypatch, "export", place, "fbx", "--output", str(tmp_path / "x")) == 1
    assert "is no format. There are" in capsys.readouterr().err
    assert called(monkeypatch, "export", place, "joints_height", "--output", out, "--where", "confidense > 1") == 1
    assert "did you mean 'confidence'" in capsys.readouterr().err


def test_two_exports_at_once_into_one_folder_do_not_mix(corpus: Corpus, tmp_path: Path) -> None:
    with held(tmp_path / "out"), pytest.raises(CorpusError, match="another export is writing here"):
        export(corpus, tmp_path / "out")
    assert export(corpus, tmp_path / "out")["finished"] is True
