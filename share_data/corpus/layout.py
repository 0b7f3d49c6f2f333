"""Names and shapes of a corpus on disk. Standard library only: readers import this and little else.

    manifest.json  recipe.json  index.parquet  ledger.parquet  measurements.parquet
    shards/000000.tar …  records/000000.parquet …

A sample is three neighbouring members of a tar, `KEY.json`, `KEY.jpg`, `KEY.safetensors`.
"""

import hashlib
import re
from collections.abc import Iterable
from typing import Final

FORMAT_VERSION: Final = 2
"""Raised when readers of the older format would misread a corpus. What is added later stays of this format: it is named
in the manifest's `features`, and readers ignore fields, columns and arrays that they do not know."""
READABLE_FORMATS: Final = (1, FORMAT_VERSION)
_NEW_IN_2: Final = frozenset(
    ("times_source", "time_scale", "frames_lost", "display", "video_track", "transfer", "interlaced", "picture_changes")
)
MANIFEST = "manifest.json"
RECIPE = "recipe.json"
INDEX = "index.parquet"
LEDGER = "ledger.parquet"
MEASUREMENTS = "measurements.parquet"
SHARD_FOLDER = "shards"
RECORD_FOLDER = "records"
# Where a build keeps its journal, its lock, and its files until all are written. No part of the corpus.
STATE_FOLDER = ".share-data"
PUBLICATION = "publication.json"
"""In the state folder: all files are written, and are being moved to their places."""
THUMBNAILS = "thumbnails.parquet"
"""In the state folder: pictures of the clips that have no record."""
FOOTAGE: Final = "footage"
"""Column of the index: one name for all records whose footage is the same or overlaps, else the record's own key."""
HAS_MEASUREMENTS: Final = "measurements"
"""Feature of a corpus that has `MEASUREMENTS`."""
MEMBERS = ("json", "jpg", "safetensors")

# WebDataset takes everything before the first dot for the key; a USTAR name holds 100 characters.
KEY_PATTERN = r"^[A-Za-z0-9_-]{1,88}$"
_NUMBERED = re.compile(r"shards/\d{6,}(_\d{2,})?\.tar|records/\d{6,}(_\d{2,})?\.parquet", re.ASCII)
_FIXED = (RECIPE, INDEX, LEDGER, MEASUREMENTS)
_OBJECT = re.compile(r"(.+)-[0-9a-f]{16}(\.[a-z]+)", re.ASCII)

# name -> (allowed dtypes, shape); T frames, N points.
ARRAYS: dict[str, tuple[tuple[str, ...], tuple[str | int, ...]]] = {
    "global_orient": (("float32",), ("T", 3)),
    "body_pose": (("float32",), ("T", 69)),
    "betas": (("float32",), (10,)),
    "transl": (("float32",), ("T", 3)),
    "transl_initial": (("float32",), ("T", 3)),
    "joints": (("float32",), ("T", 24, 3)),
    "valid": (("bool",), ("T",)),
    "confidence": (("float32",), ("T",)),
    "keyframe": (("bool",), ("T",)),
    "foot_contact": (("bool",), ("T", 4)),
    "contact_distance": (("float32",), ("T", 24)),
    "company": (("bool",), ("T",)),
    "stabilising": (("float32",), ("T", 3, 3)),
    "times": (("float64",), ("T",)),
    "points": (("float32", "uint16"), ("N", 3)),
    "points_scale": (("float32",), (1,)),
    "points_offset": (("float32",), (3,)),
    "normals": (("float32",), ("N", 3)),
    "colors": (("uint8",), ("N", 3)),
    "point_source": (("uint8",), ("N",)),
    "floor_plane": (("float32",), (4,)),
    "intrinsics": (("float64",), (3, 3)),
    "T_world_cam": (("float64",), (4, 4)),
}
OPTIONAL: Final = frozenset(("company", "stabilising"))
"""Arrays that a record may lack: those of older versions do, and `stabilising` is of clips that were stabilised."""
LAST_TENSOR: Final = "whole"
"""A (1,) bool, true, that safetensors puts last, behind every name above: so KEY.safetensors ends in a byte that is not
0. Hugging Face's numpy and torch formats cut zeros off the end of what is binary."""

SHUFFLED_POINTS: Final = "points_in_random_order"
"""A feature of a manifest: rows of scene points lie in an order drawn by the record's key, so any block of them is a
uniform sample of the scene."""


def unreadable_format(version: object) -> str:
    """Why a corpus of this format cannot be read, and what to do; empty where it can."""
    if version in READABLE_FORMATS:
        return ""
    return (
        f"the corpus is of format {version}, but this version of share-data reads "
        f"{' and '.join(map(str, READABLE_FORMATS))}: install a newer one"
    )


def fields_lacking(version: int) -> frozenset[str]:
    """Names of the metadata fields that records of an older format do not have."""
    return _NEW_IN_2 if version == 1 else frozenset()


def is_data_file(path: str) -> bool:
    """Whether a manifest may list a file. No other path in it is ever followed.

    >>> is_data_file("shards/000003.tar"), is_data_file("../secret.tar")
    (True, False)

    Args:
        path: relative to the corpus, with forward slashes.
    """
    return path in _FIXED or is_numbered_file(path)


def is_numbered_file(path: str) -> bool:
    """Whether `path` is a shard or a records file."""
    return _NUMBERED.fullmatch(path) is not None


def object_name(path: str, sha256: str) -> str:
    """Name of the object that holds a data file in an object store.

    >>> object_name("shards/000003.tar", "0123456789abcdef" * 4)
    'shards/000003-0123456789abcdef.tar'

    Args:
        path: of the file, relative to the corpus.
        sha256: of its content, in hex; 16 digits go into the name, so that other content never overwrites an object in
            use.
    """
    stem, _, suffix = path.rpartition(".")
    return f"{stem}-{sha256[:16]}.{suffix}"


def is_object_name(name: str) -> bool:
    """Whether `name` is one that `object_name` gives to a data file of some corpus."""
    match = _OBJECT.fullmatch(name)
    return match is not None and is_data_file(match[1] + match[2])


def shard_path(number: int, part: int = 0) -> str:
    """Path of a tar shard, relative to the corpus.

    >>> shard_path(3), shard_path(3, part=1)
    ('shards/000003.tar', 'shards/000003_01.tar')

    Args:
        number: of the shard, from 0.
        part: a shard larger than allowed is cut into parts 0, 1, ...
    """
    return f"{SHARD_FOLDER}/{_stem(number, part)}.tar"


def records_path(number: int, part: int = 0) -> str:
    """Path of the Parquet file with the records of a shard (or its part), relative to the corpus.

    >>> records_path(3)
    'records/000003.parquet'
    """
    return f"{RECORD_FOLDER}/{_stem(number, part)}.parquet"


def _stem(number: int, part: int) -> str:
    # "_" sorts after ".", so that file names in order are records in corpus order.
    return f"{number:06d}_{part:02d}" if part else f"{number:06d}"


def hash_order(keys: Iterable[str]) -> list[str]:
    """Keys in corpus order: by SHA-256, which is fixed, and unrelated to source or activity, so that shards are mixed.

    >>> hash_order(["walk_1", "walk_2", "walk_3", "sit_1"])
    ['walk_1', 'sit_1', 'walk_2', 'walk_3']

    Args:
        keys: in any order.

    Returns:
        The same keys. One more among them leaves the order of the others as it is.
    """
    return sorted(keys, key=lambda key: hashlib.sha256(key.encode()).digest())
