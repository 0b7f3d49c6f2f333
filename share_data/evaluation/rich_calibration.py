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
    """world_to_camera: (4, 4) float64, x_cam = R x_world + t, metres, world = frame of the scene's camera 0.

    focal: pixels, mean of the two axes at full resolution. The lens distortion in the file is not applied: RICH's own
    toolkit does not either.
    """

    world_to_camera: Floats
    focal: float

    @property
    def camera_to_world(self) -> Floats:
        """The inverse, (4, 4) float64."""
        return np.asarray(np.linalg.inv(self.world_to_camera))


def read_calibration(path: Path) -> Calibration:
    """Read `scan_calibration/SCENE/calibration/00k.xml` (CameraMatrix 3 x 4, Intrinsics 3 x 3).

    Raises SourceError naming the file, and what is wrong with it.
    """
    root = _parse(path)
    extrinsics, intrinsics = _matrix(root, "CameraMatrix", (3, 4), path), _matrix(root, "Intrinsics", (3, 3), path)
    rotation = extrinsics[:, :3]
    if not np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-3) or np.linalg.det(rotation) < 0:
        raise SourceError(f"{path}: the left 3 x 3 of CameraMatrix is not a rotation. {_REMEDY}")
    focal = float(intrinsics[0, 0] + intrinsics[1, 1]) / 2
    if focal <= 0:
        raise SourceError(f"{path}: the focal length in Intrinsics is {focal}, not a positive number. {_REMEDY}")
    return Calibration(np.vstack([extrinsics, [0, 0, 0, 1]]), focal)


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


def _matrix(root: ElementTree.Element, name: str, shape: tuple[int, int], path: Path) -> Floats:
    text = root.findtext(f"./{name}/data")
    if text is None:
        raise SourceError(f"{path}: has no {name}/data, which RICH's calibrations have. {_REMEDY}")
    try:
        values = [float(word) for word in text.split()]
    except ValueError as error:
        raise SourceError(f"{path}: {name} holds something that is not a number ({error}). {_REMEDY}") from error
    expected = shape[0] * shape[1]
    if len(values) != expected or not all(map(math.isfinite, values)):
        raise SourceError(f"{path}: {name} should hold {expected} finite numbers, found {len(values)}. {_REMEDY}")
    return np.array(values).reshape(shape)
