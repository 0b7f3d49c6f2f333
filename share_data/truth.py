"""What is truly so, where a source knows: the yardstick of `evaluate`."""

from dataclasses import dataclass

from share_data.camera import Floats


@dataclass(frozen=True, slots=True)
class GroundTruth:
    """True motion of a video, camera frame (x right, y down, z forward), one entry per video frame.

    Attributes:
        vertices: (T, V, 3) float32 metres.
        joints: (T, 24, 3) float32 metres, SMPL's order.
        body: name of the body model they belong to; only vertices of one model correspond.
        focal: pixels of the upright video.
        T_world_cam: (T, 4, 4) camera to a world with z up and the floor at z = 0, metres; None where nobody knows.
    """

    vertices: Floats
    joints: Floats
    body: str
    focal: float
    T_world_cam: Floats | None = None
