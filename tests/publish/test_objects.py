"""Publishing below a URL: nothing withheld arrives there, cut twice it goes on, and what was published is replaced."""

from collections.abc import Iterator
from pathlib import Path

import object_store
import pytest
from passed_on import barred_clips, free_clips, leaks, mixed_corpus

from share_data.corpus.read import Corpus
from share_data.corpus.validate import validate_corpus
from share_data.errors import CorpusError
from share_data.publish import objects as object_place
from share_data.publish.run import Asked, publish_corpus

pytestmark = pytest.mark.xdist_group("publish_objects")
REDISTRIBUTABLE = Asked(only_redistributable=True)


@pytest.fixture(scope="module")
def _server() -> Iterator[None]:
    with object_store.s3_server():
        yield


@pytest.fixture
def url(_server: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("SHARE_DATA_HOME", str(tmp_path / "home"))
    return object_store.new_url()


def test_cut_twice_then_whole_and_somebody_is_taken_down(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = tmp_path / "corpus"
    clips = mixed_corpus(corpus)
    put, sent = object_place.ObjectPlace.put, []
    for most in (3, 6):

        def cut(self: object_place.ObjectPlace, *args: object, most: int = most) -> None:
            if len(sent) == most:
                raise KeyboardInterrupt
            sent.append(args)
            put(self, *args)  # type: ignore[arg-type]

        monkeypatch.setattr(object_place.ObjectPlace, "put", cut)
        with pytest.raises(KeyboardInterrupt):
            publish_corpus(corpus, url, REDISTRIBUTABLE)
        assert "manifest.json" not in object_store.objects(url)
    monkeypatch.setattr(object_place.ObjectPlace, "put", put)
    done = publish_corpus(corpus, url, REDISTRIBUTABLE)
    whole = object_store.new_url()
    assert done.sent == publish_corpus(corpus, whole, REDISTRIBUTABLE).files - 6
    there = object_store.objects(url)
    assert there == object_store.objects(whole)
    assert validate_corpus(url) == [] and leaks(there.items(), barred_clips()) == []
    assert publish_corpus(corpus, url, REDISTRIBUTABLE).sent == 0

    gone = next(clip for clip in clips if clip.key == Corpus(url).keys[0])
    done = publish_corpus(corpus, url, Asked(True, (f"id:{gone.video.video_id}",)))
    assert leaks(object_store.objects(url).items(), [gone, *barred_clips()]) == []
    assert validate_corpus(url) == [] and done.records == 4 and done.removed >= 4
    with pytest.raises(CorpusError, match="opt-out list"):
        publish_corpus(corpus, url, REDISTRIBUTABLE)


def test_below_a_url_a_publication_is_a_corpus_to_publish_from(url: str, tmp_path: Path) -> None:
    mixed_corpus(tmp_path / "corpus", free_clips(3))
    publish_corpus(tmp_path / "corpus", url, REDISTRIBUTABLE)
    publish_corpus(url, str(tmp_path / "out"), Asked())
    assert validate_corpus(tmp_path / "out") == []
    assert (tmp_path / "out" / "shards" / "000000.tar").is_file()


def test_a_build_is_not_replaced(url: str, tmp_path: Path) -> None:
    object_store.publish(url, tmp_path / "workspace", 2)
    before = object_store.objects(url)
    mixed_corpus(tmp_path / "corpus", free_clips(2))
    with pytest.raises(CorpusError, match="did not write"):
        publish_corpus(tmp_path / "corpus", url, REDISTRIBUTABLE)
    assert object_store.objects(url) == before
