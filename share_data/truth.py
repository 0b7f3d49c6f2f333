"""What is truly so, where a source knows: the yardstick of `evaluate`."""

from dataclasses import dataclass

from share_data.camera import Floats


@dataclass(frozen=True, slots=True)
class GroundTruth:
    """True motion of a video, camera frame, one entry per video frame.

    vertices: (T, V, 3) float32 metres; joints: (T, 24, 3) float32 metres; `body` names the body model they belong to;
    focal: pixels.
    """

    vertices: Floats
    joints: Floats
    body: str
    focal: float
