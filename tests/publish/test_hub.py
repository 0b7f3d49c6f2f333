"""Publishing to the hub, by its own client against a stand-in; and what is said where there is no way to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hub_server import REPOSITORY, Hub, hub_server
from make_records import make_corpus
from passed_on import barred_clips, free_clips, leaks, mixed_corpus

from share_data.corpus.validate import validate_corpus
from share_data.errors import CorpusError
from share_data.publish.run import Asked, publish_corpus

URL = f"hf://datasets/{REPOSITORY}"
REDISTRIBUTABLE = Asked(only_redistributable=True)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setenv("SHARE_DATA_HOME", str(tmp_path / "home"))
    with hub_server(tmp_path / "cache") as found:
        yield found


def written(hub: Hub, folder: Path) -> Path:
    """What the repository shows, as somebody's copy of it."""
    for name, data in hub.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def test_one_commit_shows_all_of_it_and_another_takes_somebody_down(hub: Hub, tmp_path: Path) -> None:
    clips = mixed_corpus(tmp_path / "corpus")
    publish_corpus(tmp_path / "corpus", URL, REDISTRIBUTABLE)
    assert hub.commits == 1 and leaks(hub.files.items(), barred_clips()) == []
    assert validate_corpus(written(hub, tmp_path / "copy")) == []
    hub.files["report.html"] = clips[0].key.encode()
    uploads = hub.uploads
    gone = [f"id:{clip.video.video_id}" for clip in free_clips() if clip.key == clips[0].key]
    publish_corpus(tmp_path / "corpus", URL, Asked(True, tuple(gone)))
    assert hub.commits == 2 and leaks(hub.files.items(), [clips[0], *barred_clips()]) == []
    assert 0 < hub.uploads - uploads < uploads
    assert validate_corpus(written(hub, tmp_path / "again")) == []


def test_cut_it_shows_nothing_and_goes_on(hub: Hub, tmp_path: Path) -> None:
    mixed_corpus(tmp_path / "corpus", free_clips(4))
    hub.fail_after = 2
    with pytest.raises(CorpusError, match=rf"{URL}: .*Run this again"):
        publish_corpus(tmp_path / "corpus", URL, REDISTRIBUTABLE)
    assert hub.files == {} and hub.uploads == 2
    hub.fail_after = None
    publish_corpus(tmp_path / "corpus", URL, REDISTRIBUTABLE)
    large = {name for name in hub.files if name.endswith((".tar", ".parquet"))}
    assert hub.uploads == len(large) and hub.commits == 1


def test_what_was_not_published_is_not_replaced(hub: Hub, tmp_path: Path) -> None:
    make_corpus(tmp_path / "corpus", 1)
    hub.files["README.md"] = b"my notes\n" * 9
    with pytest.raises(CorpusError, match="did not write"):
        publish_corpus(tmp_path / "corpus", URL, Asked())
    assert list(hub.files) == ["README.md"]


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
