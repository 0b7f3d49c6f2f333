"""How fast exports are, whether their memory is flat, and whether a killed one ends with the same files.

    python tests/benchmarks/exports.py FOLDER [--clips 500] [--frames 100] [--points 2000] [--formats amass] [--kill 3]

A corpus of clips that a crafted SMPL file poses is packed in FOLDER, unless it is there. Each format runs in a process
of its own: clips a second of one core, and its greatest memory at a tenth of the clips and at the end. `--kill N` kills
another run N times with SIGKILL at random, resumes it, and compares every file with those of the first.
"""

import argparse
import hashlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import numpy as np
from exported import clip_of, member_of, smpl_file, smplx_file, steady
from make_records import RECIPE, make_entries
from samples import floor

from share_data.body.model import load_body
from share_data.corpus.read import Corpus
from share_data.corpus.write.pack import PackOptions, Provenance, pack
from share_data.corpus.write.shards import Member, Sample
from share_data.export.base import ExportOptions
from share_data.export.run import export_corpus, format_of


def make_corpus(folder: Path, clips: int, frames: int, points: int) -> Path:
    """`clips` records of one motion and one scene of `points` points under `folder`."""
    place = folder / f"corpus_{clips}_{frames}_{points}"
    body = load_body(smpl_file(folder))
    if (place / "manifest.json").exists():
        return place
    all_clips = [clip_of(steady(frames, 29.97), f"video-{number}") for number in range(clips)]
    first = member_of(body, all_clips[0]).load()
    chosen = np.random.default_rng(0).choice(len(floor().points), points)
    arrays = {
        name: array[chosen] if name in ("points", "colors", "normals", "point_source") else array
        for name, array in first.arrays.items()
    }

    def member(number: int) -> Member:
        clip = all_clips[number]
        told = {"key": clip.key, "video_id": clip.video.video_id, "video_sha256": clip.sha256, "n_points": points}
        return Member(clip.key, lambda: Sample({**first.metadata, **told}, arrays, first.preview))

    provenance = Provenance(make_entries(all_clips), RECIPE, body.stamp)
    pack([member(number) for number in range(clips)], place, provenance, PackOptions(500))
    return place


def run(place: Path, form: str, out: Path, folder: Path) -> None:
    """One export in this process; prints a JSON line."""
    peaks = []

    def watched(done: int, of: int) -> None:
        if done in (max(of // 10, 1), of):
            peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)

    options = ExportOptions(body=folder / "SMPL_NEUTRAL.npz", smplx=folder / "SMPLX_NEUTRAL.npz")
    corpus, chosen = Corpus(place), format_of(form, options)
    wall, cpu = time.perf_counter(), time.process_time()
    told = export_corpus(corpus, chosen, out, progress=watched)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(json.dumps({"clips": told["clips"], "wall": wall, "cpu": cpu, "peaks": peaks, "bytes": told["bytes"]}))


def started(place: Path, form: str, out: Path, folder: Path) -> "subprocess.Popen[str]":
    """The same in another process."""
    command = [sys.executable, __file__, str(folder), "--one", form, "--place", str(place), "--out", str(out)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def killed(place: Path, form: str, whole: Path, folder: Path, times: int, clips: int) -> str:
    """What came of `times` kills: how many clips were there after each, and whether the files are the same."""
    out, there = folder / f"out_{form}_killed", []
    lines = out / "export_clips.jsonl"
    shutil.rmtree(out, ignore_errors=True)
    for number in range(times):
        process = started(place, form, out, folder)
        target = random.randint(number * clips // times + 1, (number + 1) * clips // times - 1)
        while process.poll() is None and count(lines) < target:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        there.append(count(lines))
    started(place, form, out, folder).communicate()
    same = digests(out) == digests(whole)
    shutil.rmtree(out)
    return f"killed at {', '.join(map(str, there))} clips, resumed: files {'equal' if same else 'DIFFER'}"


def count(lines: Path) -> int:
    """Lines of a file, 0 where there is none."""
    return lines.read_bytes().count(b"\n") if lines.exists() else 0


def main() -> None:
    """See above."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clips", type=int, default=500)
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("--points", type=int, default=2000)
    parser.add_argument("--formats", default="amass")
    parser.add_argument("--kill", type=int, default=0)
    parser.add_argument("--one")
    parser.add_argument("--place", type=Path)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    if chosen.one:
        return run(chosen.place, chosen.one, chosen.out, chosen.folder)
    chosen.folder.mkdir(parents=True, exist_ok=True)
    smplx_file(chosen.folder / "SMPLX_NEUTRAL.npz")
    place = make_corpus(chosen.folder, chosen.clips, chosen.frames, chosen.points)
    for form in chosen.formats.split(","):
        out = chosen.folder / f"out_{form}"
        shutil.rmtree(out, ignore_errors=True)
        told = json.loads(started(place, form, out, chosen.folder).communicate()[0])
        peaks = ", ".join(f"{peak:.0f}" for peak in told["peaks"])
        print(
            f"{form}: {told['clips']} clips of {chosen.frames} frames: {told['clips'] / told['cpu']:.0f} clips/s CPU, "
            f"{told['clips'] / told['wall']:.0f} wall; {told['bytes'] / told['clips'] / 1e3:.0f} kB a clip; "
            f"memory at a tenth, at the last clip, after it: {peaks} MB"
        )
        if chosen.kill:
            print(f"{form}: {killed(place, form, out, chosen.folder, chosen.kill, told['clips'])}")


if __name__ == "__main__":
    main()
