"""Where VIMO is had from."""

import torch

from .hmr_vimo import HMR_VIMO


def get_hmr_vimo(checkpoint=None, device="cuda"):
    model = HMR_VIMO()
    if checkpoint is not None:
        model.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True)["model"], strict=False)
    return model.to(device).eval()
