"""What a pan costs: a film of 469 frames, one walks, and the camera pans for 60 of them.

    python tests/benchmarks/pan.py [--first 170 200 215]

Rendered at 640 x 480, mined and measured as a build does. Of the 409 frames in which the camera stands, those in
windows that are kept are counted. first: the frame with which the pan begins.
"""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scan_films import FPS, NOISE, RENDERED, Image, footage

from share_data.build.stages.stages import Stages
from share_data.recipe.reading import parse_recipe
from share_data.records import Video
from share_data.store.store import Store
from share_data.store.threads import one_thread
from share_data.video.encode import encode_mp4

FRAMES, PAN, PIXELS = 469, 60, 80
WIDTH, HEIGHT = 640, 480


def frames(first: int) -> Iterator[Image]:
    """The film."""
    rng, images = np.random.default_rng(0), footage("none", WIDTH + PIXELS, HEIGHT)
    for number in range(FRAMES):
        place = number % (2 * RENDERED - 2)
        aside = round(PIXELS * min(max(number - first, 0), PAN) / PAN)
        image = images[min(place, 2 * RENDERED - 2 - place)][:, aside : aside + WIDTH]
        yield np.clip(image + rng.normal(0, NOISE, (HEIGHT, WIDTH, 1)), 0, 255).astype(np.uint8)


def kept(first: int, folder: Path) -> int:
    """Static frames in windows that all filters keep; prints the windows."""
    path = folder / "pan.mp4"
    with path.open("wb") as file:
        encode_mp4(enumerate(frames(first)), FPS, 23, file)
    source = {"kind": "local", "root": str(folder)}
    recipe = parse_recipe({"schema_version": 1, "name": "pan", "sources": [source]}, "benchmark")
    stages, count = Stages(recipe, Store(folder / f"store{first}")), 0
    for clip in stages.mine(Video("local", "pan", "file:pan.mp4"), path).clips:
        scores = {each.filter: dict(each.scores) for each in stages.measure(clip)}
        reasons = [verdict.reason for verdict in stages.judging.of_clip(scores) if not verdict.kept]
        print(f"{clip.start:4} to {clip.stop:4}: {', '.join(reasons) or 'kept'}")
        panned = max(0, min(clip.stop, first + PAN) - max(clip.start, first))
        count += 0 if reasons else len(clip) - panned
    return count


def main() -> None:
    """See the module's text."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first", type=int, nargs="+", default=[170, 200, 215])
    for first in parser.parse_args().first:
        with tempfile.TemporaryDirectory() as folder, one_thread():
            static = kept(first, Path(folder))
        print(f"pan from frame {first}: {static} of {FRAMES - PAN} static frames kept, {static / (FRAMES - PAN):.1%}")


if __name__ == "__main__":
    main()
