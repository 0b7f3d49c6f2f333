"""A stand-in for the package `gvhmr`, 1.6.1: its call, its result, and people who turn while they walk to the right.

Its "SMPL-X" is the test's SMPL with the shape directions in another order, 10 cm higher up. Like the real one it takes
what it is not told from a `gvhmr.toml`, and exits in silence where an optional package is missing.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
import torch
from scipy.spatial.transform import Rotation

nobody = False
crop_shift = 0.0
lacking = ""
toml = {"detector": "yolo26x", "pose2d": "rtmpose", "backbone": "dinov2", "camera": "dpvo"}
calls = []
ORDER = [3, 0, 1, 2, 4, 5, 6, 7, 9, 8]
RAISED = np.array([0, 0.1, 0])


@dataclass
class MotionResult:
    smpl_params_world: dict
    smpl_params_camera: dict
    intrinsics: torch.Tensor
    bbx_xys: torch.Tensor | None = None
    fps: float = 30.0
    _cache: dict = field(default_factory=dict, repr=False)

    @property
    def vertices_camera(self):
        params = self.smpl_params_camera
        assert not params["body_pose"].any(), "this stand-in knows the rest pose only"
        return torch.stack([_rest(betas) for betas in params["betas"]]) + params["transl"][:, None]

    @property
    def joints_camera(self):
        """Joint 0 is where it should be; whoever looks at another one gets NaN."""
        params = self.smpl_params_camera
        joints = torch.full((len(params["transl"]), 24, 3), torch.nan)
        regressor = torch.from_numpy(_body()["J_regressor"][0])
        joints[:, 0] = regressor @ _rest(params["betas"][0]) + params["transl"]
        return joints


def recover(video, *, model="ryanrudes/gvhmr", device=None, **kwargs):
    return _recover(Path(video), **kwargs)


def _recover(
    video,
    *,
    static_camera=False,
    camera=None,
    detector=None,
    pose2d=None,
    backbone=None,
    f_mm=None,
    f_px=None,
    intrinsics=None,
    flip_test=False,
    world_from_incam=True,
    render=False,
    mesh="smpl",
    output_dir=None,
    output_root=None,
    render_scale=None,
    recipe=None,
    set_overrides=None,
    progress=True,
    progress_callback=None,
):
    given = {"detector": detector, "pose2d": pose2d, "backbone": backbone, "camera": camera}
    stages = toml | {stage: name for stage, name in given.items() if name}
    told = {"static_camera": static_camera, "intrinsics": intrinsics, "output_dir": output_dir, "progress": progress}
    calls.append(stages | told)
    if lacking:
        raise SystemExit(1)
    print("GVHMR says which video it works on")
    width, height, count = _measured(video)
    if nobody:
        get_one_track([])
    seconds = np.arange(count) / 30
    turns = Rotation.from_euler("xy", np.stack([np.full(count, np.pi), seconds], axis=1))
    pose = np.zeros((count, 63))
    pose[:, 3 * 15 + 2] = -1.2 + 0.1 * seconds  # a shoulder
    depth = 4 * intrinsics["fx"] / 270
    params = {
        "global_orient": turns.as_rotvec(),
        "body_pose": pose,
        "betas": np.tile(np.linspace(-1, 1, 10), (count, 1)),
        "transl": np.stack([0.3 * seconds, np.zeros(count), np.full(count, depth)], axis=1),
    }
    tensors = {name: torch.as_tensor(value, dtype=torch.float32) for name, value in params.items()}
    crops = np.tile([width / 2 + crop_shift, height / 2, 2.0 * width], (count, 1))
    Path(output_dir).mkdir()
    return MotionResult({}, tensors, torch.eye(3).expand(count, 3, 3), torch.as_tensor(crops, dtype=torch.float32))


def _measured(video):
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        assert stream.average_rate == 30
        return stream.width, stream.height, sum(1 for _ in container.decode(stream))


def get_one_track(tracks):
    return tracks[0]


def _body():
    models = os.environ.get("GVHMR_BODY_MODELS") or Path(os.environ["GVHMR_CHECKPOINTS"]) / "body_models"
    return dict(np.load(Path(models) / "smpl" / "SMPL_NEUTRAL.pkl"))


def _rest(betas):
    body = _body()
    rest = body["v_template"] + body["shapedirs"][:, :, ORDER] @ betas.numpy() + RAISED
    return torch.from_numpy(rest.astype(np.float32))
