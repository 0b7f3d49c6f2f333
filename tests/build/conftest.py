"""The small recipe's corpus, built once for every file here that compares with it."""

from pathlib import Path

import pytest
from small_chain import build


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus built in one process, with its cache and its rendered videos (`cache`, `home`) beside it (`out`)."""
    root = tmp_path_factory.mktemp("built")
    assert build(root).exit_code == 0
    return root
