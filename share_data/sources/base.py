"""The contract of a source adapter."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

from pydantic import Field

from share_data.records import Video
from share_data.strict import StrictModel
from share_data.truth import GroundTruth


class SourceConfig(StrictModel):
    """Fields every source has; adapters add theirs.

    A subclass narrows `kind` to its literal, with that as default.
    """

    kind: str
    name: str = Field(
        default="", max_length=40, pattern=r"^[A-Za-z0-9_-]*$", description="Name in records; default: the kind."
    )
    video_track: int | None = Field(
        default=None,
        ge=0,
        description="Video track of every file, from 0 as in ffprobe's v:N; default: the default, moving, colour one.",
    )

    time_scale: float = Field(
        default=1.0, gt=0, description="True seconds a second of its files: 1.25 where they play 1.25 times too fast."
    )

    @property
    def at_once(self) -> int | None:
        """How many of its videos a build may fetch at a time; None: as many as there are workers."""
        return None

    @property
    def label(self) -> str:
        """The name this source goes by in records and in the ledger."""
        return self.name or self.kind


class Source(Protocol):
    """Lists videos cheaply and in a fixed order; fetches one on demand. Built as `Source(config)`.

    Registered in the entry point group `share_data.sources`.

    Attributes:
        kind: what recipes call it, the entry point's name.
        Config: its part of a recipe, a `SourceConfig`.
    """

    kind: ClassVar[str]
    Config: ClassVar[Any]

    def __init__(self, config: Any) -> None: ...

    def list(self) -> Iterator[Video]:
        """Every video, in a deterministic order.

        Yields:
            Videos with all they carry into a record: uri, licence, attribution, labels. Nothing is fetched.

        Raises:
            SourceError: the source itself is unusable.
        """
        ...

    def fetch(self, video: Video, into: Path) -> Path:
        """A local file of a video.

        Args:
            video: one that this source lists.
            into: a folder for what has to be made or loaded.

        Returns:
            Its own path if it is already on disk, else a file below `into`.

        Raises:
            SourceError: it cannot be had.
            VideoError: what came is no video.
        """
        ...

    def truth(self, video: Video) -> GroundTruth | None:
        """Ground truth of a video.

        Args:
            video: one that this source lists.

        Returns:
            One entry a video frame; None where the source has none.
        """
        ...


@runtime_checkable
class Holds(Protocol):
    """A source that can tell where a video's file lies without setting to work: `plan` counts it as fetched."""

    def held(self, video: Video, into: Path) -> Path | None:
        """The file that `fetch` would return at once, or None where it would have to make or load it."""
        ...


@runtime_checkable
class SharesCameras(Protocol):
    """A source whose videos come from a few fixed cameras, `Video.camera`, and lie on this machine already.

    What is pooled over a camera's videos goes into the records of all of them, see `build.camera_pool`.
    """

    def siblings(self, video: Video, count: int) -> Sequence[Path]:
        """Files filmed by the camera of a video, its own among them or not; none is fetched or made. Cheap and
        deterministic.

        A file's name without its suffix is the video's id as far as letters and digits go, or an opt-out list cannot
        keep the file out.

        Args:
            video: one that this source lists.
            count: how many at most.

        Returns:
            The same for every video of the camera, and the first of those that a larger `count` gives.

        Raises:
            SourceError: the source itself is unusable.
        """
        ...
