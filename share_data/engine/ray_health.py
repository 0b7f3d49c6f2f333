"""Whether Ray is still there: a call to it waits for ever, or ends this process after a minute, where it is not."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

RAYLET, GCS = "its raylet (the process that starts workers)", "its GCS (the process that knows who lives)"
PATIENCE_S = 20.0
"""Seconds without an answer until a part counts as lost; at once where it is ours and refuses."""
_ANSWER_S = 1.0
_EVERY_S = 0.2


class Health:
    """Knocks at the parts of Ray that a build cannot do without. own: whether this build has started them."""

    def __init__(self, ray: Any, own: bool, clock: Callable[[], float] = time.monotonic) -> None:
        host, _, port = ray.get_runtime_context().gcs_address.rpartition(":")
        self._doors: dict[str, Callable[[], socket.socket]] = {
            RAYLET: lambda: _unix(ray._private.worker.global_worker.node.raylet_socket_name),
            GCS: lambda: socket.create_connection((host, int(port)), timeout=_ANSWER_S),
        }
        self._own = own
        self._clock = clock
        self._silent_since: dict[str, float] = {}
        self._knocked = float("-inf")
        self._found = ""

    def lost(self) -> str:
        """Which parts are gone, in words; empty where none is. Takes no time: it knocks five times a second at most."""
        return self._found if self._clock() - self._knocked < _EVERY_S else self.lost_now()

    def lost_now(self) -> str:
        """The same, knocking in any case."""
        now = self._knocked = self._clock()
        self._found = " and ".join(name for name, door in self._doors.items() if self._gone(name, door, now))
        return self._found

    def _gone(self, name: str, door: Callable[[], socket.socket], now: float) -> bool:
        try:
            door().close()
        except (ConnectionError, TimeoutError, FileNotFoundError) as error:
            since = self._silent_since.setdefault(name, now)
            refused = not isinstance(error, TimeoutError)
            return (self._own and refused) or now - since >= PATIENCE_S
        self._silent_since.pop(name, None)
        return False


def end_processes(pids: Iterable[int]) -> None:
    """End workers on this machine that nobody is left to end: they would hold memory, and a GPU, of those to come."""
    for pid in filter(None, pids):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _unix(path: str) -> socket.socket:
    made = socket.socket(socket.AF_UNIX)
    try:
        made.settimeout(_ANSWER_S)
        made.connect(path)
    except BaseException:
        made.close()
        raise
    return made
