"""Environments of peers whose packages do not go with this project's: made once, and found again in their folder."""

import subprocess
import sys
import sysconfig
from importlib.metadata import version
from pathlib import Path

PEERS = {"litdata": "litdata==0.2.76", "mosaicml": "mosaicml-streaming==0.13.0", "energon": "megatron-energon==7.4.1"}


def python_of(name: str, folder: Path) -> str:
    """A peer's interpreter. What it does not bring, such as torch, is that of this interpreter.

    Raises:
        RuntimeError: the package does not install; with pip's last words.
    """
    home = folder / name
    python = home / "bin" / "python"
    if (home / "ready").exists():
        return str(python)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
    [packages] = home.glob("lib/python*/site-packages")
    (packages / "shared.pth").write_text(sysconfig.get_paths()["purelib"])
    # Another torch would be another loader, and for GPUs five gigabytes.
    (home / "constraints.txt").write_text(f"torch=={version('torch')}\n")
    command = [str(python), "-m", "pip", "install", "--quiet", "-c", str(home / "constraints.txt"), PEERS[name]]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{PEERS[name]} does not install: {done.stderr[-1000:]}")
    (home / "ready").touch()
    return str(python)
