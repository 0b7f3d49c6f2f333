"""Samples and batches as tensors. A batch is one block of memory, in a DataLoader's worker a shared one."""

import math
from collections.abc import Sequence
from typing import Any, NotRequired, TypedDict

import numpy as np
import torch
from torch.utils.data import get_worker_info

from share_data.corpus.training.placing import Arrays, Shapes
from share_data.corpus.training.reader import Pick, SampleReader

_ALIGNED = 64
_TEXTS = ("key", "text")


class Sample(TypedDict):
    """One sample; a batch has the same fields with a first axis more, and lists of texts. F frames, N points.

    All lengths are metres, all times seconds. The frame of reference is the world (z up, floor at z = 0, origin below
    the camera, +y where it looks) or, with `frame="canonical"`, the window's own: z up, floor at z = 0, first pelvis at
    x = y = 0, first heading along +y. Frames from `length` on repeat the last one; `mask` says which to learn from.

    Attributes:
        pose: (F, 24, 3), (F, 24, 6) or (F, 24, 3, 3) float32, rotations of SMPL's joints: 0 is the body's in the frame
            of reference, the others relative to their parents. `6d` is the matrix' first column, then its second.
        transl: (F, 3) float32, SMPL's translation; the pelvis is `joints[:, 0]`.
        betas: (10,) float32, SMPL's shape.
        joints: (F, 24, 3) float32.
        foot_contact: (F, 4) bool, left ankle, left toes, right ankle, right toes rest on the floor.
        company: (F,) bool, somebody else of size may be in view; false throughout where the record does not tell.
        contact_distance: (F, 24) float32, from the skin about each joint to the scene; negative is behind its surface.
        confidence: (F,) float32, 0 to 1.
        times: (F,) float32, from the first frame on.
        mask: (F,) bool, frames to learn from: not padding, and the person was seen.
        length: int64, frames that are not padding.
        record: int64, the record's number in its corpus.
        T_world_sample: (4, 4) float32, to the world frame from this one.
        key: the record's key.
        text: the clip in words, empty unless asked for; see `share_data.corpus.training.captions`.
        points: (N, 3) float32, scene points; zeros where there are no more.
        point_mask: (N,) bool, points that are there.
        colors: (N, 3) uint8, red, green, blue.
        normals: (N, 3) float32, unit length, towards the camera.
        point_source: (N,) uint8, see docs/formats.md.
        occupancy: (X, Y, Z) uint8, 1 where a point lies in the voxel. 0 is empty, or never seen.
    """

    pose: torch.Tensor
    transl: torch.Tensor
    betas: torch.Tensor
    joints: torch.Tensor
    foot_contact: torch.Tensor
    company: torch.Tensor
    contact_distance: torch.Tensor
    confidence: torch.Tensor
    times: torch.Tensor
    mask: torch.Tensor
    length: torch.Tensor
    record: torch.Tensor
    T_world_sample: torch.Tensor
    key: Any
    text: Any
    points: NotRequired[torch.Tensor]
    point_mask: NotRequired[torch.Tensor]
    colors: NotRequired[torch.Tensor]
    normals: NotRequired[torch.Tensor]
    point_source: NotRequired[torch.Tensor]
    occupancy: NotRequired[torch.Tensor]


class Batch(Sequence[Sample]):
    """Samples that lie in the memory of one batch.

    Args:
        whole: the batch.
    """

    def __init__(self, whole: Sample) -> None:
        self.whole = whole

    def __len__(self) -> int:
        return len(self.whole["key"])

    def __getitem__(self, which: Any) -> Any:
        """A sample of the batch, sharing its memory."""
        return {name: value[which] for name, value in self.whole.items()}  # type: ignore[index]


def read_batch(reader: SampleReader, picks: Sequence[Pick]) -> Batch:
    """Read samples into one batch.

    Args:
        reader: of the corpus.
        picks: which; one at least.

    Raises:
        CorpusError: a record is not there, or damaged; names shard and record.
    """
    stretches = reader.stretches(picks)
    tensors, arrays = _allocated(reader.shapes(stretches), len(picks))
    keys, texts = reader.fill(arrays, stretches, picks)
    return Batch({**tensors, "key": keys, "text": texts})  # type: ignore[typeddict-item]


def _allocated(shapes: Shapes, count: int) -> tuple[dict[str, torch.Tensor], Arrays]:
    """Zeros for a batch, as tensors and as the arrays that they are: one block, one file handle to hand over."""
    places, total = {}, 0
    for name, (shape, dtype) in shapes.items():
        size = math.prod((count, *shape)) * np.dtype(dtype).itemsize
        places[name] = total, size
        total += -(-size // _ALIGNED) * _ALIGNED
    if get_worker_info() is None:
        block = torch.zeros(total, dtype=torch.uint8)
    else:
        # Fresh shared memory is zero.
        block = torch.empty(0, dtype=torch.uint8).set_(torch.UntypedStorage._new_shared(total))  # type: ignore[no-untyped-call]
    tensors, arrays, memory = {}, {}, block.numpy()
    for name, (start, size) in places.items():
        shape, dtype = (count, *shapes[name][0]), np.dtype(shapes[name][1])
        arrays[name] = memory[start : start + size].view(dtype).reshape(shape)
        tensors[name] = block[start : start + size].view(_TORCH[dtype.name]).view(shape)
    return tensors, arrays


_TORCH = {
    "float32": torch.float32,
    "int64": torch.int64,
    "uint8": torch.uint8,
    "bool": torch.bool,
}


def collated(samples: Sequence[Sample]) -> Sample:
    """A batch of samples, padded to the longest clip and the largest scene.

    Args:
        samples: of one dataset, at least one.

    Returns:
        (B, ...) tensors, and lists of texts; of a `Batch`, its own memory.
    """
    if isinstance(samples, Batch):
        return samples.whole
    batch: dict[str, Any] = {}
    for name, first in samples[0].items():
        values: list[Any] = [sample[name] for sample in samples]  # type: ignore[literal-required]
        batch[name] = values if name in _TEXTS else _padded(name, values, first)
    return batch  # type: ignore[return-value]


def _padded(name: str, values: Sequence[torch.Tensor], first: Any) -> torch.Tensor:
    longest = max((len(value) for value in values), default=0) if first.ndim else 0
    if all(len(value) == longest for value in values) if first.ndim else True:
        return torch.stack(list(values))
    # Scenes end in zeros, motions in their last frame.
    repeats = name not in ("points", "point_mask", "colors", "normals", "point_source", "mask")
    batch: torch.Tensor = first.new_zeros((len(values), longest, *first.shape[1:]))
    for place, value in enumerate(values):
        batch[place, : len(value)] = value
        if repeats:
            batch[place, len(value) :] = value[-1]
    return batch
