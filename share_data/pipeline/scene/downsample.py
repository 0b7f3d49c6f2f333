"""Thinning of a point cloud on a voxel grid."""

import numpy as np

from share_data.errors import EstimationError
from share_data.pipeline.scene.normals import fill_normals
from share_data.records import Scene


def thin(scene: Scene, voxel: float, max_points: int) -> Scene:
    """One point a voxel and source, ordered by voxel: mean position, colour and normal.

    Normals may be 0 for "none": they do not count, and a voxel without any gets its normal from its neighbours. Beyond
    the cap a fixed random choice is kept, for a stride over the voxel order would leave stripes.

    Args:
        scene: camera frame.
        voxel: edge in metres.
        max_points: cap on the points that stay.

    Returns:
        The thinned scene; the same for the same input.

    Raises:
        EstimationError: the cloud is too wide for a grid so fine.
    """
    kept, member, counts = np.unique(_codes(scene, voxel), return_inverse=True, return_counts=True)
    chosen = np.arange(len(kept))
    if len(kept) > max_points:
        chosen = np.sort(np.random.default_rng(0).choice(len(kept), max_points, replace=False))

    def means(values: np.ndarray) -> np.ndarray:
        sums = [np.bincount(member, column, len(kept))[chosen] for column in values.T]
        return np.stack(sums, axis=1) / counts[chosen, None]

    points = means(scene.points).astype(np.float32)
    return Scene(
        points,
        np.rint(means(scene.colors)).astype(np.uint8),
        (kept[chosen] % 256).astype(np.uint8),
        fill_normals(points, means(scene.normals)),
    )


def _codes(scene: Scene, voxel: float) -> np.ndarray:
    """(N,) int64, one number for each voxel and source; the source is its last byte."""
    if not len(scene.points):
        return np.empty(0, dtype=np.int64)
    ends = [(column.min(), column.max()) for column in scene.points.T]
    lows = [np.floor(low / np.float64(voxel)) for low, _ in ends]
    spans = [int(np.floor(high / np.float64(voxel)) - low) + 1 for (_, high), low in zip(ends, lows, strict=True)]
    if spans[0] * spans[1] * spans[2] * 256 > np.iinfo(np.int64).max:
        metres = " x ".join(f"{span * voxel:.0f}" for span in spans)
        raise EstimationError(
            f"the scene is {metres} m wide, too much for voxels of {voxel} m. "
            "Some depth is nonsense: use a larger `scene.voxel` or another clip."
        )
    codes = np.zeros(len(scene.points), dtype=np.int64)
    for column, low, span in zip(scene.points.T, lows, spans, strict=True):  # Of a 1080p cloud a column is 16 MB.
        codes *= span
        codes += (np.floor(column / np.float64(voxel)) - low).astype(np.int64)
    codes *= 256
    codes += scene.point_source
    return codes
