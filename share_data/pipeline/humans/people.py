"""What the filters need to know of people: who is in an image, and which pixels are theirs."""

from share_data.camera import Floats
from share_data.pipeline.humans.blazepose.landmarks import Landmarker
from share_data.pipeline.humans.blazepose.region import region_of_detection
from share_data.pipeline.humans.movenet import DOUBTFUL, Detection, Image, MoveNet
from share_data.pipeline.humans.networks import BLAZEPOSE, MOVENET, weights_sha256
from share_data.records import Bools


class PeopleFinder:
    """Detector and landmark network behind two questions."""

    def __init__(self) -> None:
        self._detector = MoveNet()
        self._landmarker = Landmarker()

    @property
    def weights(self) -> dict[str, str]:
        """SHA-256 of each network file: part of what makes a measurement."""
        return {name: weights_sha256(name) for name in (MOVENET, BLAZEPOSE)}

    def detect(self, rgb: Image, region: Floats | None = None) -> list[Detection]:
        """People in `rgb` ((H, W, 3) uint8), or in its region (4,) x1 y1 x2 y2, best score first; those below
        `MIN_SCORE` are doubtful."""
        return self._detector.detect(rgb, DOUBTFUL, region)

    def mask(self, rgb: Image, detection: Detection) -> Bools:
        """(H, W) bool: the pixels of the detected person; of two looks, as `Landmarker.locate` takes, where the first
        was not at about the square that its landmarks then ask for."""
        first = self._landmarker.track(rgb, region_of_detection(detection))
        near = first.following.is_near(first.region)
        return first.mask if near else self._landmarker.track(rgb, first.following).mask
