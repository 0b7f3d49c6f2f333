"""The actors of a pool, from their making to their end: as many as the cluster has room for, now and later."""

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from share_data.engine.jobs import Job, Task
from share_data.engine.pool import ALL_STEPS, CPU_TASKS, GPU_TASKS, Lane, Spec
from share_data.engine.ray_actor import WorkerActor
from share_data.engine.ray_layout import Cluster, Layout, Role, Wishes, layout
from share_data.errors import EngineError

STEPS: dict[Role, tuple[Task, ...]] = {"gpu": GPU_TASKS, "cpu": CPU_TASKS, "any": ALL_STEPS}
MOST_FAILED_STARTS = 10
_MUSTER_S = 10.0
_SLOW_START_S = 30.0
_PATIENCE_S = 300.0


class Note(Protocol):
    """Takes a line for the user."""

    def note(self, text: str) -> None:
        """Show it."""
        ...


@dataclass(slots=True)
class Slot:
    """An actor. `node` is empty until it is ready; `began`: the job's start; `suspect`: since when out of reach."""

    name: str
    role: Role
    actor: Any
    ready: Any
    node: str = ""
    gpus: str = ""
    pid: int = 0
    job: Job | None = None
    reply: Any = None
    began: float = 0.0
    suspect: float = 0.0

    @property
    def idle(self) -> bool:
        """Whether it can take a job."""
        return bool(self.node) and self.job is None

    @property
    def card(self) -> tuple[str, str]:
        """The GPU (or GPUs) it computes on."""
        return self.node, self.gpus

    @property
    def lane(self) -> Lane:
        """It as the engine sees it."""
        return Lane(self.name, STEPS[self.role])


class ActorSet:
    """Makes actors, takes new ones in, and says when none can be had.

    begun: folder where actors write what they begin.
    """

    def __init__(self, ray: Any, spec: Spec, wishes: Wishes, begun: Path, watch: Note) -> None:
        self.slots: list[Slot] = []
        self._ray = ray
        self._class = ray.remote(max_restarts=0, max_task_retries=0)(WorkerActor)
        self._spec = spec
        self._wishes = wishes
        self._begun = begun
        self._watch = watch
        self._made = 0
        self._failed_starts = 0
        self._mustered = time.monotonic()
        self._missing_since: dict[Role, float] = {}
        wanted = self._layout()
        for warning in wanted.warnings:
            watch.note(f"warning: {warning}")
        watch.note(f"engine: Ray, {wanted.text}")
        begun.mkdir(parents=True, exist_ok=True)
        self._refill(wanted)

    def alive(self, node: str) -> bool:
        """Whether a node is part of the cluster."""
        return any(each["NodeID"] == node and each["Alive"] for each in self._ray.nodes())

    def has_begun(self, slot: Slot) -> bool:
        """Whether a dead actor had begun its last job: one that died idle must not be blamed on the job it got next."""
        try:
            return slot.job is not None and (self._begun / slot.name).read_text() == slot.job.digest
        except FileNotFoundError:
            return False

    def welcome(self, slot: Slot) -> None:
        """An actor answers for the first time, or has died before it could. Raises EngineError when all do."""
        try:
            place = self._ray.get(slot.ready)
        except self._ray.exceptions.RayError as error:
            made = not getattr(error, "actor_init_failed", False)
            self._lament(slot, str(error), made)
            return
        self._failed_starts = 0
        slot.ready, slot.node, slot.gpus, slot.pid = None, place["node"], place["gpus"], place["pid"]

    def drop(self, slot: Slot) -> None:
        """End an actor."""
        with suppress(Exception):  # It may be dead, or out of reach, or Ray may be gone already.
            self._ray.kill(slot.actor, no_restart=True)
        with suppress(ValueError):
            self.slots.remove(slot)

    def replace(self, slot: Slot) -> None:
        """End an actor and make another in its place, where the cluster still has room."""
        self.drop(slot)
        with suppress(EngineError):  # No room now, perhaps later: `muster` gives up in the end.
            self._refill(self._layout())

    def muster(self) -> None:
        """Every now and then: take in what has joined the cluster; tell the user who is being waited for.

        Raises EngineError after minutes without any worker of a kind.
        """
        now = time.monotonic()
        if now - self._mustered < _MUSTER_S:
            return
        self._mustered = now
        with suppress(EngineError):
            self._refill(self._layout())
        for role in ("gpu", "cpu") if self._wishes.gpus_per_worker else ("any",):
            self._await(role, now)

    def _await(self, role: Role, now: float) -> None:
        if any(slot.node for slot in self.slots if slot.role == role) or (role != "any" and self._fallen_back()):
            self._missing_since.pop(role, None)
            return
        since = self._missing_since.setdefault(role, now)
        if now - since > _SLOW_START_S:
            what = {"gpu": "a GPU", "cpu": "a CPU", "any": "a CPU"}[role]
            self._watch.note(f"waiting for {what} of the cluster: what there is is lost, or others hold it")
        if now - since > _PATIENCE_S:
            raise EngineError(
                f"No {role} worker could be had for {_PATIENCE_S:.0f} s. Build again once the cluster has room: "
                "`ray status` says who holds what."
            )

    def _fallen_back(self) -> bool:
        return any(slot.role == "any" for slot in self.slots)

    def _layout(self) -> Layout:
        return layout(Cluster.of(self._ray.nodes()), self._wishes)

    def _refill(self, wanted: Layout) -> None:
        for role, count in wanted.counts.items():
            present = [slot for slot in self.slots if slot.role == role]
            for slot in [slot for slot in present if not slot.node][: max(0, len(present) - count)]:
                self.drop(slot)
            for _ in range(count - len(present)):
                self.slots.append(self._spawn(role, wanted))

    def _spawn(self, role: Role, wanted: Layout) -> Slot:
        self._made += 1
        name = f"{role}-{self._made}"
        share = self._wishes.gpus_per_worker if role == "gpu" else 0
        actor = self._class.options(num_cpus=wanted.cpus[role], num_gpus=share).remote(
            self._spec, role == "gpu", str(Path.cwd()), str(self._begun / name)
        )
        return Slot(name, role, actor, actor.ready.remote())

    def _lament(self, slot: Slot, text: str, made: bool) -> None:
        """An actor died before it was ready. made: False where an exception in its making was the cause."""
        if "node has died" not in text:
            self._failed_starts += 1
        if self._failed_starts >= MOST_FAILED_STARTS or not made:
            raise EngineError(f"A worker cannot start: {last_line(text)}")
        self.replace(slot)


def last_line(text: str) -> str:
    """The last line that says something."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"
