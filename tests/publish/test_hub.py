"""Publishing to the hub as far as it goes without one: what is wrong with a place, and what is said offline."""

from pathlib import Path

import pytest
from make_records import make_corpus

from share_data.errors import CorpusError
from share_data.publish.run import Asked, publish_corpus


@pytest.mark.parametrize("url", ["hf://datasets/only-a-name", "hf://owner/name", "hf://datasets/a/b/c", "hf://"])
def test_a_place_that_is_none_is_told(url: str, tmp_path: Path) -> None:
    make_corpus(tmp_path / "corpus", 1)
    with pytest.raises(CorpusError, match="hf://datasets/OWNER/NAME"):
        publish_corpus(tmp_path / "corpus", url, Asked())


def test_offline_is_said_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_corpus(tmp_path / "corpus", 1)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(CorpusError, match=r"hf://datasets/a/b: the hub cannot be reached .*HF_HUB_OFFLINE"):
        publish_corpus(tmp_path / "corpus", "hf://datasets/a/b", Asked())
