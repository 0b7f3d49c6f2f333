"""The main person's boxes, looked at some times a second and on straight lines between, against every frame's.

    python tests/benchmarks/boxes.py                    at the product's pace
    python tests/benchmarks/boxes.py --every 0.1 0.2    at others, seconds

Rendered people: who runs walks at twice the pace, who falls lies down at three times it. Printed: intersection over
union with the boxes of every frame, and of the squares that VIMO crops about them; frames that are known in one and not
in the other; CPU ms a frame.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from share_data.body.model import load_body
from share_data.pipeline.humans import main_person
from share_data.records import MainPerson
from share_data.store.threads import one_thread
from share_data.synthetic.film import shoot
from share_data.synthetic.production import scenes, take
from share_data.synthetic.specs import ClipSpec, draw
from share_data.video.encode import encode_mp4
from share_data.video.frames import ClipFrames

FPS, SIZE = 30, (640, 360)
FILMS = {
    "walk": ("walk", 1),
    "run": ("walk", 2),
    "sit": ("sit_down", 1),
    "fall": ("lie_down", 3),
    "reach": ("reach", 1),
}
"""Name: what is acted, and how many times as fast."""


def film(folder: Path, name: str, seed: int, count: int) -> ClipFrames:
    """A rendered clip of so many frames."""
    action, pace = FILMS[name]
    spec = ClipSpec(action=action, frames=count * pace, width=SIZE[0], height=SIZE[1])
    body = load_body()
    (scene,) = scenes(draw(spec, seed, 0), body)
    path = folder / f"{name}-{seed}.mp4"
    with path.open("wb") as out:
        encode_mp4(enumerate(islice(shoot(take(scene, body)), 0, None, pace)), FPS, 16, out)
    return ClipFrames(path, 0, count, *SIZE)


def found(frames: ClipFrames, times: np.ndarray, every_s: float) -> tuple[MainPerson, float]:
    """The person, looked at so often, and CPU ms a frame."""
    main_person.LOOK_EVERY_S = every_s
    began = time.process_time()
    person = main_person.find_main_person(frames, times)
    return person, 1000 * (time.process_time() - began) / len(times)


def overlap(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(T,) intersection over union of boxes (T, 4)."""
    low, high = np.maximum(a[:, :2], b[:, :2]), np.minimum(a[:, 2:], b[:, 2:])
    shared = np.maximum(high - low, 0).prod(axis=1)
    return shared / (np.prod(a[:, 2:] - a[:, :2], axis=1) + np.prod(b[:, 2:] - b[:, :2], axis=1) - shared)


def square(boxes: np.ndarray) -> np.ndarray:
    """(T, 4): what VIMO crops for boxes (T, 4)."""
    centre, half = (boxes[:, :2] + boxes[:, 2:]) / 2, 0.6 * (boxes[:, 2:] - boxes[:, :2]).max(axis=1, keepdims=True)
    return np.concatenate([centre - half, centre + half], axis=1)


def told(name: str, boxes: np.ndarray, crops: np.ndarray) -> str:
    """Mean, least and the hundredth part from below of overlaps (N,)."""
    parts = (f"{each.mean():.3f} {np.quantile(each, 0.01):.3f} {each.min():.3f}" for each in (boxes, crops))
    return f"{name:16} {'   '.join(parts)}"


def rows(folder: Path, seeds: int, count: int, paces: list[float]) -> Iterator[str]:
    """One line a film and pace."""
    yield f"{'':16} boxes: mean 1% least   crops: mean 1% least   known differently   ms a frame (every frame)"
    together: dict[float, list[np.ndarray]] = {pace: [] for pace in paces}
    for name in FILMS:
        for seed in range(seeds):
            frames, times = film(folder, name, seed, count), np.arange(count) / FPS
            every, dear = found(frames, times, 0.0)
            for pace in paces:
                person, cheap = found(frames, times, pace)
                both = person.valid & every.valid
                a, b = person.boxes[both], every.boxes[both]
                shares = np.stack([overlap(a, b), overlap(square(a), square(b))])
                together[pace].append(shares)
                odd = int((person.valid != every.valid).sum())
                yield f"{told(f'{name} {seed}, {pace:.2f} s', *shares)} {odd:8d} {cheap:18.1f} ({dear:.1f})"
    for pace, shares in together.items():
        yield told(f"all, {pace:.2f} s", *np.concatenate(shares, axis=1))


def main() -> None:
    """Read the command line and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=float, nargs="+", default=[main_person.LOOK_EVERY_S])
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--frames", type=int, default=90)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, one_thread():
        for row in rows(Path(folder), options.seeds, options.frames, options.every):
            print(row, flush=True)


if __name__ == "__main__":
    main()
