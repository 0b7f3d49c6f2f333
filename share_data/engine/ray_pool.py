"""Workers as Ray actors, one job in flight each. Ray restarts and retries nothing: that is the engine's to decide."""

import os
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from share_data.engine import ray_session
from share_data.engine.jobs import Ended, Job, Lost, Receipt
from share_data.engine.pool import ALL_STEPS, CPU_STEPS, Deadline, Lane, Spec
from share_data.engine.ray_actor import WorkerActor
from share_data.engine.ray_layout import Cluster, Layout, Role, Wishes, layout
from share_data.errors import EngineError

STEPS = {"gpu": ("reconstruct",), "cpu": CPU_STEPS, "any": ALL_STEPS}
MOST_FAILED_STARTS = 3
_REFILL_S = 10.0
_SLOW_START_S = 30.0
_UNREACHABLE_S = 60.0
_LONELY_S = 300.0


class Note(Protocol):
    """Takes a line for the user."""

    def note(self, text: str) -> None:
        """Show it."""
        ...


@dataclass(slots=True)
class _Slot:
    """An actor, from its creation to its end. `node` is empty until it is ready; `suspect`: since when unreachable."""

    name: str
    role: Role
    actor: Any
    ready: Any
    born: float
    node: str = ""
    gpus: str = ""
    job: Job | None = None
    reply: Any = None
    began: float = 0.0
    suspect: float = 0.0

    @property
    def idle(self) -> bool:
        return bool(self.node) and self.job is None

    @property
    def card(self) -> tuple[str, str]:
        """The GPU (or GPUs) this actor computes on."""
        return self.node, self.gpus


class RayPool:
    """Actors by role: `gpu` ones reconstruct, `cpu` ones do the rest and see no GPU; `any` do everything."""

    def __init__(
        self, spec: Spec, wishes: Wishes, deadline: Deadline, address: str, workspace: Path, watch: Note
    ) -> None:
        self._spec = spec
        self._wishes = wishes
        self._deadline = deadline
        self._watch = watch
        self._slots: list[_Slot] = []
        self._held: tuple[str, str] | None = None
        self._failed_starts = 0
        self._made = 0
        self._lonely = 0.0
        self._told = 0.0
        self._stack = ExitStack()
        self._stack.enter_context(ray_session.kept_quiet(workspace / "ray.log"))
        try:
            self._ray = ray_session.start(address, len(os.sched_getaffinity(0)))
            self._stack.callback(self._ray.shutdown)
            self._class = self._ray.remote(max_restarts=0, max_task_retries=0)(WorkerActor)
            wanted = self._layout()
            for warning in wanted.warnings:
                watch.note(f"warning: {warning}")
            watch.note(f"engine: Ray, {wanted.text}")
            self._refill(wanted)
        except BaseException:
            self.close()
            raise

    @property
    def size(self) -> int:
        """Workers, including those that are starting."""
        return len(self._slots)

    @property
    def prefetches(self) -> bool:
        """Decoding ahead pays where a GPU computes and its host's cores would idle."""
        return any(slot.role == "gpu" for slot in self._slots)

    def free(self, exclusive: bool = False) -> Sequence[Lane]:
        """See `Pool`. A GPU that is held gets nothing new until its last job has ended, and then the exclusive one."""
        if not exclusive:
            return [_lane(slot) for slot in self._slots if slot.idle and not self._is_held(slot)]
        able = [slot for slot in self._slots if slot.node and "reconstruct" in STEPS[slot.role]]
        if not any(slot.role == "gpu" for slot in able):
            return [_lane(slot) for slot in able if slot.idle][:1]
        if self._held is None or not any(slot.card == self._held for slot in able):
            self._held = able[0].card
        sharers = [slot for slot in able if slot.card == self._held]
        return [_lane(sharers[0])] if all(slot.idle for slot in sharers) else []

    def start(self, lane: Lane, job: Job, next_job: Job | None = None) -> None:
        """See `Pool`."""
        slot = next(slot for slot in self._slots if slot.name == lane.name)
        slot.job, slot.began = job, time.monotonic()
        slot.reply = slot.actor.run.remote(job, lane.mode == "frugal", next_job)

    def wait(self, seconds: float) -> list[Ended]:
        """See `Pool`. Raises EngineError when no worker can be kept alive."""
        self._refill_now_and_then()
        waiting = [slot.reply if slot.job is not None else slot.ready for slot in self._slots if not slot.suspect]
        waiting = [reference for reference in waiting if reference is not None]
        if not waiting:
            time.sleep(min(seconds, 0.1))
        else:
            limit = min([seconds, *(self._remaining(slot) for slot in self._slots if slot.job is not None)])
            self._ray.wait(waiting, num_returns=1, timeout=max(limit, 0))
        answered = set(self._ray.wait(waiting, num_returns=len(waiting), timeout=0)[0]) if waiting else set()
        return [ended for slot in list(self._slots) if (ended := self._look(slot, answered)) is not None]

    def close(self) -> None:
        """See `Pool`."""
        for slot in self._slots:
            self._kill(slot)
        self._slots.clear()
        self._stack.close()

    # One actor.

    def _look(self, slot: _Slot, answered: set[Any]) -> Ended | None:
        """What has become of an actor: a job's end, or nothing to tell."""
        if slot.suspect:
            return self._probe(slot)
        if slot.job is None:
            if slot.ready is not None and slot.ready in answered:
                self._welcome(slot)
            return None
        if slot.reply in answered:
            return self._reply(slot)
        if self._remaining(slot) <= 0:
            limit = self._deadline(slot.job)
            return self._lose(slot, Lost("deadline", f"not done after {limit:.0f} s"))
        return None

    def _welcome(self, slot: _Slot) -> None:
        try:
            place = self._ray.get(slot.ready)
        except self._ray.exceptions.RayError as error:
            self._drop(slot)
            self._failed_starts += 1
            if self._failed_starts >= MOST_FAILED_STARTS or "creation task" in str(error):
                raise EngineError(f"A worker cannot start: {_last_line(str(error))}") from error
            self._refill(self._layout())
            return
        self._failed_starts = 0
        slot.ready, slot.node, slot.gpus = None, place["node"], place["gpus"]

    def _reply(self, slot: _Slot) -> Ended:
        errors = self._ray.exceptions
        job = slot.job
        assert job is not None
        try:
            receipt: Receipt = self._ray.get(slot.reply)
        except errors.ActorUnavailableError:
            slot.suspect = time.monotonic()
            return self._probe(slot)  # type: ignore[return-value]
        except errors.RayActorError as error:
            return self._lose(slot, self._cause(slot, str(error)))
        except errors.RayError as error:
            return self._lose(slot, Lost("death", _last_line(str(error))))
        self._release(slot)
        slot.job = slot.reply = None
        return Ended(job, receipt, slot.name)

    def _probe(self, slot: _Slot) -> Ended | None:
        """An actor out of reach may have died, alone or with its node: nobody is blamed before that is known."""
        if not self._alive(slot.node):
            return self._lose(slot, Lost("node", "its node was lost"))
        try:
            self._ray.get(slot.actor.ready.remote(), timeout=1)
        except self._ray.exceptions.ActorUnavailableError:
            pass
        except self._ray.exceptions.RayActorError as error:
            return self._lose(slot, self._cause(slot, str(error)))
        except self._ray.exceptions.GetTimeoutError:
            pass
        else:
            return self._lose(slot, Lost("node", "the connection to its worker broke"))
        if time.monotonic() - slot.suspect > _UNREACHABLE_S:
            return self._lose(slot, Lost("node", f"its worker was out of reach for {_UNREACHABLE_S:.0f} s"))
        return None

    def _cause(self, slot: _Slot, text: str) -> Lost:
        if "node has died" in text or not self._alive(slot.node):
            return Lost("node", "its node was lost")
        return Lost("death", "the worker process died (killed, out of memory, or crashed in native code)")

    def _alive(self, node: str) -> bool:
        return any(each["NodeID"] == node and each["Alive"] for each in self._ray.nodes())

    def _lose(self, slot: _Slot, how: Lost) -> Ended:
        job = slot.job
        assert job is not None
        self._release(slot)
        self._drop(slot)
        self._refill(self._layout())
        return Ended(job, how, slot.name)

    def _drop(self, slot: _Slot) -> None:
        self._kill(slot)
        self._slots.remove(slot)

    def _kill(self, slot: _Slot) -> None:
        with suppress(Exception):  # It may be dead, or unreachable, or Ray may be gone already.
            self._ray.kill(slot.actor, no_restart=True)

    def _remaining(self, slot: _Slot) -> float:
        return slot.began + self._deadline(slot.job) - time.monotonic() if slot.job is not None else 0.0

    def _is_held(self, slot: _Slot) -> bool:
        return slot.role == "gpu" and slot.card == self._held

    def _release(self, slot: _Slot) -> None:
        sharers = [each for each in self._slots if each.card == self._held and each.job is not None]
        if slot.card == self._held and sharers == [slot]:
            self._held = None

    # All of them.

    def _layout(self) -> Layout:
        return layout(Cluster.of(self._ray.nodes()), self._wishes)

    def _refill_now_and_then(self) -> None:
        """Nodes come and go: take new ones in, and say so when there is nobody to work."""
        now = time.monotonic()
        if now - self._told < _REFILL_S:
            return
        self._told = now
        with suppress(EngineError):  # A lost GPU may come back; the time limit below says when to give up.
            self._refill(self._layout())
        starting = [slot for slot in self._slots if not slot.node and now - slot.born > _SLOW_START_S]
        if any(slot.node for slot in self._slots if "reconstruct" in STEPS[slot.role]):
            self._lonely = 0.0
            return
        self._lonely = self._lonely or now
        if starting or not self._slots:
            self._watch.note(f"waiting for {len(starting) or 1} worker(s): their CPUs or GPUs are lost or taken")
        if now - self._lonely > _LONELY_S:
            raise EngineError(f"No worker could be had for {_LONELY_S:.0f} s. Build again once the cluster has room.")

    def _refill(self, wanted: Layout) -> None:
        for role, count in wanted.counts.items():
            present = [slot for slot in self._slots if slot.role == role]
            for slot in [slot for slot in present if not slot.node][: max(0, len(present) - count)]:
                self._drop(slot)
            for _ in range(count - len(present)):
                self._slots.append(self._spawn(role, wanted))

    def _spawn(self, role: Role, wanted: Layout) -> _Slot:
        self._made += 1
        share = self._wishes.gpus_per_worker if role == "gpu" else 0
        actor = self._class.options(num_cpus=wanted.cpus_per_worker, num_gpus=share).remote(
            self._spec, role == "gpu", str(Path.cwd())
        )
        return _Slot(f"{role}-{self._made}", role, actor, actor.ready.remote(), time.monotonic())


def _lane(slot: _Slot) -> Lane:
    return Lane(slot.name, STEPS[slot.role])


def _last_line(text: str) -> str:
    lines: Iterable[str] = (line.strip() for line in reversed(text.splitlines()))
    return next((line for line in lines if line), "no reason given")
