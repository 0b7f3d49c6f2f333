"""The skeletons that come with Toyota Smarthome: 13 joints a frame, estimated from the video by LCR-Net++."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from share_data.camera import Floats
from share_data.errors import SourceError
from share_data.records import Ints
from share_data.store.outside import regular_file
from share_data.text import plain_line

# fmt: off
JOINTS = (
    "right_ankle", "left_ankle", "right_knee", "left_knee", "right_hip", "left_hip", "right_wrist", "left_wrist",
    "right_elbow", "left_elbow", "right_shoulder", "left_shoulder", "head",
)
# fmt: on


_VALUE, _LIST, _OBJECT = 40, 80, 200
"""Bytes that each takes in memory."""
_SLACK = 80 << 20


@dataclass(frozen=True, slots=True)
class Skeleton:
    """The skeleton of one video, T frames. The joints are `JOINTS`; NaN where nobody was found.

    pixels: (T, 13, 2) float32, x and y; space: (T, 13, 3) float32, as published (metres in LCR-Net++'s frame);
    people: (T,) how many persons were found; where there are more than one, the first is kept, as the authors do.
    """

    pixels: Floats
    space: Floats
    people: Ints

    def __len__(self) -> int:
        return len(self.people)

    def labels(self) -> dict[str, str]:
        """Whether the dataset's own detector saw one person: frames, largest number of persons, share with just one."""
        alone = float(np.mean(self.people == 1)) if len(self) else 0.0
        most = int(self.people.max(initial=0))
        return {
            "skeleton_frames": str(len(self)),
            "skeleton_people_max": str(most),
            "skeleton_one_person": f"{alone:.3f}",
        }


def read_skeleton(path: Path) -> Skeleton:
    """Read `{"njts": 13, "frames": [[{"pose2d": 26 numbers, "pose3d": 39 numbers}, ...], ...]}`.

    The numbers are all x, then all y, then all z. Raises SourceError for a file that is anything else.
    """
    try:
        frames = json.loads(_text(path))["frames"]
        people = np.array([_persons(frame) for frame in frames], dtype=np.int64)
        return Skeleton(_joints(frames, "pose2d", 2), _joints(frames, "pose3d", 3), people)
    except (OSError, ValueError, TypeError, KeyError, ArithmeticError, RecursionError) as error:
        expected = "expected frames with lists of pose2d (26 numbers) and pose3d (39 numbers)"
        cause = f"{type(error).__name__}: {plain_line(error, 200)}"
        raise SourceError(f"{path.name}: not a skeleton of the dataset ({cause}); {expected}.") from error


def _text(path: Path) -> bytes:
    """The file's bytes. Raises ValueError where what they stand for would take many times as much memory."""
    with regular_file(path) as handle:
        text = handle.read()
    values, lists, objects = text.count(b","), text.count(b"["), text.count(b"{")
    needed = _VALUE * values + _LIST * lists + _OBJECT * objects
    if needed > 2 * len(text) + _SLACK:
        raise ValueError(f"{values + lists + objects:,} values, more than a video's skeletons have")
    return text


def _persons(frame: Any) -> int:
    if not isinstance(frame, list):
        raise TypeError(f"a frame is {type(frame).__name__}, not a list of persons")
    return len(frame)


def _joints(frames: list[Any], key: str, axes: int) -> Floats:
    """(T, 13, axes) float32. Raises KeyError, TypeError or ValueError."""
    joints = np.full((len(frames), len(JOINTS), axes), np.nan, dtype=np.float32)
    seen = [number for number, frame in enumerate(frames) if frame]
    if not all(type(number) in (int, float) for place in seen for number in frames[place][0][key]):
        raise TypeError(f"{key} has something that is not a number")
    with np.errstate(over="ignore"):
        flat = np.array([frames[number][0][key] for number in seen], dtype=np.float32)
    if not np.isfinite(flat).all():
        raise ValueError(f"{key} has a number that is not finite")
    joints[seen] = flat.reshape(len(seen), axes, len(JOINTS)).transpose(0, 2, 1)
    return joints
