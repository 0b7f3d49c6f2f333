"""Ray, started quietly: nothing of it reaches our standard output, and no other Ray on the machine is joined."""

import logging
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from share_data.engine.ray_folder import short_folder
from share_data.errors import EngineError

_CONNECT_S = 10.0
OBJECT_STORE_BYTES = 100 * 2**20
"""Receipts are small, so Ray's shared memory is kept to nearly nothing."""


@contextmanager
def running(address: str, cores: int) -> Iterator[Any]:
    """The `ray` module, connected to the cluster at `address`, or to one of so many cores started on this machine.

    What was started is stopped afterwards, and leaves no files. Raises EngineError when there is no cluster at
    `address`, or none can be started.
    """
    # Before the import: the C++ core reads these once. What it would print is about its own bookkeeping.
    os.environ.setdefault("RAY_AUTH_MODE", "disabled")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "1")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    if address:
        _require_answer(address)
    import ray

    logging.getLogger("ray").setLevel(logging.CRITICAL)
    with _place(address, cores) as place:
        try:
            _connect(ray, address, place)
            yield ray
        finally:
            ray.shutdown()


@contextmanager
def _place(address: str, cores: int) -> Iterator[dict[str, Any]]:
    """What `ray.init` is told of where to run."""
    if address:
        yield {"address": address}
        return
    # Ray's own default is a folder that all users share.
    with short_folder() as folder:
        yield {
            "address": "local", "num_cpus": cores, "include_dashboard": False,
            "object_store_memory": OBJECT_STORE_BYTES, "_temp_dir": str(folder),
        }  # fmt: skip


def _connect(ray: Any, address: str, place: dict[str, Any]) -> None:
    before = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(**place, logging_level=logging.ERROR, log_to_driver=False, configure_logging=False)
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        if address:
            raise EngineError(
                f"no Ray cluster answers at {address} ({error}). Check the address, or use --engine inline."
            ) from error
        raise EngineError(f"Ray could not be started here ({error}). Use --engine inline.") from error
    finally:
        # Ray takes SIGTERM for itself; a build answers it as it does Ctrl-C.
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, before)


def _require_answer(address: str) -> None:
    """Ray tries for minutes to reach a cluster that is not there; where nobody listens, that is told at once."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or "//" in host:
        return
    try:
        socket.create_connection((host, int(port)), timeout=_CONNECT_S).close()
    except OSError as error:
        raise EngineError(
            f"no Ray cluster answers at {address} ({error}). Check the address, or use --engine inline."
        ) from error


@contextmanager
def kept_quiet(log: Path) -> Iterator[None]:
    """Send to `log` what Ray prints inside the block, whatever it is told: to descriptor 1, `sys.stdout`, `sys.stderr`.

    Who holds the true standard error (a progress view) goes on writing to it.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    kept = os.dup(1)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o644)
    try:
        os.dup2(descriptor, 1)
        with log.open("a", buffering=1) as file, redirect_stdout(file), redirect_stderr(file):
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(descriptor)
