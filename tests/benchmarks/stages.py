"""CPU and wall seconds of every stage for one video, with an empty store.

python tests/benchmarks/stages.py clips/footwork.mp4
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from share_data.build.stages.keyframe_images import Keyframes
from share_data.build.stages.stages import Stages
from share_data.pipeline import reconstruct as assembly
from share_data.pipeline.shown import keyframes_of
from share_data.recipe.reading import parse_recipe
from share_data.records import Clip
from share_data.sources.local import LocalConfig, LocalSource
from share_data.store.store import Store
from share_data.store.threads import one_thread
from share_data.video.frames import ClipFrames


def timed(name: str, frames: int, work: Callable[[], Any]) -> Any:
    """Run `work`, print what it cost, and return its result."""
    cpu, wall = time.process_time(), time.perf_counter()
    result = work()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(f"{name:12} {cpu:8.2f} {wall:9.2f} {1000 * cpu / frames:12.1f}")
    return result


def reconstruct(stages: Stages, clip: Clip) -> None:
    """The stages of a candidate, one by one."""
    frames = ClipFrames(clip.path, clip.start, clip.stop, clip.width, clip.height)
    stages.humans, stages.geometry, stages.body.layer  # noqa: B018  models are loaded once a build, not once a clip
    intrinsics = stages._intrinsics(clip, frames)
    track = timed("humans", len(clip), lambda: stages.humans.estimate(frames, clip.times, intrinsics))
    keyframes = Keyframes(frames, lambda: keyframes_of(track, clip.times, stages.body, stages.recipe.keyframes))
    maps = timed(
        "geometry",
        len(clip),
        lambda: assembly.estimate_geometry(
            keyframes.images, clip.times, track, stages.geometry, stages.body, keyframes.numbers
        ),
    )
    place = assembly.place_human
    assembly.place_human = lambda *args: timed("  placement", len(clip), lambda: place(*args))
    timed("assemble", len(clip), lambda: stages._assemble(clip, keyframes, "benchmark", track, maps))


def main() -> None:
    """Print one line a stage."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("video", type=Path)
    video = parser.parse_args().video
    source = {"kind": "local", "root": str(video)}
    recipe = parse_recipe({"schema_version": 1, "name": "stages", "sources": [source]}, "benchmark")
    local = LocalSource(LocalConfig(root=str(video)))
    (listed,) = local.list()
    print(f"{'stage':12} {'CPU s':>8} {'wall s':>9} {'CPU ms/frame':>12}")
    with tempfile.TemporaryDirectory() as cache, one_thread():
        stages = Stages(recipe, Store(Path(cache)))
        mined = stages.mine(listed, local.fetch(listed, Path(cache)))
        clip = mined.clips[0]
        timed("mine", len(clip), lambda: Stages(recipe, Store(Path(cache) / "again")).mine(listed, clip.path))
        timed("measure", len(clip), lambda: stages.measure(clip))
        reconstruct(stages, clip)


if __name__ == "__main__":
    main()
