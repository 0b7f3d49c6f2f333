"""The scripts in README and docs run as they stand: what they read, and with what."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from make_records import make_corpus
from places import REPOSITORY

from share_data.corpus.layout import ARRAYS
from share_data.corpus.read import Corpus

PAGES = (REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md")))


def snippet(name: str) -> str:
    """The Python block after the marker `<!-- snippet: NAME -->`."""
    text = "".join(page.read_text() for page in PAGES)
    (found,) = re.findall(rf"<!-- snippet: {name} -->\s*```python\n(.*?)```", text, re.DOTALL)
    return str(found)


def run(script: str, folder: Path) -> str:
    """What a script prints in a folder that holds a corpus of five at out/demo."""
    make_corpus(folder / "out" / "demo", 5)
    done = subprocess.run([sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", ["webdataset", "pyarrow"])
def test_a_short_script_reads_everything_with_nothing_of_ours(name: str, tmp_path: Path) -> None:
    script = snippet(name)
    assert len([line for line in script.splitlines() if line.strip()]) <= 12
    assert "share_data" not in script
    check = "\nassert 'share_data' not in __import__('sys').modules\n__import__('numpy').savez('last', **arrays)"
    printed = run(script + check, tmp_path)
    last = np.load(tmp_path / "last.npz")
    for name, array in Corpus(tmp_path / "out" / "demo")[-1].arrays.items():
        np.testing.assert_array_equal(last[name], array, strict=True)
    for record in Corpus(tmp_path / "out" / "demo"):
        assert record.key in printed
        assert str(record.metadata["n_frames"]) in printed
    for array in ARRAYS:
        assert array in printed


def test_a_strangers_script_trains_on_every_record_with_two_workers(tmp_path: Path) -> None:
    script = snippet("corpus")
    assert len([line for line in script.splitlines() if line.strip()]) <= 15
    printed = run(script, tmp_path)
    keys = [record.key for record in Corpus(tmp_path / "out" / "demo")]
    assert len(printed.splitlines()) == 9
    assert {key: printed.count(repr(key)) for key in keys} == dict.fromkeys(keys, 3)


@pytest.mark.parametrize("name", ["torch", "lightning", "accelerate"])
def test_each_way_to_train_goes_over_the_corpus(name: str, tmp_path: Path) -> None:
    before = "import torch; _step = torch.optim.AdamW.step; _steps = []\n"
    before += "torch.optim.AdamW.step = lambda self, *a, **k: (_steps.append(1), _step(self, *a, **k))[1]\n"
    printed = run(f"{before}{snippet(name)}\nprint('steps', len(_steps))", tmp_path)
    assert printed.splitlines()[-1] == {"torch": "steps 3", "lightning": "steps 4", "accelerate": "steps 2"}[name]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_points_at_is_there(page: Path) -> None:
    text = page.read_text()
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    assert [link for link in links if link and not (page.parent / link).exists()] == []
    files = re.findall(r"\b(?:share_data|tests|recipes|docs|schemas|examples)/[\w/]+\.(?:py|yaml|md|json)\b", text)
    assert [file for file in files if file != "recipes/mine.yaml" and not (REPOSITORY / file).exists()] == []


def test_architecture_names_files_that_are_there() -> None:
    """Its tables name files below share_data/; NAME stands for one to come."""
    text = (REPOSITORY / "docs" / "architecture.md").read_text().partition("## I want to add")[2]
    named = {
        word.rstrip("/")
        for word in re.findall(r"`([a-z_]+(?:/[a-z_]+)*(?:\.py|/))`", text)
        if not word.startswith(("share_data/", "tests/", "examples/"))
    }
    elsewhere = {"recipes"}
    roots = (REPOSITORY / "share_data", REPOSITORY / "share_data" / "pipeline" / "quality")
    lost = [name for name in sorted(named - elsewhere) if not any((root / name).exists() for root in roots)]
    assert lost == [] and len(named) > 20
