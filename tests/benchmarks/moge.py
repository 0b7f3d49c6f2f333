"""How fast MoGe-2 and the placement solvers are, on this machine's CPU or GPU.

    python tests/benchmarks/moge.py                         ViT-S and ViT-L at 1200 and 2500 tokens, then placement
    python tests/benchmarks/moge.py --models vits --tokens 1200 --images 1

The networks have the published architecture (ViT-L: MoGe's configs/train/v2.json; ViT-S: the same at DINOv2 ViT-S's
width) and a random encoder; heads are crafted so that the depths are valid, which leaves their work as it is. Seconds
are wall seconds on CUDA, and CPU seconds of one thread on a CPU, from image to depth in memory, the camera's least
squares included. Half precision on CUDA, single on a CPU. Placement: 100 frames, two keyframes of 10,000 points; of
adam's 600 steps 60 are measured.
"""

import argparse
import platform
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

sys.path.pop(0)  # This folder, whose moge.py is not the package.
sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from moge_checkpoints import config_of, write_checkpoint
from placement_clips import make_clip, paper

from share_data.body.model import load_body
from share_data.pipeline.geometry.moge.model import MoGeNetwork
from share_data.pipeline.placement import solve_adam
from share_data.pipeline.placement.anchoring import Anchors
from share_data.pipeline.placement.place import place_human
from share_data.store.threads import one_thread

CONFIGS = {
    "vits": config_of("dinov2_vits14", 384, (2, 5, 8, 11), (384, 256, 128, 64, 32), 2, "conv_transpose"),
    "vitl": config_of("dinov2_vitl14", 1024, (5, 11, 17, 23), (1024, 256, 128, 64, 32), 2, "conv_transpose"),
}
WIDTH, HEIGHT = 1280, 720
ADAM_STEPS = 60


def device_name(device: str) -> str:
    """What the figures belong to."""
    if device == "cuda":
        return torch.cuda.get_device_name(0)
    models = [line.split(":")[1].strip() for line in _cpuinfo() if line.startswith("model name")]
    return f"{models[0] if models else platform.processor() or platform.machine()} (one thread)"


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def finished(device: str) -> float:
    """The clock of this device (see above), once it has done all it was asked for."""
    if device == "cuda":
        torch.cuda.synchronize()
        return time.perf_counter()
    return time.process_time()


def networks(models: list[str], tokens: list[int], batch: int, device: str) -> None:
    """Print a line for each network and number of tokens."""
    images = [np.random.default_rng(k).integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8) for k in range(batch)]
    print(f"model  parameters  tokens  images/s  s/image  peak MB   ({WIDTH} x {HEIGHT}, {batch} image(s) a batch)")
    for model in models:
        with tempfile.TemporaryDirectory() as folder:
            network = MoGeNetwork(write_checkpoint(Path(folder) / "model.pt", CONFIGS[model]), device)
        parameters = sum(weights.numel() for weights in network._model.parameters()) / 1e6
        for count in tokens:
            seconds = seconds_an_image(network, images, count)
            memory = torch.cuda.max_memory_allocated() / 1e6 if device == "cuda" else _resident_mb()
            print(
                f"{model:5} {parameters:9.1f} M {count:7d} {1 / seconds:9.3f} {seconds:8.3f} {memory:8.0f}", flush=True
            )
        del network


def seconds_an_image(network: MoGeNetwork, images: list[np.ndarray], tokens: int) -> float:
    """Seconds after a first run, which picks kernels and grows memory."""
    repeats = 10 if network.device == "cuda" else 1
    network.predict(images, tokens)
    began = finished(network.device)
    for _ in range(repeats):
        made = network.predict(images, tokens, 60.0)
    seconds = finished(network.device) - began
    assert all(np.isfinite(each.depth).all() for each in made)
    return seconds / repeats / len(images)


def _resident_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def placement(device: str) -> None:
    """Print seconds a clip of both solvers; `exact` is a matter of KD-trees and runs on the CPU alone."""
    clip = make_clip(load_body(), 0, points=10_000)
    times = np.arange(len(clip.roots)) / 30
    place_human(clip.vertices, clip.human_points, clip.roots, times, clip.keyframes, paper())
    began = finished("cpu")
    place_human(clip.vertices, clip.human_points, clip.roots, times, clip.keyframes, paper())
    print(f"placement exact  cpu   {finished('cpu') - began:8.3f} s a clip")
    anchors = Anchors(clip.roots, times, clip.keyframes, "mean")
    problem = (list(clip.vertices), clip.human_points, clip.roots, anchors.smoothed, clip.keyframes)
    solve_adam.solve(*problem, device=device, steps=2)
    began = finished(device)
    solve_adam.solve(*problem, device=device, steps=ADAM_STEPS)
    seconds = (finished(device) - began) * solve_adam.STEPS / ADAM_STEPS
    print(
        f"placement adam   {device:5} {seconds:8.3f} s a clip, neighbours by {solve_adam._best_neighbours().__name__}"
    )


def main() -> None:
    """Print who computes, and the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--models", nargs="+", choices=list(CONFIGS), default=list(CONFIGS))
    parser.add_argument("--tokens", nargs="+", type=int, default=[1200, 2500])
    parser.add_argument("--images", type=int, default=2, help="images a batch; a clip has 2 keyframes")
    chosen = parser.parse_args()
    dtype = "float16" if chosen.device == "cuda" else "float32"
    print(f"{chosen.device}: {device_name(chosen.device)}; {dtype}; torch {torch.__version__}")
    with one_thread():
        networks(chosen.models, chosen.tokens, chosen.images, chosen.device)
        placement(chosen.device)


if __name__ == "__main__":
    main()
