"""What MoGe-2 needs of this machine: its package and the right utils3d, weights, and CUDA where the recipe says so."""

from importlib.util import find_spec
from pathlib import Path

from share_data.needs import Need, installed_version
from share_data.pipeline.geometry.moge.weights import FILE, WeightsChoice, found
from share_data.store.content import is_file

HUB = "pip install 'huggingface-hub>=0.34'"
PACKAGES = "pip install --no-deps dlr-moge==2.0.0 dlr-utils3d==1.3"
INSTALL = f"{HUB}\n{PACKAGES}"
"""Two lines, because the dependencies these packages declare would replace torch by a CUDA build of several GB."""


def package_need() -> Need:
    """The package `moge`, version 2, what it imports, and not the unrelated utils3d of PyPI. Imports none of them."""
    moge = _folder("moge")
    utils3d = _folder("utils3d")
    if moge is None or not is_file(moge / "model" / "v2.py"):
        lacking = "is not installed" if moge is None else f"in {moge} has no version 2"
        return Need("MoGe package", False, f"moge {lacking}", INSTALL)
    if utils3d is None:
        return Need("MoGe package", False, "utils3d is not installed", INSTALL)
    if not _is_moges(utils3d):
        detail = f"utils3d in {utils3d} is another package of that name (PyPI has an unrelated one)"
        return Need("MoGe package", False, detail, f"pip uninstall --yes utils3d\n{PACKAGES} --force-reinstall")
    if _folder("huggingface_hub") is None:
        return Need("MoGe package", False, "huggingface_hub is not installed", HUB)
    return Need("MoGe package", True, f"moge in {moge}, version {package_version()}")


def package_version() -> str:
    """Of the package that brings `moge`: PyPI's, or one installed from MoGe's own repository. Part of what it makes."""
    return installed_version("dlr-moge", "moge")


def weights_need(choice: WeightsChoice) -> Need:
    """The weights, on this machine already. Without them a build fetches them from the hub, when it can."""
    path = found(choice)
    if path is not None:
        return Need("MoGe weights", True, str(path))
    where = str(choice.path or choice.home or f"{choice.repo}/{FILE} in the cache of huggingface_hub")
    return Need("MoGe weights", False, f"no {where}", choice.remedy)


def device_need(device: str) -> Need:
    """A CUDA device; only the setting `cuda` insists on it."""
    import torch

    if torch.cuda.is_available():
        return Need("MoGe device", True, f"CUDA: {torch.cuda.get_device_name(0)}")
    detail = "no CUDA device is visible: the CPU takes some 20 (vitl) or 6 (vits) seconds an image of 1200 tokens"
    return Need("MoGe device", device != "cuda", detail, "Set geometry.device to auto." if device == "cuda" else "")


def _folder(package: str) -> Path | None:
    """Where a package lies, without importing it."""
    try:
        spec = find_spec(package)
    except ValueError:  # something half-imported goes by that name
        return None
    places = spec.submodule_search_locations if spec is not None else None
    return Path(next(iter(places))) if places else None


def _is_moges(utils3d: Path) -> bool:
    """Whether it has the function of the torch half that MoGe calls last."""
    try:
        text = (utils3d / "torch" / "maps.py").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return "def depth_map_to_point_map(" in text
