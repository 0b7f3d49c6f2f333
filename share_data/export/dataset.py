"""What text-to-motion data sets have beside their motions: captions, splits, mean and deviation."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.corpus.training.captions import caption
from share_data.export.base import npy
from share_data.export.folder import ExportFolder
from share_data.text import plain_line

SPLITS = ("train", "val", "test")
_SHARES = (0.80, 0.85, 1.0)
"""Up to where a video's hash puts it into each split: HumanML3D's own shares."""
_NAMES_OF = {"train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}


def split_of(metadata: Mapping[str, Any]) -> str:
    """The source's own split; else one by hash: the same for all clips of a video, whatever else is in the corpus."""
    told = _NAMES_OF.get(str(metadata["labels"].get("split", "")).lower())
    if told:
        return told
    unit = f"{metadata['source']}/{metadata['video_id']}".encode("utf-8", "backslashreplace")
    place = int.from_bytes(hashlib.sha256(unit).digest()[:8], "big") / 2**64
    return next(split for split, end in zip(SPLITS, _SHARES, strict=True) if place < end)


def caption_of(metadata: Mapping[str, Any]) -> str:
    """The record in words, as `corpus.training.captions` has it, without the signs that HumanML3D's files are cut at.

    >>> caption_of({"labels": {"activity": "Drink.Fromcup"}, "title": ""})
    'a person drinks from a cup'
    """
    return re.sub(r"[#/\s]+", " ", plain_line(caption(metadata))).strip()


def text_lines(text: str) -> bytes:
    """A file of HumanML3D's texts: caption # word/part-of-speech ... # from # to, of the whole clip.

    Parts of speech are not told: OTHER, which its loaders know.
    """
    tokens = " ".join(f"{word}/OTHER" for word in re.findall(r"[a-z0-9']+", text.lower()))
    return f"{text}#{tokens}#0.0#0.0\n".encode() if tokens else b""


def pieces(frames: int, most: int) -> list[slice]:
    """A clip's frames in equal parts of at most `most`.

    >>> pieces(5, 3)
    [slice(0, 2, None), slice(2, 5, None)]
    """
    edges = np.linspace(0, frames, -(-frames // most) + 1).round().astype(int).tolist()
    return [slice(start, stop) for start, stop in pairwise(edges)]


def piece_names(key: str, count: int) -> list[str]:
    """The names of a clip's parts: the key, numbered where there are several."""
    return [key] if count == 1 else [f"{key}_p{number + 1}" for number in range(count)]


def statistics(folder: ExportFolder, below: str, groups: Sequence[slice]) -> tuple[Floats, Floats]:
    """Mean and deviation over all frames of all files of a folder, in two passes, a file in memory at a time.

    Args:
        folder: of the export.
        below: which of its folders; npy files of (T, D).
        groups: dimensions that share the mean of their deviations, as the data sets' own scripts have it.

    Returns:
        (D,) and (D,) float32; a deviation of 0, with which nothing can be divided, is 1.
    """
    count, total = 0, np.zeros(1)
    for vectors in _vectors(folder, below):
        count, total = count + len(vectors), total + vectors.sum(axis=0)
    mean = total / max(count, 1)
    squares = np.zeros(1)
    for vectors in _vectors(folder, below):
        squares = squares + ((vectors - mean) ** 2).sum(axis=0)
    deviation = np.sqrt(squares / max(count, 1))
    for group in groups:
        deviation[group] = deviation[group].mean()
    return mean.astype(np.float32), np.where(deviation > 0, deviation, 1).astype(np.float32)


def _vectors(folder: ExportFolder, below: str) -> Iterator[NDArray[np.float64]]:
    for line in folder.clips():
        for file in line["files"]:
            if Path(file["path"]).parts[0] == below:
                yield np.load(folder.folder / file["path"], allow_pickle=False).astype(np.float64)


def write_lists(folder: ExportFolder, place: str, more: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The lists of names, a line a name, and how many there are.

    Args:
        folder: whose clips have `names` and `split` in their notes.
        place: of the lists below it, such as "split/".
        more: further lists, of which splits each.
    """
    names: dict[str, list[str]] = {split: [] for split in SPLITS}
    without_text = 0
    for line in folder.clips():
        names[line["split"]] += line["names"]
        without_text += 0 if line["caption"] else len(line["names"])
    for name, splits in ({split: [split] for split in SPLITS} | dict(more)).items():
        folder.add(f"{place}{name}.txt", "".join(f"{each}\n" for split in splits for each in names[split]).encode())
    return {"motions": {split: len(found) for split, found in names.items()}, "motions_without_text": without_text}


def write_statistics(folder: ExportFolder, place: str, below: str, groups: Sequence[slice]) -> None:
    """`Mean.npy` and `Std.npy`, see `statistics`."""
    mean, deviation = statistics(folder, below, groups)
    folder.add(f"{place}Mean.npy", npy(mean))
    folder.add(f"{place}Std.npy", npy(deviation))
