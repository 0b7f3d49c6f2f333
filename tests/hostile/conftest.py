"""One good corpus for all tables of this folder, and nothing of this user's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile_corpora import good_corpus


@pytest.fixture(scope="session", autouse=True)
def _apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("home")
        patch.setenv("SHARE_DATA_HOME", str(home / "home"))
        patch.setenv("SHARE_DATA_CACHE", str(home / "cache"))
        patch.setenv("COLUMNS", "200")
        yield


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Treat it as read-only: `copy` it."""
    return good_corpus(tmp_path_factory.mktemp("good") / "corpus")
