"""Data sets that are one long row of frames over all clips, with a scene a camera: TRUMANS, LINGO.

Clips leave their part in the export's folder; once all are there the cameras' scenes are centred on the people in them,
and the rows are written, a clip in memory at a time.
"""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.corpus.training.rotations import axis_angles, matrices, quaternions
from share_data.export.base import File, Format, npy, npz
from share_data.export.folder import PARTS, ExportFolder
from share_data.export.motion import ClipMotion
from share_data.export.names import camera_of
from share_data.export.rotations import Y_UP, y_up
from share_data.export.skeleton import BODY
from share_data.export.smplx_shape import SmplxShape, smplx_shape_for
from share_data.export.voxels import centre_of, filled_cells, occupancy, outside

WINDOW = 48
"""16 frames, three apart: what both train on."""
_EVERY = 3


@dataclass(slots=True)
class Camera:
    """A fixed camera. first: its first clip, whose scene is taken; low, high: about the people's paths, metres."""

    first: str
    low: Floats
    high: Floats
    centre: Floats = field(default_factory=lambda: np.zeros(3))
    frames: int = 0
    frames_outside: int = 0


class FlatFormat(Format):
    """What the formats have in common: SMPL-X's body at 30 frames a second in a world with y up, a part a clip."""

    needs = "smpl"
    fps = 30.0
    fixed = True
    says: ClassVar[tuple[str, ...]] = (
        "a scene a camera, that of its first clip, moved so that the people of all its clips are in the middle; "
        "cameras without a label of the source's are told apart by video",
        "boxes of 4 cm, since the clouds have holes at 2 cm; what nobody saw is free, and so is the floor",
        "frames outside of the grid are kept: cameras says how many",
        f"clips of fewer than {WINDOW} frames have no window",
        "frames in which nobody was seen are not told apart",
    )
    _shape: SmplxShape

    def require(self, manifest_body: Mapping[str, str]) -> None:
        """See `Format`."""
        self._shape = smplx_shape_for(self.name, self.options.smplx)

    def files(self, clip: ClipMotion, notes: dict[str, Any]) -> Iterator[File]:
        """See `Format`. The clip's part: motion with y up, SMPL-X's `transl`, and the cells its scene fills."""
        _, pelvis, misfit = self._shape.fitted(clip.offsets)
        notes |= {"camera": camera_of(clip.metadata), "rest_joints_off_m": round(misfit, 5)}
        pose = axis_angles(clip.turns)
        arrays = {
            "orient": axis_angles(y_up(clip.turns[:, 0])),
            "pose": pose[:, 1:BODY].reshape(len(pose), -1),
            "joints": clip.joints @ Y_UP.T,
            # The pelvis turns with the world, where it rests in the body does not.
            "transl": clip.pelvis @ Y_UP.T - pelvis,
        }
        kept: dict[str, Any] = {name: array.astype(np.float32) for name, array in arrays.items()}
        yield f"{PARTS}/{clip.metadata['key']}.npz", npz(kept | {"cells": filled_cells(clip.record.points)})


def cameras_of(folder: ExportFolder) -> dict[str, Camera]:
    """The cameras by name, sorted, each centred on the people it saw."""
    found: dict[str, Camera] = {}
    for line, part in _parts(folder):
        pelvis = part["joints"][:, 0].astype(np.float64)
        low, high = pelvis.min(axis=0), pelvis.max(axis=0)
        camera = found.setdefault(line["camera"], Camera(line["key"], low, high))
        camera.low, camera.high = np.minimum(camera.low, low), np.maximum(camera.high, high)
    for camera in found.values():
        camera.centre = centre_of(camera.low, camera.high)
    return dict(sorted(found.items()))


def moved_parts(folder: ExportFolder, cameras: Mapping[str, Camera]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each clip's line and part, its camera's centre subtracted."""
    for line, part in _parts(folder):
        centre = cameras[line["camera"]].centre
        part["joints"], part["transl"] = part["joints"] - centre, part["transl"] - centre
        yield line, part


def write_rows(
    folder: ExportFolder, cameras: Mapping[str, Camera], path: str, name: str, columns: tuple[int, ...] | None = None
) -> None:
    """One long array of all clips' frames, float32; columns: which joints of it."""
    frames = sum(camera.frames for camera in cameras.values())
    lead = next(part[name] for _, part in _parts(folder))
    width = lead.shape[1:] if columns is None else (len(columns), 3)
    rows = (part[name] if columns is None else part[name][:, columns] for _, part in moved_parts(folder, cameras))
    header = npy_header((frames, *width), np.dtype("<f4"))
    folder.add(path, header, (np.ascontiguousarray(row, "<f4").tobytes() for row in rows))


def write_scenes(folder: ExportFolder, cameras: Mapping[str, Camera], place: str) -> None:
    """A grid a camera, of its first clip's scene: those of a fixed camera show the same room."""
    for name, camera in cameras.items():
        with np.load(folder.folder / PARTS / f"{camera.first}.npz") as part:
            folder.add(f"{place}/{name}.npy", npy(occupancy(part["cells"], camera.centre)))


def count_frames(folder: ExportFolder, cameras: Mapping[str, Camera]) -> dict[str, Any]:
    """Counts frames, and those outside of their scene's grid; returns what the summary says of the cameras."""
    for line, part in moved_parts(folder, cameras):
        camera = cameras[line["camera"]]
        camera.frames += len(part["joints"])
        camera.frames_outside += int(outside(part["joints"][:, 0]).sum())
    told = {
        name: {
            "centre_m": [round(float(value), 4) + 0.0 for value in camera.centre],
            "frames": camera.frames,
            "frames_outside": camera.frames_outside,
            "scene_of": camera.first,
        }
        for name, camera in cameras.items()
    }
    inside = sum(camera.frames_outside for camera in cameras.values())
    return {"cameras": told, "share_of_frames_outside": inside / max(sum(c.frames for c in cameras.values()), 1)}


def windows(folder: ExportFolder) -> NDArray[np.int64]:
    """(M,) first frames of windows of 48 that lie within one clip, three apart."""
    found, start = [np.zeros(0, np.int64)], 0
    for line in folder.clips():
        found.append(start + np.arange(0, line["frames"] - WINDOW + 1, _EVERY))
        start += line["frames"]
    return np.concatenate(found)


def extent(folder: ExportFolder, cameras: Mapping[str, Camera], columns: tuple[int, ...]) -> tuple[Floats, Floats]:
    """(3,) and (3,) least and greatest coordinates of joints in windows, from the first frame's place and heading."""
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    for _, part in moved_parts(folder, cameras):
        joints = part["joints"][:, columns].astype(np.float64)
        for start in range(0, len(joints) - WINDOW + 1, _EVERY):
            window = joints[start : start + WINDOW : _EVERY] - joints[start, 0] * [1, 0, 1]
            turned = window @ _heading(part["orient"][start]).T
            low, high = np.minimum(low, turned.min(axis=(0, 1))), np.maximum(high, turned.max(axis=(0, 1)))
    return low.astype(np.float32), high.astype(np.float32)


def npy_header(shape: tuple[int, ...], dtype: np.dtype[Any]) -> bytes:
    """The bytes that come before the values of an npy file."""
    buffer = io.BytesIO()
    told = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(buffer, told)
    return buffer.getvalue()


def _heading(orient: Floats) -> Floats:
    """(3, 3) what takes the heading out of an orientation (3,): the last of both loaders' angles about z, x, y."""
    turn = matrices(quaternions(orient))
    angle = np.arctan2(turn[0, 2], turn[2, 2])
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.array([[cosine, 0, -sine], [0, 1, 0], [sine, 0, cosine]])


def _parts(folder: ExportFolder) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for line in folder.clips():
        with np.load(folder.folder / PARTS / f"{line['key']}.npz", allow_pickle=False) as part:
            yield line, dict(part)
