"""What TRAM needs of a machine, how much of it is here, and the commands that provide the rest."""

import json
import shlex
import subprocess
from functools import lru_cache
from typing import Any

from share_data.errors import MissingDependencyError
from share_data.needs import Need
from share_data.pipeline.humans.tram.checkout import Checkout
from share_data.pipeline.humans.tram.runner import CHECKPOINT, DETECTOR_URL, PACKAGES, TRACK_WEIGHTS
from share_data.store.content import is_file
from share_data.store.paths import data_home

REPOSITORY = "https://github.com/yufu-wang/tram"
VIMO_URL = "https://drive.google.com/file/d/1fdeUxn_hK4ERGFwuksFpV_-_PHZJuoiW/view"
"""2.8 GB. This and the next two as in TRAM's scripts/download_models.sh, which fetches much else."""
TRACK_URLS = (
    "https://dl.fbaipublicfiles.com/segment_anything/sam_vit_h_4b8939.pth",
    "https://github.com/hkchengrex/Tracking-Anything-with-DEVA/releases/download/v1.0/DEVA-propagation.pth",
    DETECTOR_URL,
)
FETCH = {CHECKPOINT: f"pip install gdown && gdown --fuzzy -O {CHECKPOINT} '{VIMO_URL}'"} | {
    name: f"wget -c -P data/pretrain {url}" for name, url in zip(TRACK_WEIGHTS, TRACK_URLS, strict=True)
}
"""The command, in the checkout, that brings each weight file."""
_PATIENCE_S = 60.0


def needs_of_files(checkout: Checkout) -> list[Need]:
    """The checkout and its weights; no process is started."""
    code, weights = checkout.missing(checkout.code), checkout.missing(checkout.weights)
    root = shlex.quote(str(checkout.root))
    clone = f"git clone --recursive {REPOSITORY} {root}"
    if checkout.track and is_file(checkout.root / checkout.code[0]):
        clone = f"git -C {root} submodule update --init --recursive"
    fetch = " && ".join([f"cd {root}", *(FETCH[name] for name in weights)])
    return [
        _files_need("TRAM checkout", checkout, code, clone),
        _files_need("TRAM weights", checkout, weights, fetch),
    ]


def require_files(checkout: Checkout) -> None:
    """Raises MissingDependencyError, with the commands to run, unless checkout and weights are there."""
    told = [f"{need.name}: {need.detail}. {need.remedy}" for need in needs_of_files(checkout) if not need.met]
    if told:
        raise MissingDependencyError("; ".join(told))


def needs_of(checkout: Checkout) -> list[Need]:
    """The checkout, its weights, and the packages in TRAM's Python, which is asked without importing anything."""
    return [*needs_of_files(checkout), python_need(checkout)]


def python_need(checkout: Checkout) -> Need:
    """TRAM's Python and its packages."""
    name, flags = "TRAM's Python", ["--track"] * checkout.track
    try:
        found = _probe((*checkout.probe, "--probe", *flags))
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        return Need(name, False, f"{checkout.python} cannot be asked ({error})", _environment(checkout.track))
    lacking = found["missing_packages"]
    if lacking:
        detail = f"{checkout.python} ({found['python']}) has no {', '.join(lacking)}"
        return Need(name, False, detail, _environment(checkout.track))
    cuda = found["cuda"]
    told = f"{checkout.python} ({found['python']}), torch {found['packages']['torch']}"
    if checkout.track and not cuda["build"]:
        remedy = f"{_environment(checkout.track)}; or set humans.track to false"
        return Need(name, False, f"{told} built without CUDA, which humans.track needs", remedy)
    if checkout.track and not cuda["devices"]:
        return Need(name, True, f"{told}, CUDA {cuda['build']}, no device here: humans.track needs one in every worker")
    device = f"CUDA {cuda['build']}, {cuda['devices']} device(s)" if cuda["build"] and cuda["devices"] else "no CUDA"
    return Need(name, True, f"{told}, {device}")


def _files_need(name: str, checkout: Checkout, missing: list[str], remedy: str) -> Need:
    if not missing:
        return Need(name, True, str(checkout.root))
    return Need(name, False, f"{checkout.root} has no {', '.join(missing)}", remedy)


def _environment(track: bool) -> str:
    """Commands that make a Python for TRAM beside this one, whose torch must not be replaced."""
    if track:
        return f"Make TRAM's own environment as {REPOSITORY} says, then: export SHARE_TRAM_PYTHON=/its/bin/python"
    folder = shlex.quote(str(data_home() / "tram-env"))
    packages = " ".join(names[0] for names in PACKAGES.values())
    return (
        f"python3 -m venv {folder} && {folder}/bin/pip install {packages} "
        f"&& export SHARE_TRAM_PYTHON={folder}/bin/python"
    )


@lru_cache(maxsize=8)
def _probe(command: tuple[str, ...]) -> Any:
    """What the runner's `--probe` says. Raises OSError, SubprocessError, or ValueError where it says nothing."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE_S, check=True)
    found = json.loads(done.stdout)
    if not isinstance(found, dict) or "missing_packages" not in found:
        raise ValueError("it answers something else")
    return found
