"""How many workers a cluster gets is arithmetic on what its nodes have."""

import pytest

from share_data.engine.ray_layout import Cluster, layout
from share_data.errors import EngineError
from share_data.recipe.model import EngineConfig


@pytest.mark.parametrize(
    ("cpus", "gpus", "wishes", "counts"),
    [
        ((2,), (0,), {}, {"any": 2}),
        ((8,), (0,), {"workers": 3}, {"any": 3}),
        ((16,), (4,), {"gpus_per_worker": 1.0}, {"gpu": 4, "cpu": 12}),
        ((16,), (4,), {"gpus_per_worker": 0.5}, {"gpu": 8, "cpu": 8}),
        ((16,), (4,), {"gpus_per_worker": 0.3}, {"gpu": 13, "cpu": 3}),
        ((16, 16), (3, 1), {"gpus_per_worker": 2.0}, {"gpu": 1, "cpu": 31}),
        ((16,), (4,), {"gpus_per_worker": 1.0, "workers": 2, "cpu_workers": 5}, {"gpu": 2, "cpu": 5}),
        ((2,), (4,), {"gpus_per_worker": 1.0}, {"gpu": 4, "cpu": 1}),
        ((4,), (0,), {"gpus_per_worker": 1.0, "cpu_fallback": True}, {"any": 4}),
    ],
)
def test_workers_follow_from_the_nodes(cpus: tuple[float], gpus: tuple[float], wishes: dict, counts: dict) -> None:
    found = layout(Cluster(cpus, gpus), EngineConfig(**wishes))
    assert found.counts == counts
    assert sum(found.cpus[role] * count for role, count in counts.items()) <= sum(cpus)
    assert bool(found.warnings) == bool(wishes.get("cpu_fallback"))


def test_a_gpu_that_is_asked_for_and_not_there_is_an_error_at_once() -> None:
    with pytest.raises(EngineError, match=r"gpus_per_worker = 1, but the nodes have 0 \+ 0 GPU.*cpu_fallback"):
        layout(Cluster((4, 4), (0, 0)), EngineConfig(gpus_per_worker=1.0))


def test_a_dead_node_has_nothing() -> None:
    nodes = [
        {"Alive": True, "Resources": {"CPU": 2.0, "GPU": 1.0}},
        {"Alive": False, "Resources": {"CPU": 8.0, "GPU": 8.0}},
        {"Alive": True, "Resources": {"CPU": 2.0}},
    ]
    assert Cluster.of(nodes) == Cluster((2.0, 2.0), (1.0, 0.0))
