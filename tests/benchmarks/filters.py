"""What the filters make of clips whose truth is known: false accepts, false rejects, undetermined ones.

    python tests/benchmarks/filters.py [--only WORD ...]

Rendered at 480 x 270, 15 frames a second, edited (see `filter_edits.py`), encoded with x264 and decoded. A clip is
right if each filter that must reject it gives one of the reasons that are true, and all others keep it.
"""

import argparse
import tempfile
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
from filter_cases import cases
from filter_clips import RATE, Case, Image

from share_data.filters.base import Observation
from share_data.filters.continuous import Continuous
from share_data.filters.evidence.changes import ChangeMeter
from share_data.filters.evidence.novelty import NoveltyWatch
from share_data.filters.evidence.tracks import SURE, steady
from share_data.filters.single_person import SinglePerson
from share_data.filters.static_camera import StaticCamera
from share_data.pipeline.humans.movenet import DOUBTFUL, MoveNet
from share_data.video.encode import encode_mp4
from share_data.video.frames import iterate

FILTERS = (StaticCamera(), SinglePerson(), Continuous())
CRF, GREY_SIDE, CHANGE_SIDE, SAMPLE_S = 23, 480, 256, 0.5


def observed(path: Path) -> Observation:
    """A video seen as the scanning pass sees it: every frame's changes; people and greys at samples."""
    meter, watch, net = ChangeMeter(), NoveltyWatch(), MoveNet()
    times: list[float] = []
    greys, people, indices = [], [], []
    frames = list(iterate(path))
    wanted = set(np.linspace(0, len(frames) - 1, int(np.ceil(len(frames) / RATE / SAMPLE_S)) + 1).round().astype(int))
    for k, (time, image) in enumerate(frames):
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        meter.add(_reduced(grey, CHANGE_SIDE))
        times.append(time)
        if k in wanted or watch.due(time, meter.means):
            found = np.array([[*p.box, p.score] for p in net.detect(image, DOUBTFUL)], np.float32).reshape(-1, 5)
            watch.looked(time, meter.means, found[found[:, 4] >= SURE], (image.shape[1], image.shape[0]))
            indices.append(k)
            greys.append(_reduced(grey, GREY_SIDE))
            people.append(found)
    at, seen = np.array(indices), meter.changes()
    when = np.array(times)
    return Observation(
        at, when[at], np.stack(greys), steady(when[at], people), at[[0, -1]], (None, None),
        frame_times=when, change=seen.fine, coarse=seen.coarse,
    )  # fmt: skip


def _reduced(grey: Image, side: int) -> Image:
    scale = min(1.0, side / max(grey.shape))
    size = (round(grey.shape[1] * scale), round(grey.shape[0] * scale))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def judged(case: Case, path: Path) -> list[str]:
    """What is wrong about each filter's verdict, a line each; prints the clip's line."""
    with path.open("wb") as handle:
        encode_mp4(enumerate(case.frames()), RATE, CRF, handle)
    observation = observed(path)
    wrong, told = [], []
    for filter_ in FILTERS:
        verdict = filter_.decide(filter_.measure(observation), filter_.Config())
        told.append(verdict.reason or "-")
        due = case.wanted.get(filter_.kind)
        if due and verdict.reason not in due:
            wrong.append(f"false accept by {filter_.kind}" if verdict.kept else f"wrong reason: {verdict.reason}")
        elif not due and not verdict.kept and filter_.kind not in case.may:
            wrong.append(f"false reject by {filter_.kind}: {verdict.reason}")
    print(f"{case.name:40}", *(f"{word:18}" for word in told), *wrong, flush=True)
    return [*wrong, *(["undetermined"] if "undetermined" in told else [])]


def main() -> None:
    """All clips, then the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=[])
    only = parser.parse_args().only
    counts: Counter[str] = Counter()
    clips = 0
    with tempfile.TemporaryDirectory() as folder:
        for case in cases():
            if not only or any(word in case.name for word in only):
                clips += 1
                counts.update(judged(case, Path(folder) / "clip.mp4"))
    undetermined = counts.pop("undetermined", 0)
    print(f"{clips} clips, {counts.total()} errors, {undetermined} undetermined")
    for what, count in counts.most_common():
        print(f"{count:4} {what}")


if __name__ == "__main__":
    main()
