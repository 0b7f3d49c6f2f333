"""Checkpoints of MoGe-2's real network whose answer is known: a slanted surface, seen by a camera of a known focal.

What the network passes through is its own view-plane coordinates, so x / z and y / z are those of a pinhole camera,
and log z rises or falls along y. The encoder is random; images matter only where `scale_from_image` asks for it.
"""

import copy
import math
from functools import partial
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("moge.model.v2", reason="MoGe is not installed: pip install --no-deps dlr-moge==2.0.0")

import torch
from moge.model.dinov2.hub import backbones
from moge.model.dinov2.models.vision_transformer import Block, DinoVisionTransformer, MemEffAttention
from moge.model.v2 import MoGeModel

Config = dict[str, Any]
HFOV_DEG = 60.0


def dinov2_test14(*, pretrained: bool = False) -> DinoVisionTransformer:
    """A backbone small enough for tests; found by its name, as the published ones are."""
    assert not pretrained
    block = partial(Block, attn_class=MemEffAttention)
    return DinoVisionTransformer(
        img_size=518, patch_size=14, embed_dim=32, depth=2, num_heads=2, mlp_ratio=2, init_values=1.0,
        block_chunks=0, block_fn=block,
    )  # fmt: skip


backbones.dinov2_test14 = dinov2_test14


def config_of(
    backbone: str, dim: int, layers: tuple[int, ...], widths: tuple[int, ...], blocks: int, upsampling: str
) -> Config:
    """An architecture of MoGe-2's kind. blocks: residual blocks a level of the neck; the heads have half as many."""
    inlets = [widths[0] + 2, 2, 2, 2, 2]  # features, and the view-plane coordinates at every level
    stack = {"dim_res_blocks": list(widths), "res_block_in_norm": "none", "res_block_hidden_norm": "none"}
    stack["resamplers"] = [upsampling] * 3 + ["bilinear"]

    def head(channels: int) -> Config:
        inner = {"dim_in": list(widths), "dim_out": [None] * 4 + [channels]}
        return stack | inner | {"num_res_blocks": [0, *[blocks // 2] * 3, 0]}

    return {
        "encoder": {"backbone": backbone, "intermediate_layers": list(layers), "dim_out": widths[0]},
        "neck": stack | {"dim_in": inlets, "dim_out": None, "num_res_blocks": [0, *[blocks] * 3, 0]},
        "points_head": head(3),
        "mask_head": head(1),
        "scale_head": {"dims": [dim, widths[0], widths[0], 1]},
        "remap_output": "exp",
        "num_tokens_range": [1200, 3600],
    }


TINY = config_of("dinov2_test14", 32, (0, 1), (8, 8, 8, 8, 8), 0, "bilinear")


def crafted(
    config: Config = TINY,
    *,
    hfov_deg: float = HFOV_DEG,
    aspect: float = 16 / 9,
    depth_m: float = 3.0,
    slope: float = 0.3,
    mask: float = 10.0,
    mask_slope: float = 0.0,
    scale_from_image: bool = False,
) -> MoGeModel:
    """The network that sees a surface `depth_m` metres away in the middle of the image, whatever the image.

    aspect: of the images it is right for; slope: growth of log depth from the middle to half a diagonal below it; mask,
    mask_slope: logit of a pixel being valid, in the middle of the image and its growth as that of log depth;
    scale_from_image: multiply depths by something that differs between images.
    """
    torch.manual_seed(0)
    model = MoGeModel(**copy.deepcopy(config))
    span = aspect / math.hypot(1, aspect)
    with torch.no_grad():
        silent = [model.neck, model.points_head, model.mask_head, *([] if scale_from_image else [model.scale_head])]
        for parameter in (parameter for module in silent for parameter in module.parameters()):
            parameter.zero_()
        for stack in (model.neck, model.points_head, model.mask_head):
            stack.input_blocks[4].weight[0, 0] = stack.input_blocks[4].weight[1, 1] = 1
        outlet = model.points_head.output_blocks[4]
        outlet.weight[0, 0] = outlet.weight[1, 1] = math.tan(math.radians(hfov_deg) / 2) / span
        outlet.weight[2, 1] = slope
        model.mask_head.output_blocks[4].weight[0, 1] = mask_slope
        model.mask_head.output_blocks[4].bias[0] = mask
        model.scale_head[-1].bias[0] = math.log(depth_m)
    return model


def checkpoint(config: Config = TINY, **how: Any) -> dict[str, Any]:
    """What a checkpoint file holds. how: see `crafted`."""
    return {"model_config": copy.deepcopy(config), "model": crafted(config, **how).state_dict()}


def write_checkpoint(path: Path, config: Config = TINY, **how: Any) -> Path:
    """A checkpoint file. how: see `crafted`."""
    torch.save(checkpoint(config, **how), path)
    return path
