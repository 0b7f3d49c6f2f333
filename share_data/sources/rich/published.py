"""RICH as SHARE was evaluated on it: which clips, and what was published about each (arXiv 2510.15342, table 1).

33 clips of 100 frames, cut from eight static single-person test videos: the folders of `bodies/test/SEQUENCE`, sorted
by frame number, in batches of a hundred. The per-clip figures are the authors' own evaluation logs.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from share_data.evaluation.statistics import Summary, bootstrap_mean

CLIP_FRAMES = 100
METHODS: Mapping[str, str] = {"share": "SHARE", "bev": "BEV", "tram": "TRAM", "mhmocap": "MHMocap"}
METRICS = ("mrpe", "v2v")

# Over the 3,300 frames of all clips, metres: mean, standard deviation (ddof 1).
TOTALS: Mapping[tuple[str, str], tuple[float, float]] = {
    ("share", "mrpe"): (0.44, 0.37),
    ("share", "v2v"): (0.44, 0.36),
    ("bev", "mrpe"): (0.61, 0.35),
    ("bev", "v2v"): (0.62, 0.33),
    ("tram", "mrpe"): (0.98, 0.37),
    ("tram", "v2v"): (0.98, 0.36),
    ("mhmocap", "mrpe"): (1.19, 0.67),
    ("mhmocap", "v2v"): (1.20, 0.67),
}


@dataclass(frozen=True, slots=True)
class PublishedClip:
    """One clip: a hundred frames of `sequence` seen by `camera`.

    first: position of its first frame among the sequence's sorted body frames (not RICH's frame number);
    errors: published means, metres, by (method, metric).
    """

    sequence: str
    batch: int
    first: int
    camera: int
    errors: Mapping[tuple[str, str], float]

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
    text = (files("share_data") / "assets" / "rich_published.csv").read_text(encoding="utf-8")
    return tuple(
        PublishedClip(
            row["sequence"],
            int(row["batch"]),
            int(row["first_frame"]),
            int(row["camera"]),
            {(method, metric): float(row[f"{method}_{metric}_m"]) for method in METHODS for metric in METRICS},
        )
        for row in csv.DictReader(text.splitlines())
    )


def published_summary(method: str, metric: str, clips: tuple[PublishedClip, ...]) -> Summary:
    """A method's published error over some of the clips, metres.

    The mean is that of the per-clip means (all clips have 100 frames), the interval our bootstrap over them; the
    standard deviation over frames was published for all 33 clips together only.
    """
    means = np.array([clip.errors[method, metric] for clip in clips])
    low, high = bootstrap_mean(means, np.full(len(means), float(CLIP_FRAMES)))
    sure = len(means) > 1
    sd = TOTALS[method, metric][1] if len(clips) == len(published_clips()) else None
    frames = CLIP_FRAMES * len(clips)
    return Summary(float(means.mean()), sd, low if sure else None, high if sure else None, frames, len(clips))
