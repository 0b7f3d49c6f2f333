"""RICH's camera calibration files: OpenCV FileStorage XML, one a camera."""

import math
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from share_data.camera import Floats
from share_data.errors import SourceError

_MAX_BYTES = 1 << 20
_REMEDY = "Extract RICH's scan_calibration archive again."


@dataclass(frozen=True, slots=True)
class Calibration:
    """A fixed camera. Lengths in metres, the image in pixels of RICH's full resolution, 4112 x 3008 or upright.

    world_to_camera: (4, 4) float64, x_cam = R x_world + t, world = frame of the scene's camera 0. matrix: (3, 3)
    float64 camera matrix as OpenCV has it: the centre of the top-left pixel is (0, 0). distortion: (5,) float64,
    OpenCV's k1, k2, p1, p2, k3; `sources.rich.pinhole` takes it out of the images, and nothing else applies it.
    """

    world_to_camera: Floats
    matrix: Floats
    distortion: Floats

    @property
    def focal(self) -> float:
        """Pixels, mean of the two axes."""
        return float(self.matrix[0, 0] + self.matrix[1, 1]) / 2

    @property
    def camera_to_world(self) -> Floats:
        """The inverse, (4, 4) float64."""
        return np.asarray(np.linalg.inv(self.world_to_camera))


def read_calibration(path: Path) -> Calibration:
    """Read `scan_calibration/SCENE/calibration/00k.xml` (CameraMatrix 3 x 4, Intrinsics 3 x 3, Distortion k1, k2
    and, where there are more, p1, p2, k3).

    Raises SourceError naming the file, and what is wrong with it.
    """
    root = _parse(path)
    extrinsics, intrinsics = _numbers(root, "CameraMatrix", (12,), path), _numbers(root, "Intrinsics", (9,), path)
    extrinsics, intrinsics = extrinsics.reshape(3, 4), intrinsics.reshape(3, 3)
    rotation = extrinsics[:, :3]
    if not np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-3) or np.linalg.det(rotation) < 0:
        raise SourceError(f"{path}: the left 3 x 3 of CameraMatrix is not a rotation. {_REMEDY}")
    focal = float(min(intrinsics[0, 0], intrinsics[1, 1]))
    if focal <= 0:
        raise SourceError(f"{path}: the focal length in Intrinsics is {focal}, not a positive number. {_REMEDY}")
    distortion = _numbers(root, "Distortion", (2, 4, 5), path)
    distortion = np.pad(distortion, (0, 5 - len(distortion)))
    return Calibration(np.vstack([extrinsics, [0, 0, 0, 1]]), intrinsics, distortion)


def _parse(path: Path) -> ElementTree.Element:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror}). {_REMEDY}") from error
    # A calibration declares no entities; an XML that does can grow without bound when it is parsed.
    if len(content) > _MAX_BYTES or b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise SourceError(f"{path}: refused, because a calibration is small and declares no document type. {_REMEDY}")
    try:
        return ElementTree.fromstring(content)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise SourceError(f"{path}: not a readable XML file ({error}). {_REMEDY}") from error


def _numbers(root: ElementTree.Element, name: str, counts: tuple[int, ...], path: Path) -> Floats:
    """The (n,) numbers of one entry, n being one of `counts`."""
    text = root.findtext(f"./{name}/data")
    if text is None:
        raise SourceError(f"{path}: has no {name}/data, which RICH's calibrations have. {_REMEDY}")
    try:
        values = [float(word) for word in text.split()]
    except ValueError as error:
        raise SourceError(f"{path}: {name} holds something that is not a number ({error}). {_REMEDY}") from error
    if len(values) not in counts or not all(map(math.isfinite, values)):
        expected = " or ".join(map(str, counts))
        raise SourceError(f"{path}: {name} should hold {expected} finite numbers, found {len(values)}. {_REMEDY}")
    return np.array(values)
