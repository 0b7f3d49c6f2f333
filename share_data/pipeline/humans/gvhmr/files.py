"""What GVHMR needs of a machine: its package, its weights, the body models, ffprobe."""

import os
import shlex
import shutil
from importlib.util import find_spec
from pathlib import Path

from share_data.errors import MissingDependencyError
from share_data.needs import Need, installed_version
from share_data.store.content import is_file
from share_data.store.paths import data_home, place_of

VARIABLE, BODY_VARIABLE = "GVHMR_CHECKPOINTS", "GVHMR_BODY_MODELS"
"""Where the package looks for its weights and for body models, whatever its own gvhmr.toml says; read on import."""
INSTALL = "pip install 'gvhmr[preproc]==1.6.1'"
"""The version that was tested. The extra brings ultralytics, which is AGPL-3.0; GVHMR is for non-commercial use."""
MODULES = ("gvhmr", "ultralytics", "lap")
"""`lap` is what ultralytics tracks with, and would install by itself in the middle of a build."""
WEIGHTS = {
    "gvhmr/gvhmr_siga24_release.ckpt": 163_508_011,
    "hmr2/epoch=10-step=25000.ckpt": 2_709_494_041,
    "vitpose/vitpose-h-multi-coco.pth": 2_549_075_546,
    "yolo/yolov8x.pt": 136_867_539,
}
"""Bytes of each file: the package downloads a file of another size again, which a build must not."""
BODY_FOLDER = "body_models"
BODIES = (f"{BODY_FOLDER}/smplx/SMPLX_NEUTRAL.npz", f"{BODY_FOLDER}/smpl/SMPL_NEUTRAL.pkl")


def weights_folder(configured: str) -> Path:
    """The recipe's folder, or $GVHMR_CHECKPOINTS, or $SHARE_DATA_HOME/gvhmr."""
    return place_of(configured or os.environ.get(VARIABLE) or str(data_home() / "gvhmr"))


def environment_of(folder: Path) -> dict[str, str]:
    """The variables by which the package is told to use just what lies in `folder`."""
    return {VARIABLE: str(folder), BODY_VARIABLE: str(folder / BODY_FOLDER)}


def package_version() -> str:
    """Of the package: part of what makes a result."""
    return installed_version("gvhmr")


def needs_of(folder: Path) -> list[Need]:
    """One line a thing; nothing is imported."""
    variables = [f"{name}={shlex.quote(value)}" for name, value in environment_of(folder).items()]
    command = " ".join([*variables, "gvhmr"])
    partial = [name for name, size in WEIGHTS.items() if not _whole(folder / name, size)]
    absent = [name for name in BODIES if not is_file(folder / name)]
    register = "Register at https://smpl-x.is.tue.mpg.de and https://smpl.is.tue.mpg.de, then"
    return [
        _package_need(),
        _program_need(),
        _files_need("GVHMR weights", folder, partial, f"{command} download"),
        _files_need("GVHMR body models", folder, absent, f"{register}: {command} auth smpl"),
    ]


def require(folder: Path) -> None:
    """Raises MissingDependencyError, with the commands to run, unless all is there."""
    told = [f"{need.name}: {need.detail}. {need.remedy}" for need in needs_of(folder) if not need.met]
    if told:
        raise MissingDependencyError("; ".join(told))


def _package_need() -> Need:
    lacking = [name for name in MODULES if not _installed(name)]
    if lacking:
        return Need("GVHMR", False, f"not installed: {', '.join(lacking)}", INSTALL)
    return Need("GVHMR", True, f"version {package_version()}")


def _installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ValueError:  # something half-imported goes by that name
        return False


def _program_need() -> Need:
    path = shutil.which("ffprobe")
    return Need("ffprobe", path is not None, path or "not on the PATH", "" if path else "apt-get install ffmpeg")


def _files_need(name: str, folder: Path, missing: list[str], remedy: str) -> Need:
    if not missing:
        return Need(name, True, str(folder))
    return Need(name, False, f"{folder} lacks {', '.join(missing)}, or they are incomplete", remedy)


def _whole(path: Path, size: int) -> bool:
    try:
        return path.is_file() and path.stat().st_size == size
    except OSError:
        return False
