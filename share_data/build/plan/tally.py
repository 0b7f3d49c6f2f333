"""What a plan counts of a stage, and of which clips."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from share_data.build.plan.changes import Stage
from share_data.build.stages.keys import how_read, identity
from share_data.records import Video

ESTIMATION: tuple[Stage, ...] = ("humans", "geometry", "reconstruct")
"""The stages of a `reconstruct` job, in order."""


@dataclass(slots=True)
class Tally:
    """A stage so far. units: videos, clips or shards known of; failed: of these, given up by an earlier build.

    work: what is to compute, by `rates` stage, in a rate's units; reasons: why, with how many.
    """

    units: int = 0
    todo: int = 0
    failed: int = 0
    work: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, why: str, rate: str, amount: int) -> None:
        """One unit more to compute."""
        self.todo += 1
        self.reasons[why] += 1
        self.work[rate] += amount


def pixels_of(payload: Mapping[str, Any]) -> dict[str, Any]:
    """What the pixels of a job's clip are, see `identity`."""
    return identity(payload["sha256"], payload["start"], payload["stop"], how_read(Video(**payload["video"])))
