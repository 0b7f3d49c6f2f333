"""LINGO: TRUMANS' grids, with texts for windows (mileret/lingo-release)."""

import pickle
from collections.abc import Mapping
from typing import Any

import numpy as np

from share_data.export.base import npy
from share_data.export.dataset import caption_of
from share_data.export.flat import (
    WINDOW,
    FlatFormat,
    cameras_of,
    count_frames,
    extent,
    windows,
    write_rows,
    write_scenes,
)
from share_data.export.folder import ExportFolder
from share_data.export.motion import ClipMotion

_HEAD, _LEFT, _RIGHT = 15, 22, 23
JOINTS = (*range(22), _HEAD, _HEAD, _LEFT, _LEFT, _RIGHT, _RIGHT)
"""Of SMPL's for the 28 of SMPL-X that LINGO takes: body, both eyes, index and ring finger of the left, of the right."""


class Lingo(FlatFormat):
    """`human_orient.npy`, `human_joints_aligned.npy`, ..., `Scene/CAMERA.npy`, `language_motion_dict/`; y up."""

    name = "lingo"
    says = (
        *FlatFormat.says,
        "eyes are where the head joint is and fingers where the hands are: SMPL has neither",
        "clip_features.npy is yours to make: CLIP's vectors of the texts, in the order of text2features_idx.pkl",
        "no grasps and no goals are told: -1 and False",
    )

    def files(self, clip: ClipMotion, notes: dict[str, Any]) -> Any:
        """See `Format`."""
        notes["text"] = caption_of(clip.metadata)
        return super().files(clip, notes)

    def close(self, folder: ExportFolder) -> Mapping[str, Any]:
        """See `Format`."""
        cameras = cameras_of(folder)
        if not cameras:
            return {}
        told = count_frames(folder, cameras)
        for name, part in (("human_orient", "orient"), ("human_pose", "pose"), ("transl_aligned", "transl")):
            write_rows(folder, cameras, f"{name}.npy", part)
        write_rows(folder, cameras, "human_joints_aligned.npy", "joints", JOINTS)
        write_scenes(folder, cameras, "Scene")
        norm = np.stack(extent(folder, cameras, JOINTS))
        folder.add("norm_inter_and_loco__16frames.npy", npy(norm))
        scenes = [line["camera"] for line in folder.clips() for _ in range(line["frames"])]
        folder.add("scene_name.pkl", pickle.dumps(scenes, protocol=4))
        return {**told, "windows": _write_windows(folder)}


def _write_windows(folder: ExportFolder) -> int:
    """Windows with their texts; how many. A list of one text each, as the loader takes the first of a list."""
    starts = windows(folder)
    lines = list(folder.clips())
    ends = np.cumsum([line["frames"] for line in lines])
    texts = [lines[number]["text"] for number in np.searchsorted(ends, starts, side="right")]
    count = len(starts)
    told: dict[str, Any] = {
        "start_idx": starts,
        "end_idx": starts + WINDOW,
        "end_range": starts + WINDOW - 1,
        "text": [[text] for text in texts],
        "left_hand_inter_frame": np.full(count, -1),
        "right_hand_inter_frame": np.full(count, -1),
        "need_scene": np.ones(count, bool),
        "need_pelvis_dir": np.zeros(count, bool),
        "need_pi": np.zeros(count, bool),
        "pi": np.zeros(count, np.int64),
    }
    place = "language_motion_dict/language_motion_dict__inter_and_loco__16.pkl"
    folder.add(place, pickle.dumps(told, protocol=4))
    numbers = {text: number for number, text in enumerate(sorted(set(texts)))}
    folder.add("text2features_idx.pkl", pickle.dumps(numbers, protocol=4))
    return count
