"""Workers as Ray actors, one job in flight each. Ray restarts and retries nothing: that is the engine's to decide."""

import os
import shutil
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from share_data.engine import ray_session
from share_data.engine.jobs import Ended, Job, Lost, Receipt
from share_data.engine.pool import Deadline, Lane, Spec
from share_data.engine.ray_actor_set import STEPS, ActorSet, Note, Slot, last_line
from share_data.engine.ray_health import Health, end_processes
from share_data.engine.ray_layout import Wishes
from share_data.engine.ray_restarts import Restarts
from share_data.errors import EngineError
from share_data.machine import kills_for_memory

_UNREACHABLE_S = 60.0
_PROBE_S = 0.2
MOST_EARLY_DEATHS = 5
STARVED = (
    "not enough memory: the system ended its worker. Free some memory (fewer engine.workers, other programs) and run "
    "again."
)
DIED = "the worker process died (killed, out of memory, or crashed in native code)"


class RayPool:
    """Actors by role: `gpu` ones estimate, `cpu` ones do the rest and see no GPU; `any` do everything."""

    def __init__(
        self, spec: Spec, wishes: Wishes, deadline: Deadline, address: str, workspace: Path, watch: Note
    ) -> None:
        self._deadline = deadline
        self._place = (spec, wishes, address, workspace, watch)
        self._address = address
        self._watch = watch
        self._actors: ActorSet | None = None
        self._restarts = Restarts(address)
        self._health: Health | None = None
        self._kills = kills_for_memory()
        self._held: tuple[str, str] | None = None
        self._early_deaths = 0
        self._error: EngineError | None = None
        self._stack = ExitStack()
        self._session = ExitStack()
        self._stack.enter_context(ray_session.kept_quiet(workspace / "ray.log"))
        try:
            self._begin()
        except BaseException:
            self.close()
            raise

    def _begin(self) -> None:
        spec, wishes, address, workspace, watch = self._place
        self._ray = self._session.enter_context(ray_session.running(address, len(os.sched_getaffinity(0))))
        self._session.callback(shutil.rmtree, workspace / "begun", ignore_errors=True)
        self._health = Health(self._ray, own=not address)
        self._actors = ActorSet(self._ray, spec, wishes, workspace / "begun", watch)

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
            return [slot.lane for slot in self._slots if slot.idle and not self._is_held(slot)]
        able = [slot for slot in self._slots if slot.node and "estimate" in STEPS[slot.role]]
        if not any(slot.role == "gpu" for slot in able):
            return [slot.lane for slot in able if slot.idle][:1]
        sharers: dict[tuple[str, str], list[Slot]] = {}
        for slot in able:
            sharers.setdefault(slot.card, []).append(slot)
        if self._held not in sharers:
            # A card that is idle already, else any: it will be soon, for it gets nothing new.
            self._held = max(sharers, key=lambda card: all(slot.idle for slot in sharers[card]))
        group = sharers[self._held]
        return [group[0].lane] if all(slot.idle for slot in group) else []

    def start(self, lane: Lane, job: Job, next_job: Job | None = None) -> None:
        """See `Pool`."""
        slot = next(slot for slot in self._slots if slot.name == lane.name)
        slot.job, slot.began = job, time.monotonic()
        slot.reply = slot.actor.run.remote(job, lane.mode == "frugal", next_job)

    def wait(self, seconds: float) -> list[Ended]:
        """See `Pool`. Raises EngineError when no worker can be kept alive."""
        if self._error is not None:
            raise self._error
        assert self._actors is not None and self._health is not None
        if lost := self._health.lost():
            return self._recover(lost)
        self._actors.muster()
        answered = self._answered(seconds)
        ended = []
        for slot in list(self._slots):
            try:
                found = self._look(slot, answered) if slot in self._slots else None
            except EngineError as error:  # Not before what has ended is told.
                self._error = error
                break
            if found is not None:
                ended.append(found)
        if self._error is not None and not ended:
            raise self._error
        return ended

    def close(self) -> None:
        """See `Pool`."""
        if self._actors is not None and not self._lost():
            for slot in list(self._slots):
                self._actors.drop(slot)
        self._actors = None
        self._session.close()
        self._stack.close()

    def _recover(self, lost: str) -> list[Ended]:
        """Ray has been damaged: what was under way is nobody's fault. One of our own is started again, some times."""
        ended = [Ended(slot.job, Lost("node", f"Ray has lost {lost}"), slot.name) for slot in self._slots if slot.job]
        if not self._address:
            end_processes(slot.pid for slot in self._slots)
        self._actors = self._held = None
        self._session.close()
        try:
            self._watch.note(self._restarts.take(lost))
            self._begin()
        except EngineError as error:  # Not before what has ended is told.
            self._error = error
            if not ended:
                raise
        return ended

    def _lost(self) -> str:
        """What of Ray is gone at this moment."""
        return self._health.lost_now() if self._health is not None else ""

    @property
    def _slots(self) -> list[Slot]:
        return self._actors.slots if self._actors is not None else []

    def _answered(self, seconds: float) -> set[Any]:
        """What has been answered by now; waits for the first answer, a deadline, or so long."""
        waiting = [slot.reply if slot.job is not None else slot.ready for slot in self._slots if not slot.suspect]
        waiting = [reference for reference in waiting if reference is not None]
        if not waiting:
            time.sleep(min(seconds, 0.1))
            return set()
        limit = min([seconds, *(self._remaining(slot) for slot in self._slots if slot.job is not None)])
        self._ray.wait(waiting, num_returns=1, timeout=max(limit, 0))
        return set(self._ray.wait(waiting, num_returns=len(waiting), timeout=0)[0])

    def _look(self, slot: Slot, answered: set[Any]) -> Ended | None:
        """What has become of an actor: a job's end, or nothing to tell."""
        if slot.suspect:
            return self._probe(slot)
        if slot.job is None:
            if slot.ready is not None and slot.ready in answered:
                assert self._actors is not None
                self._actors.welcome(slot)
            return None
        if slot.reply in answered:
            return self._reply(slot, slot.job)
        if self._remaining(slot) <= 0:
            return self._lose(slot, Lost("deadline", f"not done after {self._deadline(slot.job):.0f} s"))
        return None

    def _reply(self, slot: Slot, job: Job) -> Ended | None:
        errors = self._ray.exceptions
        try:
            receipt: Receipt = self._ray.get(slot.reply)
        except errors.ActorUnavailableError:
            slot.suspect = time.monotonic()
            return self._probe(slot)
        except errors.RayActorError as error:
            return self._lose(slot, self._cause(slot, str(error)))
        except errors.RayError as error:
            lost = self._lost()
            how = Lost("node", f"Ray has lost {lost}") if lost else Lost("death", last_line(str(error)))
            return self._lose(slot, how)
        self._early_deaths = 0
        self._release(slot)
        slot.job = slot.reply = None
        return Ended(job, receipt, slot.name)

    def _probe(self, slot: Slot) -> Ended | None:
        """An actor out of reach may have died, alone or with its node: nobody is blamed before that is known."""
        assert self._actors is not None
        if not self._actors.alive(slot.node):
            return self._lose(slot, Lost("node", "its node was lost"))
        try:
            self._ray.get(slot.actor.ready.remote(), timeout=_PROBE_S)
        except (self._ray.exceptions.ActorUnavailableError, self._ray.exceptions.GetTimeoutError):
            if time.monotonic() - slot.suspect > _UNREACHABLE_S:
                return self._lose(slot, Lost("node", f"its worker was out of reach for {_UNREACHABLE_S:.0f} s"))
            return None
        except self._ray.exceptions.RayActorError as error:
            return self._lose(slot, self._cause(slot, str(error)))
        return self._lose(slot, Lost("node", "the connection to its worker broke"))

    def _cause(self, slot: Slot, text: str) -> Lost:
        if lost := self._lost():
            return Lost("node", f"Ray has lost {lost}")
        before, self._kills = self._kills, kills_for_memory()
        if self._kills > before or "OUT_OF_MEMORY" in text or "low on memory" in text:
            return Lost("starved", STARVED)
        assert self._actors is not None
        if "node has died" in text or not self._actors.alive(slot.node):
            return Lost("node", "its node was lost")
        if not self._actors.has_begun(slot) and self._early_deaths < MOST_EARLY_DEATHS:
            self._early_deaths += 1
            return Lost("node", "its worker had died before")
        return Lost("death", DIED)

    def _lose(self, slot: Slot, how: Lost) -> Ended:
        job = slot.job
        assert job is not None and self._actors is not None
        self._release(slot)
        if self._lost():  # No call that would wait for it: `wait` sees to it next.
            slot.job = slot.reply = None
        else:
            self._actors.replace(slot)
        return Ended(job, how, slot.name)

    def _remaining(self, slot: Slot) -> float:
        return slot.began + self._deadline(slot.job) - time.monotonic() if slot.job is not None else 0.0

    def _is_held(self, slot: Slot) -> bool:
        return slot.role == "gpu" and slot.card == self._held

    def _release(self, slot: Slot) -> None:
        """The exclusive job of a held GPU is the only one on it when it ends."""
        busy = [each for each in self._slots if each.card == self._held and each.job is not None]
        if slot.card == self._held and busy == [slot]:
            self._held = None
