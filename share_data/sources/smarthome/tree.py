"""A folder with a copy of Toyota Smarthome, or part of one: which files are there, and what each stands for."""

import os
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from share_data.errors import SourceError
from share_data.sources.below_root import cannot_read, unreadable
from share_data.sources.local import SUFFIXES
from share_data.sources.smarthome.names import Recording, read_name
from share_data.sources.smarthome.published import FORMS, UNCOUNTED, VIDEOS, Variant
from share_data.store.hashing import bytes_sha256
from share_data.text import storable

_ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz")
# Depth videos have the very names of the colour videos, in a folder of their own.
_DEPTH = "depth"
# Trimmed 1.1 has the bare name, 1.2 `_pose3d`; the untrimmed ones are results_P17T07C02_lcrnet+v3d.json.
_SKELETON = re.compile(r"(?:results_)?(.+?)(_pose3d|_lcrnet\+v3d)?\.json", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """A video file. path: relative to the root, forward slashes; recording: None where `problem` says what is wrong."""

    path: str
    recording: Recording | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Tree:
    """What lies below a root. videos: colour videos, in the order of their paths; skeletons: recording's name to file.

    archives: files that look as if they are to be unpacked; others: how many further files there are.
    """

    root: Path
    videos: tuple[Found, ...]
    skeletons: Mapping[str, str]
    archives: tuple[str, ...]
    others: int

    def of(self, variant: Variant) -> dict[str, Recording]:
        """The recording at each path, for the videos of this variant, in the order of the paths."""
        return {v.path: v.recording for v in self.videos if v.recording and v.recording.variant == variant}

    def summary(self) -> str:
        """What is there, in one line of English."""
        unplaced = [f"{video.path}: {video.problem}" for video in self.videos if video.recording is None]
        parts = [
            *(_census(variant, videos.values()) for variant in FORMS if (videos := self.of(variant))),
            _some(unplaced, "video file(s) that cannot be placed"),
            _some(self.archives, "archive(s) not unpacked"),
            f"{self.others:,} other file(s)" if self.others else "",
        ]
        return "; ".join(part for part in parts if part) or "nothing"


def read_tree(root: Path) -> Tree:
    """Look through the folder. Hidden files and linked folders are passed over, linked files are not.

    A folder in it that cannot be read counts as a video that cannot be placed. Raises SourceError for a root that is no
    folder, or cannot be read.
    """
    if not root.is_dir():
        raise SourceError("it is no folder" if root.exists() else "it does not exist")
    closed = dict(unreadable(root))
    if "" in closed:
        raise SourceError(cannot_read(closed[""]))
    names = sorted(_files(root))
    videos = [name for name in names if _is_colour_video(name)]
    archives = tuple(name for name in names if name.lower().endswith(_ARCHIVES))
    others = len(names) - len(videos) - len(archives)
    found = [*map(_found, videos), *(Found(path, None, cannot_read(cause)) for path, cause in closed.items())]
    in_order = sorted(_told_apart(found), key=lambda video: video.path)
    return Tree(root, tuple(in_order), _skeletons(names), archives, others)


def spread(recordings: Mapping[str, Recording], count: int) -> list[str]:
    """Paths of up to `count` of these videos: of as many people as possible, else at random, but always the same."""
    by_subject: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for path, recording in recordings.items():
        by_subject[recording.subject].append((bytes_sha256(recording.name.encode()), path))
    drawn = [(turn, *one) for videos in by_subject.values() for turn, one in enumerate(sorted(videos))]
    return [path for _, _, path in sorted(drawn)[:count]]


def _files(root: Path) -> Iterator[str]:
    """Relative paths, in no order."""
    for folder, below, names in os.walk(root):
        below[:] = [name for name in below if not name.startswith(".")]
        inside = Path(folder).relative_to(root).as_posix()
        prefix = "" if inside == "." else f"{inside}/"
        yield from (prefix + name for name in names if not name.startswith("."))


def _parts(path: str) -> tuple[str, str, str]:
    """Folder, stem and lower-case suffix. Written out, because pathlib takes a second for a whole copy."""
    folder, _, name = path.rpartition("/")
    stem, dot, suffix = name.rpartition(".")
    return (folder, stem, dot + suffix.lower()) if stem else (folder, name, "")


def _is_colour_video(path: str) -> bool:
    folder, _, suffix = _parts(path)
    return suffix in SUFFIXES and _DEPTH not in folder.casefold().split("/")


def _found(path: str) -> Found:
    try:
        return Found(path, read_name(_parts(path)[1]))
    except SourceError as error:
        return Found(path, None, str(error))


def _told_apart(videos: Sequence[Found]) -> Iterator[Found]:
    """The same, but of several files for one recording none stands for it: which is the true one, nobody can tell."""
    paths: dict[str, list[str]] = defaultdict(list)
    for video in videos:
        if video.recording:
            paths[video.recording.name].append(video.path)
    for video in videos:
        same = paths[video.recording.name] if video.recording else []
        others = storable(", ".join(path for path in same if path != video.path))
        yield replace(video, recording=None, problem=f"the same recording as {others}") if others else video


def _skeletons(names: Sequence[str]) -> dict[str, str]:
    """Recording's name to file, version 1.2 before 1.1."""
    found: dict[str, str] = {}
    for name in names:
        match = _SKELETON.fullmatch(name.rpartition("/")[2])
        try:
            recording = read_name(match[1]).name if match else ""
        except SourceError:
            continue  # Annotations, and files of others.
        if match and (match[2] or recording not in found):
            found[recording] = name
    return found


def _census(variant: Variant, recordings: Collection[Recording]) -> str:
    """How many there are of how many; the activity that is not counted comes after."""
    cameras = Counter(recording.camera for recording in recordings if recording.activity not in UNCOUNTED)
    by_camera = ", ".join(f"{camera} {count:,}" for camera, count in sorted(cameras.items()))
    more = Counter(recording.activity for recording in recordings if recording.activity in UNCOUNTED)
    counted = f"{cameras.total():,} of {VIDEOS[variant]:,} {variant} videos ({by_camera or 'none'})"
    return ", ".join((counted, *(f"{count} of {activity}" for activity, count in more.items())))


def _some(names: Sequence[str], what: str) -> str:
    return f"{len(names):,} {what}, such as {storable(names[0])}" if names else ""
