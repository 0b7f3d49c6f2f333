"""What a recipe says of the camera."""

from collections.abc import Mapping
from typing import ClassVar, Self

from pydantic import Field, model_validator

from share_data.strict import StrictModel


class CameraConfig(StrictModel):
    """One focal per video: this value > source's calibration > geometry estimator > straight edges > lens > a default.

    Straight edges tell it where many of the picture's run along directions that are square to each other. The lens is
    what the device wrote of it into the file; the default is `default_fov_deg`.

    How it is held, `roll_deg`, `pitch_deg` and `height_m`: what is given here is kept, then what the source knows, and
    the rest is estimated clip by clip.

    `stabilise` keeps clips of a camera that sways: held by somebody who stands, or on a tripod in the wind. The filter
    `static_camera` tells which, and its thresholds judge what is left of the motion.

    Videos of one fixed camera, where the source knows of it, share the estimate, recorded as 'camera'.
    """

    renamed: ClassVar[Mapping[str, str]] = {
        "default_hfov_deg": "'default_fov_deg', and is of the picture's long side, which in portrait is its height"
    }

    focal_px: float | None = Field(None, gt=0, description="Focal in pixels of the upright video.")
    hfov_deg: float | None = Field(None, gt=1, lt=179, description="Horizontal field of view; alternative to focal_px.")
    default_fov_deg: float = Field(
        60.0,
        gt=1,
        lt=179,
        description="Field of view of the picture's long side, upright or not, where nobody knows better; recorded as "
        "'default'.",
    )
    roll_deg: float | None = Field(
        None, ge=-180, le=180, description="Degrees the camera is turned about its axis; positive: up leans right."
    )
    pitch_deg: float | None = Field(None, ge=-90, le=90, description="Degrees the camera looks down.")
    height_m: float | None = Field(None, gt=0, le=100, description="Metres of the camera above the floor.")
    stabilise: bool = Field(
        False,
        description="Turn the frames of clips whose camera moves by at most 1 % of the diagonal back to one view; "
        "clips whose camera stands still stay as filmed.",
    )
    pool: int = Field(
        16,
        ge=0,
        le=256,
        description="Videos of a fixed camera that are pooled for its focal and its empty room; 0: none.",
    )

    @model_validator(mode="after")
    def _one_focal(self) -> Self:
        if self.focal_px is not None and self.hfov_deg is not None:
            raise ValueError("give focal_px or hfov_deg, not both")
        return self
