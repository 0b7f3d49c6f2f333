"""What is installed, what is missing and how to get it. Reads only: no file is written and no network is touched."""

import os
import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import as_file, files
from pathlib import Path
from typing import Literal, get_args

from rich.table import Table
from rich.text import Text

from share_data import registry
from share_data.errors import ShareDataError
from share_data.hashing import file_sha256
from share_data.paths import cache_root, data_home

Status = Literal["ok", "missing", "optional"]
OLDEST_PYTHON = (3, 11)
FREE_BYTES = 2 * 1024**3
CODECS = ("h264", "hevc", "vp9", "av1")
NETWORKS = {
    "movenet-multipose_h.onnx": "c9bcc006563ee9bc728303a1b0b01b44830150fa1a698dce0eb8525f784acfd9",
    "pose_landmark_full_h.onnx": "43998bc7e481cda6e50e2d50543e18a656d24c92bd876d85a9b60c632f6a220d",
}
FOLDERS = {"SHARE_DATA_HOME": (data_home, "models and downloads"), "SHARE_DATA_CACHE": (cache_root, "stage store")}
REINSTALL = "Install share-data again from its checkout: make install"
STYLES: dict[Status, str] = {"ok": "green", "missing": "red", "optional": "yellow"}


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. `missing` stops a build; `optional` is something this machine could have. `remedy` may be empty."""

    name: str
    status: Status
    detail: str
    remedy: str = ""

    def to_json(self) -> dict[str, str]:
        """The finding as plain data."""
        return asdict(self)


def checks() -> list[Check]:
    """Every check, in reading order. Raises nothing; takes as long as importing torch."""
    probes: list[tuple[str, Callable[[], Check]]] = [
        ("python", check_python),
        ("torch", check_torch),
        ("video decoding", check_codecs),
        ("networks", check_networks),
        ("smplx", lambda: check_package("smplx")),
        ("body model", check_body),
        *((group, lambda group=group: check_registered(group)) for group in get_args(registry.Group)),
        *((name, lambda name=name: check_folder(name)) for name in FOLDERS),
        ("webdataset", check_webdataset),
        ("MoGe-2", check_moge),
        ("Ray", check_ray),
    ]
    return [_guarded(name, probe) for name, probe in probes]


def render_checks(found: list[Check]) -> Table:
    """One row a check: name, status, detail, and the command or step that mends it."""
    table = Table(title="share-data doctor", title_justify="left")
    for heading in ("what", "status", "detail"):
        table.add_column(heading, overflow="fold")
    for check in found:
        detail = Text(check.detail)
        if check.remedy:
            detail.append(f"\n{check.remedy}", style="cyan")
        table.add_row(check.name, Text(check.status, style=STYLES[check.status]), detail)
    return table


def check_python() -> Check:
    """This interpreter's version."""
    detail = f"{platform.python_version()} ({sys.executable})"
    if sys.version_info < OLDEST_PYTHON:
        return Check("python", "missing", detail, "Use Python 3.11 or later.")
    return Check("python", "ok", detail)


def check_torch() -> Check:
    """torch, and the CUDA devices it sees."""
    import torch

    devices = [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())]
    return Check("torch", "ok", f"{torch.__version__}; CUDA devices: {', '.join(devices) or 'none (the CPU is used)'}")


def check_codecs() -> Check:
    """Decoders that this PyAV was built with."""
    import av
    from av.codec import Codec
    from av.codec.codec import UnknownCodecError

    lacking = []
    for name in CODECS:
        try:
            Codec(name, "r")
        except UnknownCodecError:
            lacking.append(name)
    present = [name for name in CODECS if name not in lacking]
    detail = f"PyAV {av.__version__}; decodes {', '.join(present) or 'nothing'}"
    if lacking:
        remedy = "pip install --force-reinstall --only-binary av 'av>=14'"
        return Check("video decoding", "missing", f"{detail}; not {', '.join(lacking)}", remedy)
    return Check("video decoding", "ok", detail)


def check_networks() -> Check:
    """onnxruntime, and the two embedded networks by content."""
    import onnxruntime

    with as_file(files("share_data") / "assets") as folder:
        wrong = [name for name, sha256 in NETWORKS.items() if not _is(folder / name, sha256)]
    if wrong:
        return Check("networks", "missing", f"absent or altered: {', '.join(wrong)}", REINSTALL)
    return Check("networks", "ok", f"onnxruntime {onnxruntime.__version__}; {len(NETWORKS)} networks, content verified")


def check_body() -> Check:
    """The built-in mannequin loads."""
    from share_data.body import load_body

    body = load_body()
    detail = f"{body.name} {body.sha256[:12]} ({body.licence}); your own SMPL file: recipe field body.model"
    return Check("body model", "ok", detail)


def check_package(name: str) -> Check:
    """An installed distribution, by its metadata alone."""
    return Check(name, "ok", version(name))


def check_registered(group: registry.Group) -> Check:
    """Every source, filter or estimator registered in `group` imports."""
    names = registry.kinds(group)
    broken = []
    for name in names:
        try:
            registry.load(group, name)
        except ShareDataError as error:
            broken.append(str(error))
    if broken or not names:
        return Check(group, "missing", "; ".join(broken) or "none registered", REINSTALL)
    return Check(group, "ok", ", ".join(names))


def check_folder(variable: str) -> Check:
    """The folder an environment variable names: can it be written, and is there room."""
    locate, purpose = FOLDERS[variable]
    folder = locate().expanduser().absolute()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not (existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)):
        return Check(
            variable, "missing", f"{folder} ({purpose}): cannot be written", f"export {variable}=/a/folder/of/yours"
        )
    free = shutil.disk_usage(existing).free
    detail = f"{folder} ({purpose}): {free / 1024**3:.1f} GiB free"
    if free < FREE_BYTES:
        return Check(variable, "missing", detail, f"Free some space, or export {variable}=/a/larger/disk")
    return Check(variable, "ok", detail)


def check_webdataset() -> Check:
    """webdataset: only those who train need it."""
    try:
        return Check("webdataset", "ok", f"{version('webdataset')} (for training; building does not need it)")
    except PackageNotFoundError:
        return Check("webdataset", "optional", "for training; building does not need it", "pip install webdataset")


def check_moge() -> Check:
    """Honest about what this version lacks: a learned depth network."""
    if "moge" in registry.kinds("geometry"):
        return Check("MoGe-2", "ok", "a geometry estimator named moge is registered")
    detail = (
        "no MoGe-2 backend in this version: installing MoGe changes nothing. Geometry comes from ground_plane, "
        "which knows the floor and the person, not the furniture"
    )
    return Check("MoGe-2", "optional", detail)


def check_ray() -> Check:
    """Ray, by its metadata alone: importing it takes seconds. Without it a build is one process."""
    # `pools.cores` would import the recipe, and with it every plugin: what is broken there must not hide this.
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        detail = (
            f"{version('ray')}; {cores} core(s) here; GPUs are used through the recipe field engine.gpus_per_worker"
        )
        return Check("Ray", "ok", detail)
    except PackageNotFoundError:
        detail = f"a build runs in one process, on one of {cores} core(s)"
        return Check("Ray", "optional", detail, "pip install 'ray>=2.50'")


def _is(path: Path, sha256: str) -> bool:
    return path.is_file() and file_sha256(path) == sha256


def _guarded(name: str, probe: Callable[[], Check]) -> Check:
    """A probe's finding, or the reason it could not look."""
    try:
        return probe()
    except PackageNotFoundError as error:
        return Check(name, "missing", f"{error.name} is not installed", f"pip install {error.name}")
    except ImportError as error:
        return Check(name, "missing", f"does not import: {error}", REINSTALL)
    except (ShareDataError, OSError) as error:
        return Check(name, "missing", str(error), REINSTALL)
