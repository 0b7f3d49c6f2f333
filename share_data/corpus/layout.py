"""Names and shapes of a corpus on disk. Standard library only: readers import this and little else.

    manifest.json  recipe.json  index.parquet  ledger.parquet  shards/000000.tar …  records/000000.parquet …

A sample is three neighbouring members of a tar, `KEY.json`, `KEY.jpg`, `KEY.safetensors`.
"""

import hashlib
import re
from collections.abc import Iterable
from typing import Final

FORMAT_VERSION: Final = 1
MANIFEST = "manifest.json"
RECIPE = "recipe.json"
INDEX = "index.parquet"
LEDGER = "ledger.parquet"
SHARD_FOLDER = "shards"
RECORD_FOLDER = "records"
# Where a build keeps its files until all are written; a manifest in it means that they are.
STAGING_FOLDER = ".share-data-staging"
MEMBERS = ("json", "jpg", "safetensors")

# WebDataset takes everything before the first dot for the key; a USTAR name holds 100 characters.
KEY_PATTERN = r"^[A-Za-z0-9_-]{1,88}$"
_NUMBERED = re.compile(r"shards/\d{6,}\.tar|records/\d{6,}\.parquet", re.ASCII)
_FIXED = (RECIPE, INDEX, LEDGER)

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


def is_data_file(path: str) -> bool:
    """Whether a manifest may list `path` (relative to the corpus). No other path in it is ever followed."""
    return path in _FIXED or is_numbered_file(path)


def is_numbered_file(path: str) -> bool:
    """Whether `path` is a shard or a records file."""
    return _NUMBERED.fullmatch(path) is not None


def shard_path(number: int) -> str:
    """Path of a tar shard, relative to the corpus."""
    return f"{SHARD_FOLDER}/{number:06d}.tar"


def records_path(number: int) -> str:
    """Path of the Parquet file with the records of shard `number`, relative to the corpus."""
    return f"{RECORD_FOLDER}/{number:06d}.parquet"


def hash_order(keys: Iterable[str]) -> list[str]:
    """Keys in corpus order, by SHA-256: fixed, and unrelated to source or activity, so that shards are mixed."""
    return sorted(keys, key=lambda key: hashlib.sha256(key.encode()).digest())
