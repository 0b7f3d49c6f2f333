"""A cluster of four nodes, three of them with a GPU that is made up: who sees what, and what losing a node costs."""

import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import chaos
import light
import pytest

from share_data.build.build import BuildOptions, BuildResult
from share_data.engine.journal import journal_lines
from share_data.errors import EngineError
from share_data.ledger.ledger import read_ledger

pytestmark = pytest.mark.xdist_group("ray")

GPU = ("engine.gpus_per_worker=1",)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_AUTH_MODE", "disabled")
        patch.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "1")
        from ray.cluster_utils import Cluster

        small = {"num_cpus": 1, "object_store_memory": 100 * 2**20}
        made = Cluster(initialize_head=True, head_node_args=small)
        made.gpu_nodes = [made.add_node(num_gpus=1, **small) for _ in range(3)]
        made.wait_for_nodes()
        yield made
        made.shutdown()


def build(root: Path, cluster: Any, *overrides: str) -> BuildResult:
    return light.light_build(root, *overrides, options=BuildOptions("ray", cluster.address))


def witnesses(root: Path, step: str) -> dict[str, str]:
    """Process → GPUs it saw, over everything done in a step."""
    lines = [line for path in (root / "seen").glob(f"{step}-*") for line in path.read_text().splitlines()]
    return dict(line.split(" ", 1) for line in lines)


def calm(root: Path, count: int, **every: Any) -> dict[str, str]:
    light.make_videos(root, count, **every)
    light.light_build(root, tame=True)
    return light.corpus_hashes(root / "out")


def test_every_gpu_worker_sees_its_own_gpu_and_whoever_does_the_rest_sees_none(tmp_path: Path, cluster: Any) -> None:
    expected = calm(tmp_path / "calm", 24, seconds=0.2, witness="yes")
    light.make_videos(tmp_path / "ray", 24, seconds=0.2, witness="yes")
    build(tmp_path / "ray", cluster, *GPU)
    seen = witnesses(tmp_path / "ray", "estimate")
    assert len(seen) == 3 and set(seen.values()) == {"[0]"}, "one worker a node, each with the node's one GPU"
    for step in ("measure", "prepare", "reconstruct"):
        assert set(witnesses(tmp_path / "ray", step).values()) == {"[]"}, step
    assert light.corpus_hashes(tmp_path / "ray" / "out") == expected


def test_workers_that_share_a_gpu_make_room_for_a_clip_that_does_not_fit_beside_another(
    tmp_path: Path, cluster: Any
) -> None:
    light.make_videos(tmp_path, 12, seconds=0.1)
    light.write_video(tmp_path, "big", fault="memory-frugal", seconds=0.1)
    result = build(tmp_path, cluster, "engine.gpus_per_worker=0.5", "engine.workers=4")
    assert result.records == 13
    kinds = [event["kind"] for event in events(tmp_path, "failed")]
    assert kinds == ["memory", "memory"], "beside another, then alone; with one model at a time it fits"


def test_a_lost_node_is_charged_to_no_clip_and_changes_no_byte(tmp_path: Path, cluster: Any) -> None:
    expected = calm(tmp_path / "calm", 30, seconds=0.3)
    root = tmp_path / "ray"
    light.make_videos(root, 30, seconds=0.3)
    results: list[BuildResult] = []
    thread = threading.Thread(target=lambda: results.append(build(root, cluster, *GPU)))
    thread.start()
    journal = root / "out" / ".share-data" / "journal.jsonl"
    chaos.wait_for(lambda: journal.exists() and reconstructed(root) >= 3)
    cluster.remove_node(cluster.gpu_nodes.pop(), allow_graceful=False)
    thread.join(timeout=180)
    assert results and results[0].records == 30
    assert events(root, "failed") == []
    parts = Counter(event["why"] for event in events(root, "returned"))
    assert parts == {"its node was lost": 1, "its next part is another worker's": 60}
    assert light.corpus_hashes(root / "out") == expected
    assert all(
        entry.status == "kept" for entry in read_ledger(root / "out" / "ledger.parquet") if entry.stage != "mine"
    )


def test_more_gpus_than_there_are_is_an_error_at_once(tmp_path: Path, cluster: Any) -> None:
    light.make_videos(tmp_path, 2)
    with pytest.raises(EngineError, match=r"gpus_per_worker = 2, but the nodes have .*GPU"):
        build(tmp_path, cluster, "engine.gpus_per_worker=2")


def test_an_address_where_nobody_is_is_one_message(tmp_path: Path) -> None:
    light.make_videos(tmp_path, 2)
    with pytest.raises(EngineError, match="no Ray cluster answers at"):
        light.light_build(tmp_path, options=BuildOptions("ray", "127.0.0.1:1"))


def events(root: Path, kind: str) -> list[dict[str, Any]]:
    lines = journal_lines(root / "out" / ".share-data" / "journal.jsonl")
    return [event for _, event in lines if event["e"] == kind]


def reconstructed(root: Path) -> int:
    return sum(event["step"] == "reconstruct" for event in events(root, "done"))
