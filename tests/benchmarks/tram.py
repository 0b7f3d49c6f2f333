"""TRAM's own code with random weights: what the runner gives, how long it takes, and whether it is what TRAM gives.

    /tram/python tests/benchmarks/tram.py --tram-root /tram              ViT-H, 18 frames: minutes on a CPU
    /tram/python tests/benchmarks/tram.py --tram-root /tram --blocks 1   a backbone cut to its first block

Run it with TRAM's Python; nothing of this package is imported but the runner. No weights are needed, and no SMPL: none
of the compared numbers depends on it. Uncached is TRAM's `model.inference`, with its backbone on all 16 frames of every
window; cached is the runner's way.
"""

import argparse
import importlib.util
import os
import platform
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
import torch

RUNNER = Path(__file__).parents[2] / "share_data" / "pipeline" / "humans" / "tram" / "runner.py"
FOCAL, CENTRE = 1500.0, np.array([960.0, 540.0])


def load_runner():
    """The runner as a module."""
    spec = importlib.util.spec_from_file_location("tram_runner", RUNNER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_checkpoint(runner, root: Path, path: Path) -> None:
    """Random weights for VIMO, its last layers such that no two frames get the same answer."""
    torch.manual_seed(0)
    runner.install_pipeline(root, track=False)
    model = runner.build_model("cpu")
    for name, parameter in model.named_parameters():
        if ".dec" in name:
            torch.nn.init.normal_(parameter, 0, 0.02)
    print(f"VIMO: {sum(p.numel() for p in model.parameters()) / 1e6:.1f} M parameters, "
          f"{sum(p.numel() for p in model.backbone.parameters()) / 1e6:.1f} M of them in the backbone")  # fmt: skip
    torch.save({"model": model.state_dict()}, path)


def write_frames(folder: Path, count: int) -> list[str]:
    """Different 1920 x 1080 pictures; returns their paths."""
    import cv2

    rng, paths = np.random.default_rng(0), [folder / f"{number:08d}.tiff" for number in range(count)]
    for path in paths:
        coarse = rng.integers(0, 256, (54, 96, 3), dtype=np.uint8)
        cv2.imwrite(str(path), cv2.resize(coarse, (1920, 1080), interpolation=cv2.INTER_CUBIC))
    return [str(path) for path in paths]


class Stopwatch:
    """Wall seconds of a call, and how many images its backbone saw."""

    def __init__(self, model) -> None:
        self.images = 0
        model.backbone.patch_embed.register_forward_pre_hook(self._count)

    def _count(self, _, arguments) -> None:
        self.images += len(arguments[0])

    def __call__(self, name: str, call):
        """The call's result; prints what it cost."""
        self.images, start = 0, time.perf_counter()
        result = call()
        print(
            f"{name:9s} {time.perf_counter() - start:8.1f} s, {self.images:5d} images through the backbone", flush=True
        )
        return result


def compare(ours, theirs) -> None:
    """Print shapes and the largest differences."""
    for mine, other in (("rotmat", "pred_rotmat"), ("betas", "pred_shape"), ("transl", "pred_trans")):
        expected = theirs[other].numpy().reshape(ours[mine].shape)
        worst, spread = np.abs(ours[mine] - expected).max(), np.ptp(expected, axis=0).max()
        same = "identical bits" if np.array_equal(ours[mine], expected) else "NOT identical"
        print(f"{mine:6s} {ours[mine].shape!s:16s} {ours[mine].dtype}  largest difference {worst:g} ({same}); "
              f"between frames {spread:.3g}")  # fmt: skip
    same = "the same" if ours["frame"].tolist() == theirs["frame"].tolist() else "OTHERS"
    print(f"frames: {len(ours['frame'])}, {same} as TRAM's")


def main() -> None:
    """Read the command line and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tram-root", type=Path, required=True)
    parser.add_argument("--frames", type=int, default=18)
    parser.add_argument("--blocks", type=int, default=32)
    options = parser.parse_args()
    root = options.tram_root.absolute()
    runner = load_runner()
    sys.path[0] = str(root)
    os.chdir(root)
    with tempfile.TemporaryDirectory() as folder:
        write_checkpoint(runner, root, Path(folder) / "vimo.pth")
        vimo = runner.Vimo(root, Path(folder) / "vimo.pth", track=False, trusted=False)
        files = write_frames(Path(folder), options.frames)
        vimo.model.backbone.blocks = vimo.model.backbone.blocks[: options.blocks]
        print(f"{vimo.meta['device']}, {torch.get_num_threads()} threads, torch {torch.__version__}, "
              f"Python {platform.python_version()}; {options.frames} frames, {options.blocks} ViT blocks")  # fmt: skip
        boxes = np.array([[700.0 + k, 200, 1100 + k, 900] for k in range(options.frames)])
        vimo.model.inference_chunk = partial(vimo.model.inference_chunk, device=vimo.device)
        watch, valid = Stopwatch(vimo.model), np.ones(options.frames, bool)
        ours = watch("cached", lambda: vimo.motion(files, boxes, valid, FOCAL, CENTRE))
        theirs = watch("uncached", lambda: vimo.model.inference(files, boxes, img_focal=FOCAL, img_center=CENTRE))
        compare(ours, theirs)


if __name__ == "__main__":
    main()
