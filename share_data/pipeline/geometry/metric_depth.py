"""From metric depth as it comes, with infinities and flying pixels, to a point map."""

import numpy as np
from pydantic import Field

from share_data.camera import Floats, Intrinsics
from share_data.errors import EstimationError
from share_data.pipeline.geometry.depth_edges import depth_edges
from share_data.records import EstimatorInfo, PointMap
from share_data.strict import StrictModel


class MetricDepthConfig(StrictModel):
    """What every estimator that sees depth has to decide."""

    edge_rtol: float | None = Field(
        default=0.04,
        gt=0,
        le=1,
        description="Pixels whose 3 x 3 neighbours' depths differ by more than this share fly between surfaces and are "
        "left out. None: kept.",
    )
    min_valid: float = Field(
        default=0.1, gt=0, le=1, description="Fail a clip when less of a keyframe than this share has a depth."
    )


def metric_map(depth: Floats, camera: Intrinsics, estimator: EstimatorInfo, edge_rtol: float | None) -> PointMap:
    """A point map whose depth is 0 where nothing is known.

    depth: (H, W) metres along z; anything but positive finite numbers where it is not known; camera: of this size.
    edge_rtol: leave out pixels at depth edges, see `depth_edges`; None: keep them.
    """
    valid = np.isfinite(depth) & (depth > 0)
    clean = np.where(valid, depth, 0).astype(np.float32)
    if edge_rtol is not None:
        valid &= ~depth_edges(clean, valid, edge_rtol)
        clean[~valid] = 0
    return PointMap(clean, valid, camera, estimator)


def require_valid(point_map: PointMap, least: float, keyframe: int, remedy: str) -> None:
    """Raises EstimationError when a smaller share of the keyframe's pixels than `least` has a depth."""
    share = float(point_map.valid.mean())
    if share < least:
        raise EstimationError(
            f"keyframe {keyframe}: metric depth in {share:.1%} of the image (needed: {least:.0%}). {remedy} "
            "Or lower geometry.min_valid."
        )
