"""A reconstruction in parts, on made-up workers of two kinds: one job to the journal, whoever does which part."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from made_up_work import Jobs, events, job, run

from share_data.engine.jobs import Ended, Failure, Job, Lost, Receipt
from share_data.engine.journal import journal_lines
from share_data.engine.pool import CPU_TASKS, GPU_TASKS, Lane

AFTER = {"prepare": "estimate", "estimate": "assemble"}
Answer = Callable[[Job, int], Receipt | Lost]


class TwoKinds:
    """One worker with a GPU and two without."""

    size, prefetches = 3, True
    lanes = (Lane("gpu-1", GPU_TASKS), Lane("cpu-1", CPU_TASKS), Lane("cpu-2", CPU_TASKS))

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._busy: dict[str, Job] = {}
        self._tries: Counter[tuple[str, str]] = Counter()
        self.given: list[tuple[str, str, str]] = []
        self.announced: dict[str, str] = {}

    def free(self, exclusive: bool = False) -> Sequence[Lane]:
        idle = [lane for lane in self.lanes if lane.name not in self._busy]
        return [lane for lane in idle if lane.steps == GPU_TASKS] if exclusive else idle

    def start(self, lane: Lane, job: Job, next_job: Job | None = None) -> None:
        assert job.task in lane.steps
        self._busy[lane.name] = job
        self.given.append((job.unit, str(job.task), lane.mode))
        if next_job is not None:
            self.announced[job.unit] = next_job.unit

    def wait(self, seconds: float) -> list[Ended]:
        ended = []
        for name, given in [*self._busy.items()]:
            del self._busy[name]
            self._tries[given.unit, given.task] += 1
            ended.append(Ended(given, self._answer(given, self._tries[given.unit, given.task]), name))
        return ended

    def close(self) -> None: ...


def part_done(job: Job, attempt: int) -> Receipt:
    result = {"next": AFTER[job.part]} if job.part in AFTER else {"key": job.unit}
    return Receipt("done", result, {str(job.task): 1.5, "all": 1.0})


def parts_of(pool: TwoKinds, unit: str) -> list[str]:
    return [task for given, task, _ in pool.given if given == unit]


def test_every_kind_of_worker_does_its_part_and_the_journal_has_one_job(tmp_path: Path) -> None:
    work, pool = Jobs(*(job(f"c{k}") for k in range(9)), job("v", "fetch"), job("s", "pack")), TwoKinds(part_done)
    run(tmp_path, work, pool)
    assert set(work.ended.values()) == {None} and len(work.ended) == 11
    for k in range(9):
        assert parts_of(pool, f"c{k}") == ["prepare", "estimate", "assemble"]
    kinds = Counter(what for what, unit in events(tmp_path) if unit == "c4")
    assert kinds == {"sent": 3, "returned": 2, "done": 1}
    (end,) = (e for _, e in journal_lines(tmp_path / "journal.jsonl") if e["e"] == "done" and e["unit"] == "c4")
    assert end["step"] == "reconstruct" and end["r"] == {"key": "c4"}
    assert end["s"] == {"prepare": 1.5, "estimate": 1.5, "assemble": 1.5, "all": 3.0}
    assert len(pool.announced) > 3, "the GPU worker is told what comes next"


def test_who_has_nothing_to_estimate_passes_the_gpu_by(tmp_path: Path) -> None:
    def answer(job: Job, attempt: int) -> Receipt:
        return Receipt("done", {"next": "assemble"}) if job.part == "prepare" else part_done(job, attempt)

    pool = TwoKinds(answer)
    run(tmp_path, Jobs(job("c0")), pool)
    assert parts_of(pool, "c0") == ["prepare", "assemble"]


def test_a_gpu_worker_may_give_the_whole_result(tmp_path: Path) -> None:
    def answer(job: Job, attempt: int) -> Receipt:
        return Receipt("done", {"key": "k"}) if job.part == "estimate" else part_done(job, attempt)

    pool, work = TwoKinds(answer), Jobs(job("c0"))
    run(tmp_path, work, pool)
    assert parts_of(pool, "c0") == ["prepare", "estimate"] and work.ended == {"c0": None}


@pytest.mark.parametrize("part", ["prepare", "estimate", "assemble"])
def test_a_part_that_fails_begins_the_job_again_and_ends_it_in_the_end(tmp_path: Path, part: str) -> None:
    def answer(job: Job, attempt: int) -> Receipt:
        bad = job.part == part and (job.unit == "bad" or attempt == 1)
        return Receipt("error", error_class="ValueError", message="no") if bad else part_done(job, attempt)

    work, pool = Jobs(job("bad"), job("once")), TwoKinds(answer)
    run(tmp_path, work, pool)
    assert work.ended == {"bad": Failure("ValueError", "no", 2), "once": None}
    until = ["prepare", "estimate", "assemble"]
    until = until[: until.index(part) + 1]
    assert parts_of(pool, "bad") == until * 2 and parts_of(pool, "once")[: len(until)] == until


def test_a_full_gpu_is_tried_alone_at_the_part_that_needs_it(tmp_path: Path) -> None:
    def answer(job: Job, attempt: int) -> Receipt:
        full = job.part == "estimate" and job.unit == "big" and attempt < 3
        return Receipt("memory", error_class="OutOfMemoryError") if full else part_done(job, attempt)

    work, pool = Jobs(job("big"), job("c0")), TwoKinds(answer)
    run(tmp_path, work, pool)
    assert work.ended == {"big": None, "c0": None}
    modes = [(task, mode) for unit, task, mode in pool.given if unit == "big"]
    assert modes == [
        ("prepare", "shared"), ("estimate", "shared"), ("estimate", "alone"), ("estimate", "frugal"),
        ("assemble", "shared"),
    ]  # fmt: skip


def test_what_waits_for_its_next_part_when_the_build_dies_is_charged_nothing(tmp_path: Path) -> None:
    def answer(job: Job, attempt: int) -> Receipt:
        if job.part == "estimate":
            raise KeyboardInterrupt
        return part_done(job, attempt)

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, Jobs(*(job(f"c{k}") for k in range(6))), TwoKinds(answer))
    opened = Counter(unit for what, unit in events(tmp_path) if what == "sent")
    closed = Counter(unit for what, unit in events(tmp_path) if what == "returned")
    assert opened == closed
