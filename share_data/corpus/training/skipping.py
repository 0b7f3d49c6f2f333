"""Windows without a frame in which the person was not seen: found once, when a training begins."""

from collections.abc import Callable

import numpy as np

from share_data.corpus.training.options import SampleOptions
from share_data.corpus.training.windows import Counts, Listed
from share_data.records import Bools


def seen_windows(seen_of: Callable[[int], Bools], rows: int, options: SampleOptions) -> Listed:
    """The windows of records in which every frame was seen.

    Args:
        seen_of: a row's frames, at the rate that samples have: (F,) whether the person was seen.
        rows: how many records there are.
        options: `window`, None for whole records, and `stride`.

    Returns:
        With a stride every such window; otherwise one a record that has any, drawn anew each epoch.
    """
    runs: list[tuple[int, int, int, int]] = []
    firsts: list[int] = []
    for row in range(rows):
        seen = seen_of(row)
        length = min(options.window or len(seen), len(seen))
        starts = _starts(seen, length)
        if options.stride:
            grid = starts[(starts % options.stride == 0) | (starts == len(seen) - length)]
            firsts += range(len(runs), len(runs) + len(grid))
            runs += [(row, int(start), 1, length) for start in grid]
        elif len(starts):
            firsts.append(len(runs))
            breaks = np.flatnonzero(np.diff(starts) > 1) + 1
            runs += [(row, int(part[0]), len(part), length) for part in np.split(starts, breaks)]
    columns: Counts = np.array(runs, np.int64).reshape(-1, 4)
    rows_of, starts, counts, lengths = np.ascontiguousarray(columns.T)
    return Listed(rows_of, starts, counts, lengths, np.array(firsts, np.int64))


def _starts(seen: Bools, length: int) -> Counts:
    """Where `length` frames that were all seen begin."""
    total = np.concatenate([[0], np.cumsum(seen)])
    return np.flatnonzero(total[length:] - total[:-length] == length) if length else np.zeros(0, np.int64)
