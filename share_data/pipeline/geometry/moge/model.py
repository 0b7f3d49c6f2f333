"""MoGe-2 (https://github.com/microsoft/MoGe, `moge.model.v2`): numpy in, numpy out."""

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from share_data.camera import Floats
from share_data.errors import EstimationError, MissingDependencyError
from share_data.pipeline.geometry.base import Image
from share_data.pipeline.geometry.moge.checkpoint import load_model
from share_data.records import Bools
from share_data.store.threads import one_thread

BATCH = 4
"""Images that go through the network together, at most: what it keeps of each at a time is large."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the network makes of one image.

    depth: (H, W) float32 metres along z, infinite where it is not valid; focal: in pixels of the image, NaN where the
    network found nothing to see.
    """

    depth: Floats
    focal: float


class MoGeNetwork:
    """A loaded network on one device. device: `cpu`, or `cuda`, where it computes in half precision."""

    def __init__(self, path: Path, device: str) -> None:
        self.device = device
        self._model = load_model(path).to(device)

    @property
    def dtype(self) -> str:
        """What the network computes in. On a CPU half precision would take 24 times as long."""
        return "float16" if self.device == "cuda" else "float32"

    def predict(self, images: Sequence[Image], num_tokens: int, hfov_deg: float | None = None) -> list[Prediction]:
        """One prediction an image, (H, W, 3) uint8 RGB, all of one size.

        num_tokens: patches that the network sees of each. hfov_deg: horizontal field of view in (1, 179) that the
        depths are to fit, None: the network's own. It shifts depths and tells the network nothing.
        Raises EstimationError when the network's output is not finite.
        """
        parts = [images[start : start + BATCH] for start in range(0, len(images), BATCH)]
        # Sums split over threads add up in another order, and the last bits differ.
        with one_thread():
            return [prediction for part in parts for prediction in self._predict(part, num_tokens, hfov_deg)]

    def _predict(self, images: Sequence[Image], num_tokens: int, hfov_deg: float | None) -> list[Prediction]:
        import torch

        stack = torch.from_numpy(np.stack(images)).to(self.device)
        batch = stack.permute(0, 3, 1, 2).to(torch.float32) / 255
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message="In CPU autocast, but the target dtype is not supported")
                made = self._model.infer(batch, num_tokens=num_tokens, fov_x=hfov_deg, use_fp16=self.dtype == "float16")
        except ValueError as error:  # its least squares on values that are not finite
            raise EstimationError(
                f"MoGe finds no camera that fits its own depths ({error}). Use another clip."
            ) from error
        depth, valid = made["depth"].cpu().numpy(), made["mask"].cpu().numpy()
        focal = made["intrinsics"][:, 0, 0].cpu().numpy() * images[0].shape[1]
        return [
            Prediction(np.where(valid[k], depth[k], np.float32(np.inf)), _focal(focal[k], valid[k]))
            for k in range(len(images))
        ]


def _focal(focal: float, valid: Bools) -> float:
    """The focal as a number to trust: where nothing is valid the network answers with a constant."""
    usable = bool(valid.any()) and math.isfinite(focal) and focal > 0
    return float(focal) if usable else math.nan


def usable_device(wanted: str) -> str:
    """`cpu` or `cuda`. Raises MissingDependencyError when cuda is wanted, and torch finds none."""
    import torch

    if wanted == "cpu" or torch.cuda.is_available():
        return "cpu" if wanted == "cpu" else "cuda"
    if wanted == "cuda":
        raise MissingDependencyError(
            "geometry.device is cuda, but torch finds no CUDA device here. Set geometry.device to auto or cpu, give "
            "workers a GPU (engine.gpus_per_worker: 1), or install a CUDA build of torch "
            "(https://pytorch.org/get-started)."
        )
    return "cpu"
