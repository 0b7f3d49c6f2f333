"""Work for the engine's loop that is a list of jobs."""

from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from share_data.engine.history import History
from share_data.engine.interrupt import Stop
from share_data.engine.jobs import Failure, Job, Step
from share_data.engine.journal import Journal, journal_lines
from share_data.engine.loop import Engine
from share_data.engine.watch import Silent


def job(name: str, step: Step = "reconstruct") -> Job:
    return Job(step, name, name.encode().hex().rjust(32, "0"), frames=10)


class Jobs:
    """Work that is a list of jobs."""

    def __init__(self, *jobs: Job) -> None:
        self.queue = deque(jobs)
        self.ended: dict[str, Failure | None] = {}

    def waiting(self) -> int:
        return len(self.queue)

    def next(self, step: Step) -> Job | None:
        found = next((each for each in self.queue if each.step == step), None)
        if found is not None:
            self.queue.remove(found)
        return found

    def done(self, job: Job, result: Mapping[str, Any]) -> Mapping[str, Any] | None:
        return result

    def recorded(self, job: Job, failure: Failure | None) -> None:
        assert job.unit not in self.ended, "a job ends once"
        self.ended[job.unit] = failure


def run(tmp_path: Path, work: Jobs, pool: Any, stop: Stop | None = None) -> Engine:
    history = History(Journal(tmp_path / "journal.jsonl"))
    engine = Engine(lambda: pool, history, Silent(), stop or Stop())
    engine.run(work)
    return engine


def events(tmp_path: Path) -> list[tuple[str, str]]:
    return [(event["e"], event.get("unit", "")) for _, event in journal_lines(tmp_path / "journal.jsonl")]
