"""Samples as arrays: the memory of a whole batch is there first, and every record is read straight into its place."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from share_data.corpus.layout import SHUFFLED_POINTS
from share_data.corpus.manifest import manifest_of
from share_data.corpus.metadata_json import metadata_from_json
from share_data.corpus.opening import open_storage
from share_data.corpus.storage import LocalStorage, Storage
from share_data.corpus.training.captions import caption
from share_data.corpus.training.motion import read_motion, seen_frames
from share_data.corpus.training.options import Choice, SampleOptions
from share_data.corpus.training.placing import Arrays, Shapes, put_motion, put_scene, sample_shapes
from share_data.corpus.training.record_file import RecordFile, opened_record
from share_data.corpus.training.rows import Rows
from share_data.corpus.training.scene import ScenePoints
from share_data.corpus.training.selection import selected
from share_data.corpus.training.skipping import seen_windows
from share_data.corpus.training.windows import Stretch, Windows, frame_counts, windows_of
from share_data.errors import CorpusError
from share_data.records import Bools
from share_data.store.outside import parse_json

Pick = tuple[int, int]
"""A sample's number, and 64 random bits for what is drawn of it."""
_AT_ONCE = 8
"""Records that are fetched side by side from an object store."""


def open_reader(place: Path | str, choice: Choice, options: SampleOptions) -> "SampleReader":
    """The samples of a corpus.

    Args:
        place: its folder or URL.
        choice: which records.
        options: what a sample holds.

    Raises:
        CorpusError: there is no such corpus, or none of its records is chosen.
    """
    storage = open_storage(place)
    shuffled = SHUFFLED_POINTS in manifest_of(storage).features
    return SampleReader(storage, selected(storage, choice), options, shuffled)


class SampleReader:
    """Reads samples of a corpus. Holds numbers and text only: it can be pickled, and read from in any process.

    Args:
        storage: of the corpus.
        rows: the records.
        options: what a sample holds.
        shuffled: whether scene points lie in random order.

    Raises:
        CorpusError: `invalid="skip"`, and no window is without an invalid frame; or a record cannot be read.
    """

    def __init__(self, storage: Storage, rows: Rows, options: SampleOptions, shuffled: bool) -> None:
        self.storage, self.rows, self.options, self._shuffled = storage, rows, options, shuffled
        self.windows: Windows = windows_of(rows, options)
        if options.invalid == "skip":
            counts = frame_counts(rows, options.fps)
            self.windows = seen_windows(lambda row: self._seen(row, int(counts[row])), len(rows), options)
            if not len(self.windows):
                raise CorpusError(
                    f"{storage.place}: none of {len(rows)} records has {options.window or 'all'} frames in which the "
                    'person was seen. Take a shorter window, or invalid="mask".'
                )

    def stretches(self, picks: Sequence[Pick]) -> list[Stretch]:
        """Where samples lie."""
        return [self.windows.at(sample, draw) for sample, draw in picks]

    def shapes(self, stretches: Sequence[Stretch]) -> Shapes:
        """Shape and dtype of every array of a sample, large enough for each of `stretches`."""
        most = max(int(self.rows.n_points[stretch.row]) for stretch in stretches)
        points = most if self.options.scene_points == "all" else self.options.scene_points or 0
        frames = self.options.window or max(stretch.length for stretch in stretches)
        return sample_shapes(self.options, frames, points)

    def arrays(self, picks: Sequence[Pick]) -> tuple[Arrays, list[str], list[str]]:
        """Samples as (B, ...) arrays of their own, keys and captions. Raises CorpusError."""
        stretches = self.stretches(picks)
        shapes = self.shapes(stretches)
        arrays = {name: np.zeros((len(picks), *shape), dtype) for name, (shape, dtype) in shapes.items()}
        return arrays, *self.fill(arrays, stretches, picks)

    def fill(self, into: Arrays, stretches: Sequence[Stretch], picks: Sequence[Pick]) -> tuple[list[str], list[str]]:
        """Read samples.

        Args:
            into: (B, ...) arrays of zeros, of `shapes`.
            stretches: (B) where the samples lie.
            picks: (B) samples.

        Returns:
            Their records' keys, and their captions (empty where `text` is off).

        Raises:
            CorpusError: a record is not there, or damaged; names shard and record.
        """
        places = [{name: array[place, ...] for name, array in into.items()} for place in range(len(picks))]
        draws = [draw for _, draw in picks]
        if isinstance(self.storage, LocalStorage):
            told = list(map(self._sample, places, stretches, draws))
        else:
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                told = list(pool.map(self._sample, places, stretches, draws))
        return [key for key, _ in told], [text for _, text in told]

    def _sample(self, into: Mapping[str, NDArray[Any]], stretch: Stretch, draw: int) -> tuple[str, str]:
        options = self.options
        with opened_record(self.storage, self.rows, stretch.row) as record:
            motion = read_motion(record, stretch.start, stretch.length, options.fps)
            turn = motion.canonical() if options.frame == "canonical" else None
            put_motion(into, motion, options.rotation, turn)
            put_scene(into, motion, ScenePoints(record, self._shuffled), options, turn, draw)
            into["record"][...] = self.rows.number[stretch.row]
            return record.key, self._caption(record, stretch.row) if options.text else ""

    def _caption(self, record: RecordFile, row: int) -> str:
        content = np.empty(int(self.rows.json_size[row]), np.uint8)
        record.shard([(int(self.rows.json_offset[row]), content)])
        return caption(metadata_from_json(parse_json(content.tobytes())))

    def _seen(self, row: int, frames: int) -> Bools:
        with opened_record(self.storage, self.rows, row) as record:
            return seen_frames(record.whole("times"), record.whole("valid"), frames, self.options.fps)
