"""What every build needs of a machine, and what some can use."""

import os
import platform
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import as_file, files
from pathlib import Path

from share_data.doctor.check import REINSTALL, Check
from share_data.store.hashing import file_sha256
from share_data.store.paths import cache_root, data_home

OLDEST_PYTHON = (3, 11)
FREE_BYTES = 2 * 1024**3
CODECS = ("h264", "hevc", "vp9", "av1")
NETWORKS = {
    "movenet-multipose_h.onnx": "c9bcc006563ee9bc728303a1b0b01b44830150fa1a698dce0eb8525f784acfd9",
    "pose_landmark_full_h.onnx": "43998bc7e481cda6e50e2d50543e18a656d24c92bd876d85a9b60c632f6a220d",
}
FOLDERS = {"SHARE_DATA_HOME": (data_home, "models and downloads"), "SHARE_DATA_CACHE": (cache_root, "stage store")}


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
    from share_data.body.model import load_body

    body = load_body()
    detail = f"{body.name} {body.sha256[:12]} ({body.licence}); your own SMPL file: recipe field body.model"
    return Check("body model", "ok", detail)


def check_package(name: str) -> Check:
    """An installed distribution, by its metadata alone."""
    return Check(name, "ok", version(name))


def check_folder(variable: str) -> Check:
    """The folder an environment variable names: can it be written, and is there room."""
    locate, purpose = FOLDERS[variable]
    return check_room(variable, locate(), purpose, f"export {variable}=/a/folder/of/yours")


def check_room(name: str, folder: Path, purpose: str, elsewhere: str) -> Check:
    """Whether files can be made in `folder`, which need not exist yet. elsewhere: how to choose another one."""
    folder = folder.expanduser().absolute()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not (existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)):
        return Check(name, "missing", f"{folder} ({purpose}): cannot be written", elsewhere)
    free = shutil.disk_usage(existing).free
    detail = f"{folder} ({purpose}): {free / 1024**3:.1f} GiB free"
    if free < FREE_BYTES:
        return Check(name, "missing", detail, f"Free some space, or: {elsewhere}")
    return Check(name, "ok", detail)


def check_optional(name: str, purpose: str, install: str) -> Check:
    """A package that only some need. purpose: what for; install: the command."""
    try:
        return Check(name, "ok", f"{version(name)} ({purpose}; building does not need it)")
    except PackageNotFoundError:
        return Check(name, "optional", f"{purpose}; building does not need it", install)


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
