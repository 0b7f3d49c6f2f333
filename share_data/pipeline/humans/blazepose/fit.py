"""SMPL parameters of a whole clip from landmarks: one shape, smooth motion, least squares first and then robust.

In the line of SMPLify (Bogo et al., ECCV 2016), with metric 3-D landmarks beside the 2-D ones. Starting robustly gets
stuck 20-30 mm higher, hence the two stages.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.spatial.transform import Rotation
from torch import Tensor

from share_data.camera import Floats
from share_data.errors import EstimationError
from share_data.pipeline.humans.blazepose.energy import Energy, Variables
from share_data.pipeline.humans.blazepose.evidence import Evidence
from share_data.pipeline.humans.blazepose.limbs import limb_rotations
from share_data.pipeline.humans.blazepose.pose_prior import FITTED, neutral
from share_data.pipeline.humans.blazepose.scaling import Coordinates
from share_data.pipeline.humans.blazepose.skeleton import Skeleton, rotations_of
from share_data.store.threads import one_thread

STAGES = ((False, 25), (True, 30))
"""(robust, most L-BFGS iterations)."""
HISTORY = 20
"""Steps that L-BFGS remembers."""

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

    Raises EstimationError where it puts the person behind the camera, and where the evidence is not finite.
    """
    with one_thread():
        betas = torch.from_numpy(np.asarray(shape)).to(skeleton.dtype)
        root, rows = _start(skeleton, evidence, times, betas)
        energy = Energy(skeleton, evidence, times, root, rows[:, 68].clone(), betas)
        coordinates = _coordinates(energy, rows, betas)
        point: Floats = np.zeros(coordinates.size)
        for robust, iterations in STAGES:
            point = _minimise(energy, coordinates, point, robust, iterations)
        with torch.no_grad():
            found = _variables(coordinates, point)
            left = float(energy(found, robust=True))
        if not math.isfinite(left):
            # The search then ends where it started, at what would pass for a body.
            raise EstimationError(
                f"the fit's energy is {left}: the landmarks are not finite or lie far outside the picture. "
                "Use a clip that shows a larger or sharper person."
            )
        return _collect(root, found, left)


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


def _minimise(energy: Energy, coordinates: Coordinates, start: Floats, robust: bool, iterations: int) -> Floats:
    """The lowest point found from `start` (N,), in float64.

    By scipy, because `torch.optim` imports torch's compiler at its first step: 71 MB and a second of each process.
    """

    def value_and_slope(point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        moved = torch.from_numpy(point).to(coordinates.dtype).requires_grad_()
        value = energy(Variables.unpack(*coordinates.values(moved)), robust)
        (slope,) = torch.autograd.grad(value, moved)
        return value.item(), slope.double().numpy()

    found = minimize(
        value_and_slope,
        start,
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": iterations, "maxfun": iterations * 5 // 4, "maxcor": HISTORY},
    )
    return np.asarray(found.x)


def _variables(coordinates: Coordinates, point: Floats) -> Variables:
    return Variables.unpack(*coordinates.values(torch.from_numpy(point).to(coordinates.dtype)))


def _collect(root: Tensor, variables: Variables, energy: float) -> FittedMotion:
    turns = rotations_of(root, variables.delta, variables.body_pose())[:, 0]
    orient = torch.from_numpy(Rotation.from_matrix(turns.numpy()).as_rotvec())
    pose = variables.body_pose().flatten(1)
    return FittedMotion(_numpy(orient), _numpy(pose), _numpy(variables.betas), _numpy(variables.transl), energy)


def _numpy(tensor: Tensor) -> Floats:
    return np.ascontiguousarray(tensor.detach().numpy(), dtype=np.float32)
