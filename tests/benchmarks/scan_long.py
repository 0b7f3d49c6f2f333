"""A long video with events planted in it: which of its good seconds are kept, at what cost and memory.

    python tests/benchmarks/scan_long.py --minutes 20

Every 100 seconds something happens for five: nobody is there, the camera sways, a second person is there, or the
picture stands. A second is good if none of it is planted. Beside it a video of 60 s with one of these, company, is gone
through: a frame of the long one should cost at most 1.3 times as much, and memory should not grow. 10 frames a second.
"""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scan import HERE, run
from scan_films import NOISE, Image, footage, room

from share_data.video.encode import encode_mp4

FPS, EVERY_S, LASTS_S = 10, 100, 5
KINDS = ("empty", "sway", "company", "frozen")
WIDTH, HEIGHT = 640, 480


def happens(time: float, kinds: tuple[str, ...] = KINDS) -> str:
    """What is planted at a second of the video, empty where nothing is."""
    number, since = divmod(time - EVERY_S / 2, EVERY_S)
    return kinds[int(number) % len(kinds)] if number >= 0 and since < LASTS_S else ""


def frames(seconds: float, kinds: tuple[str, ...]) -> Iterator[Image]:
    """One walks to and fro, and what is planted happens."""
    rng, last = np.random.default_rng(0), np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    noise = [rng.normal(0, NOISE, (HEIGHT, WIDTH, 1)).astype(np.int16) for _ in range(8)]
    for number in range(int(seconds * FPS)):
        kind = happens(number / FPS, kinds)
        if kind != "frozen":
            images = footage("second_person" if kind == "company" else "none", WIDTH, HEIGHT)[::3]
            place = number % (2 * len(images) - 2)
            image = images[min(place, 2 * len(images) - 2 - place)]
            if kind == "empty":
                image = room(WIDTH, HEIGHT)
            elif kind == "sway":
                image = np.roll(image, round(WIDTH / 60 * np.sin(number / 4)), axis=1)
            last = np.clip(image + noise[rng.integers(8)], 0, 255).astype(np.uint8)
        yield last


def filmed(folder: Path, seconds: float, kinds: tuple[str, ...]) -> Path:
    """Write it where it is not there yet."""
    path = folder / f"planted-{seconds:g}-{'-'.join(kinds)}.mp4"
    if not path.exists():
        with path.open("wb") as file:
            encode_mp4(enumerate(frames(seconds, kinds)), FPS, 23, file)
    return path


def main() -> None:
    """See the module's text."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "scan-films")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    seconds = 60 * args.minutes
    short, long = (
        run(HERE.parents[2], filmed(args.folder, length, kinds), build=False)
        for length, kinds in ((60.0, ("company",)), (seconds, KINDS))
    )
    kept = np.zeros(int(seconds * FPS), dtype=bool)
    for start, stop, _, reason in long["clips"]:
        kept[start:stop] = not reason
        print(f"{start / FPS:7.1f} to {stop / FPS:7.1f} s: {reason or 'kept'}")
    good = np.array([not happens(number / FPS) for number in range(len(kept))])
    each = [1000 * (told["mine"] + told["measure"]) / told["frames"] for told in (short, long)]
    print(f"good seconds kept: {100 * kept[good].mean():.1f} %; planted ones kept: {kept[~good].sum() / FPS:.1f} s")
    print(f"CPU ms a frame: {each[0]:.2f} of 60 s, {each[1]:.2f} of {seconds:g} s, {each[1] / each[0]:.2f} x")
    print(f"peak memory, MiB: {short['memory']:.0f} and {long['memory']:.0f}")


if __name__ == "__main__":
    main()
