"""Which videos a copy of RICH holds, and which images each is made of."""

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path

from share_data.camera import Calibration
from share_data.errors import SourceError
from share_data.records import Video
from share_data.sources.below_root import cannot_read
from share_data.sources.rich.images import FOLDERS, SUFFIXES, View, find_frames, find_views
from share_data.sources.rich.layout import RichTree
from share_data.sources.rich.published import CLIP_FRAMES, published_clips
from share_data.sources.rich.sequences import MOVING_CAMERA, SPLITS, Split, published_sequences

SITE = "https://rich.is.tue.mpg.de"
LICENCE = f"RICH licence: research only, no redistribution ({SITE})"
ATTRIBUTION = "RICH: Huang et al., Capturing and Inferring Dense Full-Body Human-Scene Contact, CVPR 2022"
_LONGEST_ID = 40


@dataclass(frozen=True, slots=True)
class Choice:
    """What is asked for. published: the 33 clips alone; sequences: globs; cameras: numbers; empty: all of them."""

    splits: tuple[Split, ...]
    published: bool
    sequences: tuple[str, ...] = ()
    cameras: tuple[int, ...] = ()

    def wants(self, view: View) -> bool:
        """Whether the globs and camera numbers leave this view in."""
        named = not self.sequences or any(fnmatchcase(view.sequence, glob) for glob in self.sequences)
        return named and (not self.cameras or view.camera in self.cameras)

    def published_views(self) -> list[View]:
        """Those of the published batches that are wanted, in the paper's order."""
        views = (View("test", clip.sequence, clip.camera, clip.batch) for clip in published_clips())
        return list(filter(self.wants, views))

    def found_views(self, root: Path, split: Split) -> list[View]:
        """The camera folders of a split that are wanted, by sequence and camera."""
        return list(filter(self.wants, find_views(root, split)))


def list_views(tree: RichTree, choice: Choice, label: str) -> list[View]:
    """The views asked for that the tree holds; of the published clips all, whatever the tree holds.

    Raises SourceError when there are none, saying what was expected, what was found, and where to ask.
    """
    splits = [split for split in SPLITS if split in choice.splits]
    if choice.published:
        views = choice.published_views()
    else:
        views = [view for split in splits for view in choice.found_views(tree.root, split)]
    if views:
        return views
    if choice.sequences or choice.cameras:
        raise SourceError(
            f"{label}: no video of sequences {list(choice.sequences)} and cameras {list(choice.cameras)} (empty: any) "
            f"among those of {', '.join(splits)} below {tree.root}. Check `sequences` and `cameras`."
        )
    places = " or ".join(f"{folder}/{split}" for folder in FOLDERS for split in splits)
    found = ", ".join(sorted(path.name for path in tree.root.iterdir()))
    raise SourceError(
        f"{label}: no images of RICH below {tree.root}. Expected {places} to hold "
        f"SEQUENCE/cam_00/00001_00.{{{','.join(SUFFIXES)}}}, found {found}. Register at {SITE} and extract the images "
        "of the split below root."
    )


def scan_of(view: View) -> str:
    """Name of the scan of a view's scene, empty where RICH's lists do not have the sequence."""
    published = published_sequences().get(view.sequence)
    return published.scan if published else ""


def video_of(
    tree: RichTree, view: View, label: str, focal_px: float | None, calibration: Calibration | None = None
) -> Video:
    """The `Video` of a view. Labels name what is known; frame numbers are RICH's own; `id` is the whole view's."""
    name = view.name
    published = published_sequences().get(view.sequence)
    numbers = _frame_numbers(tree, view)
    moves = view.camera == MOVING_CAMERA
    labels = {
        "id": _video_id(replace(view, batch=None)),
        "dataset": "RICH",
        "split": view.split,
        "sequence": view.sequence,
        "scene": name.scene,
        "scan": published.scan if published else "",
        "subject": " ".join(name.subjects),
        "people": str(max(len(name.subjects), tree.people(view.split, view.sequence))),
        "action": name.action,
        "camera": str(view.camera),
        "view": "moving" if moves else "fixed",
        "moving_camera": "" if published is None else "yes" if published.moving_camera else "no",
        "batch": "" if view.batch is None else f"{view.batch:02d}",
        "frame_first": str(numbers[0]) if numbers else "",
        "frames": str(len(numbers)) if numbers else "",
    }
    return Video(
        source=label,
        video_id=_video_id(view),
        uri=view.uri,
        licence=LICENCE,
        attribution=ATTRIBUTION,
        title=f"{view.sequence}, camera {view.camera}",
        labels={key: value for key, value in labels.items() if value},
        focal_px=focal_px,
        calibration=calibration,
        # Between the scans of a scene its furniture was moved: the same camera, but not the same background.
        camera="" if moves or published is None else f"{name.scene}_{published.scan}_cam{view.camera:02d}",
    )


def view_frames(tree: RichTree, view: View, unit: str) -> dict[int, Path]:
    """The images a video is made of, by frame number. Raises SourceError when some that it must have are missing."""
    place = f"images/{view.folder}"
    try:
        images = find_frames(tree.root, view)
    except OSError as error:
        raise SourceError(f"{unit}: {place} (or images_ds4): {cannot_read(error.strerror or str(error))}.") from error
    if not images:
        raise SourceError(
            f"{unit}: no images in {place} (nor in images_ds4) below {tree.root}. Register at {SITE} and extract the "
            f"images of the {view.split} split there."
        )
    if view.clip is None:
        return images
    numbers = tree.body_frames(view.clip)
    if len(numbers) < CLIP_FRAMES:
        raise SourceError(
            f"{unit}: bodies/test/{view.sequence} holds {len(numbers)} of the clip's {CLIP_FRAMES} frames, and the "
            f"published clips are cut by body frames. Register at {SITE} and extract the bodies below {tree.root}."
        )
    missing = [number for number in numbers if number not in images]
    if missing:
        raise SourceError(
            f"{unit}: {place} lacks {len(missing)} of the clip's {CLIP_FRAMES} images, the first is frame "
            f"{missing[0]:05d}. Extract the images of the test split again."
        )
    return {number: images[number] for number in numbers}


def _frame_numbers(tree: RichTree, view: View) -> list[int]:
    try:
        return list(find_frames(tree.root, view)) if view.clip is None else tree.body_frames(view.clip)
    except OSError:  # `view_frames` says so of the one video that it is about.
        return []


def _video_id(view: View) -> str:
    """`Gym_010_lunge1_cam01`, with `_batch00`; where that is too long the name is cut and its hash tells."""
    tail = f"_cam{view.camera:02d}" + ("" if view.batch is None else f"_batch{view.batch:02d}")
    room = _LONGEST_ID - len(tail)
    if len(view.sequence) <= room:
        return view.sequence + tail
    return f"{view.sequence[: room - 9]}-{sha256(view.sequence.encode()).hexdigest()[:8]}{tail}"
