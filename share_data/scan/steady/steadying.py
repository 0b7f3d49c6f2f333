"""How a swaying camera turned in every frame of a clip, and what is left of its motion once frames are turned back."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from share_data.camera import Floats
from share_data.filters.base import Observation
from share_data.filters.evidence import background
from share_data.filters.evidence.background import TRUSTED, Reference
from share_data.filters.static_camera import LIMIT_PCT, SWAY, StaticCamera, best_sample
from share_data.records import Measurement
from share_data.scan.scanned import GREY_SIDE
from share_data.scan.steady.turning import Frame, Pairs, applied, bend_of, homography, turn_of
from share_data.store.store import Artifact
from share_data.video.frames import ClipFrames
from share_data.video.picture import Image
from share_data.video.turned import turned_image

VERSION = 1 + background.VERSION
"""Raise it when other transforms come out of the same frames."""
_BEYOND_PCT = 1.5 * LIMIT_PCT
"""Between samples, and in corners, of which a similarity sees less, it may be somewhat more; a bump is not."""
_LOOKS = 24
"""Frames, spread over the clip, by which the focal is fitted."""
_USUAL = 0.25
"""Share of the features that usually agree."""
_GAP_S = 0.25
"""Seconds for which a motion may be unseen: it is then taken to be even."""


@dataclass(frozen=True, slots=True)
class Steadied:
    """transforms: (T, 3, 3) float32, from the upright pixels of each frame to those of the reference; None where the
    motion cannot be told in every frame, or goes beyond `_BEYOND_PCT`. scores: of `static_camera`, of the frames turned
    back; empty without transforms."""

    transforms: Floats | None
    scores: dict[str, float]

    def to_artifact(self) -> Artifact:
        """For the store."""
        return Artifact({"scores": self.scores}, {} if self.transforms is None else {"transforms": self.transforms})

    @classmethod
    def from_artifact(cls, stored: Artifact) -> Self:
        """What `to_artifact` made."""
        return cls(stored.arrays.get("transforms"), dict(stored.meta["scores"]))


def steady(frames: ClipFrames, seen: Observation) -> Steadied:
    """Follow the background through a clip from the sample that `static_camera` refers to: one decode.

    Args:
        frames: the clip's, as filmed.
        seen: its samples, with their images.

    Returns:
        The transforms, and the motion that is left, measured anew on the samples turned back.

    Raises:
        VideoError: see `ClipFrames`.
    """
    best = best_sample(seen)
    frame = Frame(frames.width, frames.height, (seen.grey.shape[2], seen.grey.shape[1]))
    pairs = _followed(frames, seen, Reference(seen.grey[best], seen.people[best]), frame)
    matrices = motion_of(pairs, seen.frame_times, frame)
    if matrices is None:
        return Steadied(None, {})
    matrices[seen.indices[best]] = np.eye(3)
    if max(_shift_pct(matrix, frame) for matrix in matrices) > _BEYOND_PCT:
        return Steadied(None, {})
    back = np.stack([frame.pixels(np.linalg.inv(matrix)) for matrix in matrices]).astype(np.float32)
    still = [_small_turned(grey, back[k], frame) for grey, k in zip(seen.grey, seen.indices.tolist(), strict=True)]
    after = StaticCamera().measure(replace(seen, grey=np.stack(still)))
    return Steadied(back, dict(after.scores))


def as_steadied(filmed: Measurement, made: Steadied) -> Measurement:
    """What `static_camera` measured on a clip, with the motion that is left in place of the one that was filmed.

    The latter is kept as `SWAY`. Where frames cannot be turned back, nothing changes.
    """
    if made.transforms is None:
        return filmed
    told = {**made.scores, SWAY: filmed.scores["corner_shift_pct"], "stabilisable": 1.0}
    return replace(filmed, scores={**filmed.scores, **told})


def _followed(frames: ClipFrames, seen: Observation, reference: Reference, frame: Frame) -> list[Pairs]:
    """What of the reference is where in each frame; boxes of the samples before and after hide the people."""
    found = []
    for number, grey in enumerate(frames.greys(GREY_SIDE)):
        after = min(int(np.searchsorted(seen.indices, number)), len(seen.indices) - 1)
        boxes = np.concatenate([seen.people[max(after - 1, 0)], seen.people[after]])
        old, new = reference.follow(grey, boxes)
        found.append(Pairs(frame.normal(old), frame.normal(new)))
    return found


def motion_of(pairs: list[Pairs], times: Floats, frame: Frame) -> Floats | None:
    """How the background moved through a clip.

    Where few agree, or far fewer than in the other frames, something else was followed: a banner, or somebody's coat
    before the lens. Such frames are taken to lie evenly between their neighbours.

    Args:
        pairs: of each frame.
        times: (T,) seconds.
        frame: whose normal coordinates these are.

    Returns:
        (T, 3, 3) from the reference to each frame; None where the motion is unseen for more than `_GAP_S`.
    """
    told = [number for number, each in enumerate(pairs) if len(each.old) >= TRUSTED]
    if not told:
        return None
    looks = np.unique(np.linspace(0, len(told) - 1, _LOOKS).round().astype(int))
    bend = bend_of([pairs[told[look]] for look in looks], frame.pixel)
    turns = {number: turn_of(pairs[number], bend, frame.pixel) for number in told}
    agreeing = np.array([agree.sum() for _, agree in turns.values()])
    known = np.array(told)[agreeing >= max(TRUSTED, _USUAL * float(np.median(agreeing)))]
    if not len(known) or _longest_gap(times, known) > _GAP_S:
        return None
    rows = np.stack([turns[number][0] for number in known.tolist()])
    filled = np.stack([np.interp(times, times[known], column) for column in rows.T], axis=1)
    return np.stack([homography(turn, bend) for turn in filled])


def _longest_gap(times: Floats, known: Floats) -> float:
    """Seconds from a known frame to the next beyond what the clip's own frames are apart, its ends included."""
    if len(known) == len(times):
        return 0.0
    ends = np.concatenate([times[:1], times[known], times[-1:]])
    return float(np.diff(ends).max())


def _shift_pct(matrix: Floats, frame: Frame) -> float:
    """Of the corner that moves most, % of the diagonal."""
    sides = np.array([frame.width, frame.height]) / frame.long_side
    corners = np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]]) * sides / 2
    return float(100 * np.linalg.norm(applied(matrix, corners) - corners, axis=1).max() / np.linalg.norm(sides))


def _small_turned(grey: Image, transform: Floats, frame: Frame) -> Image:
    """A small picture turned back by a transform of full size."""
    shrink = np.diag([frame.small[0] / frame.width, frame.small[1] / frame.height, 1.0])
    return turned_image(grey, shrink @ transform.astype(np.float64) @ np.linalg.inv(shrink))
