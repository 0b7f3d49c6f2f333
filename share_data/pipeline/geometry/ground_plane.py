"""Metric geometry without a depth network: classical single-view metrology.

What it is: a horizontal ground plane at the height of the person's lowest body parts over the clip, a vertical backdrop
behind the farthest contact, and the person's own mesh, moved along its viewing rays until it stands on the ground.
What it is not: a measurement of the room. Furniture, walls and stairs are painted onto the ground or the backdrop; the
scale is that of the human estimator (a body taken 5 % too tall, or a wrong focal, stretches everything alike); a person
who never touches the ground (on a sofa all the time) puts it at the wrong height. Records say `ground_plane`.
"""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from share_data.body.render import rasterize
from share_data.camera import Floats, Intrinsics, pixel_grid
from share_data.errors import EstimationError
from share_data.pipeline.geometry.base import Image, PersonSurface
from share_data.pipeline.world.edges import NO_EDGES, Edges
from share_data.pipeline.world.gravity import FLESH_M, Plane, fit_ground, skin_gap
from share_data.records import Bools, EstimatorInfo, PointMap
from share_data.strict import StrictModel

MAX_DEPTH_M = 100.0
MAX_DEPTH_CHANGE = 0.15  # contact may correct a monocular depth by this much; more means that it is no contact
AIRBORNE_M = 0.12
AIRBORNE_WINDOW_S = 0.27  # a jump leaves the ground faster than an estimate drifts off it


class GroundPlaneConfig(StrictModel):
    """Settings of the geometry estimator that needs no depth network."""

    kind: Literal["ground_plane"] = "ground_plane"
    backdrop_margin_m: float = Field(
        default=1.0,
        gt=0,
        le=50,
        description="How far behind the farthest point the person reaches the backdrop stands.",
    )
    long_side: int = Field(default=960, ge=64, le=8192, description="Longer side in pixels of the point maps, at most.")


class GroundPlaneEstimator:
    """Point maps of keyframes from the person alone; see the module's text for what they can and cannot say."""

    kind: ClassVar[str] = "ground_plane"
    rank: ClassVar[int] = 0
    version: ClassVar[int] = 3
    tells_focal: ClassVar[bool] = False
    Config: ClassVar[type[GroundPlaneConfig]] = GroundPlaneConfig

    def __init__(self, config: GroundPlaneConfig) -> None:
        self.config = config

    @property
    def info(self) -> EstimatorInfo:
        """Kind, version and settings; there are no weights."""
        settings = {"backdrop_margin_m": self.config.backdrop_margin_m, "long_side": self.config.long_side}
        return EstimatorInfo(self.kind, self.version, {}, settings)

    def focal(self, images: list[Image]) -> float | None:
        """None: a person alone does not tell the focal."""
        return None

    def estimate(self, images: list[Image], intrinsics: Intrinsics, person: PersonSurface) -> list[PointMap]:
        """One point map a keyframe, at most `long_side` pixels long, with `intrinsics` scaled to it.

        images: straight edges in them tell up. Raises EstimationError when too few frames show the person, no ground
        lies below the camera, or the person reaches behind it.
        """
        ground = person_ground(person, Edges.of(images, person.masks, intrinsics))
        bodies = [stand(person, k, ground) for k in range(len(images))]
        for frame, body in zip(person.keyframes, bodies, strict=True):
            if body[:, 2].min() <= 0:
                raise EstimationError(f"keyframe {frame}: the person reaches behind the camera. Use another clip.")
        camera = self._map_camera(intrinsics)
        reach = max(_farthest(ground, person.joints[person.valid]), *(_farthest(ground, body) for body in bodies))
        background = background_depth(camera, ground, reach + self.config.backdrop_margin_m)
        return [self._point_map(camera, background, person, k, body) for k, body in enumerate(bodies)]

    def _map_camera(self, intrinsics: Intrinsics) -> Intrinsics:
        factor = min(1.0, self.config.long_side / max(intrinsics.width, intrinsics.height))
        size = max(1, round(intrinsics.width * factor)), max(1, round(intrinsics.height * factor))
        return intrinsics.scaled(*size)

    def _point_map(
        self, camera: Intrinsics, background: Floats, person: PersonSurface, keyframe: int, body: Floats
    ) -> PointMap:
        import cv2

        mask = person.masks[keyframe].astype(np.uint8)
        small = cv2.resize(mask, (camera.width, camera.height), interpolation=cv2.INTER_NEAREST_EXACT).astype(bool)
        depth = background.copy()
        depth[small] = surface_depth(body, person, camera, small)
        return PointMap(depth, depth > 0, camera, self.info, from_person=True)


def person_ground(person: PersonSurface, edges: Edges = NO_EDGES) -> Plane:
    """The ground under the person's skin: the joints' plane, corrected by the keyframes' meshes.

    A known height stays as it is. Raises EstimationError as `fit_ground` does.
    """
    plane = fit_ground(person.joints, person.valid, person.times, pose=person.pose, edges=edges)
    if person.pose.height is not None:
        return plane
    gap = skin_gap(person.vertices, person.joints[list(person.keyframes)], plane.normal)
    if plane.offset <= gap:
        raise EstimationError("the ground would lie above the camera. Use another clip, or an estimator of depth.")
    return Plane(plane.normal, plane.offset - gap)


def stand(person: PersonSurface, keyframe: int, ground: Plane) -> Floats:
    """(V, 3) the keyframe's mesh, scaled about the camera so that its lowest vertex meets the ground.

    Left as estimated in mid-air (well above the ground, and above where it is shortly before or after), and when
    contact would change the depth by more than 15 %.
    """
    body = person.vertices[keyframe].astype(np.float64)
    height = float(ground.heights(body).min())
    frame = person.keyframes[keyframe]
    around = np.abs(person.times - person.times[frame]) <= AIRBORNE_WINDOW_S
    support = (person.joints @ ground.normal - FLESH_M).min(axis=1)
    jump = float(support[frame] - support[around].min())
    # A vertex at `height` above ground is offset - height below the camera; scaling moves it to offset below.
    below = ground.offset - height
    scale = ground.offset / below if below > 0 else np.inf
    plausible = abs(scale - 1) <= MAX_DEPTH_CHANGE and min(height, jump) <= AIRBORNE_M
    return np.asarray(body * scale if plausible else body)


def _farthest(ground: Plane, points: Floats) -> float:
    return float(np.percentile(points @ ground.ahead(), 99))


def background_depth(camera: Intrinsics, ground: Plane, distance: float) -> Floats:
    """(H, W) float32 metres: the nearer of the ground and a vertical backdrop `distance` ahead; 0 beyond 100 m.

    The backdrop is square to the viewing direction on the ground.
    """
    u, v = np.moveaxis(pixel_grid(camera.width, camera.height).astype(np.float64), -1, 0)
    rays = np.stack([(u - camera.cx) / camera.focal, (v - camera.cy) / camera.focal, np.ones_like(u)], axis=-1)
    falling, ahead = -(rays @ ground.normal), rays @ ground.ahead()
    nearness = np.maximum(falling / ground.offset, ahead / distance)
    seen = nearness > 1 / MAX_DEPTH_M
    depth = np.divide(1, nearness, out=np.zeros_like(nearness), where=seen)
    return np.asarray(depth, dtype=np.float32)


def surface_depth(body: Floats, person: PersonSurface, camera: Intrinsics, mask: Bools) -> Floats:
    """Depth in metres of the pixels under `mask` (H, W), in row order: the mesh's, or that of its nearest pixel.

    body: (V, 3) metres.
    """
    from scipy.ndimage import distance_transform_edt

    depth = rasterize(body, person.faces, camera).depth
    rows, columns = np.nonzero(mask)
    covered = depth > 0
    if not covered.any():
        return np.full(len(rows), np.median(body[:, 2]), dtype=np.float32)
    nearest = distance_transform_edt(~covered, return_distances=False, return_indices=True)
    return np.asarray(depth[nearest[0][rows, columns], nearest[1][rows, columns]])
