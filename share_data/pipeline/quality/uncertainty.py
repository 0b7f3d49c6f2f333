"""What no camera can see, said beside the scores: how far off a clip's depth and its up may be.

One standard deviation or so: two thirds of the clips lie within. A focal and a scale that are wrong move the person and
the scene together, and a room that is tilted with its camera looks like a level one, so no score can tell.
"""

from dataclasses import dataclass
from math import hypot, log, sqrt

from share_data.pipeline.camera.pose import Teller
from share_data.pipeline.quality.confidence import table
from share_data.pipeline.scene.scale import BODY_HEIGHT_SD, ScaleEstimate
from share_data.pipeline.scene.statures import ADULT_SD

FOCAL_SD = {"recipe": 0.01, "source": 0.01, "lens": 0.05, "geometry": 0.05, "edges": 0.04, "camera": 0.03}
"""Relative, by who chose the focal. MoGe-2's variants differ by 3.6 %; straight edges are 1 to 2 % off in rendered
rooms, which no lens bends; a lens is that of a stabilised crop."""
DEFAULT_FOCAL_SD = 0.16
"""60 degrees along the long side stand for anything between 50 (a camcorder) and 78 (a phone, a webcam), evenly."""


@dataclass(frozen=True, slots=True)
class DepthSources:
    """What a clip's depth rests on.

    Attributes:
        distance: of the person from the camera, metres, median.
        focal_source: who chose the focal.
        scale: the reconciliation of body and map; None where depth is the body's alone.
        body_height_sd: of the body's size, relative, as the recipe or the human estimator states it; None: not stated.
    """

    distance: float
    focal_source: str
    scale: ScaleEstimate | None
    body_height_sd: float | None

    @property
    def relative_sd(self) -> float:
        """Of depth: the focal's and the scale's errors, before the table's factor."""
        return hypot(FOCAL_SD.get(self.focal_source, DEFAULT_FOCAL_SD), self._scale_sd())

    def _scale_sd(self) -> float:
        if self.scale is None:
            stated = BODY_HEIGHT_SD if self.body_height_sd is None else self.body_height_sd
            return stated if stated < BODY_HEIGHT_SD else ADULT_SD  # who knows no better knows how tall people are
        return hypot(self.scale.sd, 0.0 if self.scale.applied else log(self.scale.scale))


def depth_uncertainty_m(sources: DepthSources) -> float:
    """Metres by which the person's distance may be wrong; the factor of the table is fitted on clips of known truth."""
    kind = "person" if sources.scale is None else "map"
    return float(table()["uncertainty"]["depth_factor"][kind]) * sources.relative_sd * sources.distance


def up_uncertainty_deg(pitch: Teller, roll: Teller) -> float:
    """Degrees by which up may be wrong, from who tells pitch and roll."""
    axis = table()["uncertainty"]["up_deg"]
    return sqrt((float(axis[pitch]) ** 2 + float(axis[roll]) ** 2) / 2)
