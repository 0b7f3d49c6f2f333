"""Training from afar: the same samples from a web server and from S3, over connections that break, a few bytes each."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
import torch
from cut_wire import cut_wire
from fork_server import fork_server
from object_store import bucket, connect_anew, new_url, s3_server
from range_server import Served, range_server
from training_corpora import WithEnvironment, training_corpus

from share_data.corpus import open_corpus
from share_data.corpus.remote import RemoteStorage
from share_data.corpus.torch_data import Loader
from share_data.errors import CorpusError

OPTIONS: dict[str, Any] = {"window": 5, "fps": 20.0, "frame": "canonical", "scene_points": 500}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("afar") / "corpus"
    training_corpus(place, 9, points=8000, activity=lambda number: f"walk{number}")
    return place


@pytest.fixture
def served(folder: Path) -> Iterator[Served]:
    with range_server(folder) as found:
        yield found


def batches(place: Path | str, workers: int = 0, **options: Any) -> list[dict[str, Any]]:
    loader = Loader(open_corpus(place, **{**OPTIONS, **options}), 4, workers, seed=3, **(_started() if workers else {}))
    return [
        {name: value.clone() if isinstance(value, torch.Tensor) else value for name, value in b.items()} for b in loader
    ]


def _started() -> dict[str, Any]:
    """Not forked from this process, which has the threads of a server; but with its environment."""
    return {"multiprocessing_context": fork_server(), "worker_init_fn": WithEnvironment(dict(os.environ))}


def assert_same(found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one.keys() == other.keys()
        for name, value in one.items():
            assert torch.equal(value, other[name]) if isinstance(value, torch.Tensor) else value == other[name], name


def test_two_workers_over_a_connection_cut_twice_see_the_same(folder: Path, served: Served) -> None:
    served.cut = {2, 9}
    assert_same(batches(served.url, workers=2, stream=True), batches(folder, stream=True))
    assert served.requests > 9


@pytest.mark.parametrize(
    "options", [{"text": True}, {"scene_points": "all"}, {"scene_radius": 1.0}, {"invalid": "skip"}]
)
def test_every_kind_of_sample_is_the_same_from_afar(folder: Path, served: Served, options: dict[str, Any]) -> None:
    assert_same(batches(served.url, **options), batches(folder, **options))


def test_little_more_is_fetched_than_samples_need(
    folder: Path, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = 0
    filled = RemoteStorage._fill

    def counted(self: RemoteStorage, name: str, parts: Any, first: Any) -> None:
        nonlocal needed
        needed += sum(array.nbytes for _, array in parts)
        filled(self, name, parts, first)

    monkeypatch.setattr(RemoteStorage, "_fill", counted)
    batches(served.url, scene_points=4000)
    assert needed < served.sent <= 1.2 * needed


def test_the_index_is_read_in_parts(folder: Path, served: Served) -> None:
    dataset = open_corpus(served.url, **OPTIONS)
    assert len(dataset) == 9 and served.requests == 0


def test_a_server_without_ranges_is_named(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    served.ranges = False
    monkeypatch.setattr("share_data.corpus.remote._TRIES_S", ())
    with pytest.raises(CorpusError, match=r"ranges"):
        batches(served.url)


def test_a_server_that_stays_away_is_an_error_in_the_end(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("share_data.corpus.remote._TRIES_S", (0.0, 0.0))
    served.cut = set(range(1000))
    with pytest.raises(CorpusError, match=r"shards/\d+\.tar.*Check the network"):
        batches(served.url)


def test_two_workers_on_a_store_whose_connection_is_cut_twice_see_the_same_and_fetch_little_more(folder: Path) -> None:
    asked = {"where": 'labels.activity != "walk3"', "scene_points": 6000}
    expected = batches(folder, **asked)
    with s3_server() as server:
        url = new_url()
        for path in folder.rglob("*"):
            if path.is_file():
                bucket().pipe_file(f"{url.removeprefix('s3://')}/{path.relative_to(folder)}", path.read_bytes())
        with cut_wire(*server) as wire, pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{wire.port}")
            connect_anew()
            dataset = open_corpus(url, **{**OPTIONS, **asked})
            opened = wire.received
            wire.cuts = [opened + 100_000, opened + 500_000]
            loader = Loader(dataset, 4, 2, seed=3, **_started())
            assert_same([dict(batch) for batch in loader], expected)
    needed = sum(each.nbytes for batch in expected for each in batch.values() if isinstance(each, torch.Tensor))
    assert wire.cuts == [] and wire.received - opened < 1.2 * needed
    fsspec.get_filesystem_class("s3").clear_instance_cache()
