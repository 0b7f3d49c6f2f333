"""Does time run on? Jump cuts that a tripod hides, frozen seconds, and frames that are shown twice."""

from functools import partial
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from share_data.filters.base import FilterConfig, Observation
from share_data.filters.evidence import changes, fades, jumps, stillness
from share_data.filters.evidence.changes import Changes
from share_data.filters.evidence.company import main_and_others
from share_data.filters.evidence.jumps import jump_cuts, zones_of
from share_data.filters.evidence.runs import runs
from share_data.filters.evidence.stillness import FREEZE_S, busiest, doubled, freezes, repeated
from share_data.filters.evidence.tracks import link
from share_data.filters.gates import Gate, Score, judge
from share_data.filters.verdict import Verdict
from share_data.records import Measurement


class ContinuousConfig(FilterConfig):
    """Thresholds."""

    kind: Literal["continuous"] = "continuous"
    max_jumps: float = Field(0, ge=0, description="Jump cuts: the person is elsewhere at once, the room is the same.")
    max_frozen_s: float = Field(0.0, ge=0, description="Seconds for which the picture stands, a quarter at a time.")
    max_duplicated_pct: float = Field(
        12.5,
        ge=0,
        le=100,
        description="Frames that show the one before once more, %, where the picture does not stand: in the two "
        "seconds that have most, so that a stretch in slow motion does not hide in a long clip.",
    )


class Continuous:
    """Rejects `jump_cut`, `frozen` and `duplicated_frames`."""

    kind: ClassVar[str] = "continuous"
    version: ClassVar[int] = changes.VERSION + fades.VERSION + jumps.VERSION + stillness.VERSION
    Config: ClassVar[Any] = ContinuousConfig
    scores: ClassVar[tuple[Score, ...]] = (
        Score("jumps", "cuts", "lower", "frames in which the person is suddenly elsewhere, in the same room"),
        Score("frozen_s", "s", "lower", "for which the picture stands, a quarter of a second and longer each"),
        Score(
            "duplicated_pct",
            "% of frames",
            "lower",
            "that repeat the one before, where the picture does not stand, in the two seconds that have most",
        ),
    )

    def measure(self, observation: Observation) -> Measurement:
        """Scores as `scores` says; none where the frames' changes were not kept."""
        times, fine, coarse = observation.frame_times, observation.change, observation.coarse
        if not len(coarse):
            return Measurement(self.kind, self.version, {})
        same = repeated(fine, coarse)
        stands = freezes(fine, same, times)
        size = (observation.grey.shape[2], observation.grey.shape[1])
        linked = observation.tracks or link(observation.times, observation.people)
        at = partial(zones_of, times, observation.times, size=size, cells=coarse.shape[1:])
        main, others = main_and_others(observation.people, linked)
        cuts = jump_cuts(Changes(fine, coarse), same, times, at(main), at(others))
        frozen = np.zeros(len(times), dtype=bool) | (observation.stands if len(observation.stands) else False)
        for start, stop in stands:
            frozen[start + 1 : stop] = True
        lasts = [float(times[stop - 1] - times[max(start - 1, 0)]) for start, stop in runs(frozen).tolist()]
        scores = {
            "jumps": float(len(cuts) + len(runs(observation.fades))),
            "frozen_s": sum(seconds for seconds in lasts if seconds >= FREEZE_S),
            "duplicated_pct": 100 * busiest(doubled(fine, same) & ~frozen, times),
        }
        return Measurement(self.kind, self.version, scores)

    def gates(self, config: ContinuousConfig) -> tuple[Gate, ...]:
        """Cuts first."""
        return (
            Gate("jumps", "<=", config.max_jumps, "jump_cut", "max_jumps"),
            Gate("frozen_s", "<=", config.max_frozen_s, "frozen", "max_frozen_s"),
            Gate("duplicated_pct", "<=", config.max_duplicated_pct, "duplicated_frames", "max_duplicated_pct"),
        )

    def decide(self, measurement: Measurement, config: ContinuousConfig) -> Verdict:
        """By the gates."""
        return judge(measurement, self.gates(config))
