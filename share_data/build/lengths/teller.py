"""Tells a watcher, and now and then the journal, how much video is scanned, kept and left, and for how long."""

import time
from collections.abc import Callable, Mapping

from share_data.build.catalogue import CANDIDATE, KEPT, PENDING, UNFIT
from share_data.build.lengths.states import ClipStates
from share_data.build.rates import Rate, RateMeter
from share_data.engine.watch import Watcher
from share_data.progress.video_time import VideoTime

MARK_EVERY_S = 30.0
_RECONSTRUCTION = ("humans", "geometry", "reconstruct")


class VideoTeller:
    """A watcher of one build that passes everything on to another, and tells it of the video too.

    states: of the clips, as the scheduler changes them; rates: of earlier builds, and of this one as they come; keys:
    see `rate_keys`; workers: that share the work; mark: puts something into the journal; clock: seconds.
    """

    def __init__(
        self,
        watch: Watcher,
        rates: RateMeter,
        keys: Mapping[str, str],
        workers: int,
        mark: Callable[..., None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._watch = watch
        self._rates = rates
        self._keys = keys
        self._workers = workers
        self._mark = mark
        self._clock = clock
        self._marked = clock()
        self.states = ClipStates()
        self.expect, self.started, self.load, self.note = watch.expect, watch.started, watch.load, watch.note

    def advance(self, step: str, unit: str, outcome: str) -> None:
        """See `Watcher`."""
        self._watch.advance(step, unit, outcome)
        self.tell()

    def video(self, told: VideoTime) -> None:
        """See `Watcher`."""
        self._watch.video(told)

    def tell(self) -> None:
        """What has become of the clips so far, and how long the rest will take."""
        told = self._now()
        self.video(told)
        if self._clock() - self._marked >= MARK_EVERY_S:
            self._put(told)

    def close(self) -> None:
        """Put the last word into the journal, for who asks how the build was."""
        self._put(self._now())

    def _now(self) -> VideoTime:
        states = self.states
        work = work_left(states)
        return VideoTime(states.opened, states.waiting, states.seconds(), None if work is None else self._seconds(work))

    def _put(self, told: VideoTime) -> None:
        self._marked = self._clock()
        self._mark("video", **told.to_json())

    def _seconds(self, work: Mapping[str, float]) -> float | None:
        """Of all workers together; None where a rate is lacking."""
        total = 0.0
        for stage, units in work.items():
            rate = self._rate(stage)
            if units and rate is None:
                return None
            total += rate.of(units) if rate is not None else 0.0
        return total / self._workers

    def _rate(self, stage: str) -> Rate | None:
        """Of a stage; of fetching, over all kinds of sources."""
        names = {key for name, key in self._keys.items() if name.partition(":")[0] == stage}
        found = [rate for name in names if (rate := self._rates.rate(name)) is not None]
        return Rate(sum(rate.seconds for rate in found), sum(rate.units for rate in found)) if found else None


def work_left(states: ClipStates) -> dict[str, float] | None:
    """What is left of each stage, in a rate's units: videos to fetch and mine, frames of everything else.

    Videos that are not opened yet count as long as the others, and as much of what is undecided will be accepted as
    was so far.

    Args:
        states: what has become of the clips.

    Returns:
        Units by stage; None while no video tells how long they are.
    """
    frames, waiting = states.frames, states.waiting
    if waiting and not states.opened:
        return None
    total = sum(frames)
    undecided = frames[PENDING] + (total * waiting / states.opened if waiting else 0.0)
    decided = total - frames[PENDING]
    accepted = frames[CANDIDATE] + frames[KEPT] + frames[UNFIT]
    estimated = frames[CANDIDATE] + undecided * (accepted / decided if decided else 1.0)
    return {"fetch": waiting, "mine": waiting, "measure": undecided, **dict.fromkeys(_RECONSTRUCTION, estimated)}
