"""A record's video is found where its source has it: the very file, or none."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import media
import pytest
from samples import record_of, walk

from share_data.audit.find_video import find_video, video_to_draw_on
from share_data.corpus.read import Record
from share_data.corpus.storage import LocalStorage
from share_data.sources.local import LocalConfig, LocalSource
from share_data.sources.synthetic import SyntheticConfig, SyntheticSource
from share_data.store.hashing import file_sha256

MOTION = walk()


def corpus_of(folder: Path, **source: Any) -> LocalStorage:
    folder.mkdir(exist_ok=True)
    (folder / "recipe.json").write_text(json.dumps({"name": "mine", "sources": [{"kind": "theirs"}, source]}))
    return LocalStorage(folder)


def stamped(path: Path, **metadata: Any) -> Record:
    record = record_of(MOTION, sha256=file_sha256(path))
    return replace(record, metadata=record.metadata | metadata)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SHARE_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def local_record(home: Path) -> tuple[Record, Path]:
    """A record of a video in a subfolder, under a name that a uri spells otherwise."""
    path = home / "videos" / "one two" / "wälk%20.mp4"
    path.parent.mkdir(parents=True)
    media.write_video(path, media.moving_square(4))
    (video,) = LocalSource(LocalConfig(root="videos", name="home")).list()
    return stamped(path, source="home", video_id=video.video_id, uri=video.uri), path


def test_a_file_below_the_recipes_root_is_found_by_its_uri(home: Path) -> None:
    record, path = local_record(home)
    for root in ("videos", str(home / "videos")):
        found = find_video(record, corpus_of(home / "corpus", kind="local", name="home", root=root, recursive=True))
        assert found is not None and found.samefile(path)
        assert video_to_draw_on(record, LocalStorage(home / "corpus")) == found


def test_a_file_that_was_made_for_the_build_is_found_by_its_id(home: Path) -> None:
    clips: Any = ({"action": "walk", "frames": 10, "fps": 10},)
    source = SyntheticSource(SyntheticConfig(seed=7, clips=clips))
    (video,) = source.list()
    path = source.fetch(video, home / "home" / "videos" / "synthetic")
    record = stamped(path, source="synthetic", video_id=video.video_id, uri=video.uri)
    assert find_video(record, corpus_of(home / "corpus", **source.config.model_dump(mode="json"))) == path


def test_another_file_of_that_name_is_not_it(home: Path) -> None:
    record, path = local_record(home)
    media.write_video(path, media.moving_square(5))
    assert find_video(record, corpus_of(home / "corpus", kind="local", name="home", root="videos")) is None


@pytest.mark.parametrize("uri", ["file:../secret.mp4", "file:/etc/passwd", "https://example.org/x.mp4", "file:"])
def test_a_uri_leads_nowhere_else(home: Path, uri: str) -> None:
    record, path = local_record(home)
    (home / "secret.mp4").write_bytes(path.read_bytes())
    hostile = replace(record, metadata=record.metadata | {"uri": uri})
    assert find_video(hostile, corpus_of(home / "corpus", kind="local", name="home", root="videos")) is None


@pytest.mark.parametrize(
    "source",
    [
        {"kind": "local", "name": "home", "root": "elsewhere"},
        {"kind": "local", "name": "other", "root": "videos"},
        {"kind": "local", "name": "home", "root": "videos", "of_another_version": 1},
        {"kind": "never-heard-of", "name": "home"},
        {"kind": 3, "name": "home"},
    ],
)
def test_what_cannot_be_asked_is_passed_over(home: Path, source: dict[str, Any]) -> None:
    record, _ = local_record(home)
    assert find_video(record, corpus_of(home / "corpus", **source)) is None


@pytest.mark.parametrize("content", ["", "[]", '{"sources": 1}', '{"sources": [3]}'])
def test_a_corpus_without_a_recipe_that_can_be_read_is_none_to_ask(home: Path, content: str) -> None:
    record, _ = local_record(home)
    storage = corpus_of(home / "corpus")
    assert find_video(record, storage) is None
    (home / "corpus" / "recipe.json").write_text(content)
    assert find_video(record, storage) is None
    (home / "corpus" / "recipe.json").unlink()
    assert find_video(record, storage) is None


def test_a_body_that_is_not_here_is_drawn_on_no_frame(home: Path) -> None:
    record, _ = local_record(home)
    storage = corpus_of(home / "corpus", kind="local", name="home", root="videos")
    stamp = {"name": "smpl", "gender": "male", "sha256": "1" * 64, "licence": "theirs"}
    assert video_to_draw_on(replace(record, metadata=record.metadata | {"body": stamp}), storage) is None
