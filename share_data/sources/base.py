"""The contract of a source adapter."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

from pydantic import Field

from share_data.camera import Floats
from share_data.config import StrictModel
from share_data.records import Video


class SourceConfig(StrictModel):
    """Fields every source has; adapters add theirs."""

    kind: str
    name: str = Field(
        default="", max_length=40, pattern=r"^[A-Za-z0-9_-]*$", description="Name in records; default: the kind."
    )

    @property
    def label(self) -> str:
        """The name this source goes by in records and in the ledger."""
        return self.name or self.kind


@dataclass(frozen=True, slots=True)
class GroundTruth:
    """True motion of a video, camera frame, one entry per video frame.

    vertices: (T, V, 3) float32 metres; joints: (T, 24, 3) float32 metres; `body` names the body model they belong to;
    focal: pixels.
    """

    vertices: Floats
    joints: Floats
    body: str
    focal: float


class Source(Protocol):
    """Lists videos cheaply and in a fixed order; fetches one on demand. Built as `Source(config)`."""

    kind: ClassVar[str]
    Config: ClassVar[Any]

    def __init__(self, config: Any) -> None: ...

    def list(self) -> Iterator[Video]:
        """Every video, in a deterministic order. Raises SourceError when the source itself is unusable."""
        ...

    def fetch(self, video: Video, into: Path) -> Path:
        """A local file of this video: its own path if it is already on disk, else a file made under the folder `into`.

        Raises SourceError or VideoError.
        """
        ...

    def truth(self, video: Video) -> GroundTruth | None:
        """Ground truth where the source has it, else None."""
        ...
