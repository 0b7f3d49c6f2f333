"""Checkouts of TRAM for tests: copies of the stand-in, with weights, and an SMPL file of its kind."""

import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from bodies import smpl_arrays
from places import SUPPORT

from share_data.body.model import BodyModel, load_body
from share_data.pipeline.humans.tram.estimator import TramConfig, TramEstimator

STAND_IN = SUPPORT / "tram_stand_in"
CHECKPOINT = "data/pretrain/vimo_checkpoint.pth.tar"


def stand_in_weights(seed: int = 3) -> dict[str, torch.Tensor]:
    """Random weights for the stand-in's network, by name."""
    shapes = {
        "backbone.0.weight": (12, 3, 16, 16),
        "backbone.0.bias": (12,),
        "backbone.2.weight": (24, 12, 1, 1),
        "backbone.2.bias": (24,),
        "windows.self_attn.in_proj_weight": (81, 27),
        "windows.self_attn.in_proj_bias": (81,),
        "windows.self_attn.out_proj.weight": (27, 27),
        "windows.self_attn.out_proj.bias": (27,),
        "windows.linear1.weight": (64, 27),
        "windows.linear1.bias": (64,),
        "windows.linear2.weight": (27, 64),
        "windows.linear2.bias": (27,),
        "windows.norm1.weight": (27,),
        "windows.norm1.bias": (27,),
        "windows.norm2.weight": (27,),
        "windows.norm2.bias": (27,),
        "head.weight": (157, 27),
        "head.bias": (157,),
    }
    generator = torch.Generator().manual_seed(seed)
    return {name: 0.3 * torch.randn(shape, generator=generator) for name, shape in shapes.items()}


def make_checkout(root: Path, content: Any = None, tracking: bool = False) -> Path:
    """A whole checkout at `root`. content: of the checkpoint; default: what a real one holds, as far as is known."""
    shutil.copytree(STAND_IN, root, ignore=shutil.ignore_patterns("__pycache__", "tracking"))
    (root / "data" / "smpl").mkdir(parents=True)
    (root / "data" / "pretrain").mkdir()
    np.savez(root / "data" / "smpl" / "smpl_mean_params.npz", pose=np.zeros(144))
    smpl = {"smpl.v_template": torch.zeros(4, 3)}  # VIMO's body: in the checkpoint, and not loaded.
    torch.save({"model": stand_in_weights() | smpl} if content is None else content, root / CHECKPOINT)
    if tracking:
        shutil.copytree(STAND_IN / "tracking", root, dirs_exist_ok=True)
        for name in (
            "data/pretrain/cascade_mask_rcnn_vitdet_h_75ep.py",
            "thirdparty/Tracking-Anything-with-DEVA/deva/model/network.py",
            "data/pretrain/sam_vit_h_4b8939.pth",
            "data/pretrain/DEVA-propagation.pth",
            "data/pretrain/model_final_f05665.pkl",
        ):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).touch()
    return root


PYTHON_WITH_CUDA = """#!{python}
import importlib.util, sys
sys.argv = sys.argv[1:]
spec = importlib.util.spec_from_file_location("tram_runner", sys.argv[0])
runner = importlib.util.module_from_spec(spec)
spec.loader.exec_module(runner)
runner.require_cuda = lambda: None
runner.main()
"""


def python_with_cuda(path: Path) -> Path:
    """A Python that runs the runner as one with a CUDA device would: what stands in for the trackers needs none."""
    path.write_text(PYTHON_WITH_CUDA.format(python=sys.executable))
    path.chmod(0o755)
    return path


def smpl_file(folder: Path) -> Path:
    """A file that passes for the neutral SMPL model."""
    path = folder / "SMPL_NEUTRAL.npz"
    np.savez(path, **smpl_arrays())
    return path


def smpl_body(folder: Path) -> BodyModel:
    """The model of `smpl_file`."""
    return load_body(smpl_file(folder))


def estimator(root: Path, body: BodyModel, **settings: Any) -> TramEstimator:
    """An estimator on the checkout at `root`."""
    return TramEstimator(TramConfig(kind="tram", root=str(root), **settings), body)
