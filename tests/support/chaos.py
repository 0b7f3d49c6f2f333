"""Killing builds: a driver process, its actors found through /proc, and what is left of them."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from places import SUPPORT

PARTS = ("/raylet/raylet --", "/gcs/gcs_server --", "ray::DashboardAgent", "ray::RuntimeEnvAgent")
RAYLET, GCS = PARTS[:2]


def start(root: Path, *arguments: str) -> subprocess.Popen[str]:
    """One build of ROOT/videos with light stages, in a process of its own."""
    command = [sys.executable, str(SUPPORT / "light.py"), str(root), *arguments]
    environment = os.environ | {"LIGHT_ROOT": str(root)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def actors(root: Path) -> list[int]:
    """Processes of worker actors that belong to builds of ROOT."""
    return [pid for pid in family(root) if "WorkerActor" in _command(pid)]


def family(root: Path) -> list[int]:
    """Every process that was started for a build of ROOT, Ray's own included."""
    mark = f"LIGHT_ROOT={root}\0".encode()
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdecimal() and int(entry.name) != os.getpid() and mark in (entry / "environ").read_bytes():
                found.append(int(entry.name))
    return found


def parts(root: Path, *names: str) -> list[int]:
    """Processes of Ray itself that belong to builds of ROOT, by a word of their commands; see `PARTS`."""
    return [pid for pid in family(root) if any(name in _command(pid) for name in names or PARTS)]


def part_of(pid: int) -> str:
    """Which part of Ray a process is: raylet, gcs_server, DashboardAgent, RuntimeEnvAgent."""
    name = next((name for name in PARTS if name in _command(pid)), "gone")
    return name.removesuffix(" --").replace("::", "/").rpartition("/")[2]


def sweep(root: Path) -> None:
    """End everything that is left of builds of ROOT."""
    for pid in family(root):
        kill(pid)


def kill(pid: int) -> None:
    send(pid, signal.SIGKILL)


def send(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def wait_for(condition: object, seconds: float = 60) -> None:
    """Until `condition()` is true."""
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.02)


def _command(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""
