"""What RICH published: 142 sequences, their splits, scans and cameras; and what a sequence's name says.

The table holds facts of resource/meta/{train,val,test}.txt in https://github.com/paulchhuang/rich_toolkit (3b6cf83).
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = ("train", "val", "test")
MOVING_CAMERA = 10
"""The camera that was carried about. It was never calibrated (issue 7 of rich_toolkit); all others stand still."""
NAME = r"[A-Za-z0-9]+(?:_[0-9]{3})+_[A-Za-z0-9]+"
_PARTS = re.compile(r"([A-Za-z0-9]+?)_((?:[0-9]{3}_)+)([A-Za-z0-9]+)")


@dataclass(frozen=True, slots=True)
class SequenceName:
    """`LectureHall_009_021_reparingprojector1`: scene, people and what they do, as RICH spells them."""

    scene: str
    subjects: tuple[str, ...]
    action: str


@dataclass(frozen=True, slots=True)
class PublishedSequence:
    """A row of RICH's own tables.

    scan: which scan of the scene it was filmed in (furniture was moved between scans); moving_camera: whether a camera
    was carried about beside the fixed ones; views: the fixed cameras whose images were released.
    """

    name: str
    split: Split
    scan: str
    moving_camera: bool
    views: tuple[int, ...]


def parse_name(name: str) -> SequenceName | None:
    """What a folder's name says, None when it is not a sequence's."""
    found = _PARTS.fullmatch(name)
    return SequenceName(found[1], tuple(found[2].strip("_").split("_")), found[3]) if found else None


@cache
def published_sequences() -> Mapping[str, PublishedSequence]:
    """The 142 sequences by name, in RICH's order."""
    text = (files("share_data") / "assets" / "rich_sequences.csv").read_text(encoding="utf-8")
    return {row["sequence"]: _sequence(row) for row in csv.DictReader(text.splitlines())}


def _sequence(row: Mapping[str, str]) -> PublishedSequence:
    (split,) = (known for known in SPLITS if known == row["split"])
    views = tuple(map(int, row["views"].split()))
    return PublishedSequence(row["sequence"], split, row["scan"], row["moving_camera"] == "yes", views)
