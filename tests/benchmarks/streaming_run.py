"""One run of one loader, in whatever environment: writes its data, or goes over it once and prints how fast.

python tests/benchmarks/streaming_run.py write NAME FOLDER SAMPLES FRAMES POINTS
python tests/benchmarks/streaming_run.py read NAME FOLDER cropped|full BATCH WORKERS
"""

import gc
import json
import resource
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import streaming_loaders
import streaming_peers

OURS = ("ours (map)", "ours (stream)", "ours (map, 0.1mm)")


def write(name: str, folder: Path, samples: int, frames: int, points: int) -> None:
    """Write made-up records in a loader's format, unless they are there."""
    if (folder / "done").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    if name in OURS:
        import streaming_corpus

        precision = "0.1mm" if "0.1mm" in name else "float32"
        streaming_corpus.write(folder / "corpus", samples, frames, points, precision)
    else:
        _of(f"write_{name}")(folder, streaming_loaders.records(samples, frames, points))
    (folder / "done").touch()


def _of(function: str) -> Any:
    return getattr(streaming_loaders, function, None) or getattr(streaming_peers, function)


def loader(name: str, folder: Path, mode: str, batch: int, workers: int) -> Iterable[Any]:
    """A loader over what was written."""
    if name not in OURS:
        cut = streaming_loaders.crop if mode == "cropped" else streaming_loaders.whole
        return _of(f"load_{name}")(folder, cut, batch, workers)  # type: ignore[no-any-return]
    from share_data.corpus import open_corpus
    from share_data.corpus.torch_data import Loader

    asked = (
        {"window": streaming_loaders.FRAMES, "scene_points": streaming_loaders.POINTS}
        if mode == "cropped"
        else {"scene_points": "all"}
    )
    dataset = open_corpus(folder / "corpus", stream="stream" in name, **asked)
    return Loader(dataset, batch, workers, drop_last=True)


def read(name: str, folder: Path, mode: str, batch: int, workers: int) -> dict[str, float]:
    """Samples a second from the first batch to the last, CPU of the workers, and seconds to the first batch."""
    begun = time.perf_counter()
    loaded = loader(name, folder, mode, batch, workers)
    batches = iter(loaded)
    next(batches)
    first = time.perf_counter()
    count = sum(1 for _ in batches)
    last = time.perf_counter()
    del batches, loaded
    gc.collect()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = (used.ru_utime + used.ru_stime) / ((count + 1) * batch)
    return {"rate": count * batch / (last - first), "cpu_ms": 1000 * cpu, "first_s": first - begun}


if __name__ == "__main__":
    _, verb, name, folder, *rest = sys.argv
    if verb == "write":
        write(name, Path(folder), *map(int, rest))
    else:
        print(json.dumps(read(name, Path(folder), rest[0], int(rest[1]), int(rest[2]))))
