"""RICH's own bodies against the SMPL truth exported from them.

RICH publishes SMPL-X parameters; SHARE's protocol fits SMPL to the SMPL-X meshes with the official transfer, which
needs licensed model files and is left to the user. Where the bodies are at hand, they show whether the export is of the
right frames, in the right order, in the world frame: SMPL-X puts the root joint at `transl` plus an offset that depends
on the shape alone.
"""

from pathlib import Path

import numpy as np

from share_data.body.pickles import restricted_load
from share_data.camera import Floats
from share_data.errors import ArrayFileError, SourceError
from share_data.sources.rich.layout import RichTree
from share_data.sources.rich.published import CLIP_FRAMES, PublishedClip

FARTHEST = 0.7
"""Metres between `transl` and the pelvis: SMPL-X's rest pelvis lies some 0.4 m below its origin."""
_FARTHEST = 100.0
"""Metres between a person and the origin, which is the scene's first camera."""
UNSTEADY = 0.15
"""Metres by which that offset may vary: SMPL's and SMPL-X's pelvises differ by centimetres with the pose."""


def check_truth(tree: RichTree, clip: PublishedClip, pelvis: Floats) -> list[str]:
    """Compare the exported truth of a clip with its bodies, if there are any. Returns remarks on what is missing.

    pelvis: (100, 3) metres, world frame, NaN where there is no truth. Raises SourceError when the two contradict each
    other, and when a body file is damaged or names anything but plain data (it is then refused, and nothing is run).
    """
    frames = tree.body_frames(clip)
    if not frames:
        return []
    present = [(row, tree.body(clip, frame)) for row, frame in enumerate(frames)]
    present = [(row, path) for row, path in present if path.is_file()]
    remarks = _remarks(clip, frames, len(present))
    if len(frames) == CLIP_FRAMES and frames[-1] - frames[0] == CLIP_FRAMES - 1 and present:
        rows = [row for row, _ in present]
        _compare(tree, clip, pelvis[rows] - np.array([_translation(path) for _, path in present]))
    elif present:
        remarks.append(f"{clip.name}: the truth could not be checked against the bodies")
    return remarks


def _remarks(clip: PublishedClip, frames: list[int], present: int) -> list[str]:
    where = f"{clip.name}: bodies/test/{clip.sequence}"
    remarks = []
    gaps = sorted(set(range(frames[0], frames[-1] + 1)) - set(frames))
    if gaps:
        remarks.append(f"{where} lacks frame {gaps[0]:05d}" + (f" and {len(gaps) - 1} more" if len(gaps) > 1 else ""))
    elif len(frames) < CLIP_FRAMES:
        remarks.append(f"{where} holds {len(frames)} of the clip's {CLIP_FRAMES} frames")
    if present < len(frames):
        remarks.append(f"{where}: {len(frames) - present} frame(s) without {clip.subject}.pkl")
    return remarks


def _compare(tree: RichTree, clip: PublishedClip, offsets: Floats) -> None:
    offsets = offsets[np.isfinite(offsets).all(axis=1)]
    if not len(offsets):
        return
    usual = np.median(offsets, axis=0)
    far, unsteady = np.linalg.norm(usual), np.linalg.norm(offsets - usual, axis=1).max()
    if far > FARTHEST or unsteady > UNSTEADY:
        raise SourceError(
            f"{tree.truth}: the truth of {clip.name} is not where RICH's bodies are: its pelvis lies {far:.2f} m from "
            f"their transl (at most {FARTHEST} expected), varying by {unsteady:.2f} m (at most {UNSTEADY}). Export the "
            f"clip again: world frame, {CLIP_FRAMES} body frames from the one at position {clip.first}, in order."
        )


def _translation(path: Path) -> Floats:
    """`transl` of a body file, (3,) metres."""
    try:
        value = restricted_load(path).get("transl")
    except ArrayFileError as error:
        raise SourceError(str(error)) from error
    if not isinstance(value, np.ndarray) or value.size != 3 or value.dtype.kind != "f":
        raise SourceError(f"{path}: has no transl of three numbers, which RICH's bodies have. Extract it again.")
    place = np.asarray(value, np.float64).reshape(3)
    if not (np.abs(place) < _FARTHEST).all():  # NaN is not below it either.
        raise SourceError(
            f"{path}: transl is {place.tolist()}, and {_FARTHEST:g} m at most are expected. Is it in millimetres? "
            "Extract it again."
        )
    return place
