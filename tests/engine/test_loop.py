"""The engine's loop with made-up workers: every job ends once, and failures do what the policy says."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from made_up_work import Jobs, events, job, run

from share_data.engine.history import History
from share_data.engine.interrupt import Stop
from share_data.engine.jobs import Ended, Failure, Job, Lost, Receipt
from share_data.engine.journal import Journal
from share_data.engine.loop import Engine
from share_data.engine.pool import ALL_STEPS, Lane
from share_data.engine.watch import Silent
from share_data.errors import DiskFullError, EngineError, MissingDependencyError

Answer = Callable[[Job, int], Receipt | Lost]


class FakePool:
    """Workers that answer at once; remembers who was given what, and how."""

    def __init__(self, answer: Answer, workers: int = 2, prefetches: bool = False) -> None:
        self.size, self.prefetches = workers, prefetches
        self.given: list[tuple[str, str, str]] = []
        self.announced: list[tuple[str, str | None]] = []
        self.closed = False
        self._answer = answer
        self._busy: dict[str, Job] = {}
        self._tries: dict[str, int] = {}

    def free(self, exclusive: bool = False) -> Sequence[Lane]:
        if exclusive and self._busy:
            return []
        return [Lane(f"w{k}", ALL_STEPS) for k in range(self.size) if f"w{k}" not in self._busy]

    def start(self, lane: Lane, job: Job, next_job: Job | None = None) -> None:
        assert lane.name not in self._busy, "one job at a time"
        assert lane.mode == "shared" or not self._busy, "alone means alone"
        self._busy[lane.name] = job
        self.given.append((lane.name, job.unit, lane.mode))
        self.announced.append((job.unit, next_job.unit if next_job else None))

    def wait(self, seconds: float) -> list[Ended]:
        if not self._busy:
            return []
        name, job = next(iter(self._busy.items()))
        del self._busy[name]
        self._tries[job.unit] = self._tries.get(job.unit, 0) + 1
        return [Ended(job, self._answer(job, self._tries[job.unit]), name)]

    def close(self) -> None:
        self.closed = True


def done(job: Job, attempt: int) -> Receipt:
    return Receipt("done", {"key": job.unit})


def test_everything_is_sent_once_and_ends_once_and_sending_is_on_record_first(tmp_path: Path) -> None:
    work, pool = Jobs(*(job(f"c{k}") for k in range(7))), FakePool(done)
    run(tmp_path, work, pool)
    assert work.ended == dict.fromkeys([f"c{k}" for k in range(7)])
    assert pool.closed
    seen = events(tmp_path)
    for k in range(7):
        assert seen.index(("sent", f"c{k}")) < seen.index(("done", f"c{k}"))
    assert len(seen) == 14


def test_nothing_to_do_makes_no_pool(tmp_path: Path) -> None:
    def refuse() -> Any:
        raise AssertionError("a pool was made")

    engine = Engine(refuse, History(Journal(tmp_path / "j.jsonl")), Silent(), Stop())
    engine.run(Jobs())
    assert engine.ended == 0


def test_a_bad_clip_is_tried_again_after_the_good_ones_and_then_given_up(tmp_path: Path) -> None:
    def answer(job: Job, attempt: int) -> Receipt | Lost:
        return Lost("death", "killed") if job.unit == "bad" else done(job, attempt)

    work, pool = Jobs(job("bad"), *(job(f"c{k}") for k in range(5))), FakePool(answer)
    run(tmp_path, work, pool)
    assert work.ended["bad"] == Failure("WorkerDied", "killed", 3)
    assert [unit for _, unit, _ in pool.given[-2:]] == ["bad", "bad"]


def test_a_clip_whose_node_is_lost_is_charged_nothing_and_goes_first(tmp_path: Path) -> None:
    def answer(job: Job, attempt: int) -> Receipt | Lost:
        lost = job.unit == "c0" and attempt <= 10
        return Lost("node", "its node was lost") if lost else done(job, attempt)

    work, pool = Jobs(job("c0"), job("c1")), FakePool(answer)
    run(tmp_path, work, pool)
    assert work.ended == {"c0": None, "c1": None}


def test_a_full_gpu_is_retried_alone_then_frugally_then_given_up(tmp_path: Path) -> None:
    def answer(job: Job, attempt: int) -> Receipt | Lost:
        full = job.unit == "big" or (job.unit == "medium" and attempt < 3)
        return Receipt("memory", error_class="OutOfMemoryError", message="2 GiB") if full else done(job, attempt)

    work = Jobs(job("big"), job("medium"), *(job(f"c{k}") for k in range(4)))
    pool = FakePool(answer)
    run(tmp_path, work, pool)
    assert work.ended["big"] == Failure("OutOfMemoryError", "2 GiB", 3)
    assert work.ended["medium"] is None
    modes = {unit: [mode for _, given, mode in pool.given if given == unit] for unit in ("big", "medium", "c0")}
    assert modes == {"big": ["shared", "alone", "frugal"], "medium": ["shared", "alone", "frugal"], "c0": ["shared"]}


@pytest.mark.parametrize(("kind", "error"), [("disk", DiskFullError), ("setup", MissingDependencyError)])
def test_a_full_disk_lets_the_rest_end_and_stops(tmp_path: Path, kind: Any, error: type[Exception]) -> None:
    def answer(job: Job, attempt: int) -> Receipt | Lost:
        return Receipt(kind, message="no space left") if job.unit == "c0" else done(job, attempt)

    work, pool = Jobs(*(job(f"c{k}") for k in range(9))), FakePool(answer)
    with pytest.raises(error, match="no space left"):
        run(tmp_path, work, pool)
    assert work.ended == {"c1": None}, "what was under way came to its end, nothing more was begun"
    assert ("returned", "c0") in events(tmp_path) and pool.closed


def test_a_clip_that_needs_the_gpu_alone_still_does_after_a_restart(tmp_path: Path) -> None:
    history = History(Journal(tmp_path / "journal.jsonl"))
    for _ in range(2):
        history.failed(job("big"), "memory", "OutOfMemoryError", "2 GiB")
    history.journal.close()
    work, pool = Jobs(job("c0"), job("big"), job("c1")), FakePool(done)
    run(tmp_path, work, pool)
    assert ("w0", "big", "frugal") in pool.given and work.ended["big"] is None


def test_what_was_under_way_when_the_build_was_stopped_is_not_charged(tmp_path: Path) -> None:
    def answer(job: Job, attempt: int) -> Receipt | Lost:
        raise KeyboardInterrupt

    for _ in range(7):
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path, Jobs(job("c0")), FakePool(answer))
    history = History(Journal(tmp_path / "journal.jsonl"))
    history.resume(None)
    assert not history.known(job("c0").digest)


def test_results_that_are_nowhere_to_be_found_end_the_build_with_the_reason(tmp_path: Path) -> None:
    work = Jobs(job("c0"))
    work.done = lambda job, result: work.queue.append(job)  # type: ignore[method-assign,func-returns-value]
    with pytest.raises(EngineError, match=r"c0: a worker says .* SHARE_DATA_CACHE must be the same folder"):
        run(tmp_path, work, FakePool(done))


def test_a_stop_lets_the_rest_end(tmp_path: Path) -> None:
    stop = Stop()

    def answer(job: Job, attempt: int) -> Receipt | Lost:
        stop.requested = True
        return done(job, attempt)

    work, pool = Jobs(*(job(f"c{k}") for k in range(9))), FakePool(answer)
    run(tmp_path, work, pool, stop)
    assert set(work.ended) == {"c0", "c1"}
    assert len(pool.given) == 2


def test_a_shard_that_cannot_be_written_ends_the_build(tmp_path: Path) -> None:
    work, pool = Jobs(job("shards/000000.tar", "pack")), FakePool(lambda job, attempt: Lost("death", "killed"))
    with pytest.raises(EngineError, match=r"shards/000000\.tar: could not be written: WorkerDied"):
        run(tmp_path, work, pool)


def test_each_worker_is_told_which_clip_it_gets_next_and_gets_it(tmp_path: Path) -> None:
    work, pool = Jobs(*(job(f"c{k}") for k in range(12))), FakePool(done, prefetches=True)
    run(tmp_path, work, pool)
    assert len(work.ended) == 12
    order: dict[str, list[str]] = {}
    for worker, unit, _ in pool.given:
        order.setdefault(worker, []).append(unit)
    following = {unit: after for units in order.values() for unit, after in pairwise(units)}
    promised = [(unit, after) for unit, after in pool.announced if after is not None]
    assert len(promised) >= 8
    assert all(following[unit] == after for unit, after in promised)


def test_what_was_promised_to_a_worker_that_dies_is_done_by_another(tmp_path: Path) -> None:
    def answer(job: Job, attempt: int) -> Receipt | Lost:
        return Lost("death", "killed") if job.unit == "c0" else done(job, attempt)

    work, pool = Jobs(*(job(f"c{k}") for k in range(12))), FakePool(answer, prefetches=True)
    run(tmp_path, work, pool)
    assert len(work.ended) == 12 and work.ended["c0"] is not None
