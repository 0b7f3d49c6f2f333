"""How many workers of which role a cluster gets: pure arithmetic on its nodes' resources."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, Self

from share_data.errors import EngineError

Role = Literal["gpu", "cpu", "any"]
_ROUNDING = 1e-6


class Wishes(Protocol):
    """What the recipe asks for; see `recipe.EngineConfig`."""

    @property
    def workers(self) -> int:
        """Workers that reconstruct, 0 for as many as fit."""
        ...

    @property
    def gpus_per_worker(self) -> float:
        """GPUs of each, 0 for the CPU."""
        ...

    @property
    def cpu_workers(self) -> int:
        """Workers beside GPU workers, 0 for the cores that are left."""
        ...

    @property
    def cpu_fallback(self) -> bool:
        """Whether the CPU will do where there is no GPU."""
        ...


@dataclass(frozen=True, slots=True)
class Cluster:
    """CPUs and GPUs of the nodes that are alive, in parallel."""

    cpus: tuple[float, ...]
    gpus: tuple[float, ...]

    @classmethod
    def of(cls, nodes: Iterable[Mapping[str, Any]]) -> Self:
        """From `ray.nodes()`."""
        alive = [node["Resources"] for node in nodes if node["Alive"]]
        return cls(tuple(r.get("CPU", 0.0) for r in alive), tuple(r.get("GPU", 0.0) for r in alive))


@dataclass(frozen=True, slots=True)
class Layout:
    """How many workers of each role; cpus: what one of each asks Ray for.

    GPU workers ask for none: their GPU is what is scarce, and a node with more GPUs than CPUs must not leave some idle.
    """

    counts: Mapping[Role, int]
    cpus: Mapping[Role, float]
    text: str
    warnings: tuple[str, ...] = ()


def layout(cluster: Cluster, wishes: Wishes) -> Layout:
    """Workers for a cluster. Raises EngineError where a GPU is asked for that no node has."""
    cpus = int(sum(cluster.cpus))
    share = wishes.gpus_per_worker
    room = sum(int(gpus / share + _ROUNDING) for gpus in cluster.gpus) if share else 0
    if share and not room and not wishes.cpu_fallback:
        raise EngineError(
            f"engine.gpus_per_worker = {share:g}, but the nodes have {_listed(cluster.gpus)} GPU(s). Set "
            "engine.gpus_per_worker=0, or engine.cpu_fallback=true to use the CPU whenever no GPU is there."
        )
    if room:
        gpu = min(wishes.workers or room, room)
        cpu = wishes.cpu_workers or max(1, cpus - gpu)
        text = f"{gpu} GPU worker(s) of {share:g} GPU, {cpu} CPU worker(s)"
        return Layout({"gpu": gpu, "cpu": cpu}, {"gpu": 0, "cpu": 1 if cpu <= cpus else 0}, text)
    count = wishes.workers or max(1, cpus)
    warnings = ("no GPU is there, the CPU is used (engine.cpu_fallback)",) if share else ()
    return Layout({"any": count}, {"any": 1 if count <= cpus else 0}, f"{count} CPU worker(s)", warnings)


def _listed(numbers: tuple[float, ...]) -> str:
    return " + ".join(f"{number:g}" for number in numbers) or "0"
