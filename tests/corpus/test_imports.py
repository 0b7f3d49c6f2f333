"""Reading a corpus takes none of the machinery that made it: neither at import, nor in a function, nor by accident."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from places import PACKAGE, REPOSITORY

MACHINERY = ("ray", "torch", "onnxruntime", "smplx", "share_data.sources", "share_data.pipeline", "share_data.engine")
EVERY_FILE = f"""
import importlib, pkgutil, sys
import share_data.corpus
for module in pkgutil.walk_packages(share_data.corpus.__path__, "share_data.corpus."):
    if not module.name.startswith("share_data.corpus.torch_"):
        importlib.import_module(module.name)
print(sorted(sys.modules.keys() & set({MACHINERY!r})))
"""


def test_a_fresh_interpreter_reads_a_corpus_without_it() -> None:
    done = subprocess.run([sys.executable, "-c", EVERY_FILE], capture_output=True, text=True, timeout=120)
    assert done.stdout == "[]\n", done.stderr


def contracts(tree: Path) -> subprocess.CompletedProcess[str]:
    command = ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"]
    return subprocess.run([sys.executable, *command], cwd=tree, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("corpus/read.py", "import ray"),
        ("corpus/opening.py", "def slow():\n    import torch"),
        ("corpus/write/pack.py", "from share_data.build import codecs"),
        ("store/hashing.py", "from share_data.recipe import model"),
        ("ledger/ledger.py", "from share_data.ledger import conservation"),
    ],
)
def test_one_import_breaks_a_contract(tmp_path: Path, file: str, line: str) -> None:
    shutil.copytree(PACKAGE, tmp_path / "share_data", ignore=shutil.ignore_patterns("__pycache__", "*.onnx", "*.npz"))
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    spoilt = tmp_path / "share_data" / file
    spoilt.write_text(f"{spoilt.read_text()}\n{line}\n")
    found = contracts(tmp_path)
    assert found.returncode == 1 and "BROKEN" in found.stdout, found.stdout + found.stderr


def test_the_contracts_are_kept() -> None:
    found = contracts(REPOSITORY)
    assert found.returncode == 0 and "0 broken" in found.stdout, found.stdout + found.stderr
