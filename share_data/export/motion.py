"""What an export is made of: one record's motion at the moments a format wants, in the corpus' world."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from share_data.camera import Floats
from share_data.corpus.read import Record
from share_data.corpus.training import resample
from share_data.corpus.training.rotations import quaternions
from share_data.export.skeleton import posed, rest_offsets, world_turns
from share_data.records import Bools
from share_data.resampling import ROUNDING_S, regular

_SAME_M = 0.005
_MOST_FRAMES = 1_000_000
_LOOKED_AT = 16
"""Frames of a clip from which the lengths of its bones are taken; they are the same in all."""


class LeftOutError(Exception):
    """This clip has no place in the format; the message is the reason, the same words for every such clip."""


@dataclass(frozen=True, slots=True)
class ClipMotion:
    """One clip, world frame (z up, floor at 0), N frames; all arrays float64.

    Attributes:
        record: where it comes from: scene, camera, metadata.
        fps: frames a second, 0 where the frames are the record's own, at `times`.
        times: (N,) seconds from the first frame.
        turns: (N, 24, 4) quaternions (w, x, y, z): the root's to the world, the others' to their parents.
        pelvis: (N, 3) metres.
        offsets: (24, 3) metres from parent to joint in the rest pose: y up, facing +z, the left arm at +x.
        rest_pelvis: (3,) metres: `pelvis - rest_pelvis` is SMPL's `transl`.
        seen: (N,) whether the person was seen; the motion is made up in between.
        resampled: whether the frames are others than the record's.
    """

    record: Record
    fps: float
    times: Floats
    turns: Floats
    pelvis: Floats
    offsets: Floats
    rest_pelvis: Floats
    seen: Bools
    resampled: bool

    @property
    def joints(self) -> Floats:
        """(N, 24, 3) metres, worked out anew each time."""
        if self.resampled:
            return posed(world_turns(self.turns), self.offsets, self.pelvis)
        return np.asarray(self.record.arrays["joints"], np.float64)

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The record's."""
        return self.record.metadata

    @property
    def notes(self) -> dict[str, Any]:
        """What the export's list of clips says of it."""
        told: dict[str, Any] = {"frames": len(self.times), "frames_unseen": int((~self.seen).sum())}
        if self.resampled:
            told |= {"resampled_from": [len(self.record.arrays["times"]), round(self.metadata["fps"], 4)]}
        return told


def clip_motion(record: Record, fps: float | None, own_times: bool = False) -> ClipMotion:
    """A record's motion at a rate.

    Between frames it goes as `corpus.training.resample` has it, by the frames' true times; joints follow from turns and
    pelvis, so bones keep their lengths.

    Args:
        record: checked.
        fps: frames a second; None for the record's own mean rate, where only uneven frames are resampled.
        own_times: leave the frames where they are when no rate is asked for.

    Raises:
        LeftOutError: one frame has no rate, times do not rise, or joints are not those of the pose.
    """
    arrays = record.arrays
    times = np.asarray(arrays["times"], np.float64)
    if len(times) < 2 or times[-1] - times[0] < ROUNDING_S:
        raise LeftOutError("it has one frame, and no rate")
    if not (np.diff(times) > 0).all():
        raise LeftOutError("its times do not rise")
    pose = np.concatenate([arrays["global_orient"], arrays["body_pose"]], axis=1).reshape(len(times), 24, 3)
    turns = quaternions(pose)
    pelvis: Floats = np.asarray(arrays["joints"][:, 0], np.float64)
    some = np.unique(np.linspace(0, len(times) - 1, _LOOKED_AT).round().astype(np.int64))
    offsets, misfit = rest_offsets(world_turns(turns[some]), arrays["joints"][some].astype(np.float64))
    if misfit > _SAME_M:
        raise LeftOutError(f"its joints are not those of its pose (more than {_SAME_M * 1000:g} mm off)")
    rest_pelvis = (pelvis - arrays["transl"]).mean(axis=0)
    rate = 0.0 if fps is None and own_times else fps or round(float(record.metadata["fps"]), 6)
    if (times[-1] - times[0]) * rate > _MOST_FRAMES:
        raise LeftOutError(f"it would have more than {_MOST_FRAMES} frames")
    when = times if rate == 0 else regular(times, rate)
    seen = np.asarray(arrays["valid"])
    resampled = len(when) != len(times) or bool(np.abs(when - times).max() > ROUNDING_S / 2)
    if resampled:
        at = resample.moments(times, seen, when)
        turns, pelvis, seen = resample.turns(turns, at), resample.positions(pelvis, at), resample.seen(times, seen, at)
    return ClipMotion(record, rate, when - when[0], turns, pelvis, offsets, rest_pelvis, seen, resampled)
