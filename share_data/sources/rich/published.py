"""The clips of RICH that SHARE was evaluated on (arXiv 2510.15342, table 1).

33 clips of 100 frames, cut from eight static single-person test videos: the folders of `bodies/test/SEQUENCE`, sorted
by frame number, in batches of a hundred. `evaluation.rich.published` has what was published about each.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

CLIP_FRAMES = 100


@dataclass(frozen=True, slots=True)
class PublishedClip:
    """One clip: a hundred frames of `sequence` seen by `camera`.

    first: position of its first frame among the sequence's sorted body frames (not RICH's frame number).
    """

    sequence: str
    batch: int
    first: int
    camera: int

    @property
    def name(self) -> str:
        """As files are named: `Gym_010_lunge1_batch00`."""
        return f"{self.sequence}_batch{self.batch:02d}"

    @property
    def scene(self) -> str:
        """Folder of its calibration: `Gym`."""
        return self.sequence.split("_")[0]

    @property
    def subject(self) -> str:
        """The person, as body files are named: `010`."""
        return self.sequence.split("_")[1]


@cache
def published_clips() -> tuple[PublishedClip, ...]:
    """The 33 clips in the paper's order."""
    return tuple(
        PublishedClip(row["sequence"], int(row["batch"]), int(row["first_frame"]), int(row["camera"]))
        for row in published_rows()
    )


def published_rows() -> Iterator[Mapping[str, str]]:
    """The table of the clips as it ships, a row a clip in the paper's order, the published figures in it."""
    text = (files("share_data") / "assets" / "rich_published.csv").read_text(encoding="utf-8")
    return csv.DictReader(text.splitlines())
