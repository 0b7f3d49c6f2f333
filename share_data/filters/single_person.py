"""Is there one person, all the time? The people of the clip's samples, followed from one to the next."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field

from share_data.camera import Floats
from share_data.filters.base import FilterConfig, Observation
from share_data.filters.evidence import company, tracks
from share_data.filters.evidence.company import Kind, Seen, kinds_of, main_track, tracks_of
from share_data.filters.evidence.presence import chosen, frames_in_view, longest_absence, share_in_view
from share_data.filters.evidence.tracks import areas, link
from share_data.filters.gates import Gate, Score, judge
from share_data.filters.verdict import Verdict
from share_data.records import Bools, Measurement


class SinglePersonConfig(FilterConfig):
    """Thresholds. The main person is the track that fills most of the picture for longest; sizes are box areas."""

    kind: Literal["single_person"] = "single_person"
    renamed: ClassVar[Mapping[str, str]] = {"max_company": "single_person.max_company_s: the same in seconds"}

    min_presence: float = Field(0.9, ge=0, le=1, description="Share of the time that must show the main person.")
    max_company_s: float = Field(0.3, ge=0, description="Seconds in which somebody else of size may be in view.")
    max_swaps: float = Field(0, ge=0, description="How often the main person may turn into another one.")
    max_mirrored_s: float | None = Field(None, ge=0, description="Seconds that may show him in a mirror too.")
    max_pictured_s: float | None = Field(None, ge=0, description="Seconds that may show people on screens or posters.")
    max_far_s: float | None = Field(None, ge=0, description="Seconds that may show others far away.")


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is in a clip. main: whom the clip is about; others: by kind, in which samples, (S,) bool each."""

    main: Seen
    others: dict[Kind, Bools]
    swaps: int

    @classmethod
    def of(cls, observation: Observation) -> Self | None:
        """None where nobody was found."""
        linked = observation.tracks or link(observation.times, observation.people)
        found = tracks_of(observation.people, linked)
        if not found:
            return None
        name, count = main_track(found), len(observation.times)
        main = found.pop(name)
        others: dict[Kind, Bools] = {kind: np.zeros(count, dtype=bool) for kind in company.KINDS}
        swaps = 0
        kinds = kinds_of(found, main, observation.grey)
        for number, other in found.items():
            kind = kinds[number]
            others[kind] |= chosen(other.samples, count)
            swaps += kind == "company" and _takes_over(other, main)
        return cls(main, others, swaps)

    def company(self, frame_times: Floats, sample_times: Floats) -> Bools:
        """(T,) frames in which somebody else of size may be in view. frame_times: (T,), sample_times: (S,) seconds."""
        return frames_in_view(frame_times, sample_times, self.others["company"])


def company_in(observation: Observation) -> Bools:
    """(T,) frames of a clip in which somebody else of size may be in view; none where nobody was found."""
    cast = Cast.of(observation)
    if cast is None:
        return np.zeros(len(observation.frame_times), dtype=bool)
    return cast.company(observation.frame_times, observation.times)


class SinglePerson:
    """Rejects `no_person`, `person_changes`, `multiple_people` and `person_leaves`."""

    kind: ClassVar[str] = "single_person"
    version: ClassVar[int] = tracks.VERSION + company.VERSION
    Config: ClassVar[Any] = SinglePersonConfig
    scores: ClassVar[tuple[Score, ...]] = (
        Score("presence", "share of the time", "higher", "in which the main person is in view"),
        Score("absent_s", "s", "lower", "longest time between two samples that show the main person"),
        Score("company_s", "s", "lower", "in which somebody else of size may be in view"),
        Score("far_s", "s", "lower", "in which others may be in view who are far away"),
        Score("mirrored_s", "s", "lower", "in which the main person may be in view a second time"),
        Score("pictured_s", "s", "lower", "in which a screen or a poster may show people"),
        Score(
            "swaps", "times", "lower", "that somebody else is there before the main person comes or after he has left"
        ),
        Score("count_max", "people", "lower", "most in one sample, pictures and reflections with them"),
        Score("second_area_max", "ratio", "lower", "largest area of somebody else of size, of the main one's"),
    )

    def measure(self, observation: Observation) -> Measurement:
        """Scores as `scores` says; of `presence` alone where there is nobody."""
        cast = Cast.of(observation)
        if cast is None:
            return Measurement(self.kind, self.version, {"presence": 0.0, "count_max": 0.0})
        times = observation.times
        seen = chosen(cast.main.samples, len(times))
        scores = {
            "presence": share_in_view(times, seen),
            "absent_s": longest_absence(times, seen),
            "swaps": float(cast.swaps),
            "count_max": float(max(len(boxes) for boxes in observation.people)),
            "second_area_max": _second(observation, cast),
        }
        scores |= {f"{kind}_s": _seconds(times, shown) for kind, shown in cast.others.items()}
        return Measurement(self.kind, self.version, scores)

    def gates(self, config: SinglePersonConfig) -> tuple[Gate, ...]:
        """Nobody at all comes first, then another person, company, absence."""
        apart = {"mirrored_s": config.max_mirrored_s, "pictured_s": config.max_pictured_s, "far_s": config.max_far_s}
        return (
            Gate("presence", ">", 0, "no_person"),
            Gate("swaps", "<=", config.max_swaps, "person_changes", "max_swaps"),
            Gate("company_s", "<=", config.max_company_s, "multiple_people", "max_company_s"),
            Gate("presence", ">=", config.min_presence, "person_leaves", "min_presence"),
            *(Gate(name, "<=", most, name[:-2], f"max_{name}") for name, most in apart.items() if most is not None),
        )

    def decide(self, measurement: Measurement, config: SinglePersonConfig) -> Verdict:
        """By the gates."""
        return judge(measurement, self.gates(config))


def _takes_over(other: Seen, main: Seen) -> bool:
    """Whether somebody is there only before the main person comes, or after he has left."""
    return bool(other.samples[0] > main.samples[-1] or other.samples[-1] < main.samples[0])


def _seconds(times: Floats, shown: Bools) -> float:
    """Seconds between the samples without them around each that shows them. times: (S,); shown: (S,) bool."""
    steps = np.diff(times)
    return float(steps[shown[1:] | shown[:-1]].sum())


def _second(observation: Observation, cast: Cast) -> float:
    """Largest area of anybody but the main person in a sample with company, of the main person's usual area."""
    usual = max(float(np.median(areas(cast.main.boxes))), 1.0)
    largest = 0.0
    for sample in np.flatnonzero(cast.others["company"]).tolist():
        main = cast.main.boxes[cast.main.samples == sample]
        others = [box for box in observation.people[sample] if not (len(main) and np.array_equal(box[:4], main[0]))]
        largest = max([largest, *(areas(np.stack(others)) / usual if others else [])])
    return float(largest)
