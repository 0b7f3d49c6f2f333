"""What a consumer of a finished corpus imports."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from share_data.corpus.torch_data import CorpusDataset, CorpusStream


def open_corpus(
    place: Path | str,
    *,
    split: str | None = None,
    split_by: str = "video",
    fractions: Mapping[str, float] | None = None,
    where: str | None = None,
    window: int | None = None,
    stride: int | None = None,
    fps: float | None = None,
    rotation: Literal["axis_angle", "6d", "matrix"] = "axis_angle",
    frame: Literal["world", "canonical"] = "world",
    invalid: Literal["mask", "skip"] = "mask",
    scene_points: int | Literal["all"] | None = 8192,
    scene_radius: float | None = None,
    scene_arrays: tuple[str, ...] = ("colors", "normals"),
    occupancy: Any = None,
    text: bool = False,
    stream: bool = False,
    seed: int = 0,
    buffer: int = 1024,
) -> "CorpusDataset | CorpusStream":
    """A finished corpus as a torch dataset; torch is imported here, and not before.

    What a sample holds, with shapes, units and frames of reference: `share_data.corpus.torch_batches.Sample`.

    Args:
        place: the corpus' folder, or its URL (`s3://`, `hf://`, `https://`: whatever fsspec knows).
        split: a key of `fractions`, or with a `split_by` of the source's own, a value of that label; None for all.
        split_by: what no two splits share: `video`, `subject` or `camera` (labels), by hashes that stay when the corpus
            grows; or the source's own split: `source` for its label `split`, or a label such as `split_xsub`. One file
            under two names is one video everywhere but in the source's own splits.
        fractions: of a split's hashes, adding up to 1; by default train 0.8, val 0.1, test 0.1.
        where: which records, by the columns of the index: `confidence > 0.8 and labels.activity == "Walk"`. See
            `share_data.corpus.where.chosen_rows`.
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
        occupancy: `share_data.corpus.training.options.Occupancy`, for a box of voxels about the first pelvis.
        text: captions from the source's labels.
        stream: an iterable dataset, shard after shard with a buffer, instead of one by number.
        seed, buffer: of the order of a stream; samples that are mixed with each other.

    Returns:
        The dataset, with `collate` for a DataLoader. `share_data.corpus.torch_data.Loader` goes on in mid-epoch.

    Raises:
        CorpusError: there is no such corpus, or nothing is left of it; an option that means nothing.
        MissingDependencyError: the URL needs a package that is not installed.
    """
    from share_data.corpus.torch_data import CorpusDataset, CorpusStream
    from share_data.corpus.training.options import FRACTIONS, Choice, SampleOptions
    from share_data.corpus.training.reader import open_reader

    sample = SampleOptions(
        window=window,
        stride=stride,
        fps=fps,
        rotation=rotation,
        frame=frame,
        invalid=invalid,
        scene_points=scene_points,
        scene_radius=scene_radius,
        scene_arrays=tuple(scene_arrays),
        occupancy=occupancy,
        text=text,
    )
    reader = open_reader(place, Choice(split, split_by, fractions or FRACTIONS, where), sample)
    return CorpusStream(reader, seed, buffer) if stream else CorpusDataset(reader)
