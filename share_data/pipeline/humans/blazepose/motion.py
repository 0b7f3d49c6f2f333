"""From landmarks to a motion: which way round they are, what BlazePose is known to get wrong, and then the fit."""

from dataclasses import replace

import numpy as np
import torch

from share_data.body.model import BodyModel
from share_data.camera import Floats
from share_data.pipeline.humans.blazepose import correspondence
from share_data.pipeline.humans.blazepose.energy import SeenPoints
from share_data.pipeline.humans.blazepose.evidence import Evidence
from share_data.pipeline.humans.blazepose.fit import MEAN_SHAPE, FittedMotion, fit
from share_data.pipeline.humans.blazepose.readings import readings
from share_data.pipeline.humans.blazepose.skeleton import Skeleton
from share_data.pipeline.humans.stature import with_height
from share_data.store.threads import one_thread

TOO_FAR = 1.012
"""How much farther than true a body of its true size comes out of the fit.

Median over 28 rendered clips of `tests/benchmarks/truth.py --seed 31000 --true-height`, standard deviation 0.013;
the same to 0.003 where the size is not known beforehand and its own error is taken out.
"""


def find_motion(
    skeleton: Skeleton, body: BodyModel, evidence: Evidence, times: Floats, height: float | None = None
) -> FittedMotion:
    """The motion of the likeliest reading of the landmarks; where two are likely, of the one that fits better.

    Args:
        skeleton: of `body`.
        body: the model.
        evidence: of the landmarks as the network gave them.
        times: (T,) seconds.
        height: metres, the person's where it is known; the shape is then near that of an average person of this
            height, and not exactly so tall.

    Raises:
        EstimationError: the person comes out behind the camera.
    """
    shape = MEAN_SHAPE if height is None else with_height(body, MEAN_SHAPE, height)
    limbs = None if height is None else _limbs(skeleton, shape)
    found = [fit(skeleton, read.unbiased(limbs), times, shape) for read in readings(evidence, times)]
    return _nearer(body, min(found, key=lambda motion: motion.energy))


def _nearer(body: BodyModel, motion: FittedMotion) -> FittedMotion:
    """The same body on the same rays, `TOO_FAR` less far."""
    pelvis = body.rest_pelvis(motion.betas)
    return replace(motion, transl=np.asarray((motion.transl + pelvis) / TOO_FAR - pelvis, np.float32))


def _limbs(skeleton: Skeleton, betas: Floats) -> float:
    """Metres of `LIMBS` that BlazePose would see on a resting body."""
    still = torch.eye(3, dtype=skeleton.dtype).expand(1, 24, 3, 3)
    with one_thread():
        pose = skeleton.pose(still, torch.from_numpy(np.asarray(betas)).to(skeleton.dtype), torch.zeros(1, 3))
        return correspondence.limb_length(SeenPoints(skeleton.dtype)(pose).numpy().astype(np.float64))
