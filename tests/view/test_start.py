"""The server answers before the corpus is open, and little is imported for a first picture."""

import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from typer.testing import CliRunner
from viewed import viewed_corpus

from share_data.cli import app
from share_data.corpus.read import Corpus
from share_data.view.server import Viewer

SLOW = ("pandas", "scipy", "torch", "smplx", "cv2", "av", "ray", "share_data.sources", "share_data.recipe.model")
STEPS = f"""
import sys
from share_data.cli import app
from share_data.view.server import Viewer
viewer = Viewer(port=0)
print([name for name in ("pyarrow", "pydantic", *{SLOW!r}) if name in sys.modules])
from share_data.corpus.read import Corpus
from share_data.view.choice import choose
from share_data.view.judging import Judgements
from share_data.view.session import Shown
from share_data.view.thresholds import Thresholds
corpus = Corpus(sys.argv[1], lean=True)
assert len(choose(corpus.index, "confidence >= 0", "confidence")) == 2
shown = Shown(corpus, Thresholds(sys.argv[1]), Judgements("review.csv"))
shown.clip(0)
viewer.show(shown)
viewer.close()
print([name for name in {SLOW!r} if name in sys.modules])
"""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("start") / "out"
    viewed_corpus(folder, 2)
    return folder


def test_a_viewer_answers_before_there_is_anything_to_show() -> None:
    viewer = Viewer(port=0)
    try:
        with urllib.request.urlopen(viewer.address, timeout=20) as page:
            assert page.status == 200 and b"<html" in page.read()
    finally:
        viewer.close()


def test_what_takes_long_to_import_comes_later_or_never(corpus: Path) -> None:
    done = subprocess.run([sys.executable, "-c", STEPS, str(corpus)], capture_output=True, text=True, timeout=120)
    assert done.stdout.splitlines() == ["[]", "[]"], done.stdout + done.stderr


def test_the_address_is_told_before_the_corpus_is_opened(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("share_data.verbs.view.say", lambda text: opened.append(text))
    monkeypatch.setattr("share_data.corpus.read.Corpus", lambda *a, **k: opened.append("opened") or Corpus(*a, **k))
    CliRunner().invoke(app, ["view", str(corpus), "--port", "0", "--where", "nonsense > 1"])
    assert len(opened) == 2 and opened[0].startswith("http://127.0.0.1:") and opened[1] == "opened"


def test_where_there_is_no_corpus_nothing_is_served(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["view", str(tmp_path), "--port", "0"])
    assert done.output == "" and "index.parquet is not there" in str(done.exception)
