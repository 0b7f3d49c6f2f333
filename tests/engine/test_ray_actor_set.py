"""A actors keeps as many actors as the cluster has room for, and gives up on a cluster only after minutes."""

import itertools
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ray import exceptions

from share_data.engine import ray_actor_set as ray_crew
from share_data.engine.jobs import Job
from share_data.engine.ray_actor_set import ActorSet, Slot
from share_data.errors import EngineError
from share_data.recipe.model import EngineConfig


def node(name: str, cpus: int = 1, gpus: int = 0) -> dict[str, Any]:
    return {"NodeID": name, "Alive": True, "Resources": {"CPU": cpus, "GPU": gpus}}


class FakeRay:
    """A cluster that is a list of nodes; actors answer as `answers` says, by their number."""

    def __init__(self, *nodes: dict[str, Any]) -> None:
        self.listed = list(nodes)
        self.exceptions = exceptions
        self.answers: dict[int, Any] = {}
        self.killed: list[int] = []
        self._numbers = itertools.count(1)

    def nodes(self) -> list[dict[str, Any]]:
        return self.listed

    def remote(self, **_: Any) -> Any:
        def make(*_: Any) -> Any:
            number = next(self._numbers)
            return SimpleNamespace(number=number, ready=SimpleNamespace(remote=lambda: number))

        return lambda _: SimpleNamespace(options=lambda **_: SimpleNamespace(remote=make))

    def get(self, reference: int) -> Any:
        answer = self.answers.get(reference, {"node": "n1", "pid": reference, "gpus": ""})
        if isinstance(answer, Exception):
            raise answer
        return answer

    def kill(self, actor: Any, no_restart: bool) -> None:
        self.killed.append(actor.number)


class Notes:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture
def notes() -> Notes:
    return Notes()


def actors(ray: FakeRay, tmp_path: Path, notes: Notes, **wishes: Any) -> ActorSet:
    return ActorSet(ray, None, EngineConfig(**wishes), tmp_path / "begun", notes)  # type: ignore[arg-type]


def roles(made: ActorSet) -> list[str]:
    return sorted(slot.role for slot in made.slots)


def died(text: str, making: bool = False) -> Exception:
    return exceptions.RayActorError(error_msg=text, actor_init_failed=making)


def test_what_joins_the_cluster_is_taken_in_and_what_leaves_is_let_go(
    tmp_path: Path, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(0, 10_000, 20))
    monkeypatch.setattr(ray_crew.time, "monotonic", lambda: next(clock))
    ray = FakeRay(node("n1", 2))
    made = actors(ray, tmp_path, notes)
    assert roles(made) == ["any", "any"]
    ray.listed.append(node("n2", 3))
    made.muster()
    assert len(made.slots) == 5
    for slot in made.slots[:2]:
        made.welcome(slot)
    ray.listed.pop()
    made.muster()
    assert [slot.node for slot in made.slots] == ["n1", "n1"], "those that never started are let go first"


def test_losing_the_last_gpu_is_no_error_until_it_has_been_gone_for_minutes(
    tmp_path: Path, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(ray_crew.time, "monotonic", lambda: now[0])
    ray = FakeRay(node("n1", 2), node("n2", 1, gpus=1))
    made = actors(ray, tmp_path, notes, gpus_per_worker=1.0)
    for slot in list(made.slots):
        made.welcome(slot)
    gpu = next(slot for slot in made.slots if slot.role == "gpu")
    ray.listed[1]["Alive"] = False
    made.replace(gpu)
    assert "gpu" not in roles(made)
    now[0] = 20.0
    made.muster()
    now[0] = 60.0
    made.muster()
    assert any("waiting for a GPU of the cluster" in line for line in notes.lines)
    now[0] = 400.0
    with pytest.raises(EngineError, match=r"No gpu worker could be had for 300 s.*ray status"):
        made.muster()


def test_a_kind_of_worker_that_never_gets_its_place_is_told_even_while_others_work(
    tmp_path: Path, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(ray_crew.time, "monotonic", lambda: now[0])
    made = actors(FakeRay(node("n1", 2, gpus=1)), tmp_path, notes, gpus_per_worker=1.0)
    made.welcome(next(slot for slot in made.slots if slot.role == "gpu"))
    for now[0] in (20.0, 60.0):
        made.muster()
    assert any("waiting for a CPU of the cluster" in line for line in notes.lines)


def test_actors_that_die_with_their_node_are_replaced_and_not_counted(tmp_path: Path, notes: Notes) -> None:
    ray = FakeRay(node("n1", 4))
    made = actors(ray, tmp_path, notes)
    ray.answers = {number: died("The actor died because its node has died.") for number in range(1, 5)}
    for slot in list(made.slots):
        made.welcome(slot)
    assert [slot.name for slot in made.slots] == ["any-5", "any-6", "any-7", "any-8"]


def test_a_worker_that_cannot_be_made_anywhere_ends_the_build_with_its_reason(tmp_path: Path, notes: Notes) -> None:
    ray = FakeRay(node("n1", 1))
    made = actors(ray, tmp_path, notes)
    ray.answers = {1: died("an error in its making\n  trace\nEngineError: h2: /c is not the build's folder", True)}
    with pytest.raises(EngineError, match=r"A worker cannot start: EngineError: h2: /c is not the build's folder"):
        made.welcome(made.slots[0])


def test_workers_that_die_before_they_are_ready_are_given_up_after_ten(tmp_path: Path, notes: Notes) -> None:
    ray = FakeRay(node("n1", 1))
    made = actors(ray, tmp_path, notes)
    ray.answers = {number: died("its worker process has died") for number in range(1, 20)}
    for _ in range(9):
        made.welcome(made.slots[0])
    with pytest.raises(EngineError, match="cannot start"):
        made.welcome(made.slots[0])


def test_a_job_is_begun_only_once_its_actor_says_so(tmp_path: Path, notes: Notes) -> None:
    made = actors(FakeRay(node("n1", 1)), tmp_path, notes)
    (slot,) = made.slots
    slot.job = Job("reconstruct", "clip", "ab" * 16)
    assert not made.has_begun(slot)
    (tmp_path / "begun" / slot.name).write_text("cd" * 16)
    assert not made.has_begun(slot), "an actor that died idle is not blamed on the job it was given next"
    (tmp_path / "begun" / slot.name).write_text("ab" * 16)
    assert made.has_begun(slot)
    assert isinstance(slot, Slot)
