"""What a journal says of a job: its result, its failure, its attempts; the same after any restart."""

from pathlib import Path

import pytest

from share_data.engine.history import History
from share_data.engine.jobs import Failure, Job, Receipt, Step
from share_data.engine.journal import Journal
from share_data.engine.policy import Trouble, Verdict, charged


def job(name: str, step: Step = "reconstruct") -> Job:
    return Job(step, name, name.encode().hex().rjust(32, "0"))


def reopened(history: History, retry: str | None = None) -> History:
    """The next build's view of the same journal."""
    history.journal.close()
    again = History(Journal(history.journal.path))
    again.resume(retry)
    return again


def group(kind: Trouble) -> str:
    return "error" if kind in ("error", "deadline", "refused") else kind


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(Journal(tmp_path / "journal.jsonl"))


def test_a_result_is_found_again_by_its_digest_after_a_restart(history: History) -> None:
    history.sent([job("a"), job("b")])
    history.done(job("a"), {"key": "k"}, Receipt("done", {}, {"humans": 1.5}))
    history.done(job("b"), {"key": "l"}, Receipt("done"))
    for each in (history, reopened(history)):
        outcome = each.outcome(job("a").digest)
        assert outcome is not None and outcome.result == {"key": "k"} and outcome.failure is None
        assert each.outcome(job("c").digest) is None


@pytest.mark.parametrize(
    ("kinds", "verdicts"),
    [
        (["death"] * 3, ["retry", "retry", "quarantine"]),
        (["error"] * 2, ["retry", "quarantine"]),
        (["deadline"] * 2, ["retry", "quarantine"]),
        (["interruption"] * 5, ["retry"] * 4 + ["quarantine"]),
        (["memory"] * 3, ["retry", "retry", "quarantine"]),
        (["refused"], ["quarantine"]),
        (["death", "error", "death", "error"], ["retry", "retry", "retry", "quarantine"]),
    ],
)
def test_so_many_failures_of_a_kind_are_enough(history: History, kinds: list[Trouble], verdicts: list[Verdict]) -> None:
    found = []
    for number, kind in enumerate(kinds):
        history.sent([job("a")])
        verdict, _ = history.failed(job("a"), kind, "", f"failure {number}")
        found.append(verdict)
        history = reopened(history)
    assert found == verdicts
    outcome = history.outcome(job("a").digest)
    assert outcome is not None and outcome.failure is not None
    first = next(number for number, kind in enumerate(kinds) if group(kind) == group(kinds[-1]))
    assert outcome.failure.message == f"failure {first}", "the first cause of the kind that ended it is kept"
    assert outcome.failure.attempts == len(kinds)


@pytest.mark.parametrize("kind", ["node", "disk", "setup"])
def test_what_is_nobodys_fault_is_charged_to_nobody(kind: Trouble) -> None:
    assert not charged(kind)


def test_an_exception_is_not_hidden_by_the_kills_before_it(history: History) -> None:
    for kind, message in (("interruption", ""), ("death", "killed"), ("error", "bad"), ("error", "bad again")):
        history.failed(job("a"), kind, "ValueError" if kind == "error" else "", message)  # type: ignore[arg-type]
    outcome = reopened(history).outcome(job("a").digest)
    assert outcome is not None and outcome.failure == Failure("ValueError", "bad", 4)


def test_what_takes_the_build_down_is_given_up_even_where_others_are_tried_again(history: History) -> None:
    for _ in range(5):
        history.sent([job("v", "fetch")])
        history = reopened(history)
    assert history.known(job("v", "fetch").digest), "a video that kills its decoder must not do so for ever"
    assert not reopened(history, retry="").known(job("v", "fetch").digest)


def test_a_file_that_was_away_is_looked_for_by_the_next_build(history: History) -> None:
    for _ in range(2):
        history.failed(job("a"), "error", "StaleVideoError", "cannot be reached here")
    assert history.known(job("a").digest)
    assert not reopened(history).known(job("a").digest)


def test_a_job_that_was_under_way_when_the_build_died_is_charged_once(history: History) -> None:
    history.sent([job("a"), job("b")])
    history.done(job("b"), {}, Receipt("done"))
    for _ in range(4):
        history = reopened(history)
        assert history.outcome(job("a").digest) is None
        history.sent([job("a")])
    history = reopened(history)
    outcome = history.outcome(job("a").digest)
    assert outcome is not None and outcome.failure == Failure(
        "Interrupted", "the build died while this was under way", 5
    )
    assert reopened(history).outcome(job("b").digest) is not None


def test_a_job_that_came_back_is_not_charged(history: History) -> None:
    for _ in range(10):
        history.sent([job("a")])
        history.returned(job("a"), "its node was lost")
        history = reopened(history)
    assert history.outcome(job("a").digest) is None


def test_failures_are_tried_again_only_when_asked_for_and_by_class(history: History) -> None:
    history.failed(job("a"), "refused", "EstimationError", "nobody there")
    history.failed(job("b"), "refused", "VideoError", "damaged")
    history = reopened(history)
    assert history.known(job("a").digest) and history.known(job("b").digest)
    history = reopened(history, retry="VideoError")
    assert history.known(job("a").digest) and not history.known(job("b").digest)
    history = reopened(history, retry="")
    assert not history.known(job("a").digest)
    assert not reopened(history).known(job("a").digest), "forgetting is on record"
    verdict, failure = history.failed(job("a"), "error", "ValueError", "new")
    assert (verdict, failure.message) == ("retry", "new"), "a retried job starts with a clean slate"


def test_what_could_not_be_fetched_is_tried_again_by_every_build(history: History) -> None:
    history.failed(job("v", "fetch"), "refused", "SourceError", "no such file")
    assert history.known(job("v", "fetch").digest)
    assert not reopened(history).known(job("v", "fetch").digest)


def test_a_forgotten_result_has_to_be_made_again(history: History) -> None:
    history.done(job("a"), {}, Receipt("done"))
    history.forget(job("a").digest)
    assert not history.known(job("a").digest) and not reopened(history).known(job("a").digest)
