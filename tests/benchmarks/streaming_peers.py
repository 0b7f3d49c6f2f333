"""Loaders that need an environment of their own, over the same records in their formats, as their manuals say."""

import io
import subprocess
import sys
from collections.abc import Iterable
from importlib.machinery import ModuleSpec
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from streaming_loaders import Arrays, tensors_of, torch_loader, write_npz

# litdata, in its own format.


def write_litdata(folder: Path, made: Iterable[Arrays]) -> None:
    from litdata.streaming.writer import BinaryWriter

    writer = BinaryWriter(str(folder), chunk_bytes=64 << 20)
    for number, arrays in enumerate(made):
        writer[number] = arrays
    writer.done()
    writer.merge()


def load_litdata(folder: Path, cut: Any, batch: int, workers: int) -> Iterable[Any]:
    import litdata

    tensors = tensors_of(cut)

    class Cropped(litdata.StreamingDataset):
        def __getitem__(self, index: Any) -> Any:
            return tensors(super().__getitem__(index))

    dataset = Cropped(str(folder), shuffle=True, drop_last=True)
    return litdata.StreamingDataLoader(dataset, batch_size=batch, num_workers=workers, drop_last=True)


# mosaicml-streaming, in its own format, which knows no booleans.


def write_mosaicml(folder: Path, made: Iterable[Arrays]) -> None:
    streaming = _streaming()
    first = next(remaining := iter(made))
    kinds = {name: "uint8" if array.dtype == bool else array.dtype.name for name, array in first.items()}
    columns = {name: f"ndarray:{kind}" for name, kind in kinds.items()}
    with streaming.MDSWriter(out=str(folder / "mds"), columns=columns, size_limit=64 << 20) as out:
        for arrays in chain([first], remaining):
            out.write({name: np.ascontiguousarray(each, kinds[name]) for name, each in arrays.items()})


def load_mosaicml(folder: Path, cut: Any, batch: int, workers: int) -> Iterable[Any]:
    tensors = tensors_of(cut)

    class Cropped(_streaming().StreamingDataset):  # type: ignore[misc, name-defined]
        def __getitem__(self, at: Any) -> Any:
            return tensors(super().__getitem__(at))

    return torch_loader(Cropped(local=str(folder / "mds"), shuffle=True, batch_size=batch), batch, workers)


def _streaming() -> Any:
    """The package. It imports torchvision, whose build for GPUs does not load beside torch's own for CPUs, for datasets
    of pictures alone, of which there are none here."""
    names = ("torchvision", "torchvision.datasets", "torchvision.transforms", "torchvision.transforms.functional")
    for name in names:
        sys.modules[name] = ModuleType(name)
        sys.modules[name].__spec__ = ModuleSpec(name, None)
    sys.modules["torchvision.datasets"].VisionDataset = object  # type: ignore[attr-defined]
    sys.modules["torchvision.transforms.functional"].to_tensor = None  # type: ignore[attr-defined]
    # Beside this file lies a benchmark of the package's name.
    sys.path[:] = [path for path in sys.path if Path(path).resolve() != Path(__file__).resolve().parent]
    import streaming

    return streaming


# Megatron-Energon, over WebDataset tars that it has indexed.


def write_energon(folder: Path, made: Iterable[Arrays]) -> None:
    write_npz(folder, made)
    prepare = (sys.executable, "-m", "megatron.energon.cli.main", "prepare", str(folder), "--non-interactive")
    asked = ("--split-ratio", "1,0,0", "--sample-type", "CrudeWebdataset", "--no-progress", "--num-workers", "1")
    subprocess.run([*prepare, *asked], check=True, capture_output=True)


def load_energon(folder: Path, cut: Any, batch: int, workers: int) -> Iterable[Any]:
    from megatron import energon
    from torch.utils.data import default_collate

    tensors = tensors_of(cut)

    @energon.edataclass
    class Clip(energon.Sample):  # type: ignore[misc, name-defined]
        arrays: dict

    @energon.stateless
    def cook(sample: Any) -> Any:
        return Clip(**energon.basic_sample_keys(sample), arrays=tensors(dict(np.load(io.BytesIO(sample["npz"])))))

    class Encoder(energon.DefaultTaskEncoder):  # type: ignore[misc, name-defined]
        cookers = (energon.Cooker(cook),)
        decoder = None

        def batch(self, samples: Any) -> Any:
            return default_collate([each.arrays for each in samples])

        def encode_batch(self, made: Any) -> Any:
            return made

    dataset = energon.get_train_dataset(
        str(folder), batch_size=batch, batch_drop_last=True, shuffle_buffer_size=64, max_samples_per_sequence=None,
        worker_config=energon.WorkerConfig(rank=0, world_size=1, num_workers=workers), repeat=False,
        task_encoder=Encoder(),
    )  # fmt: skip
    return energon.get_loader(dataset)  # type: ignore[no-any-return]
