"""The files that a clip goes to TRAM's process with, and those that come back; see `tram.runner` for their layout."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from share_data.camera import Floats, Intrinsics
from share_data.errors import DiskFullError
from share_data.masks import MaskStack, cut_out
from share_data.pipeline.humans.bridging import bridge_boxes
from share_data.pipeline.humans.tram.runner import WINDOW
from share_data.pipeline.humans.tram.sight import SIGHT, Part, write_part
from share_data.records import Bools, Ints, MainPerson
from share_data.store.atomic import disk_full_named
from share_data.video.frames import ClipFrames
from share_data.video.picture import Image


@dataclass(frozen=True, slots=True)
class VimoMotion:
    """What VIMO says of N of a clip's frames.

    frame: (N,) ascending frame numbers; rotations: (N, 24, 3, 3), the root's in the camera frame, the others relative
    to their parents; betas: (N, 10) of the neutral SMPL; transl: (N, 3) metres, SMPL's, camera frame; float32.
    """

    frame: Ints
    rotations: Floats
    betas: Floats
    transl: Floats


def write_request(folder: Path, frames: ClipFrames, intrinsics: Intrinsics, person: MainPerson | None) -> None:
    """Write what the runner needs of a clip. person: None where TRAM itself is to find one, in every frame, whole.

    Of a person, VIMO looks at runs of frames only, see `in_runs`: no others are sent. Raises DiskFullError.
    """
    images = folder / "frames"
    seen = np.ones(len(frames), bool) if person is None else in_runs(person.valid)
    wanted = np.flatnonzero(seen).tolist()
    request = {
        "frames": len(frames),
        "focal": intrinsics.focal,
        "centre": [intrinsics.cx, intrinsics.cy],
        "size": [intrinsics.width, intrinsics.height],
    }
    with _room_named(folder, _size(frames, wanted, person)):
        images.mkdir()
        (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
        if person is not None:
            np.savez(folder / "people.npz", boxes=person.boxes.astype(np.float64), valid=seen)
        whole = Part(0, 0, frames.width, frames.height)
        for number, image in _first(frames, seen):
            part = whole if person is None else Part.about(person.boxes[number], frames.width, frames.height)
            write_part(images / f"{number:08d}.tiff", image, part)


def _first(frames: ClipFrames, seen: Bools) -> Iterator[tuple[int, Image]]:
    """The frames that are to be sent, in one pass from the first one on, for that one may be decoded ahead."""
    last = int(np.flatnonzero(seen)[-1]) if seen.any() else -1
    for number, image in zip(range(last + 1), frames, strict=False):
        if seen[number]:
            yield number, image


def in_runs(valid: Bools) -> Bools:
    """(T,) bool: the valid frames of which as many follow each other as VIMO looks at together."""
    runs = np.flatnonzero(np.diff(valid.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    kept = np.zeros(len(valid), bool)
    for start, stop in runs:
        kept[start:stop] = stop - start >= WINDOW
    return kept


def read_motion(folder: Path) -> VimoMotion:
    """The runner's answer."""
    with np.load(folder / "motion.npz", allow_pickle=False) as answer:
        return VimoMotion(answer["frame"], answer["rotmat"], answer["betas"], answer["transl"])


def read_person(folder: Path, intrinsics: Intrinsics, times: Floats) -> MainPerson | None:
    """The person whom TRAM tracked; None where it saw nobody. times: (T,) seconds."""
    with np.load(folder / "people.npz", allow_pickle=False) as answer:
        boxes, valid, confidence, masks = (answer[name] for name in ("boxes", "valid", "confidence", "masks"))
    if not valid.any():
        return None
    cuts = [cut_out(mask) for mask in masks]
    stack = MaskStack.of(cuts, intrinsics.height, intrinsics.width)
    return MainPerson(bridge_boxes(boxes, valid, times), valid, confidence, stack)


def _size(frames: ClipFrames, wanted: Sequence[int], person: MainPerson | None) -> int:
    """About how many bytes the images take."""
    whole = 3 * frames.width * frames.height
    if person is None:
        return whole * len(wanted)
    boxes = person.boxes[list(wanted)]
    sides = SIGHT * (boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=0)
    return int(np.minimum(3 * sides**2, whole).sum())


@contextmanager
def _room_named(folder: Path, size: int) -> Iterator[None]:
    """Say in a DiskFullError what has filled the disk, and how to choose another. size: of all that is written."""
    try:
        with disk_full_named(folder):
            yield
    except DiskFullError as error:
        raise DiskFullError(
            f"{folder}: no space left for the frames that TRAM is sent, about {size / 2**20:.0f} MiB of this clip. "
            "Free some space, or name a folder on a larger disk: export TMPDIR=/a/folder"
        ) from error
