"""Train a diffusion model of motions in scenes on a corpus, from its first shard to a picture of a generated motion.

    share-data build recipes/training/scenes.yaml                       # rooms with furniture, their true depth
    python recipes/training/motion_diffusion.py out/scenes              # run it again and it goes on where it was
    torchrun --nproc-per-node 2 recipes/training/motion_diffusion.py out/scenes

A scene's points become a few tokens; a transformer denoises windows of joints and rotations beside them. --output gets
`checkpoint.pt` (with the place in the epoch), `loss.png`, `motion.png` and `result.json`.
"""

import argparse
import json
import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from share_data.corpus import open_corpus
from share_data.corpus.torch_data import Loader

STEPS = 100  # of the diffusion
JOINTS, SIZE = 24 * 3, 24 * 3 + 24 * 6  # joints in metres, rotations as six numbers
PARENTS = [0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21]
FEET = [10, 11]
KEPT = ("model", "average", "optimizer", "loader", "scaler")  # in a checkpoint
ALL = {"rank": 0, "ranks": 1}  # of a loader whose samples every rank sees
FRACTIONS = {"train": 0.8, "test": 0.2}


class SceneEncoder(nn.Module):
    """(B, N, 6) points and normals to (B, 16, width) tokens, by attention: their order does not matter."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.points = nn.Sequential(nn.Linear(6, width), nn.GELU(), nn.Linear(width, width))
        self.queries = nn.Parameter(torch.randn(16, width) * 0.02)
        self.attention = nn.MultiheadAttention(width, 4, batch_first=True)

    def forward(self, points: Tensor, mask: Tensor) -> Tensor:
        found = self.points(points)
        queries = self.queries.expand(len(points), -1, -1)
        nothing = ~mask & mask.any(dim=1, keepdim=True)  # a scene without a point is looked at as zeros
        return queries + self.attention(queries, found, found, key_padding_mask=nothing, need_weights=False)[0]


class Denoiser(nn.Module):
    """Clean motion from noisy motion (B, F, SIZE), the noise's step (B,) and a scene."""

    def __init__(self, frames: int, width: int, layers: int) -> None:
        super().__init__()
        self.scene = SceneEncoder(width)
        self.enter, self.leave = nn.Linear(SIZE, width), nn.Linear(width, SIZE)
        self.places = nn.Parameter(torch.randn(frames, width) * 0.02)
        self.time = nn.Embedding(STEPS, width)
        layer = nn.TransformerEncoderLayer(width, 4, 4 * width, 0.1, "gelu", batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)

    def forward(self, motion: Tensor, step: Tensor, points: Tensor, mask: Tensor) -> Tensor:
        time = self.time(step)[:, None]
        tokens = torch.cat([self.scene(points, mask), time, self.enter(motion) + self.places + time], dim=1)
        return self.leave(self.layers(tokens)[:, -motion.shape[1] :])


class Trainer:
    """Everything that a checkpoint holds, and one step of it."""

    def __init__(self, options: argparse.Namespace, dataset: Any, rank: int, ranks: int) -> None:
        self.options, self.rank = options, rank
        self.device = torch.device("cuda", rank % torch.cuda.device_count()) if torch.cuda.is_available() else "cpu"
        torch.manual_seed(options.seed)
        self.model = Denoiser(options.window, options.width, options.layers).to(self.device)
        self.average = Denoiser(options.window, options.width, options.layers).to(self.device).eval()
        self.average.load_state_dict(self.model.state_dict())
        self.trained = DistributedDataParallel(self.model) if ranks > 1 else self.model
        self.optimizer = torch.optim.AdamW(self.model.parameters(), options.rate)
        self.scaler = torch.amp.GradScaler(enabled=self.device != "cpu")
        batch = max(1, min(options.batch, len(dataset) // ranks))
        self.loader = Loader(dataset, batch, options.workers, options.seed, drop_last=True, rank=rank, ranks=ranks)
        self.losses: list[float] = []
        at = (torch.arange(1, STEPS + 1) / STEPS + 0.008) / 1.008  # the cosine schedule of Nichol and Dhariwal, 2021:
        self.kept = torch.cos(at * torch.pi / 2).square().clamp(1e-4, 1).to(self.device)  # variance of the motion left
        self.mean, self.spread = statistics(dataset, options.batch)
        self.file = options.output / "checkpoint.pt"
        if self.file.exists():
            self._load(torch.load(self.file, map_location=self.device, weights_only=True))

    def loss(self, model: nn.Module, batch: Any, seed: int, scene: int = 0) -> Tensor:
        """Squared error of the clean motion, in deviations. scene: whose scene each has, counted on from its own."""
        draw = torch.Generator().manual_seed(seed)
        motion = ((motion_of(batch) - self.mean) / self.spread).to(self.device)
        step = torch.randint(STEPS, (len(motion),), generator=draw).to(self.device)
        noise = torch.randn(motion.shape, generator=draw).to(self.device)
        kept = self.kept[step][:, None, None]
        points, mask = (each.roll(scene, 0).to(self.device) for each in scene_of(batch))
        with torch.autocast(torch.device(self.device).type, enabled=self.device != "cpu"):
            found = model(kept.sqrt() * motion + (1 - kept).sqrt() * noise, step, points, mask)
        seen = batch["mask"].to(self.device)[..., None]
        return ((found.float() - motion).square() * seen).sum() / (seen.sum().clamp(min=1) * SIZE)

    def train(self) -> None:
        """Step by step to the last one, through as many epochs as that takes."""
        while len(self.losses) < self.options.steps:
            for batch in self.loader:
                self.model.train()
                seed = self.options.seed * 1_000_003 + len(self.losses) * 101 + self.rank
                torch.manual_seed(seed)  # dropout, too, is the same after a restart
                loss = self.loss(self.trained, batch, seed)
                self.optimizer.zero_grad()
                self.scaler.scale(loss).backward()
                self.scaler.step(self.optimizer)
                self.scaler.update()
                decay = min(0.995, (1 + len(self.losses)) / (10 + len(self.losses)))
                for slow, fast in zip(self.average.parameters(), self.model.parameters(), strict=True):
                    slow.data.lerp_(fast.data, 1 - decay)
                self.losses.append(loss.item())
                done = len(self.losses) == self.options.steps
                if done or len(self.losses) % self.options.save_every == 0:
                    self._save()
                if done:
                    return

    def _save(self) -> None:
        if self.rank == 0:
            state = {name: getattr(self, name).state_dict() for name in KEPT}
            torch.save({**state, "losses": self.losses}, self.file.with_suffix(".new"))
            self.file.with_suffix(".new").replace(self.file)
            print(f"step {len(self.losses)}: loss {np.mean(self.losses[-50:]):.4f}", flush=True)

    def _load(self, state: dict[str, Any]) -> None:
        for name in KEPT:
            getattr(self, name).load_state_dict(state[name])
        self.losses = state["losses"]
        print(f"going on at step {len(self.losses)}, epoch {self.loader.epoch}", flush=True)

    @torch.no_grad()
    def judge(self, held_out: Any) -> dict[str, float]:
        """Loss on clips of videos that were not trained on; with other clips' scenes; and of the mean motion."""
        sums = np.zeros(4)
        for number, batch in enumerate(Loader(held_out, self.options.batch, **ALL)):
            motion, seen = (motion_of(batch) - self.mean) / self.spread, batch["mask"][..., None]
            mean = float((motion.square() * seen).sum() / (seen.sum().clamp(min=1) * SIZE))
            for draw in range(8):
                seed = 8 * number + draw
                own, other = (float(self.loss(self.average, batch, seed, scene)) for scene in (0, 1))
                sums += np.array([own, other, mean, 1]) * len(motion)
        names = ("held_out", "held_out_other_scenes", "mean_motion")
        return dict(zip(names, (sums[:3] / sums[3]).tolist(), strict=True))

    @torch.no_grad()
    def generate(self, batch: Any) -> np.ndarray:
        """(B, F, 24, 3) metres: motions for the scenes of a batch, by DDIM (Song et al., 2021) without noise."""
        points, mask = (each.to(self.device) for each in scene_of(batch))
        shape = len(points), self.options.window, SIZE
        motion = torch.randn(shape, generator=torch.Generator().manual_seed(0)).to(self.device)
        for step in range(STEPS - 1, -1, -5):
            clean = self.average(motion, torch.full((len(points),), step, device=self.device), points, mask)
            noise = (motion - self.kept[step].sqrt() * clean) / (1 - self.kept[step]).sqrt()
            left = self.kept[step - 5] if step >= 5 else torch.ones((), device=self.device)
            motion = left.sqrt() * clean + (1 - left).sqrt() * noise
        return ((motion.cpu() * self.spread + self.mean)[..., :JOINTS]).reshape(*shape[:2], 24, 3).numpy()


def motion_of(batch: Any) -> Tensor:
    """(B, F, SIZE) joints in metres, then rotations."""
    return torch.cat([batch["joints"].flatten(2), batch["pose"].flatten(2)], dim=2)


def scene_of(batch: Any) -> tuple[Tensor, Tensor]:
    """(B, N, 6) points and normals, and which of them are there."""
    return torch.cat([batch["points"], batch["normals"]], dim=2), batch["point_mask"]


def statistics(dataset: Any, batch: int) -> tuple[Tensor, Tensor]:
    """(SIZE,) mean and standard deviation of the training motions."""
    whole = torch.cat([motion_of(each)[each["mask"]].double() for each in Loader(dataset, batch, **ALL)])
    return whole.mean(0).float(), whole.std(0).clamp(min=0.01).float()


def physics(joints: np.ndarray, fps: float) -> dict[str, float]:
    """Of (B, F, 24, 3): how fast toes slide while within 5 cm of the floor, m/s; how deep joints are below it, mm."""
    feet = joints[:, :, FEET]
    speed = np.linalg.norm(np.diff(feet[..., :2], axis=1), axis=-1) * fps
    low = np.maximum(feet[:, 1:, :, 2], feet[:, :-1, :, 2]) < 0.05
    below = np.maximum(-joints[..., 2], 0).max(axis=-1)
    slide = float(speed[low].mean()) if low.any() else 0.0
    return {"foot_slide_m_s": slide, "below_floor_mm": 1000 * float(below.mean())}


def draw_motion(joints: np.ndarray, points: np.ndarray, file: Path) -> None:
    """A motion in its scene, from the side and from above: early frames blue, late ones red; 150 pixels a metre."""
    image = np.full((900, 900, 3), 255, np.uint8)
    for axes, row in (([0, 2], 400), ([0, 1], 700)):
        scene, body = ((each[..., axes] * (150, -150) + (450, row)).astype(int) for each in (points, joints))
        image[tuple(scene[((scene >= 0) & (scene < 900)).all(axis=1)].T[::-1])] = 150
        for frame in range(0, len(joints), max(1, len(joints) // 8)):
            colour = (255 - 255 * frame // len(joints), 40, 255 * frame // len(joints))
            for joint, parent in enumerate(PARENTS):
                cv2.line(image, body[frame, joint].tolist(), body[frame, parent].tolist(), colour, 2, cv2.LINE_AA)
    cv2.imwrite(str(file), image)


def draw_losses(losses: list[float], file: Path) -> None:
    """The loss over the steps, on a logarithmic axis from 0.01 to 10."""
    image = np.full((400, 800, 3), 255, np.uint8)
    y = 380 - 120 * (np.log10(np.clip(losses, 0.01, 10)) + 2)
    line = np.stack([np.linspace(20, 780, len(losses)), y], axis=1).astype(np.int32)
    cv2.polylines(image, [line], False, (160, 80, 0), 1, cv2.LINE_AA)
    cv2.imwrite(str(file), image)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus")
    parser.add_argument("--output", type=Path, default=Path("out/training"))
    numbers = {"steps": 1000, "batch": 16, "workers": 2, "window": 32, "points": 512, "width": 128, "layers": 4}
    for name, default in {**numbers, "save_every": 100, "seed": 0}.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=default)
    for name, rate in (("fps", 20.0), ("rate", 5e-4)):
        parser.add_argument(f"--{name}", type=float, default=rate)
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    rank, ranks = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    if ranks > 1:
        dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    asked: dict[str, Any] = {"window": options.window, "fps": options.fps, "rotation": "6d", "frame": "canonical"}
    asked |= {"scene_points": options.points, "scene_radius": 2.5, "scene_arrays": ("normals",), "fractions": FRACTIONS}
    trainer = Trainer(options, open_corpus(options.corpus, split="train", **asked), rank, ranks)
    trainer.train()
    if rank == 0:
        held_out = open_corpus(options.corpus, split="test", **asked)
        batch = next(iter(Loader(held_out, options.batch, **ALL)))
        made, true = trainer.generate(batch), batch["joints"].numpy()
        physical = {"generated": physics(made, options.fps), "true": physics(true, options.fps)}
        result = {"losses": trainer.losses, **trainer.judge(held_out), **physical}
        (options.output / "result.json").write_text(json.dumps(result))
        draw_losses(trainer.losses, options.output / "loss.png")
        draw_motion(made[0], batch["points"][0].numpy(), options.output / "motion.png")
        print(json.dumps({name: value for name, value in result.items() if name != "losses"}, indent=1))
    if ranks > 1:
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
