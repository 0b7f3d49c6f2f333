"""A network with VIMO's inputs, outputs and windows, whose people stand upright and face the camera."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import default_collate

from lib.datasets.track_dataset import TrackDataset

from ..pipeline.tools import parse_chunks
from .smpl import SMPL

UPRIGHT = torch.tensor([1.0, 0, 0, -1.0, 0, 0])  # 6-D: half a turn about x, from SMPL's axes to the camera's
STRAIGHT = torch.tensor([1.0, 0, 0, 1.0, 0, 0])


class HMR_VIMO(nn.Module):
    def __init__(self):
        super().__init__()
        np.load("data/smpl/smpl_mean_params.npz")  # relative to the checkout, as all of TRAM's files
        self.smpl = SMPL()
        self.backbone = nn.Sequential(nn.Conv2d(3, 12, 16, 16), nn.GELU(), nn.Conv2d(12, 24, 1))
        self.windows = nn.TransformerEncoderLayer(24 + 3, 3, 64, dropout=0.0)
        self.head = nn.Linear(24 + 3, 144 + 10 + 3)
        self.register_buffer("rest", torch.cat([UPRIGHT, STRAIGHT.repeat(23)]))

    def forward(self, batch, **kwargs):
        image, center, scale = batch["img"], batch["center"], batch["scale"]
        with torch.amp.autocast("cuda", enabled=image.is_cuda):
            feature = self.backbone(image[:, :, :, 32:-32])
            feature = feature.float()
        offset = (center - batch["img_center"]) / batch["img_focal"][:, None]
        size = (scale * 200 / batch["img_focal"])[:, None]
        frames = torch.cat([feature.mean(dim=(2, 3)), offset, size], dim=1).reshape(-1, 16, 27)
        seen = self.windows(frames.transpose(0, 1)).transpose(0, 1).reshape(-1, 27)
        pose, shape, cam = self.head(seen).split([144, 10, 3], dim=1)
        out = {"pred_pose": self.rest + 0.05 * pose, "pred_shape": 0.3 * shape}
        out["pred_cam"] = torch.tensor([0.98, 0.0, 0.18], device=cam.device) + 0.01 * cam
        out["pred_rotmat"] = rotations(out["pred_pose"]).reshape(-1, 24, 3, 3)
        out["trans_full"] = self.get_trans(out["pred_cam"], center, scale, batch["img_focal"], batch["img_center"])
        joints = self.smpl.query(out).joints + out["trans_full"]
        return out, [joints]

    def get_trans(self, cam, center, scale, focal, img_center):
        size = scale * 200 * cam[:, 0]
        place = cam[:, 1:] + 2 * (center - img_center) / size[:, None]
        return torch.cat([place, (2 * focal / size)[:, None]], dim=1)[:, None]

    def inference(self, imgfiles, boxes, img_focal=None, img_center=None, valid=None, frame=None, device="cuda"):
        frame = np.arange(len(imgfiles)) if frame is None else frame
        valid = np.ones(len(imgfiles), bool) if valid is None else valid
        chunks, chunk_boxes = parse_chunks(frame[valid], boxes[valid], min_len=16)
        if not chunks:
            return None
        files = np.array(imgfiles)
        parts = [
            self.inference_chunk(files[chunk], chunk_boxes[k], img_focal, img_center) for k, chunk in enumerate(chunks)
        ]
        names = ("pred_cam", "pred_pose", "pred_shape", "pred_rotmat", "pred_trans")
        joined = {name: torch.cat([part[name] for part in parts]) for name in names}
        return {**joined, "frame": torch.from_numpy(np.concatenate(chunks))}

    def inference_chunk(self, imgfiles, boxes, img_focal, img_center, device="cuda"):
        """One window after another, and the backbone on every frame of each."""
        data = TrackDataset(imgfiles, boxes, img_focal=img_focal, img_center=img_center, dilate=1.2)
        items, windows = [data[k] for k in range(len(data))], len(data) - 15
        taken = {name: [] for name in ("pred_cam", "pred_pose", "pred_shape", "pred_rotmat", "trans_full")}
        for start in range(windows):
            batch = {name: column.to(device) for name, column in default_collate(items[start : start + 16]).items()}
            with torch.no_grad():
                out, _ = self.forward(batch)
            first = 0 if start == 0 else 8
            last = 16 if start == windows - 1 else 9
            for name, column in taken.items():
                column.append(out[name][first:last].cpu())
        joined = {name: torch.cat(column) for name, column in taken.items()}
        return {**joined, "pred_trans": joined.pop("trans_full")}


def rotations(six):
    """(N, 3, 3) from two directions each; the second is turned so that all of a pose fits into small numbers."""
    columns = six.reshape(-1, 2, 3)
    first = nn.functional.normalize(columns[:, 0], dim=1)
    second = columns[:, 1].roll(1, dims=1)
    second = nn.functional.normalize(second - (first * second).sum(dim=1, keepdim=True) * first, dim=1)
    return torch.stack([first, second, torch.linalg.cross(first, second, dim=1)], dim=2)
