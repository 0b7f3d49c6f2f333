"""What the filters make of clips whose truth is known: false accepts, false rejects, undetermined ones.

    python tests/benchmarks/filters.py [--only WORD ...] [--seed N]

Rendered at 480 x 270, 15 frames a second, edited (see `filter_edits.py`), encoded with x264 and decoded. A clip is
right if each filter that must reject it gives one of the reasons that are true, and all others keep it. The filters'
constants were chosen while the clips of the default seed were looked at; others have other rooms, cameras and people.
"""

import argparse
import tempfile
from collections import Counter
from pathlib import Path

import filter_clips
from filter_cases import cases
from filter_clips import RATE, Case

from share_data.filters.base import Observation
from share_data.filters.continuous import Continuous
from share_data.filters.single_person import SinglePerson
from share_data.filters.static_camera import StaticCamera
from share_data.pipeline.humans.people import PeopleFinder
from share_data.records import Clip, Video
from share_data.scan.observe import observation_of
from share_data.scan.passing import scan_video
from share_data.scan.pictures import Pictures, pack
from share_data.scan.sampling import step_of
from share_data.store.store import Artifact
from share_data.video.encode import encode_mp4

FILTERS = (StaticCamera(), SinglePerson(), Continuous())
FINDER = PeopleFinder()
CRF = 23


def observed(path: Path) -> Observation:
    """A whole video as the scanning pass sees it, in one window: mining would cut it at what happens."""
    pieces: list[Artifact] = []
    scan = scan_video(path, None, 1.0, step_of(10.0), FINDER, lambda _, pictures: pieces.append(pack(pictures)))
    video = Video("local", path.stem, f"file:{path.name}")
    clip = Clip(video, path, "0" * 64, 0, len(scan), scan.index.times, scan.width, scan.height)
    return observation_of(clip, scan, Pictures(pieces.__getitem__))


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
    parser.add_argument("--seed", type=int, default=filter_clips.SEED)
    options = parser.parse_args()
    only, filter_clips.SEED = options.only, options.seed
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
