"""RICH's image folders: one a camera and sequence, one file a frame.

    ROOT/images/SPLIT/SEQUENCE/cam_CC/FFFFF_CC.{bmp,png,jpg,jpeg}         as released, 4112 x 3008
    ROOT/images_ds4/SPLIT/SEQUENCE/cam_CC/FFFFF_CC.{bmp,png,jpg,jpeg}     reduced copies, read where images has none

CC is the camera's number, FFFFF the frame's, at 30 frames a second. Other names are passed over.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from share_data.sources.rich.published import PublishedClip, published_clips
from share_data.sources.rich.sequences import NAME, SPLITS, SequenceName, Split, parse_name

if TYPE_CHECKING:
    from share_data.video.picture import Image

FOLDERS = ("images", "images_ds4")
SUFFIXES = ("bmp", "png", "jpg", "jpeg")
"""In order of preference: the first two are lossless."""
_CAMERA = re.compile(r"cam_([0-9]{2})")
_IMAGE = re.compile(rf"([0-9]{{5}})_([0-9]{{2}})\.({'|'.join(SUFFIXES)})")
_URI = re.compile(rf"rich:({'|'.join(SPLITS)})/({NAME})/cam_([0-9]{{2}})(?:#batch([0-9]{{2}}))?")


@dataclass(frozen=True, slots=True)
class View:
    """A sequence seen by one camera: all of it, or the published batch of a hundred frames called `batch`."""

    split: Split
    sequence: str
    camera: int
    batch: int | None = None

    @property
    def name(self) -> SequenceName:
        """What the sequence's name says."""
        found = parse_name(self.sequence)
        assert found is not None, "views are made of names that parse"
        return found

    @property
    def folder(self) -> str:
        """Where its images lie below `images` or `images_ds4`."""
        return f"{self.split}/{self.sequence}/cam_{self.camera:02d}"

    @property
    def uri(self) -> str:
        """`rich:test/Gym_010_lunge1/cam_01`, or that and `#batch00`."""
        return f"rich:{self.folder}" + ("" if self.batch is None else f"#batch{self.batch:02d}")

    @property
    def clip(self) -> PublishedClip | None:
        """The published clip this is, if it is one."""
        wanted = (self.sequence, self.camera, self.batch)
        return next((clip for clip in published_clips() if (clip.sequence, clip.camera, clip.batch) == wanted), None)


def parse_uri(uri: str) -> View | None:
    """The view of a URI, None when it is not one that `View.uri` writes: it chooses a path, so nothing else passes."""
    found = _URI.fullmatch(uri)
    if found is None:
        return None
    split, sequence, camera, batch = found.groups()
    view = View(cast(Split, split), sequence, int(camera), None if batch is None else int(batch))
    return view if batch is None or view.clip is not None else None


def find_views(root: Path, split: Split) -> list[View]:
    """Every camera folder of every sequence of a split, by sequence and camera. Other names are passed over."""
    found = set()
    for folder in FOLDERS:
        for path in (root / folder / split).glob("*/cam_*"):
            camera = _CAMERA.fullmatch(path.name)
            if camera and parse_name(path.parent.name) and path.is_dir():
                found.add((path.parent.name, int(camera[1])))
    return [View(split, sequence, camera) for sequence, camera in sorted(found)]


def find_frames(root: Path, view: View) -> dict[int, Path]:
    """The images of a view's camera folder by frame number, ascending; empty where there are none.

    Of several images of one frame, the first suffix of `SUFFIXES` is taken.
    """
    for folder in FOLDERS:
        place = root / folder / view.folder
        found: dict[int, tuple[int, str]] = {}
        for name in sorted(path.name for path in place.iterdir()) if place.is_dir() else ():
            image = _IMAGE.fullmatch(name)
            if image and int(image[2]) == view.camera:
                entry = (SUFFIXES.index(image[3]), name)
                found[int(image[1])] = min(entry, found.get(int(image[1]), entry))
        if found:
            return {number: place / found[number][1] for number in sorted(found)}
    return {}


def read_image(path: Path) -> "Image | None":
    """(H, W, 3) uint8 RGB as stored: an orientation tag turns nothing. None for a file that is gone or damaged.

    Damage inside a bmp or jpeg that still parses cannot be seen.
    """
    import cv2

    try:
        data = path.read_bytes()
    except OSError:
        return None
    # Some decoders fill up a picture that is cut off with grey.
    if path.suffix != ".bmp" and not any(end in data[-64:] for end in (b"\xff\xd9", b"IEND")):
        return None
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        image: Any = cv2.imdecode(np.frombuffer(data, np.uint8), flags) if data else None
    except cv2.error:
        return None
    return None if image is None else cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
