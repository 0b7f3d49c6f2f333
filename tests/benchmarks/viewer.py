"""`share-data view` on a large corpus: time to the first picture in a browser, memory; and how true its body is.

    python tests/benchmarks/viewer.py --folder /tmp/viewed --records 100000 [--skin out/demo]

The corpus is a few records whose index lists them again and again under other keys. The
clock starts when the command does; the picture is there when both the floor's colour and the body's are on the screen.
Chromium draws without a graphics card, with its page open before: what is measured is the viewer. Memory is that of the
viewer's process at its highest, after the records were sorted and one after another looked at. `--skin CORPUS`: how far
the four weights a vertex of a browser's mesh are from the body model, over every frame of a corpus of the mannequin.
"""

import argparse
import shutil
import subprocess
import sys
import time
from base64 import b64decode
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import cv2
import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
from browser import SOFTWARE_GL, chromium, page_of
from viewed import viewed_corpus

from share_data.body.model import load_body
from share_data.corpus.layout import INDEX
from share_data.corpus.read import Corpus
from share_data.corpus.write.tables import ROWS_PER_GROUP
from share_data.view.clip import clip_view
from share_data.view.offline import write_offline
from share_data.view.skin import bent
from share_data.view.thresholds import Thresholds

SIZE = {"width": 1280, "height": 720}


def make(folder: Path, records: int) -> None:
    """A corpus whose index says that it holds so many records; those that are there lie among them."""
    shutil.rmtree(folder, ignore_errors=True)
    viewed_corpus(folder, 8)
    small = pq.read_table(folder / INDEX)
    real = small["key"].to_pylist()
    with pq.ParquetWriter(folder / INDEX, small.schema) as writer:
        for first in range(0, records, ROWS_PER_GROUP):
            count = min(ROWS_PER_GROUP, records - first)
            group = small.take(pa.array(np.arange(first, first + count) % len(small)))
            keys = [f"made-up_{name:09d}_0123456789_000010_000017" for name in range(first, first + count)]
            keys[: len(real)] = real if first == 0 else keys[: len(real)]
            group = group.set_column(0, "key", pa.array(keys))
            confidence = group.column_names.index("score_confidence")
            rng = np.random.default_rng(first)
            writer.write_table(group.set_column(confidence, "score_confidence", pa.array(rng.random(count))))


def drawn(screen: Any) -> bool:
    """Whether floor and body are on the screen, of which a small picture is taken: a large one takes the processor
    from what is measured. screen: a session of Chromium's DevTools protocol."""
    place = {"x": 0, "y": 0, "width": 880, "height": 720, "scale": 0.25}
    told = screen.send("Page.captureScreenshot", {"clip": place, "format": "png", "optimizeForSpeed": True})
    image = cv2.imdecode(np.frombuffer(b64decode(told["data"]), np.uint8), cv2.IMREAD_COLOR)[..., ::-1].astype(int)
    floor = (image[..., 0] > 150) & (image[..., 1] < 110) & (image[..., 2] < 110)
    return bool(floor.sum() > 125 and (image[..., 2] - image[..., 0] > 40).sum() > 12)


def first_picture(browser: Any, folder: Path, port: int) -> tuple[float, float, float, float, float]:
    """Seconds until the server answers and until the picture; the processor's, of viewer and browser; megabytes."""
    page = page_of(browser, [], viewport=SIZE)
    began, before = time.perf_counter(), browser_seconds()
    command = [sys.executable, "-c", "from share_data.cli import main; main()", "view", str(folder)]
    viewer = subprocess.Popen([*command, "--port", str(port)], stdout=subprocess.PIPE, text=True)
    try:
        assert viewer.stdout is not None
        address = viewer.stdout.readline().strip()
        answered = time.perf_counter() - began
        page.goto(address)
        screen = page.context.new_cdp_session(page)
        while not drawn(screen):
            assert viewer.poll() is None
        pictured, shown = time.perf_counter() - began, browser_seconds() - before
        spent = sum(psutil.Process(viewer.pid).cpu_times()[:2])
        for _ in range(5):
            page.keyboard.press("n")
            page.wait_for_timeout(500)
        peak = peak_mb(viewer.pid)
        page.context.close()
    finally:
        viewer.terminate()
        viewer.wait()
    return answered, pictured, spent, shown, peak


def browser_seconds() -> float:
    """Processor seconds of everything that this process has started, but for viewers."""
    spent = 0.0
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            spent += sum(child.cpu_times()[:2]) * ("share_data" not in " ".join(child.cmdline()))
    return spent


def peak_mb(process: int) -> float:
    """Highest resident memory of a process so far."""
    status = Path(f"/proc/{process}/status").read_text()
    found = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(found.split()[1]) / 1000


def skin_errors(place: Path) -> None:
    """Millimetres between what a browser bends and the body model, the kept weights renormalised and as they are."""
    body = load_body()
    kept, raw = [], []
    for record in Corpus(place):
        clip = clip_view(record)
        assert clip.skin is not None
        posed = body.forward(*(record.arrays[name] for name in ("global_orient", "body_pose", "betas", "transl")))
        weights = np.where(clip.skin.weights > 0, body.weights, 0)
        four = (
            bent(clip.skin, clip.turns, clip.joints),
            bent(replace(clip.skin, weights=weights), clip.turns, clip.joints),
        )
        for found, told in zip(four, (kept, raw), strict=True):
            told.append(np.linalg.norm(found - posed.vertices, axis=-1).ravel())
    print("\n| four weights a vertex | mean, mm | 99 %, mm | worst, mm |\n|" + " --- |" * 4)
    for name, told in (("renormalised", kept), ("as they are", raw)):
        away = np.concatenate(told) * 1000
        print(f"| {name} | {away.mean():.2f} | {np.percentile(away, 99):.2f} | {away.max():.1f} |")
    thresholds, target = Thresholds(place), place.parent / "viewer_benchmark.html"
    sizes = [write_offline(clip_view(record), thresholds, target) / 1e6 for record in Corpus(place)]
    target.unlink()
    print(f"\nHTML files: {min(sizes):.1f} to {max(sizes):.1f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--skin", type=Path)
    options = parser.parse_args()
    if options.folder is not None:
        make(options.folder, options.records)
        print(f"{options.records} records\n")
        print("| round | server answers, s | first picture, s | viewer, CPU s | browser, CPU s | memory, MB |")
        print("|" + " --- |" * 6)
        with chromium(*SOFTWARE_GL) as browser:
            for number in range(options.rounds):
                *seconds, peak = first_picture(browser, options.folder, 8750 + number)
                print(
                    f"| {number + 1} |" + "".join(f" {each:.2f} |" for each in seconds) + f" {peak:.0f} |", flush=True
                )
        print(f"\nprocessor busy with other things: {psutil.getloadavg()[0]:.1f} processes over the last minute")
    if options.skin is not None:
        skin_errors(options.skin)


if __name__ == "__main__":
    main()
