"""The same recipe on every engine, with real stages: one process, Ray with two workers, a cluster."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from light import corpus_hashes
from small_chain import RECIPE, run

pytestmark = pytest.mark.xdist_group("build")


@pytest.fixture(scope="module")
def inline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus built in one process; its rendered videos serve the others, its results do not."""
    root = tmp_path_factory.mktemp("inline")
    build(root, "--engine", "inline")
    return root


def build(root: Path, *arguments: str) -> None:
    recipe = root / "recipe.yaml"
    recipe.write_text(yaml.safe_dump(RECIPE))
    process = run(root, "build", str(recipe), "--output", str(root / "out"), *arguments)
    out, errors = process.communicate(timeout=900)
    assert process.returncode == 0, errors
    assert "raylet" not in out


def beside(inline: Path, root: Path) -> Path:
    (root / "home").symlink_to(inline / "home")
    return root


def test_ray_gives_the_bytes_of_one_process(inline: Path, tmp_path: Path) -> None:
    build(beside(inline, tmp_path), "--engine", "ray", "--set", "engine.workers=2")
    assert corpus_hashes(tmp_path / "out") == corpus_hashes(inline / "out")


@pytest.fixture
def cluster() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_AUTH_MODE", "disabled")
        from ray.cluster_utils import Cluster

        small = {"num_cpus": 1, "object_store_memory": 100 * 2**20}
        made = Cluster(initialize_head=True, head_node_args=small)
        made.add_node(num_gpus=1, **small)
        made.wait_for_nodes()
        yield made
        made.shutdown()


def test_a_cluster_with_workers_for_clips_and_workers_for_the_rest_does_too(
    inline: Path, tmp_path: Path, cluster: Any
) -> None:
    gpu = ("--set", "engine.gpus_per_worker=0.5", "--set", "engine.cpu_workers=1")
    build(beside(inline, tmp_path), "--address", cluster.address, *gpu)
    assert corpus_hashes(tmp_path / "out") == corpus_hashes(inline / "out")
    assert (tmp_path / "home").samefile(inline / "home")
