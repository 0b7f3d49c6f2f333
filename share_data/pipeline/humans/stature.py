"""A body of a given stature: the one place where a recipe's `humans.height_m` meets an estimator's shape."""

from typing import Any

import numpy as np
from pydantic import Field

from share_data.body.model import BodyModel
from share_data.camera import Floats

SHORTEST_M, TALLEST_M = 0.9, 2.2
"""What `humans.height_m` may say."""
HEIGHT_FIELD: Any = Field(
    None,
    ge=SHORTEST_M,
    le=TALLEST_M,
    description="The person's height in metres, where it is known: no single camera sees it. Default: as estimated.",
)
"""The field `height_m` of an estimator's configuration."""


def height_setting(height: float | None) -> dict[str, float]:
    """The height as part of an estimator's settings, hence of its results' keys; nothing where it is not known."""
    return {} if height is None else {"height_m": height}


def with_height(body: BodyModel, betas: Floats, height: float) -> Floats:
    """`betas` (10,) with the first changed until the body is `height` metres tall (to 0.1 mm)."""
    found = np.array(betas, dtype=np.float32)
    for _ in range(20):
        missing = height - body.height(found)
        if abs(missing) < 1e-4:
            break
        ahead = found.copy()
        ahead[0] += 0.1
        found[0] += missing / (body.height(ahead) - body.height(found)) * 0.1
    return found


def resized(body: BodyModel, betas: Floats, transl: Floats, height: float | None) -> tuple[Floats, Floats]:
    """Shape and place of the same person, known to be `height` metres tall.

    One camera sees sizes only against distances: a person p % taller than thought stands p % farther away, on the
    same rays.

    Args:
        body: the model of the betas.
        betas: (10,).
        transl: (T, 3) metres, SMPL's, camera frame.
        height: metres; None: unknown, nothing changes.

    Returns:
        betas (10,) and transl (T, 3), float32.
    """
    if height is None:
        return betas, transl
    grown = with_height(body, betas, height)
    pelvis = (transl + body.rest_pelvis(betas)) * (height / body.height(betas))
    return grown, np.asarray(pelvis - body.rest_pelvis(grown), np.float32)
