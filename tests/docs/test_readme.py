"""The scripts in the README read every field of every record with the packages they name, and nothing of ours."""

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

README = REPOSITORY / "README.md"


def snippet(name: str) -> str:
    """The Python block after the marker `<!-- snippet: NAME -->`."""
    found = re.search(rf"<!-- snippet: {name} -->\s*```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert found, f"README.md has no snippet {name!r}"
    return found[1]


@pytest.mark.parametrize("name", ["webdataset", "pyarrow"])
def test_a_short_script_reads_everything(name: str, tmp_path: Path) -> None:
    script = snippet(name)
    assert len([line for line in script.splitlines() if line.strip()]) <= 12
    assert "share_data" not in script
    make_corpus(tmp_path / "out" / "demo", 5)
    check = "\nassert 'share_data' not in __import__('sys').modules\n__import__('numpy').savez('last', **arrays)"
    run = subprocess.run(
        [sys.executable, "-c", script + check], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    last = np.load(tmp_path / "last.npz")
    for name, array in Corpus(tmp_path / "out" / "demo")[-1].arrays.items():
        np.testing.assert_array_equal(last[name], array, strict=True)
    for record in Corpus(tmp_path / "out" / "demo"):
        assert record.key in run.stdout
        assert str(record.metadata["n_frames"]) in run.stdout
    for array in ARRAYS:
        assert array in run.stdout
