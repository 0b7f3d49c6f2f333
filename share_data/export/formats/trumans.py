"""TRUMANS: flat arrays of frames, and a 2 cm occupancy grid a camera (jnnan/trumans_utils, SceMoS)."""

import io
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from share_data.export.base import npy
from share_data.export.flat import (
    FlatFormat,
    cameras_of,
    count_frames,
    extent,
    npy_header,
    windows,
    write_rows,
    write_scenes,
)
from share_data.export.folder import ExportFolder

JOINTS = tuple(range(24))
_ACTIONS, _OBJECTS = 10, 35
_KEY = "<U88"


class Trumans(FlatFormat):
    """`human_orient.npy`, `human_pose.npy`, ..., `Scene/CAMERA.npy`: 30 frames a second, metres, y up, floor at 0."""

    name = "trumans"
    says = (
        *FlatFormat.says,
        "joints 22 and 23 are SMPL's hands; SMPL has no index fingers, whose first joints belong there",
        "action labels are zeros, and no object is told apart from the scene",
    )

    def close(self, folder: ExportFolder) -> Mapping[str, Any]:
        """See `Format`."""
        cameras = cameras_of(folder)
        if not cameras:
            return {}
        told = count_frames(folder, cameras)
        frames = sum(camera.frames for camera in cameras.values())
        for name, part in (("human_orient", "orient"), ("human_pose", "pose"), ("human_transl", "transl")):
            write_rows(folder, cameras, f"{name}.npy", part)
        write_rows(folder, cameras, "human_joints.npy", "joints", JOINTS)
        starts = windows(folder)
        folder.add("idx_start.npy", npy(starts))
        numbers = {name: number for number, name in enumerate(cameras)}
        _write_told(folder, frames, numbers)
        write_scenes(folder, cameras, "Scene")
        folder.add("scene_list.npy", npy(np.array([f"{name}.npy" for name in numbers])))
        norm = {"(16, 3)": extent(folder, cameras, JOINTS)}
        buffer = io.BytesIO()
        np.save(buffer, np.array(norm, dtype=object), allow_pickle=True)
        folder.add("norm.npy", buffer.getvalue())
        (folder.folder / "Object").mkdir(exist_ok=True)
        (folder.folder / "Object_chairs" / "Object").mkdir(parents=True, exist_ok=True)
        return {**told, "windows": len(starts)}


def _write_told(folder: ExportFolder, frames: int, numbers: Mapping[str, int]) -> None:
    """What is told of every frame: its clip, its number in it, its scene, and that there are no objects."""

    def rows(value: Any) -> Iterator[bytes]:
        return (np.ascontiguousarray(value(line)).tobytes() for line in folder.clips())

    def write(name: str, shape: tuple[int, ...], dtype: str, value: Any) -> None:
        header = npy_header((frames, *shape), np.dtype(dtype))
        folder.add(f"{name}.npy", header, rows(lambda line: np.asarray(value(line), dtype)))

    write("seg_name", (), _KEY, lambda line: np.full(line["frames"], line["key"]))
    write("frame_id", (), "<i8", lambda line: np.arange(line["frames"]))
    write("scene_flag", (), "<i8", lambda line: np.full(line["frames"], numbers[line["camera"]]))
    write("object_flag", (_OBJECTS,), "<i8", lambda line: np.full((line["frames"], _OBJECTS), -1))
    write("action_label", (_ACTIONS,), "<f4", lambda line: np.zeros((line["frames"], _ACTIONS)))
    folder.add("object_mat.npy", npy(np.zeros((1, 1, 4, 4), np.float32)))
