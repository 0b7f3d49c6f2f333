"""MoGe-2's network from a checkpoint that was checked: the package's own loader leaves what is missing at random."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from share_data.errors import MissingDependencyError
from share_data.pipeline.geometry.moge.needs import package_need

HEADS = ("points_head", "mask_head", "scale_head")


def require_package() -> None:
    """Raises MissingDependencyError when the package, or the utils3d it needs, is not installed."""
    need = package_need()
    if not need.met:
        raise MissingDependencyError(f"{need.name}: {need.detail}. Install it:\n{need.remedy}")


def load_model(path: Path) -> Any:
    """The network on the CPU, in evaluation mode, with every weight from the file.

    Raises MissingDependencyError for a file that is no checkpoint of MoGe-2, is not metric, or lacks weights.
    """
    require_package()
    from moge.model.v2 import MoGeModel

    config, weights = _checkpoint(path)
    try:
        model = MoGeModel(**{**config, "normal_head": None})  # Nobody asks for normals, and they cost a head's time.
    except Exception as error:  # the configuration is whatever the file says
        raise _unfit(path, f"its model_config describes no MoGe-2 network ({type(error).__name__}: {error})") from error
    lacking = sorted(dict(model.named_parameters()).keys() - weights.keys())
    if lacking:
        raise _unfit(path, f"lacks {len(lacking)} of its weights ({', '.join(lacking[:3])}, ...)")
    try:
        model.load_state_dict(weights, strict=False)
    except RuntimeError as error:
        raise _unfit(path, f"its weights are not of the size its model_config says ({error})") from error
    return model.eval()


def _checkpoint(path: Path) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Configuration and weights. Nothing the file names is run but a backbone of the package."""
    import torch

    try:
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except Exception as error:  # a damaged or hostile file can raise anything
        raise _unfit(path, f"cannot be read as one ({type(error).__name__})") from error
    config = content.get("model_config") if isinstance(content, dict) else None
    weights = content.get("model") if isinstance(content, dict) else None
    if not isinstance(config, dict) or not isinstance(weights, dict):
        raise _unfit(path, "holds no `model_config` and `model`")
    encoder = config.get("encoder")
    if isinstance(encoder, str):
        raise _unfit(path, "is of MoGe 1, whose depths have no scale")
    if not isinstance(encoder, dict) or not str(encoder.get("backbone")).startswith("dinov2_"):
        raise _unfit(path, "has no DINOv2 encoder")
    absent = [head for head in HEADS if config.get(head) is None]
    if absent:
        what = "depths have no scale" if absent == ["scale_head"] else "there is no depth to be had"
        raise _unfit(path, f"has no {', '.join(absent)}: {what}")
    return config, weights


def _unfit(path: Path, why: str) -> MissingDependencyError:
    return MissingDependencyError(
        f"{path}: no checkpoint of a metric MoGe-2 model: {why}. Fetch a published one: "
        "hf download Ruicheng/moge-2-vitl model.pt"
    )
