"""Which jobs of a journal are done, in twelve bytes a line: a job may be done, forgotten and done again."""

from array import array
from dataclasses import dataclass

import numpy as np

from share_data.engine.jobs import STEPS, Step

_STEP_BITS = 2
assert len(STEPS) <= 1 << _STEP_BITS


@dataclass(frozen=True, slots=True)
class Done:
    """Distinct jobs that are done, by step; clips: that the done fetches gave."""

    jobs: dict[Step, int]
    clips: int


class JobStates:
    """Remembers of each end the job (61 bits of its digest, which collide with odds below 10^-6 among a million), its
    step, and whether it is done by it. The latest end of a job counts.
    """

    def __init__(self) -> None:
        self._codes = array("Q")
        self._clips = array("I")

    def add(self, digest: str, step: Step | None, done: bool, clips: int = 0) -> None:
        """Take an end. digest: hex; step: None where it is not known, which only an end that undoes may have."""
        job = int(digest[:16], 16) >> (_STEP_BITS + 1) << (_STEP_BITS + 1)
        self._codes.append(job | (STEPS.index(step) if step else 0) << 1 | done)
        self._clips.append(clips)

    def done(self) -> Done:
        """The state after all ends so far."""
        codes = np.frombuffer(self._codes, dtype=np.uint64)[::-1] if self._codes else np.zeros(0, dtype=np.uint64)
        _, latest = np.unique(codes >> np.uint64(_STEP_BITS + 1), return_index=True)
        latest = latest[(codes[latest] & np.uint64(1)) == 1]
        steps = (codes[latest] >> np.uint64(1)) & np.uint64((1 << _STEP_BITS) - 1)
        counts = np.bincount(steps.astype(np.int64), minlength=len(STEPS))
        clips = np.frombuffer(self._clips, dtype=np.uint32)[::-1][latest] if self._codes else np.zeros(0)
        return Done({step: int(counts[number]) for number, step in enumerate(STEPS)}, int(clips.sum()))
