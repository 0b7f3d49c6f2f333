"""What a training asks of a corpus."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, get_args

from share_data.corpus.training.rotations import Representation
from share_data.errors import CorpusError

Frame = Literal["world", "canonical"]
Invalid = Literal["mask", "skip"]
_SPLIT_BY = ("video", "subject", "camera", "source")
FRACTIONS: Mapping[str, float] = MappingProxyType({"train": 0.8, "val": 0.1, "test": 0.1})


@dataclass(frozen=True, slots=True)
class Occupancy:
    """A box of voxels about the first pelvis, in metres. voxel: edge; width: along x and y; height: above the floor."""

    voxel: float = 0.1
    width: float = 4.0
    height: float = 2.4

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels along x, y and z."""
        side = round(self.width / self.voxel)
        return side, side, round(self.height / self.voxel)


@dataclass(frozen=True, slots=True)
class SampleOptions:
    """What a sample holds.

    Attributes:
        window: frames a sample; shorter clips are padded. None for whole clips.
        stride: every window, so many frames apart. None for one window a clip and epoch, at a drawn place.
        fps: frames a second, between those of the clip by their true times; None for each clip's own.
        rotation: of `pose`.
        frame: of reference: the clip's world, or the window's own.
        invalid: frames in which the person was not seen: False in `mask`; or leave out windows that have any (which
            reads a little of each record first).
        scene_points: how many a sample, evenly from the whole scene; `all`; None for no scene.
        scene_radius: metres on the floor; points within it of the window's path alone.
        scene_arrays: what comes with the points: `colors`, `normals`, `point_source`.
        occupancy: a box of voxels about the first pelvis.
        text: captions from the source's labels.

    Raises:
        CorpusError: one of them means nothing; the message says what does.
    """

    window: int | None = None
    stride: int | None = None
    fps: float | None = None
    rotation: Representation = "axis_angle"
    frame: Frame = "world"
    invalid: Invalid = "mask"
    scene_points: int | Literal["all"] | None = 8192
    scene_radius: float | None = None
    scene_arrays: tuple[str, ...] = ("colors", "normals")
    occupancy: Occupancy | None = None
    text: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "scene_arrays", tuple(self.scene_arrays))
        choices = {"rotation": Representation, "frame": Frame, "invalid": Invalid}
        for name, kind in choices.items():
            if getattr(self, name) not in get_args(kind):
                raise CorpusError(f"{name}={getattr(self, name)!r}: give one of {', '.join(get_args(kind))}.")
        for name in ("window", "stride", "fps", "scene_radius"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise CorpusError(f"{name}={value!r}: give a number above 0, or None.")
        if self.stride and not self.window:
            raise CorpusError("stride is for windows: give a window, too.")
        if self.scene_points not in (None, "all") and not (
            isinstance(self.scene_points, int) and self.scene_points > 0
        ):
            raise CorpusError(f"scene_points={self.scene_points!r}: give a number of points, 'all' or None.")
        if unknown := set(self.scene_arrays) - {"colors", "normals", "point_source"}:
            raise CorpusError(f"scene_arrays: no {min(unknown)!r}. Choose from colors, normals, point_source.")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which records are taken.

    Attributes:
        split: a key of `fractions`, or with a `split_by` of the source's own, a value of that label; None for all.
        split_by: what no two splits share: `video`, `subject` or `camera` (labels), by hashes that stay when the corpus
            grows; or the source's own split: `source` for its label `split`, or a label such as `split_xsub`. One file
            under two names, or footage that is in two files, is one video everywhere but in the source's own splits.
        fractions: of a split's hashes, adding up to 1.
        where: which records, by the columns of the index; see `share_data.corpus.where.chosen_rows`.

    Raises:
        CorpusError: `split_by` is none of these.
    """

    split: str | None = None
    split_by: str = "video"
    fractions: Mapping[str, float] = field(default_factory=lambda: FRACTIONS)
    where: str | None = None

    def __post_init__(self) -> None:
        if self.split_by not in _SPLIT_BY and not self.split_by.startswith("split_"):
            raise CorpusError(f"split_by={self.split_by!r}: give one of {', '.join(_SPLIT_BY)}, or a label split_NAME.")

    @property
    def label(self) -> str | None:
        """The label that holds the source's own split, None where splits are made here."""
        return "split" if self.split_by == "source" else self.split_by if self.split_by.startswith("split_") else None
