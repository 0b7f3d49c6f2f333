"""RICH's camera calibration files: OpenCV FileStorage XML, one a camera."""

import math
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from share_data.camera import Floats
from share_data.errors import SourceError
from share_data.store.outside import regular_file
from share_data.text import plain_line

_MAX_BYTES = 1 << 20
_FARTHEST = 100.0
"""Metres between two cameras of a scene."""
_FOCALS = (10.0, 1e5)
"""Pixels."""
_DISTORTION = 100.0
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
    _check_place(extrinsics, path)
    _check_intrinsics(intrinsics, path)
    distortion = _numbers(root, "Distortion", (2, 4, 5), path)
    if np.abs(distortion).max() > _DISTORTION:
        raise SourceError(f"{path}: Distortion holds {np.abs(distortion).max():.4g}, of no lens there is. {_REMEDY}")
    distortion = np.pad(distortion, (0, 5 - len(distortion)))
    return Calibration(np.vstack([extrinsics, [0, 0, 0, 1]]), intrinsics, distortion)


def _check_place(extrinsics: Floats, path: Path) -> None:
    """extrinsics: (3, 4). Raises SourceError for no rotation, and for a place that is not in metres."""
    rotation, place = extrinsics[:, :3], np.abs(extrinsics[:, 3]).max()
    unlike = np.abs(rotation).max() > 1.01 or not np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-3)
    if unlike or np.linalg.det(rotation) < 0:
        raise SourceError(f"{path}: the left 3 x 3 of CameraMatrix is not a rotation. {_REMEDY}")
    if place > _FARTHEST:
        raise SourceError(
            f"{path}: CameraMatrix puts the camera {place:.4g} m from the scene's first one, at most {_FARTHEST:g} are "
            f"expected. Is it in millimetres? {_REMEDY}"
        )


def _check_intrinsics(intrinsics: Floats, path: Path) -> None:
    """intrinsics: (3, 3). Raises SourceError for what is no camera matrix of RICH's."""
    for focal in (float(intrinsics[0, 0]), float(intrinsics[1, 1])):
        if not _FOCALS[0] <= focal <= _FOCALS[1]:
            raise SourceError(
                f"{path}: the focal length in Intrinsics is {focal}, not a positive number of pixels from "
                f"{_FOCALS[0]:g} to {_FOCALS[1]:g}. {_REMEDY}"
            )
    focals = np.diag([intrinsics[0, 0], intrinsics[1, 1], 1.0])
    beside = np.abs(intrinsics - focals)
    centre, rest = beside[:2, 2].max(), beside[[0, 1, 2, 2, 2], [1, 0, 0, 1, 2]].max()
    if centre > _FOCALS[1] or rest > 1:
        raise SourceError(f"{path}: Intrinsics is no camera matrix: focal lengths, principal point, 1. {_REMEDY}")


def _parse(path: Path) -> ElementTree.Element:
    try:
        with regular_file(path) as handle:
            content = handle.read(_MAX_BYTES + 1)
        # As text, so that nothing hides from the search below in another encoding.
        text = content[:_MAX_BYTES].decode("utf-8")
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror}). {_REMEDY}") from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: not a readable XML file ({error}). {_REMEDY}") from error
    # A calibration declares no entities; an XML that does can grow without bound when it is parsed.
    if len(content) > _MAX_BYTES or "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise SourceError(f"{path}: refused, because a calibration is small and declares no document type. {_REMEDY}")
    try:
        return ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise SourceError(f"{path}: not a readable XML file ({plain_line(error)}). {_REMEDY}") from error


def _numbers(root: ElementTree.Element, name: str, counts: tuple[int, ...], path: Path) -> Floats:
    """The (n,) numbers of one entry, n being one of `counts`."""
    text = root.findtext(f"./{name}/data")
    if text is None:
        raise SourceError(f"{path}: has no {name}/data, which RICH's calibrations have. {_REMEDY}")
    try:
        values = [float(word) for word in text.split()]
    except ValueError as error:
        raise SourceError(
            f"{path}: {name} holds something that is not a number ({plain_line(error, 100)}). {_REMEDY}"
        ) from error
    if len(values) not in counts or not all(map(math.isfinite, values)):
        expected = " or ".join(map(str, counts))
        raise SourceError(f"{path}: {name} should hold {expected} finite numbers, found {len(values)}. {_REMEDY}")
    return np.array(values)
