"""The same recipe on every engine, with real stages: one process, Ray with two workers, a cluster."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from light import corpus_hashes
from small_chain import RECIPE, run

pytestmark = pytest.mark.xdist_group("build")


def build(root: Path, *arguments: str, **environment: str) -> None:
    recipe = root / "recipe.yaml"
    recipe.write_text(yaml.safe_dump(RECIPE))
    process = run(root, "build", str(recipe), "--output", str(root / "out"), *arguments, **environment)
    out, errors = process.communicate(timeout=900)
    assert process.returncode == 0, errors
    assert "raylet" not in out


def beside(built: Path, root: Path) -> Path:
    (root / "home").symlink_to(built / "home")
    return root


def test_ray_gives_the_bytes_of_one_process_whatever_the_threads_and_the_hash_seed(built: Path, tmp_path: Path) -> None:
    """Everything is made anew, the rendered videos too."""
    other = {"OMP_NUM_THREADS": "3", "OPENBLAS_NUM_THREADS": "3", "PYTHONHASHSEED": "12345"}
    build(tmp_path, "--engine", "ray", "--set", "engine.workers=2", **other)
    assert corpus_hashes(tmp_path / "out") == corpus_hashes(built / "out")


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
    built: Path, tmp_path: Path, cluster: Any
) -> None:
    gpu = ("--set", "engine.gpus_per_worker=0.5", "--set", "engine.cpu_workers=1")
    build(beside(built, tmp_path), "--address", cluster.address, *gpu)
    assert corpus_hashes(tmp_path / "out") == corpus_hashes(built / "out")
    assert (tmp_path / "home").samefile(built / "home")
