"""What has become of every clip so far, a byte each, with sums of how long the clips of each state are."""

from array import array
from collections.abc import Iterator

from share_data.build.catalogue import CANDIDATE, DROPPED, FAILED, KEPT, PENDING, REJECTED, UNFIT

WORD_OF = {
    KEPT: "kept", CANDIDATE: "candidates", PENDING: "undecided", REJECTED: "rejected", UNFIT: "unfit",
    DROPPED: "dropped", FAILED: "failed",
}  # fmt: skip


class ClipStates:
    """The states; setting one moves the clip's length from sum to sum.

    frames: of the clips of each state; milliseconds: likewise; opened: videos whose clips these are; waiting: videos
    that may yet have some.
    """

    def __init__(self) -> None:
        """Without any clip."""
        self.frames, self.milliseconds = [0] * len(WORD_OF), [0] * len(WORD_OF)
        self.opened = self.waiting = 0
        self._states, self._lengths = array("b"), array("q")

    def add(self, state: int, frames: int, seconds: float) -> None:
        """One clip more. seconds: 0 where they are not known."""
        self._states.append(state)
        self._lengths.extend((frames, round(1000 * seconds)))
        self._count(len(self) - 1, state, 1)

    def __len__(self) -> int:
        return len(self._states)

    def __getitem__(self, clip: int) -> int:
        return self._states[clip]

    def __iter__(self) -> Iterator[int]:
        return iter(self._states)

    def __setitem__(self, clip: int, state: int) -> None:
        self._count(clip, self._states[clip], -1)
        self._states[clip] = state
        self._count(clip, state, 1)

    def seconds(self) -> dict[str, float]:
        """Seconds of video by what is known of it, see `VideoTime`; without what there is none of."""
        return {WORD_OF[state]: count / 1000 for state, count in enumerate(self.milliseconds) if count}

    def _count(self, clip: int, state: int, sign: int) -> None:
        self.frames[state] += sign * self._lengths[2 * clip]
        self.milliseconds[state] += sign * self._lengths[2 * clip + 1]
