"""What a corpus holds, in numbers: how much, of whom, doing what; and mean and spread of what a model is trained on.

One pass over the motions in corpus order, a record at a time, sums in float64: the same corpus gives the same bytes.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.corpus.storage import Storage
from share_data.corpus.training.options import SampleOptions
from share_data.corpus.training.placing import Arrays
from share_data.corpus.training.reader import SampleReader
from share_data.corpus.training.rows import IndexColumns, Rows
from share_data.errors import CorpusError

_STILL_S = 1e-3
_TRAINED = ("pose", "joints", "transl")


def corpus_statistics(storage: Storage, options: SampleOptions) -> dict[str, Any]:
    """Statistics of a corpus, as plain JSON.

    Args:
        storage: of the corpus.
        options: the representation: `rotation`, `frame`, `fps`; no scenes are read.

    Returns:
        Records, frames, hours, people, cameras, rates, lengths, activities; ranges of joints and speeds, metres and
        m/s; `mean` and `std` of `pose`, `joints` and `transl`, by dimension, of frames in which the person was seen.

    Raises:
        CorpusError: it cannot be read.
    """
    index = IndexColumns(storage)
    rows = index.rows()
    found = {**_amounts(rows, index), "representation": {"rotation": options.rotation, "frame": options.frame}}
    found["representation"]["fps"] = options.fps
    reader = SampleReader(storage, rows, options, shuffled=True)
    moments, ranges = _Moments(), _Ranges()
    for row in range(len(rows)):
        arrays = reader.arrays([(row, 0)])[0]
        moments.add(arrays)
        ranges.add(arrays)
    return {**found, **ranges.told(), **moments.told()}


def _amounts(rows: Rows, index: IndexColumns) -> dict[str, Any]:
    seconds = rows.time_last - rows.time_first
    fps = np.asarray(index["fps"].to_numpy(), np.float64)
    source, video_id = index.texts("source", "video_id")
    return {
        "records": len(rows),
        "frames": int(rows.n_frames.sum()),
        "hours": float(seconds.sum() / 3600),
        "videos": len(source.with_each(video_id, "/").values),
        "people": _named(index, "subject"),
        "cameras": _named(index, "camera"),
        "activities": _counts(index, "activity") or _counts(index, "action"),
        "fps": _spread(fps),
        "seconds": _spread(seconds),
        "frames_a_record": _spread(rows.n_frames.astype(np.float64)),
        "points_a_record": _spread(rows.n_points.astype(np.float64)),
    }


def _counts(index: IndexColumns, label: str) -> dict[str, int]:
    return {text: count for text, count in index.label(label).counts().items() if text}


def _named(index: IndexColumns, label: str) -> int | None:
    """How many a label tells apart; None where no record has it: then nothing is known."""
    return len(_counts(index, label)) or None


def _spread(values: Floats) -> dict[str, float]:
    return {
        "min": float(values.min()),
        "median": float(np.median(values)),
        "mean": float(values.mean()),
        "max": float(values.max()),
    }


class _Moments:
    """Mean and standard deviation by dimension."""

    def __init__(self) -> None:
        self._count = 0
        self._sums: dict[str, tuple[Floats, Floats]] = {}

    def add(self, arrays: Arrays) -> None:
        """Count one clip: arrays (1, T, ...) with `mask` (1, T)."""
        mask = arrays["mask"][0]
        self._count += int(mask.sum())
        for name in _TRAINED:
            seen = arrays[name][0][mask].astype(np.float64)
            first, second = self._sums.get(name, (np.zeros(seen.shape[1:]), np.zeros(seen.shape[1:])))
            self._sums[name] = first + seen.sum(axis=0), second + (seen * seen).sum(axis=0)

    def told(self) -> dict[str, Any]:
        """As plain data. Raises CorpusError where nobody was seen in any frame."""
        if not self._count:
            raise CorpusError("no record has a frame in which the person was seen")
        means = {name: first / self._count for name, (first, _) in self._sums.items()}
        squares = {name: second / self._count for name, (_, second) in self._sums.items()}
        spread = {name: np.sqrt(np.maximum(squares[name] - means[name] ** 2, 0)) for name in means}
        return {
            "frames_seen": self._count,
            "mean": {name: value.tolist() for name, value in means.items()},
            "std": {name: value.tolist() for name, value in spread.items()},
        }


class _Ranges:
    """Where joints are, and how fast they and the pelvis go."""

    def __init__(self) -> None:
        self._low, self._high = np.full(3, np.inf), np.full(3, -np.inf)
        self._pelvis_m, self._seconds, self._fastest, self._fastest_pelvis = 0.0, 0.0, 0.0, 0.0

    def add(self, arrays: Arrays) -> None:
        """Count one clip: `joints` (1, T, J, 3) metres, `times` (1, T) seconds, `mask` (1, T)."""
        mask, joints = arrays["mask"][0], arrays["joints"][0].astype(np.float64)
        if mask.any():
            self._low = np.minimum(self._low, joints[mask].min(axis=(0, 1)))
            self._high = np.maximum(self._high, joints[mask].max(axis=(0, 1)))
        step = np.diff(arrays["times"][0].astype(np.float64))
        both = mask[1:] & mask[:-1] & (step > _STILL_S)
        if both.any():
            paths = np.linalg.norm(np.diff(joints, axis=0)[both], axis=-1)
            speeds: NDArray[np.float64] = paths / step[both, None]
            self._fastest = max(self._fastest, float(speeds.max()))
            self._fastest_pelvis = max(self._fastest_pelvis, float(speeds[:, 0].max()))
            self._pelvis_m += float(paths[:, 0].sum())
            self._seconds += float(step[both].sum())

    def told(self) -> dict[str, Any]:
        mean = self._pelvis_m / self._seconds if self._seconds else 0.0
        return {
            "joints_m": {"min": self._low.tolist(), "max": self._high.tolist()},
            "speed_m_s": {"pelvis_mean": mean, "pelvis_max": self._fastest_pelvis, "joint_max": self._fastest},
        }
