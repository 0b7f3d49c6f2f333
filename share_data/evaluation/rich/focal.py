"""Which focal length a set of predictions was made with, and what they would have been with another.

Depth from a single image is proportional to the assumed focal: seen at the same place and size in the image, a person
stands at `z' = z f' / f`, x and y unchanged (the principal point being the same). Much of the published differences
between methods is a difference of assumed focals, so predictions are compared in three modes.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, ValidationError

from share_data.body.joints import PELVIS
from share_data.camera import Floats
from share_data.errors import CorpusError
from share_data.sources.rich.published import PublishedClip, published_clips
from share_data.strict import StrictModel

FILE = "predictions.json"
LONG_SIDE = 4112
"""Pixels of RICH's images; the focals in its calibrations are for this size."""


class FocalMode(StrEnum):
    """`predicted`: as saved. `true`: rescaled to the calibrated focal. `default`: to TRAM's f = max(width, height)."""

    PREDICTED = "predicted"
    TRUE = "true"
    DEFAULT = "default"


class Predictions(StrictModel):
    """The file `predictions.json` beside the predictions; every field may be left out."""

    method: str = Field(default="these predictions", min_length=1, max_length=60, description="Name in the tables.")
    frame: Literal["camera", "world"] = Field(default="camera", description="Coordinate frame of the saved arrays.")
    image_long_side: int = Field(
        default=LONG_SIDE, ge=1, description="Longer side of the images that the focals are stated for, pixels."
    )
    focal: dict[str, Annotated[float, Field(gt=0)]] = Field(
        default_factory=dict, description="Focal each prediction was made with, pixels, by clip or by sequence."
    )

    def used(self, clip: PublishedClip) -> float | None:
        """Focal the clip was predicted with, pixels at RICH's full resolution; None when not stated."""
        focal = self.focal.get(clip.name, self.focal.get(clip.sequence))
        return None if focal is None else focal * LONG_SIDE / self.image_long_side


def read_predictions(folder: Path) -> Predictions:
    """Read `predictions.json` in `folder`; all defaults without one. Raises CorpusError naming file and field."""
    path = folder / FILE
    if not path.is_file():
        return Predictions()
    try:
        found = Predictions.model_validate_json(path.read_bytes())
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read ({error.strerror})") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise CorpusError(f"{path}: {where}: {first['msg']}") from error
    known = {name for clip in published_clips() for name in (clip.name, clip.sequence)}
    unknown = sorted(found.focal.keys() - known)
    if unknown:
        raise CorpusError(f"{path}: focal: {unknown[0]!r} is none of the benchmark's sequences or clips.")
    return found


def target_focal(mode: FocalMode, true: float) -> float | None:
    """Focal that a mode wants, pixels at full resolution; None to leave the predictions as they are."""
    return {FocalMode.PREDICTED: None, FocalMode.TRUE: true, FocalMode.DEFAULT: float(LONG_SIDE)}[mode]


def refocus(joints: Floats, used: float, wanted: float) -> Floats:
    """Offsets (T, 3), metres, that move each frame's person, rigidly, to the depth another focal gives: z' = z f'/f.

    joints: (T, 24, 3) metres, camera frame; z is the pelvis'. used, wanted: pixels, for the same image size.
    """
    offsets = np.zeros((len(joints), 3))
    offsets[:, 2] = joints[:, PELVIS, 2] * (wanted / used - 1)
    return offsets
