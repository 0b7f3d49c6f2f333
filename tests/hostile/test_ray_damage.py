"""A Ray that loses a part of itself: ours is started again, a cluster is named; no clip is charged for it."""

import errno
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import chaos
import light
import pytest

from share_data.engine.journal import journal_lines
from share_data.engine.ray_health import GCS, PATIENCE_S, RAYLET, Health
from share_data.engine.ray_restarts import MOST_RESTARTS, Restarts
from share_data.errors import EngineError

WORKERS = ("--engine", "ray", "--set", "engine.workers=1")


def begun(root: Path, step: str) -> bool:
    """Whether a worker has been given a job of this step."""
    journal = root / "out" / ".share-data" / "journal.jsonl"
    return journal.exists() and any(e["e"] == "sent" and e["step"] == step for _, e in journal_lines(journal))


def events(root: Path, kind: str) -> list[dict[str, Any]]:
    lines = journal_lines(root / "out" / ".share-data" / "journal.jsonl")
    return [event for _, event in lines if event["e"] == kind]


@pytest.mark.xdist_group("ray")
def test_without_its_raylet_and_worker_a_build_goes_on_with_a_new_ray_to_the_same_bytes(tmp_path: Path) -> None:
    for name in ("calm", "ray"):
        light.make_videos(tmp_path / name, 4, seconds=0.5)
    light.light_build(tmp_path / "calm")
    root = tmp_path / "ray"
    process = chaos.start(root, *WORKERS)
    try:
        chaos.wait_for(lambda: begun(root, "reconstruct"))
        for victim in [*chaos.parts(root, chaos.RAYLET), *chaos.actors(root)]:
            chaos.kill(victim)
        _, errors = process.communicate(timeout=120)
    finally:
        chaos.sweep(root)
    assert process.returncode == 0, errors
    assert events(root, "failed") == []
    assert [event["why"] for event in events(root, "returned")] == [f"Ray has lost {RAYLET}"]
    assert light.corpus_hashes(root / "out") == light.corpus_hashes(tmp_path / "calm" / "out")


@pytest.mark.xdist_group("ray")
def test_one_signal_ends_a_build_whose_worker_hangs_and_whose_gcs_is_stopped(tmp_path: Path) -> None:
    light.make_videos(tmp_path, 1, fault="hang")
    process = chaos.start(tmp_path, *WORKERS)
    try:
        chaos.wait_for(lambda: begun(tmp_path, "reconstruct"))
        for victim in chaos.parts(tmp_path, chaos.GCS):
            chaos.send(victim, signal.SIGSTOP)  # Neither alive nor gone: it answers nobody.
        process.terminate()
        _, errors = process.communicate(timeout=60)
    finally:
        chaos.sweep(tmp_path)
    assert process.returncode == 130, errors
    assert events(tmp_path, "failed") == []
    assert [event["how"] for event in events(tmp_path, "end")] == ["KeyboardInterrupt"]


# Who is missed, and from when on: doors that are real sockets, and a clock that is not.


class Ray:
    """As much of Ray as has doors: a raylet's socket in a folder, a GCS's port."""

    def __init__(self, folder: Path) -> None:
        self.raylet, self.gcs = socket.socket(socket.AF_UNIX), socket.create_server(("127.0.0.1", 0))
        self.raylet.bind(str(folder / "raylet"))
        self.raylet.listen()
        node = SimpleNamespace(raylet_socket_name=str(folder / "raylet"))
        self._private = SimpleNamespace(worker=SimpleNamespace(global_worker=SimpleNamespace(node=node)))
        self._address = f"127.0.0.1:{self.gcs.getsockname()[1]}"

    def get_runtime_context(self) -> Any:
        return SimpleNamespace(gcs_address=self._address)


@pytest.fixture
def ray(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ray]:
    made = Ray(tmp_path_factory.mktemp("r"))
    yield made
    made.raylet.close()
    made.gcs.close()


LOSSES: dict[str, tuple[tuple[str, ...], str]] = {
    "nothing": ((), ""),
    "the raylet": (("raylet",), RAYLET),
    "the GCS": (("gcs",), GCS),
    "both": (("raylet", "gcs"), f"{RAYLET} and {GCS}"),
}


@pytest.mark.parametrize("own", [True, False], ids=["own", "cluster"])
@pytest.mark.parametrize("name", LOSSES)
def test_what_is_gone_is_named_at_once_where_it_is_ours_and_after_a_while_where_it_may_come_back(
    ray: Ray, name: str, own: bool
) -> None:
    now = [0.0]
    health = Health(ray, own, lambda: now[0])
    assert health.lost() == ""
    gone, told = LOSSES[name]
    for part in gone:
        getattr(ray, part).close()
    now[0] = 1.0
    assert health.lost() == (told if own else "")
    now[0] = 1.0 + PATIENCE_S
    assert health.lost() == told


def test_one_that_comes_back_in_time_has_not_been_lost(ray: Ray) -> None:
    now = [0.0]
    health = Health(ray, False, lambda: now[0])
    port = ray.gcs.getsockname()[1]
    ray.gcs.close()
    assert health.lost() == ""
    with socket.create_server(("127.0.0.1", port)):
        now[0] = 0.9 * PATIENCE_S
        assert health.lost() == ""
    now[0] = 1.1 * PATIENCE_S
    assert health.lost() == "", "its silence counts from its last answer on"


def test_an_answer_is_not_asked_for_more_than_five_times_a_second_unless_it_matters_now(ray: Ray) -> None:
    now = [0.0]
    health = Health(ray, True, lambda: now[0])
    assert health.lost() == ""
    ray.raylet.close()
    now[0] = 0.1
    assert health.lost() == ""
    assert health.lost_now() == health.lost() == RAYLET


def test_having_too_many_open_files_is_no_loss_of_ray(ray: Ray, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(socket, "create_connection", refuse)
    with pytest.raises(OSError, match="Too many open files"):
        Health(ray, True).lost()


ENDS: dict[str, tuple[str, int, str]] = {
    "ours, the first times": ("", MOST_RESTARTS, ""),
    "ours, once too often": ("", MOST_RESTARTS + 1, "started again 3 times already. Build again"),
    "a cluster": ("10.0.0.1:6379", 1, "cluster at 10.0.0.1:6379 has lost its GCS.*not this build's to restart.*Build"),
}


@pytest.mark.parametrize("which", ENDS)
def test_ours_is_started_again_some_times_and_a_cluster_never(which: str) -> None:
    address, losses, message = ENDS[which]
    restarts = Restarts(address)
    take: Callable[[], str] = lambda: restarts.take(GCS)  # noqa: E731
    notes = [take() for _ in range(losses - bool(message))]
    assert all("started again" in note and "GCS" in note for note in notes)
    if message:
        with pytest.raises(EngineError, match=message):
            take()
