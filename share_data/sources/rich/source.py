"""Source `rich`: RICH's image folders as straightened videos, one a sequence and camera, with its calibrated focals.

RICH (Huang et al., CVPR 2022) is had from https://rich.is.tue.mpg.de and not redistributed. Its bodies are SMPL-X:
joints and meshes of them need SMPL-X's own licensed files. Truth is therefore what the user exported as SMPL (see
`sources.rich.layout`), and there is some for the 33 published clips alone.
"""

from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from share_data.camera import Calibration as CameraStand
from share_data.errors import SourceError
from share_data.needs import Need
from share_data.records import Video
from share_data.sources.base import SourceConfig
from share_data.sources.rich.calibration import Calibration, read_calibration
from share_data.sources.rich.gravity import read_gravity
from share_data.sources.rich.images import View, parse_uri
from share_data.sources.rich.layout import RichTree, open_tree
from share_data.sources.rich.listing import Choice, list_views, scan_of, video_of, view_frames
from share_data.sources.rich.needs import rich_needs
from share_data.sources.rich.sequences import MOVING_CAMERA, Split
from share_data.store.atomic import atomic_file
from share_data.text import safe_key
from share_data.truth import GroundTruth

if TYPE_CHECKING:
    from share_data.sources.rich.film import Film


class RichConfig(SourceConfig):
    """Your copy of RICH, and what of it to take."""

    kind: Literal["rich"] = "rich"
    root: str = Field(
        min_length=1, description="Folder that RICH's archives were extracted into, or its parent of data."
    )
    splits: tuple[Split, ...] = Field(("test",), min_length=1, description="Of train, val and test.")
    selection: Literal["all", "published"] = Field(
        "all", description="'published': the 33 clips of 100 frames of SHARE's table 1, of test; all: whole sequences."
    )
    downscale: int = Field(4, ge=1, le=16, description="4: 1028 x 752, as evaluations use; 1: 4112 x 3008 as released.")
    sequences: tuple[str, ...] = Field((), description="Only sequences that match one of these globs, e.g. 'Gym_*'.")
    cameras: tuple[int, ...] = Field((), description="Only these camera numbers.")

    @model_validator(mode="after")
    def _published_is_of_test(self) -> Self:
        if self.selection == "published" and self.splits != ("test",):
            raise ValueError("selection 'published' is of the test split: leave `splits` out, or set it to [test]")
        return self

    @property
    def choice(self) -> Choice:
        """What is asked for, apart from where it lies."""
        return Choice(self.splits, self.selection == "published", self.sequences, self.cameras)


class RichSource:
    """Lists what lies in the image folders; a published selection is listed whole, and what is missing fails by name.

    Sequences with two people or a moving camera are listed and labelled: the filters judge them by their pixels.
    """

    kind: ClassVar[str] = "rich"
    Config: ClassVar[Any] = RichConfig

    def __init__(self, config: RichConfig) -> None:
        self.config = config
        self._calibration = cache(self._read_calibration)

    @classmethod
    def needs(cls, config: RichConfig) -> list[Need]:
        """Calibrations, images and, for the published clips, bodies: each with how much of it was found."""
        return rich_needs(Path(config.root).expanduser(), config.choice)

    def list(self) -> Iterator[Video]:
        """By split, sequence and camera; published clips in the paper's order. Raises SourceError, see `list_views`."""
        label = self.config.label
        for view in list_views(self._tree, self.config.choice, label):
            yield video_of(self._tree, view, label, self._focal(view), self._gravity(view))

    def fetch(self, video: Video, into: Path) -> Path:
        """One MP4 below `into`: lens taken out, principal point at the centre, times by frame number.

        Raises SourceError when images, bodies of a published clip, or the camera's calibration are missing or do not
        belong together; VideoError when too many images are damaged.
        """
        film, path = self._film(video, into)
        if not path.exists():
            with atomic_file(path) as handle:
                film.write(handle)
        return path

    def held(self, video: Video, into: Path) -> Path | None:
        """The MP4 that an earlier `fetch` made of the same images, lens and scale; None where there is none."""
        try:
            _, path = self._film(video, into)
        except SourceError:
            return None
        return path if path.exists() else None

    def truth(self, video: Video) -> GroundTruth | None:
        """The exported SMPL truth of a published clip, in its camera's frame; None where there is no export.

        Raises SourceError when it is damaged, or contradicts the bodies beside it.
        """
        from share_data.sources.rich.truth import true_motion

        clip = self._view(video).clip
        return None if clip is None else true_motion(self._tree, clip, self.config.downscale)

    @cached_property
    def _tree(self) -> RichTree:
        return open_tree(Path(self.config.root).expanduser())

    def _film(self, video: Video, into: Path) -> "tuple[Film, Path]":
        from share_data.sources.rich.film import Film

        view = self._view(video)
        frames = view_frames(self._tree, view, video.unit)
        film = Film(video.unit, frames, self._calibration_of(view), self.config.downscale, view.batch is not None)
        return film, into / f"{safe_key(video.video_id)}-{film.digest}.mp4"

    def _view(self, video: Video) -> View:
        view = parse_uri(video.uri)
        if view is None:
            raise SourceError(f"{video.unit}: {video.uri!r} names no video of RICH. List the source again.")
        return view

    def _focal(self, view: View) -> float | None:
        """Pixels of the video as fetched; None where there is no calibration (and fetching will say so)."""
        try:
            calibration = self._calibration_of(view)
        except SourceError:
            return None
        return None if calibration is None else calibration.focal / self.config.downscale

    def _gravity(self, view: View) -> CameraStand | None:
        """None where there is no calibration, or RICH's multicam2world is not there. Raises SourceError, see there."""
        try:
            calibration = self._calibration_of(view)
        except SourceError:
            return None
        if calibration is None:
            return None
        return read_gravity(self._tree.world_of(view.name.scene, scan_of(view)), calibration.world_to_camera)

    def _calibration_of(self, view: View) -> Calibration | None:
        """None for the moving camera, which has none. Raises SourceError when another's is missing or damaged."""
        return None if view.camera == MOVING_CAMERA else self._calibration(view.name.scene, view.camera)

    def _read_calibration(self, scene: str, camera: int) -> Calibration:
        return read_calibration(self._tree.calibration_of(scene, camera))
