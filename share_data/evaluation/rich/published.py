"""What was published about the 33 clips of RICH (arXiv 2510.15342, table 1): the authors' own evaluation logs."""

from collections.abc import Mapping
from functools import cache

import numpy as np

from share_data.evaluation.statistics import Summary, bootstrap_mean
from share_data.sources.rich.published import CLIP_FRAMES, PublishedClip, published_clips, published_rows

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


@cache
def published_errors() -> Mapping[PublishedClip, Mapping[tuple[str, str], float]]:
    """The published mean errors of every clip, metres, by (method, metric)."""
    keys = [(method, metric) for method in METHODS for metric in METRICS]
    rows = zip(published_clips(), published_rows(), strict=True)
    return {clip: {key: float(row["_".join((*key, "m"))]) for key in keys} for clip, row in rows}


def published_summary(method: str, metric: str, clips: tuple[PublishedClip, ...]) -> Summary:
    """A method's published error over some of the clips, metres.

    The mean is that of the per-clip means (all clips have 100 frames), the interval our bootstrap over them; the
    standard deviation over frames was published for all 33 clips together only.
    """
    errors = published_errors()
    means = np.array([errors[clip][method, metric] for clip in clips])
    low, high = bootstrap_mean(means, np.full(len(means), float(CLIP_FRAMES)))
    sure = len(means) > 1
    sd = TOTALS[method, metric][1] if len(clips) == len(published_clips()) else None
    frames = CLIP_FRAMES * len(clips)
    return Summary(float(means.mean()), sd, low if sure else None, high if sure else None, frames, len(clips))
