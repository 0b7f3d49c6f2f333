"""What a single view knows of space: free, occupied or never seen; and where on the floor a person can walk."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.ndimage import binary_closing
from scipy.spatial import cKDTree

from share_data.camera import Floats
from share_data.records import Bools, Ints
from share_data.strict import StrictModel

States = NDArray[np.uint8]

UNKNOWN, FREE, OCCUPIED = 0, 1, 2
WALKABLE, BLOCKED = 1, 2

FLOOR_M = 0.05  # points below this are the floor: point maps are good to a few centimetres
CELL_M = 0.05
COLUMN_M = (0.10, 1.80)  # what a walking person needs free, above the floor
KNOWN_SHARE = 0.9  # of that column: rays a voxel apart miss single voxels
FOOT_RADIUS_M = 0.06
STEP = 0.5  # of a voxel, between samples of a ray
CHUNK = 16_384


class OccupancyConfig(StrictModel):
    """How finely and how far around the person space is mapped."""

    voxel: float = Field(default=0.04, ge=0.02, le=0.5, description="Edge of a voxel in metres.")
    max_side: float = Field(
        default=12.0, ge=1, le=16, description="Longest side of the mapped area in metres, centred on the person."
    )
    height: float = Field(default=3.0, ge=0.5, le=4, description="Height above the floor that is mapped, in metres.")


@dataclass(frozen=True, slots=True)
class OccupancyGrid:
    """Space seen from one camera, world frame (z-up, floor at z = 0).

    Layer z = 0 lies just below the floor: it is occupied where the floor was seen and never free, and everything above
    it is what stands on the floor.

    Attributes:
        state: (X, Y, Z) uint8, 0 unknown, 1 free (a ray to a scene point passed), 2 occupied (a scene point lies in
            it).
        origin: (3,) float64 metres, the corner of voxel [0, 0, 0] with the least coordinates, a whole number of voxels
            from the world's origin.
        voxel: its edge, metres.
    """

    state: States
    origin: Floats
    voxel: float

    def lookup(self, points: Floats) -> States:
        """State of the voxels that hold points.

        Args:
            points: (..., 3) metres, world frame.

        Returns:
            (...,) uint8; outside of the grid is unknown.
        """
        return _lookup(self.state, _voxels(points, self.origin, self.voxel))


@dataclass(frozen=True, slots=True)
class WalkableMap:
    """Where a person can stand, seen from above.

    Attributes:
        state: (H, W) uint8, 0 unknown, 1 walkable, 2 blocked; rows along +y, columns along +x.
        origin: (2,) float64 metres, x and y of the corner of cell [0, 0] with the least coordinates.
        cell: its edge, metres.
    """

    state: States
    origin: Floats
    cell: float

    def lookup(self, points: Floats) -> States:
        """State of the cells below points.

        >>> floor = WalkableMap(np.array([[WALKABLE, BLOCKED]], np.uint8), origin=np.zeros(2), cell=0.05)
        >>> floor.lookup(np.array([[0.01, 0.01], [0.07, 0.01], [9.0, 9.0]])).tolist()
        [1, 2, 0]

        Args:
            points: (..., 2) x and y in metres, world frame.

        Returns:
            (...,) uint8; outside of the map is unknown.
        """
        return _lookup(self.state, np.floor((points - self.origin) / self.cell).astype(np.int64)[..., ::-1])


def _voxels(points: Floats, origin: Floats, voxel: float) -> Ints:
    # The origin is a whole number of voxels: subtracted after rounding, it cannot push a point over an edge.
    return np.asarray((np.floor(np.asarray(points, np.float64) / voxel) - np.rint(origin / voxel)).astype(np.int64))


def _lookup(state: States, index: Ints) -> States:
    inside = np.asarray(((index >= 0) & (index < state.shape)).all(axis=-1))
    found = state[tuple(np.moveaxis(np.where(inside[..., None], index, 0), -1, 0))]
    return np.where(inside, found, UNKNOWN).astype(np.uint8)


def occupancy_grid(points: Floats, camera: Floats, path: Floats, config: OccupancyConfig) -> OccupancyGrid:
    """Map the space between a camera and the scene points it saw.

    A voxel is occupied where a point lies in it, even where rays to others pass (OctoMap's rule: or every floor seen at
    a slant would be carved away), else free where a ray passes. Points within 5 cm of the floor are the floor; those
    below it carve down to it and are no more. The person carves nothing.

    Args:
        points: (N, 3) scene, metres, world frame.
        camera: (3,) its centre.
        path: (M, 3) where the person was, M >= 1.
        config: voxel size; the grid covers points, path and camera, at most `max_side` wide around the path and
            `height` high.
    """
    voxel = config.voxel
    seen = np.asarray(points, dtype=np.float64).reshape(-1, 3)
    origin, shape = _box(np.concatenate([seen, camera[None]])[:, :2], np.asarray(path, np.float64)[:, :2], config)
    state = np.zeros(shape, dtype=np.uint8)
    # The floor layer is left out of the box that rays may carve.
    above = origin + np.array([0, 0, voxel])
    rays = _clipped((camera - above) / voxel, (seen - above) / voxel, (shape[0], shape[1], shape[2] - 1))
    state[:, :, 1:][_carved(*rays, (shape[0], shape[1], shape[2] - 1))] = FREE
    index = _voxels(seen, origin, voxel)
    index[np.abs(seen[:, 2]) <= FLOOR_M, 2] = 0
    inside = ((index >= 0) & (index < shape)).all(axis=1) & (seen[:, 2] >= -FLOOR_M)
    state[tuple(index[inside].T)] = OCCUPIED
    return OccupancyGrid(state, origin, voxel)


def _box(seen: Floats, path: Floats, config: OccupancyConfig) -> tuple[Floats, tuple[int, int, int]]:
    """Origin (3,) and shape of the grid over `seen` (N, 2) and `path` (M, 2), snapped to whole voxels."""
    both = np.concatenate([seen, path])
    centre = (path.min(axis=0) + path.max(axis=0)) / 2
    low = np.floor(np.maximum(both.min(axis=0), centre - config.max_side / 2) / config.voxel)
    high = np.floor(np.minimum(both.max(axis=0), centre + config.max_side / 2) / config.voxel) + 1
    layers = round(config.height / config.voxel) + 1
    width, depth = (max(int(n), 1) for n in high - low)
    return np.array([*(low * config.voxel), -config.voxel]), (width, depth, layers)


def _clipped(camera: Floats, ends: Floats, shape: tuple[int, int, int]) -> tuple[Floats, Floats]:
    """The parts of the rays from camera (3,) to ends (N, 3) within the box [0, shape], all in voxels.

    Returns starts and ends, (M, 3) each: rays that miss the box are left out, and of those that end within half a voxel
    of each other one is kept.
    """
    along = ends - camera
    slope = np.where(np.abs(along) < 1e-12, 1e-12, along)
    first, second = -camera / slope, (np.array(shape) - camera) / slope
    enter = np.maximum(np.minimum(first, second).max(axis=1), 0)
    leave = np.minimum(np.maximum(first, second).min(axis=1), 1)
    crosses = np.flatnonzero(leave > enter)
    stop = camera + along[crosses] * leave[crosses, None]
    cell = np.floor(stop / STEP).astype(np.int64) + 1
    spans = np.array(shape) * round(1 / STEP) + 3
    _, kept = np.unique((cell[:, 0] * spans[1] + cell[:, 1]) * spans[2] + cell[:, 2], return_index=True)
    start = camera + along[crosses] * enter[crosses, None]
    return start[kept], stop[kept]


def _carved(starts: Floats, stops: Floats, shape: tuple[int, int, int]) -> Bools:
    """(X, Y, Z) bool: voxels that hold a sample of a segment, a sample every half voxel from its start.

    starts, stops: (M, 3) in voxels, within the box.
    """
    width, depth, layers = (n + 2 for n in shape)  # a border takes what rounding puts outside
    carved = np.zeros(width * depth * layers, dtype=bool)
    along = stops - starts
    length = np.linalg.norm(along, axis=1)
    steps = np.floor(length / STEP).astype(np.int64)
    order = np.argsort(-steps, kind="stable")
    unit = along * (STEP / np.maximum(length, 1e-12))[:, None]
    for begin in range(0, len(order), CHUNK):
        chunk = order[begin : begin + CHUNK]
        position = np.ascontiguousarray((starts[chunk] + 1).T, dtype=np.float32)
        direction = np.ascontiguousarray(unit[chunk].T, dtype=np.float32)
        # Longest rays first: those still under way are always the first `count`.
        counts = np.searchsorted(-steps[chunk], -np.arange(steps[chunk[0]] + 1), side="right")
        for count in counts:
            x, y, z = position[:, :count].astype(np.int32)
            carved[(x * depth + y) * layers + z] = True
            position[:, :count] += direction[:, :count]
    return carved.reshape(width, depth, layers)[1:-1, 1:-1, 1:-1]


def walkable_map(grid: OccupancyGrid, points: Floats, feet: Floats) -> WalkableMap:
    """Where the floor was seen and the space above it is free.

    Blocked: a point between 0.1 and 1.8 m above the cell. Walkable: the floor was seen in the cell, or on both sides of
    it, and at least 90 % of the voxels above its centre are known to be free; or a foot rested within 6 cm of its
    centre, whatever else is there. All others are unknown.

    Args:
        grid: of the same scene.
        points: (N, 3) the scene, metres, world frame.
        feet: (M, 3) foot joints in frames they rest on the floor; M may be 0.

    Returns:
        A map of 5 cm cells over the area of the grid.
    """
    origin = grid.origin[:2]
    extent = np.array(grid.state.shape[:2]) * grid.voxel
    width, height = np.ceil(extent / CELL_M - 1e-9).astype(np.int64)
    at = np.asarray(points, dtype=np.float64).reshape(-1, 3)
    floor = _marked(at[np.abs(at[:, 2]) <= FLOOR_M, :2], origin, (height, width))
    above = (at[:, 2] > COLUMN_M[0]) & (at[:, 2] < COLUMN_M[1])
    blocked = _marked(at[above, :2], origin, (height, width))
    rows, columns = (origin[axis] + (np.arange(n) + 0.5) * CELL_M for axis, n in ((1, height), (0, width)))
    centres = np.stack(np.meshgrid(columns, rows), axis=-1)
    state = np.where(binary_closing(floor, np.ones((3, 3), dtype=bool)) & _open_above(grid, centres), WALKABLE, UNKNOWN)
    state[blocked] = BLOCKED
    state[_stood(centres, np.asarray(feet, dtype=np.float64).reshape(-1, 3)[:, :2])] = WALKABLE
    return WalkableMap(state.astype(np.uint8), origin, CELL_M)


def _marked(points: Floats, origin: Floats, shape: tuple[int, int]) -> Bools:
    """(H, W) bool: cells that hold one of the points (n, 2)."""
    index = np.floor((points - origin) / CELL_M).astype(np.int64)[:, ::-1]
    marked = np.zeros(shape, dtype=bool)
    marked[tuple(index[((index >= 0) & (index < shape)).all(axis=1)].T)] = True
    return marked


def _open_above(grid: OccupancyGrid, centres: Floats) -> Bools:
    """(H, W) bool: enough voxels above each centre (H, W, 2) are known to be free."""
    low, high = (round((z - float(grid.origin[2])) / grid.voxel) for z in COLUMN_M)
    share = (grid.state[:, :, low:high] == FREE).mean(axis=2)
    index = _voxels(centres, grid.origin[:2], grid.voxel)
    limit = np.array(share.shape) - 1
    x, y = np.moveaxis(np.minimum(index, limit), -1, 0)
    return np.asarray(share[x, y] >= KNOWN_SHARE)


def _stood(centres: Floats, feet: Floats) -> Bools:
    """(H, W) bool: cells whose centre (H, W, 2) lies within a foot's radius of one of feet (n, 2)."""
    if not len(feet):
        return np.zeros(centres.shape[:2], dtype=bool)
    gap, _ = cKDTree(feet).query(centres, distance_upper_bound=FOOT_RADIUS_M)
    return np.isfinite(gap)
