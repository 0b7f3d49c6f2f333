"""Source `synthetic`: rendered people in rendered rooms, as real MP4 files with exact ground truth beside them."""

from collections.abc import Iterator
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from share_data.camera import Calibration
from share_data.errors import SourceError
from share_data.records import Video
from share_data.sources.base import SourceConfig
from share_data.store.atomic import atomic_file, atomic_write
from share_data.store.hashing import bytes_sha256, canonical_json
from share_data.synthetic.specs import ClipSpec, Scenario, draw, mixed
from share_data.truth import GroundTruth

if TYPE_CHECKING:
    from share_data.body.model import BodyModel

RENDER_VERSION = 4
"""Part of every file's name: raise it when anything changes what is rendered, or its bytes."""
DEPTH_VERSION = 1
CRF = 17


class SyntheticConfig(SourceConfig):
    """Which clips to render. Everything not written here is drawn from `seed`."""

    kind: Literal["synthetic"] = "synthetic"
    seed: int = Field(0, ge=0, lt=2**31)
    clips: tuple[ClipSpec, ...] = Field((), description="Clips, one by one.")
    count: int = Field(0, ge=0, le=10_000, description="This many clips more, with actions in turn and mixed hazards.")
    calibrated: bool = Field(True, description="Tell the pipeline the camera's true focal length.")
    depth: bool = Field(
        False,
        description="Write the true depth of every frame beside its video, as `geometry.kind: sensor` reads it: then "
        "the scene is what the room truly shows, furniture included.",
    )
    posed: bool = Field(
        False, description="Tell it how the true camera stands too: then its gravity and floor are no results."
    )


class SyntheticSource:
    """Renders on demand; the licence of what it makes is CC0-1.0."""

    kind: ClassVar[str] = "synthetic"
    Config: ClassVar[type[SyntheticConfig]] = SyntheticConfig

    def __init__(self, config: SyntheticConfig) -> None:
        self.config = config

    @cached_property
    def _scenarios(self) -> dict[str, Scenario]:
        seed = self.config.seed
        specs = (*self.config.clips, *mixed(self.config.count, seed))
        scenarios = [draw(spec, seed, index) for index, spec in enumerate(specs)]
        return {each.clip_id: each for each in scenarios}

    @cached_property
    def _body(self) -> "BodyModel":
        from share_data.body.model import load_body

        return load_body()

    def list(self) -> Iterator[Video]:
        """One video a clip, in the recipe's order. Raises SourceError when the recipe asks for no clip."""
        if not self._scenarios:
            raise SourceError(f"{self.config.label}: no clips asked for. List some under `clips`, or give a `count`.")
        for each in self._scenarios.values():
            yield self._video(each)

    def _video(self, each: Scenario) -> Video:
        labels = {"action": each.action, "hazard": each.hazard, "room": str(each.room), "frames": str(each.frames)}
        return Video(
            source=self.config.label,
            video_id=each.clip_id,
            uri=f"synthetic://{self.config.seed}/{each.clip_id}",
            licence="CC0-1.0",
            redistributable=True,
            attribution="rendered by share-data",
            title=f"{each.action.replace('_', ' ')}, hazard: {each.hazard}",
            labels=labels,
            focal_px=each.focal_px if self.config.calibrated else None,
            calibration=_calibration(each) if self.config.posed else None,
        )

    def _scenario(self, video: Video) -> Scenario:
        if video.video_id not in self._scenarios:
            raise SourceError(f"{video.unit}: this recipe's synthetic source has no such clip. List the source again.")
        return self._scenarios[video.video_id]

    def _path(self, each: Scenario, into: Path) -> Path:
        identity = {"plan": each.as_json(), "body": self._body.sha256, "version": RENDER_VERSION}
        identity |= {"depth": DEPTH_VERSION} if self.config.depth else {}
        return into / f"{each.clip_id}-{bytes_sha256(canonical_json(identity))[:12]}.mp4"

    def fetch(self, video: Video, into: Path) -> Path:
        """Render the clip under `into`, unless the same clip is already there. Its truth is `<stem>.truth.safetensors`.

        With `depth`, the depth of its frames lies in `<stem>_depth`, a 16-bit PNG image of millimetres each.
        Raises SourceError for a video this source did not list.
        """
        from share_data.synthetic.depth_images import with_depth_written
        from share_data.synthetic.film import shoot, shoot_with_depth
        from share_data.synthetic.production import scenes, take
        from share_data.synthetic.truth import truth_bytes
        from share_data.video.encode import encode_mp4

        each = self._scenario(video)
        path = self._path(each, into)
        if path.exists():
            return path
        parts = scenes(each, self._body)
        atomic_write(path.with_suffix(".truth.safetensors"), truth_bytes(parts, self._body))
        takes = (take(part, self._body) for part in parts)
        if self.config.depth:
            filmed = chain.from_iterable(map(shoot_with_depth, takes))
            frames = with_depth_written(filmed, path.with_name(f"{path.stem}_depth"))
        else:
            frames = chain.from_iterable(map(shoot, takes))
        # The video comes last: where it stands, its truth stands too.
        with atomic_file(path) as handle:
            encode_mp4(enumerate(frames), each.fps, CRF, handle)
        return path

    def held(self, video: Video, into: Path) -> Path | None:
        """The clip that an earlier `fetch` rendered, None where there is none."""
        each = self._scenarios.get(video.video_id)
        path = None if each is None else self._path(each, into)
        return path if path is not None and path.exists() else None

    def truth(self, video: Video) -> GroundTruth | None:
        """Where the main person truly was, computed anew from the scenario; None for an empty room."""
        from share_data.synthetic.production import scenes
        from share_data.synthetic.truth import truth_of

        return truth_of(scenes(self._scenario(video), self._body), self._body)


def _calibration(each: Scenario) -> Calibration:
    """How the camera truly stands, on its tripod."""
    from share_data.synthetic.cameras import camera_path
    from share_data.synthetic.staging import stage

    path = camera_path(each, stage(each))
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = path.base.T, path.centre
    return Calibration.of(T_world_cam=matrix)
