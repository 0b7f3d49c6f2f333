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

    What a sample holds, with shapes, units and frames of reference: `share_data.corpus.torch_batches.Sample`. What each
    option does: `Choice` (which records) and `SampleOptions` (what of them) in `share_data.corpus.training.options`.

    Args:
        place: the corpus' folder, or its URL (`s3://`, `hf://`, `https://`: whatever fsspec knows).
        split, split_by, fractions: a part by video, subject, camera or the source's own; None for all records.
        where: a condition on the index: `confidence > 0.8 and labels.activity == "Walk"`.
        window, stride, fps: frames a sample, from one window to the next, and a second; None for those of the clip.
        rotation, frame, invalid: of `pose`; the clip's world or the window's own; what becomes of unseen frames.
        scene_points, scene_radius, scene_arrays, occupancy: of the scene: how many, how near, with what; as voxels.
        text, stream, seed, buffer: captions; iterable, shard after shard; of its order; how many samples it mixes.

    Returns:
        The dataset, with `collate` for a DataLoader. `share_data.corpus.torch_data.Loader` goes on in mid-epoch.

    Raises:
        CorpusError: no such corpus, or nothing is left of it; an option that means nothing.
        MissingDependencyError: the URL needs a package that is not installed.
    """
    from share_data.corpus.torch_data import CorpusDataset, CorpusStream
    from share_data.corpus.training.options import FRACTIONS, Choice, SampleOptions
    from share_data.corpus.training.reader import open_reader

    scene = scene_points, scene_radius, scene_arrays, occupancy
    asked = SampleOptions(window, stride, fps, rotation, frame, invalid, *scene, text)
    reader = open_reader(place, Choice(split, split_by, fractions or FRACTIONS, where), asked)
    return CorpusStream(reader, seed, buffer) if stream else CorpusDataset(reader)
