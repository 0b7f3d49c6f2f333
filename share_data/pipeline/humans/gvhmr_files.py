"""What GVHMR needs of a machine: its package, its weights, the body models, ffprobe."""

import os
import shlex
import shutil
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from share_data.errors import MissingDependencyError
from share_data.needs import Need
from share_data.paths import data_home

VARIABLE = "GVHMR_CHECKPOINTS"
"""Where the package looks for its weights; read when it is imported."""
TESTED = "1.6.1"
WEIGHTS = {
    "gvhmr/gvhmr_siga24_release.ckpt": 163_508_011,
    "hmr2/epoch=10-step=25000.ckpt": 2_709_494_041,
    "vitpose/vitpose-h-multi-coco.pth": 2_549_075_546,
    "yolo/yolov8x.pt": 136_867_539,
}
"""Bytes of each file: the package downloads a file of another size again, which a build must not."""
BODIES = ("body_models/smplx/SMPLX_NEUTRAL.npz", "body_models/smpl/SMPL_NEUTRAL.pkl")


def weights_folder(configured: str) -> Path:
    """The recipe's folder, or $GVHMR_CHECKPOINTS, or $SHARE_DATA_HOME/gvhmr."""
    chosen = configured or os.environ.get(VARIABLE) or data_home() / "gvhmr"
    return Path(chosen).expanduser().absolute()


def needs_of(folder: Path) -> list[Need]:
    """One line a thing; nothing is imported."""
    prefix = f"{VARIABLE}={shlex.quote(str(folder))} gvhmr"
    return [
        _package_need(),
        _program_need(),
        _files_need(
            "GVHMR weights", folder, [n for n in WEIGHTS if not _whole(folder / n, WEIGHTS[n])], f"{prefix} download"
        ),
        _files_need(
            "GVHMR body models",
            folder,
            [name for name in BODIES if not (folder / name).is_file()],
            f"Register at https://smpl-x.is.tue.mpg.de and https://smpl.is.tue.mpg.de, then: {prefix} auth smpl",
        ),
    ]


def require(folder: Path) -> None:
    """Raises MissingDependencyError, with the commands to run, unless all is there."""
    told = [f"{need.name}: {need.detail}. {need.remedy}" for need in needs_of(folder) if not need.met]
    if told:
        raise MissingDependencyError("; ".join(told))


def _package_need() -> Need:
    lacking = [name for name in ("gvhmr", "ultralytics") if find_spec(name) is None]
    if lacking:
        # The extra brings ultralytics, which is AGPL-3.0; GVHMR itself is for non-commercial use.
        return Need("GVHMR", False, f"not installed: {', '.join(lacking)}", f"pip install 'gvhmr[preproc]=={TESTED}'")
    try:
        return Need("GVHMR", True, f"version {version('gvhmr')}")
    except PackageNotFoundError:
        return Need("GVHMR", True, "a package that was not installed by pip")


def _program_need() -> Need:
    path = shutil.which("ffprobe")
    return Need("ffprobe", path is not None, path or "not on the PATH", "" if path else "apt-get install ffmpeg")


def _files_need(name: str, folder: Path, missing: list[str], remedy: str) -> Need:
    if not missing:
        return Need(name, True, str(folder))
    return Need(name, False, f"{folder} lacks {', '.join(missing)}, or they are incomplete", remedy)


def _whole(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size
