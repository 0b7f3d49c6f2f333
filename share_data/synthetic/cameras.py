"""Camera paths: on a tripod, or spoilt by shaking, panning or zooming. The lens never leaves its place."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from share_data.camera import Floats, Intrinsics
from share_data.synthetic.specs import Scenario
from share_data.synthetic.staging import Staging

PAN_DEGREES = 10.0
ZOOM = 1.22
SHAKE_PX = (2.0, 4.0)


@dataclass(frozen=True, slots=True)
class CameraPath:
    """rotation (T, 3, 3) world to camera; centre (3,) metres, world; focal (T,) pixels; base (3, 3): on the tripod."""

    rotation: Floats
    centre: Floats
    focal: Floats
    base: Floats
    intrinsics: Intrinsics

    @property
    def moves(self) -> bool:
        """Whether the image of the background changes at all."""
        return bool(np.ptp(self.rotation, axis=0).any() or np.ptp(self.focal))

    def to_camera(self, points: Floats, frame: int) -> Floats:
        """World points (..., 3) in the camera frame of `frame`."""
        return np.asarray((points - self.centre) @ self.rotation[frame].T)

    def at(self, frame: int, scale: int = 1) -> Intrinsics:
        """Intrinsics of `frame`, for an image `scale` times as large."""
        base = self.intrinsics
        here = Intrinsics.centred(float(self.focal[frame]), base.width, base.height, base.source)
        return here.scaled(base.width * scale, base.height * scale)


def camera_path(scenario: Scenario, staging: Staging) -> CameraPath:
    """The camera of a clip, as its hazard has it."""
    frames = scenario.frames
    down, along = np.cos(staging.camera_pitch), np.sin(staging.camera_pitch)
    base = np.array([[1.0, 0, 0], [0, -along, -down], [0, down, -along]])
    rng, turn, focal = scenario.rng(4), np.zeros((frames, 3)), np.full(frames, staging.intrinsics.focal)
    share = np.linspace(-0.5, 0.5, frames)
    if scenario.hazard == "shake":
        angle = rng.uniform(0, 2 * np.pi, frames)
        size = rng.uniform(*SHAKE_PX, frames) * scenario.width / 640 / staging.intrinsics.focal
        turn[:, :2] = np.stack([np.cos(angle), np.sin(angle)], axis=1) * size[:, None]
    elif scenario.hazard == "pan":
        turn[:, 1] = np.radians(PAN_DEGREES) * share * (1 if rng.random() < 0.5 else -1)
    elif scenario.hazard == "zoom":
        focal = focal * np.linspace(1, ZOOM, frames)
    rotation = Rotation.from_rotvec(turn).as_matrix() @ base
    return CameraPath(rotation, np.array([0, 0, staging.camera_height]), focal, base, staging.intrinsics)
