"""What scanning costs, beside another version of the code, and whether the decisions are the same.

    git worktree add ../before COMMIT
    python tests/benchmarks/scan.py --before ../before --size 1920x1080 --seconds 60

Each version runs in a process of its own on the same videos, on one thread; times are CPU times. `decode` is decoding
the video once, without converting colours: the floor. Videos are kept in --folder.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()


def measured(path: Path, build: bool) -> dict[str, Any]:
    """In a process of the version at hand: CPU seconds, frames decoded, what was decided."""
    from share_data.build.stages.stages import Stages
    from share_data.pipeline.humans.people import PeopleFinder
    from share_data.recipe.reading import parse_recipe
    from share_data.records import Video
    from share_data.store.store import Store
    from share_data.store.threads import one_thread
    from share_data.video.frames import probe

    video = Video("local", path.stem, f"file:{path.name}")
    recipe = parse_recipe(
        {"schema_version": 1, "name": "scan", "sources": [{"kind": "local", "root": str(path.parent)}]}, "benchmark"
    )
    decoded = _counted()
    with tempfile.TemporaryDirectory() as folder, one_thread():
        told: dict[str, Any] = {"decode": _cpu(lambda: probe(path))[0]}
        frames, _ = len(decoded), decoded.clear()
        stages = Stages(recipe, Store(Path(folder)))
        finder = PeopleFinder()
        finder.detect(next(iter_images(path)))  # Networks are loaded once a worker, not once a video.
        decoded.clear()
        getattr(stages, "scans", stages).__dict__["_finder"] = finder
        told["mine"], mined = _cpu(lambda: stages.mine(video, path))
        told["clips"] = []
        for clip in mined.clips:
            seconds, numbers = _cpu(lambda clip=clip: stages.measure(clip))
            verdict = _objection(stages, numbers)
            told["clips"].append([clip.start, clip.stop, seconds, verdict])
            if build and not verdict:
                stages.reconstruct(clip)
        told["stored"] = sum(each.stat().st_size for each in Path(folder).rglob("*") if each.is_file()) / 1e6
        told |= {"frames": frames, "decoded": len(decoded), "measure": sum(each[2] for each in told["clips"])}
    told["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return told


def iter_images(path: Path) -> Iterator[Any]:
    """The video's images."""
    from share_data.video.frames import iterate

    return (image for _, image in iterate(path))


def _objection(stages: Any, numbers: Any) -> str:
    judge = getattr(stages, "judging", stages)
    scores = {each.filter: dict(each.scores) for each in numbers}
    found = judge.objection(scores) if hasattr(judge, "objection") else judge.of_clip(scores)
    verdicts = found if isinstance(found, list | tuple) else [found]
    return next((each.reason for each in verdicts if each is not None and not each.kept), "")


def _counted() -> list[int]:
    """Grows by one for every frame that a decoder hands out."""
    from share_data.video.losses.sound import SoundFrames

    frames: list[int] = []
    original = SoundFrames.__iter__

    def counting(self: SoundFrames) -> Iterator[Any]:
        for each in original(self):
            frames.append(1)
            yield each

    SoundFrames.__iter__ = counting  # type: ignore[method-assign]
    return frames


def _cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.process_time()
    result = work()
    return time.process_time() - began, result


def run(root: Path, path: Path, build: bool) -> dict[str, Any]:
    """`measured` with the code at `root`."""
    environment = {**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(HERE), "--child", str(path.resolve()), *["--build"] * build]
    return dict(json.loads(subprocess.run(command, env=environment, check=True, capture_output=True).stdout))


def compared(name: str, before: dict[str, Any], now: dict[str, Any]) -> None:
    """The table of one video."""
    frames = now["frames"]
    print(f"\n{name}: {frames} frames, {len(before['clips'])} and {len(now['clips'])} windows\n")
    print("| CPU ms a frame of the video | before | now | ratio |\n| --- | --- | --- | --- |")
    floor = now["decode"]
    for label, of in (
        ("decode once, the floor", lambda each: each["decode"]),
        ("mine", lambda each: each["mine"]),
        ("measure, all windows", lambda each: each["measure"]),
        ("mine + measure", lambda each: each["mine"] + each["measure"]),
    ):
        one, other = (1000 * of(each) / frames for each in (before, now))
        print(f"| {label} | {one:.2f} | {other:.2f} | {one / max(other, 1e-9):.2f} |")
    both = [(each["mine"] + each["measure"]) / floor for each in (before, now)]
    print(f"| mine + measure over decoding once | {both[0]:.1f} | {both[1]:.1f} | |")
    one, other = (each["decoded"] / frames for each in (before, now))
    print(f"| frames decoded a frame | {one:.2f} | {other:.2f} | {one / other:.2f} |")
    print(f"| peak memory, MiB | {before['memory']:.0f} | {now['memory']:.0f} | |")
    print(f"| stage store, MB | {before['stored']:.0f} | {now['stored']:.0f} | |\n")
    print("| window before | | window now | |\n| --- | --- | --- | --- |")
    rows = max(len(before["clips"]), len(now["clips"]))
    for row in range(rows):
        cells = [each["clips"][row] if row < len(each["clips"]) else None for each in (before, now)]
        print("| " + " | ".join("- | -" if c is None else f"{c[0]}-{c[1]} | {c[3] or 'kept'}" for c in cells) + " |")


def main() -> None:
    """See the module's text."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, help="a checkout of the other version")
    parser.add_argument("--size", default="640x480")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--shot", type=float, default=10, help="seconds of a shot")
    parser.add_argument("--shots", default="walk,empty,sway,company", help="which, in turn")
    parser.add_argument("--build", action="store_true", help="reconstruct what is kept too, and count its decoding")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "scan-films")
    parser.add_argument("--video", type=Path, help="a video of your own, instead of a rendered one")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        print(json.dumps(measured(args.child, args.build)))
        return
    path = args.video
    if path is None:
        from scan_films import film

        args.folder.mkdir(parents=True, exist_ok=True)
        width, height = map(int, args.size.split("x"))
        shots = tuple(args.shots.split(","))
        name = f"{args.size}-{args.seconds:g}-{args.shot:g}-{'-'.join(shots)}.mp4"
        path = film(args.folder / name, args.seconds, width, height, shots, args.shot)
    now = run(HERE.parents[2], path, args.build)
    before = run(args.before, path, args.build) if args.before else now
    compared(path.name, before, now)


if __name__ == "__main__":
    main()
