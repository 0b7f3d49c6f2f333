"""The same records in the formats people stream from, and loaders over them as their documentation has it.

Every peer crops as a user would: a window at a random place, points at random rows. Nothing of share_data is imported
here, so each peer runs in an environment of its own.
"""

import io
import tarfile
from collections.abc import Callable, Iterable, Iterator
from itertools import count, islice
from pathlib import Path
from typing import Any

import numpy as np

PER_FRAME = (
    "global_orient",
    "body_pose",
    "transl",
    "joints",
    "contact_distance",
    "confidence",
    "foot_contact",
    "valid",
)
PER_POINT = ("points", "colors", "normals")
FRAMES, POINTS, PER_SHARD = 64, 8192, 64
Arrays = dict[str, np.ndarray]


def record(number: int, frames: int, points: int) -> Arrays:
    """A made-up record of the size of a real one; every number has another."""
    rng = np.random.default_rng(number)
    return {
        "global_orient": rng.random((frames, 3), np.float32), "body_pose": rng.random((frames, 69), np.float32),
        "transl": rng.random((frames, 3), np.float32), "joints": rng.random((frames, 24, 3), np.float32),
        "contact_distance": rng.random((frames, 24), np.float32), "confidence": rng.random(frames, np.float32),
        "foot_contact": rng.random((frames, 4)) > 0.5, "valid": np.ones(frames, bool),
        "company": np.zeros(frames, bool),
        "times": np.arange(frames) / 30, "betas": rng.random(10, np.float32),
        "points": rng.random((points, 3), np.float32) * 5, "normals": rng.random((points, 3), np.float32),
        "colors": rng.integers(0, 256, (points, 3), np.uint8), "point_source": np.zeros(points, np.uint8),
    }  # fmt: skip


def records(samples: int, frames: int, points: int) -> Iterator[Arrays]:
    """So many of them."""
    return (record(number, frames, points) for number in range(samples))


def crop(arrays: Arrays) -> Arrays:
    """A window of `FRAMES` frames and `POINTS` points, as a user writes it."""
    start = np.random.randint(len(arrays["times"]) - FRAMES + 1)  # noqa: NPY002  seeded by each library's own workers
    rows = np.random.randint(len(arrays["points"]), size=POINTS)  # noqa: NPY002
    cut = {name: np.ascontiguousarray(arrays[name][start : start + FRAMES]) for name in (*PER_FRAME, "times")}
    return {**cut, "betas": np.array(arrays["betas"]), **{name: arrays[name][rows] for name in PER_POINT}}


def whole(arrays: Arrays) -> Arrays:
    """Everything that is trained on."""
    return {name: np.array(arrays[name]) for name in (*PER_FRAME, "times", "betas", *PER_POINT)}


def tensors_of(cut: Callable[[Arrays], Arrays]) -> Callable[[Arrays], dict[str, Any]]:
    import torch

    return lambda arrays: {name: torch.from_numpy(array) for name, array in cut(arrays).items()}


def torch_loader(dataset: Any, batch: int, workers: int, shuffle: bool = True) -> Iterable[Any]:
    from torch.utils.data import DataLoader, IterableDataset

    shuffles = shuffle and not isinstance(dataset, IterableDataset)
    return DataLoader(dataset, batch_size=batch, num_workers=workers, shuffle=shuffles, drop_last=True)


class _Mapped:
    """A map-style dataset of records that `get` gives."""

    def __init__(self, count: int, get: Callable[[int], Arrays], cut: Callable[[Arrays], Arrays]) -> None:
        self._count, self._get, self._cut = count, get, tensors_of(cut)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> dict[str, Any]:
        return self._cut(self._get(number))


# The ceiling: the arrays lie in memory already.


def write_memory(folder: Path, made: Iterable[Arrays]) -> None:
    write_npz(folder, made)


def load_memory(folder: Path, cut: Any, batch: int, workers: int) -> Iterable[Any]:
    held = [dict(np.load(io.BytesIO(data))) for _, data in _members(folder)]
    return torch_loader(_Mapped(len(held), held.__getitem__, cut), batch, workers)


def _members(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.glob("*.tar")):
        with tarfile.open(path) as archive:
            for member in archive:
                yield member.name, archive.extractfile(member).read()  # type: ignore[union-attr]


# webdataset, with npz and with safetensors.


def _write_tars(folder: Path, made: Iterable[Arrays], suffix: str, encode: Callable[[Arrays], bytes]) -> None:
    archive = None
    for number, arrays in enumerate(made):
        if number % PER_SHARD == 0:
            if archive:
                archive.close()
            archive = tarfile.open(folder / f"{number // PER_SHARD:05d}.tar", "w")  # noqa: SIM115
        data = encode(arrays)
        info = tarfile.TarInfo(f"{number:06d}.{suffix}")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))  # type: ignore[union-attr]
    if archive:
        archive.close()


def write_npz(folder: Path, made: Iterable[Arrays]) -> None:
    def encode(arrays: Arrays) -> bytes:
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)  # type: ignore[arg-type]
        return buffer.getvalue()

    _write_tars(folder, made, "npz", encode)


def write_safetensors(folder: Path, made: Iterable[Arrays]) -> None:
    from safetensors.numpy import save

    _write_tars(folder, made, "safetensors", save)


def _webdataset(folder: Path, cut: Any, batch: int, workers: int, decode: Callable[[Any], Arrays]) -> Iterable[Any]:
    import webdataset as wds

    tensors = tensors_of(cut)
    paths = sorted(map(str, folder.glob("*.tar")))
    stream = wds.WebDataset(paths, shardshuffle=len(paths)).shuffle(64).map(lambda each: tensors(decode(each)))
    return torch_loader(stream, batch, workers)


def load_npz(folder: Path, cut: Any, batch: int, workers: int) -> Iterable[Any]:
    return _webdataset(folder, cut, batch, workers, lambda each: dict(np.load(io.BytesIO(each["npz"]))))


def load_safetensors(folder: Path, cut: Any, batch: int, workers: int) -> Iterable[Any]:
    from safetensors.numpy import load

    return _webdataset(folder, cut, batch, workers, lambda each: load(each["safetensors"]))


# Parquet through pyarrow, and through Hugging Face datasets: a row a record, an array its values and its shape.


def write_parquet(folder: Path, made: Iterable[Arrays]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    remaining = iter(made)
    for number in count():
        rows = [{name: each.reshape(-1) for name, each in arrays.items()} for arrays in islice(remaining, PER_SHARD)]
        if not rows:
            return
        file = folder / f"{number:05d}.parquet"
        pq.write_table(pa.Table.from_pylist(rows), file, row_group_size=1, compression="NONE")


_SHAPES: dict[str, tuple[int, ...]] = {
    "global_orient": (-1, 3), "body_pose": (-1, 69), "transl": (-1, 3), "joints": (-1, 24, 3), "foot_contact": (-1, 4),
    "contact_distance": (-1, 24), "points": (-1, 3), "colors": (-1, 3), "normals": (-1, 3),
}  # fmt: skip


def _shaped(row: dict[str, Any]) -> Arrays:
    return {name: np.asarray(values).reshape(_SHAPES.get(name, (-1,))) for name, values in row.items()}


def load_parquet(folder: Path, cut: Any, batch: int, workers: int) -> Iterable[Any]:
    import pyarrow.parquet as pq

    paths = sorted(folder.glob("*.parquet"))
    places = [(path, group) for path in paths for group in range(pq.ParquetFile(path).num_row_groups)]
    opened: dict[Path, Any] = {}

    def get(number: int) -> Arrays:
        path, group = places[number]
        if path not in opened:
            opened[path] = pq.ParquetFile(path)
        table = opened[path].read_row_group(group, use_threads=False)
        return _shaped({name: table[name][0].values.to_numpy(zero_copy_only=False) for name in table.column_names})

    return torch_loader(_Mapped(len(places), get, cut), batch, workers)


write_datasets = write_parquet


def load_datasets(folder: Path, cut: Any, batch: int, workers: int) -> Iterable[Any]:
    import datasets

    files = sorted(map(str, folder.glob("*.parquet")))
    table = datasets.load_dataset("parquet", data_files=files, split="train", cache_dir=str(folder / "cache"))
    arrow = table.with_format("numpy")
    return torch_loader(_Mapped(len(arrow), lambda number: _shaped(arrow[number]), cut), batch, workers)
