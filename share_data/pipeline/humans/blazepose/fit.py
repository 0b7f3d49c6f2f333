"""SMPL parameters of a whole clip from landmarks: one shape, smooth motion, least squares first and then robust.

In the line of SMPLify (Bogo et al., ECCV 2016), with metric 3-D landmarks beside the 2-D ones. Starting robustly gets
stuck 20-30 mm higher, hence the two stages.
"""

from dataclasses import dataclass

import numpy as np
import roma
import torch
from torch import Tensor

from share_data.camera import Floats
from share_data.pipeline.humans.blazepose.energy import Energy, Variables
from share_data.pipeline.humans.blazepose.evidence import Evidence
from share_data.pipeline.humans.blazepose.limbs import limb_rotations
from share_data.pipeline.humans.blazepose.pose_prior import FITTED, neutral
from share_data.pipeline.humans.blazepose.scaling import Coordinates
from share_data.pipeline.humans.blazepose.skeleton import Skeleton
from share_data.store.threads import one_thread

STAGES = ((False, 20), (True, 25))
"""(robust, most LBFGS iterations)."""

START_SMOOTHING_S = 0.1
"""Standard deviation. A limb that starts with a jump, as a hidden arm's landmarks do, can end wound about itself."""
MEAN_SHAPE: Floats = np.zeros(10, np.float32)
_TRUNK = [1, 2, 16, 17]


@dataclass(frozen=True, slots=True)
class FittedMotion:
    """global_orient (T, 3), body_pose (T, 69) axis-angle; betas (10,); transl (T, 3) metres: float32, camera frame.

    energy: what the fit left unexplained, the less the better.
    """

    global_orient: Floats
    body_pose: Floats
    betas: Floats
    transl: Floats
    energy: float


def fit(skeleton: Skeleton, evidence: Evidence, times: Floats, shape: Floats = MEAN_SHAPE) -> FittedMotion:
    """The motion that explains the evidence. times: (T,) seconds; shape: (10,) betas of whoever is likeliest.

    Raises EstimationError where it puts the person behind the camera.
    """
    with one_thread():
        betas = torch.from_numpy(np.asarray(shape)).to(skeleton.dtype)
        root, rows = _start(skeleton, evidence, times, betas)
        energy = Energy(skeleton, evidence, times, root, rows[:, 68].clone(), betas)
        coordinates = _coordinates(energy, rows, betas)
        for robust, iterations in STAGES:
            _minimise(energy, coordinates, robust, iterations)
        with torch.no_grad():
            found = Variables.unpack(*coordinates.values())
            return _collect(root, found, float(energy(found, robust=True)))


def _start(skeleton: Skeleton, evidence: Evidence, times: Floats, betas: Tensor) -> tuple[Tensor, Tensor]:
    """Root rotations (T, 3, 3) and variables (T, 69): trunk registered, limbs along bones, mid-hip by reprojection."""
    dtype, frames = skeleton.dtype, len(evidence.pixels)
    rest, _ = skeleton.rest(betas)
    turns = evidence.root_turns(rest[_TRUNK].numpy())
    pose = np.broadcast_to(neutral(dtype).numpy(), (frames, FITTED, 3))
    seen_limbs = limb_rotations(rest.numpy(), evidence.world, turns, pose)
    limbs = torch.from_numpy(_smoothed(seen_limbs.reshape(frames, -1), times)).to(dtype)
    root = torch.from_numpy(turns).to(dtype)
    arm = root @ (rest[1:3].mean(dim=0) - rest[0])
    transl = torch.from_numpy(evidence.positions()).to(dtype) - arm - rest[0]
    return root, torch.cat([torch.zeros(frames, 3, dtype=dtype), limbs, transl], dim=1)


def _smoothed(values: Floats, times: Floats) -> Floats:
    """(T, D): means of the values (T, D) around each moment, by a normal distribution in time."""
    shares = np.exp(-(((times[:, None] - times[None]) / START_SMOOTHING_S) ** 2) / 2)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True) @ values)


def _coordinates(energy: Energy, rows: Tensor, betas: Tensor) -> Coordinates:
    """Variables scaled by the curvatures of the clip's middle frame."""
    middle = len(rows) // 2
    data, motion, shared = energy.curvature(rows[middle], betas, middle)
    return Coordinates(rows, betas, data, motion, shared)


def _minimise(energy: Energy, coordinates: Coordinates, robust: bool, iterations: int) -> None:
    optimiser = torch.optim.LBFGS(
        [coordinates.coefficients, coordinates.shared],
        max_iter=iterations,
        max_eval=iterations * 5 // 4,
        history_size=20,
        tolerance_grad=1e-5,
        tolerance_change=1e-7,
        line_search_fn="strong_wolfe",
    )

    def closure() -> Tensor:
        optimiser.zero_grad()
        value = energy(Variables.unpack(*coordinates.values()), robust)
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimiser.step(closure)  # type: ignore[no-untyped-call]


def _collect(root: Tensor, variables: Variables, energy: float) -> FittedMotion:
    orient = roma.rotmat_to_rotvec(root @ roma.rotvec_to_rotmat(variables.delta))
    pose = variables.body_pose().flatten(1)
    return FittedMotion(_numpy(orient), _numpy(pose), _numpy(variables.betas), _numpy(variables.transl), energy)


def _numpy(tensor: Tensor) -> Floats:
    return np.ascontiguousarray(tensor.detach().numpy(), dtype=np.float32)
