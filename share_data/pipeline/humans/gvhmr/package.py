"""Runs the package `gvhmr` on one video: told what to use and where that lies, and kept from fetching anything."""

import contextlib
import os
import sys
import traceback
from pathlib import Path
from typing import Any

import numpy as np

from share_data.camera import Floats, Intrinsics
from share_data.errors import EstimationError, MissingDependencyError
from share_data.pipeline.humans.gvhmr.files import INSTALL, environment_of
from share_data.pipeline.humans.gvhmr.motion import GvhmrMotion

STAGES = {"detector": "yolo", "pose2d": "vitpose", "backbone": "hmr2", "camera": "simplevo"}
"""Those of the paper, whatever the package is configured for on this machine. What follows a moving camera is not run,
but the weights of another one would be fetched all the same."""


def recover_motion(video: Path, intrinsics: Intrinsics, folder: Path) -> GvhmrMotion:
    """GVHMR's motion for a video of 30 frames a second, beside which it puts what it works on.

    folder: of its weights and body models. Raises EstimationError where its detector finds nobody,
    MissingDependencyError where a package is missing.
    """
    os.environ.update(environment_of(folder))
    os.environ.setdefault("YOLO_AUTOINSTALL", "false")  # Of ultralytics, which is imported from there.
    try:
        import gvhmr

        result = _recovered(gvhmr, video, intrinsics)
    except (SystemExit, ImportError) as error:  # It exits, in silence, where one of its optional packages is missing.
        raise MissingDependencyError(
            f"GVHMR cannot run, a package is missing ({type(error).__name__}: {error}). Install all it needs: {INSTALL}"
        ) from error
    params = {name: _numpy(value) for name, value in result.smpl_params_camera.items()}
    return GvhmrMotion(
        params["global_orient"],
        params["body_pose"],
        _rest_surface(gvhmr, params["betas"].mean(axis=0)),
        _numpy(result.joints_camera)[:, 0],
        _numpy(result.bbx_xys),
    )


def _recovered(gvhmr: Any, video: Path, intrinsics: Intrinsics) -> Any:
    camera = {"fx": intrinsics.focal, "cx": intrinsics.cx, "cy": intrinsics.cy}
    options = {"static_camera": True, "output_dir": str(video.parent / "out"), "progress": False, **STAGES}
    try:
        with contextlib.redirect_stdout(sys.stderr):
            return gvhmr.recover(str(video), intrinsics=camera, **options)
    except IndexError as error:  # It takes the first of no tracks.
        if traceback.extract_tb(error.__traceback__)[-1].name != "get_one_track":
            raise
        raise EstimationError("GVHMR's detector found nobody. Use a video that shows a whole person.") from error


def _rest_surface(gvhmr: Any, betas: Floats) -> Floats:
    """(V, 3) metres: the unposed body of this SMPL-X shape (10,) in SMPL's topology."""
    import torch

    zeros = {"global_orient": torch.zeros(1, 3), "body_pose": torch.zeros(1, 63), "transl": torch.zeros(1, 3)}
    params = {**zeros, "betas": torch.as_tensor(betas, dtype=torch.float32)[None]}
    rest = gvhmr.MotionResult(smpl_params_world=params, smpl_params_camera=params, intrinsics=torch.eye(3)[None])
    surface: Floats = _numpy(rest.vertices_camera)[0]
    return surface


def _numpy(tensor: Any) -> Floats:
    return np.asarray(tensor.detach().cpu().numpy(), np.float64)
