"""A plan as plain values: by stage what is stored, what is to compute, why, and for how long."""

from dataclasses import asdict, dataclass
from typing import Any

from share_data.build.plan.changes import Change, Stage

UNITS: dict[Stage, str] = {"fetch": "video", "mine": "video", "pack": "shard"}
"""What a stage is counted in, where it is not clips."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why so many units of a stage are to compute."""

    text: str
    count: int


@dataclass(frozen=True, slots=True)
class StagePlan:
    """One stage. total: units known of, each of them stored, to compute, or failed before and not tried again.

    seconds: of one worker, for what is to compute; None where no rate is measured. gpu_hours: likewise.
    unknown_videos, unknown_clips: what may bring more units, because it is not mined or not decided upon yet.
    """

    stage: Stage
    unit: str
    total: int
    stored: int
    to_compute: int
    failed_before: int
    unknown_videos: int
    unknown_clips: int
    seconds: float | None
    gpu_hours: float | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Unlisted:
    """A source that cannot be read now, and why: nothing it holds is in the plan."""

    source: str
    error: str
    message: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a build would do.

    clips: windows by what is known of them: dropped, undecided, rejected, failed, candidates, and those
    of the candidates that are unfit: rejected for their reconstruction; video_seconds: true seconds of mined video, by
    source and by what is known of their windows, in these words, candidates without the unfit; changes: of the recipe
    since the last build here; workers: that share the work, busy all the time; seconds: of all of them together until
    the end, for the stages that have a rate; pictures: mined videos by what is unusual about their pictures, see
    `Footage.unusual`; complete: whether that is all there is to do; notes: worth a line; exit_code: 0, or, where
    sources cannot be listed, what a build would end with if nothing more failed.
    """

    output: str
    stages: tuple[StagePlan, ...]
    clips: dict[str, int]
    video_seconds: dict[str, dict[str, float]]
    changes: tuple[Change, ...]
    workers: int
    seconds: float
    gpu_hours: float
    pictures: dict[str, int]
    complete: bool
    unlisted: tuple[Unlisted, ...]
    exit_code: int
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The plan as plain data."""
        return asdict(self)
