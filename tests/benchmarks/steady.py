"""What turning frames back is worth: rendered clips of a swaying camera, with truth, against the camera at rest.

    python tests/benchmarks/steady.py [--clips 4] [--frames 90] [--sway 0.3 0.6 0.9]

Every clip is filmed at rest, and swaying by so many per cent of the diagonal; the latter goes through the pipeline as
it was filmed, with thresholds out of the way, and turned back. Errors are against the truth in one view: that of the
first frame, or of the reference.
"""

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from share_data.body.model import load_body
from share_data.build.stages.stages import Stages
from share_data.camera import Floats
from share_data.corpus.record import to_sample
from share_data.evaluation.clip import clip_errors
from share_data.filters.static_camera import StaticCamera
from share_data.recipe.reading import parse_recipe
from share_data.records import Clip, Video
from share_data.store.store import Store
from share_data.synthetic.cameras import CameraPath
from share_data.synthetic.film import shoot
from share_data.synthetic.production import Scene, scenes, take
from share_data.synthetic.specs import ACTIONS, ClipSpec, draw
from share_data.synthetic.truth import truth_of
from share_data.video.encode import encode_mp4

WIDTH, HEIGHT, RATE, CRF = 640, 360, 30, 17
PERIODS_S = (2.1, 3.3, 2.7)
WAYS = ("at rest", "as filmed", "turned back")


def swaying(scene: Scene, pct: float, seed: int) -> Scene:
    """The scene by a camera whose corners move by up to `pct` % of the diagonal, to and fro about three axes."""
    camera, frames = scene.camera, scene.scenario.frames
    rng = np.random.default_rng([seed, 0x57])
    times, phases = np.arange(frames) / scene.scenario.fps, rng.uniform(0, 2 * np.pi, 3)
    swing = np.stack([np.sin(2 * np.pi * times / period + at) for period, at in zip(PERIODS_S, phases, strict=True)], 1)
    swing = (swing - swing[0]) * (1, 1, 0.5)
    turns = swing * 0.01
    turns *= pct / shift_pct(camera, turns)
    rotation = Rotation.from_rotvec(turns).as_matrix() @ camera.base
    return replace(scene, camera=replace(camera, rotation=rotation))


def shift_pct(camera: CameraPath, turns: Floats) -> float:
    """Largest shift of a corner from the first frame's, % of the diagonal."""
    return 100 * float(moved(camera, turns).max()) / float(np.hypot(WIDTH, HEIGHT))


def moved(camera: CameraPath, turns: Floats) -> Floats:
    """(T, 4) pixels by which the corners are from where the first frame has them."""
    lens = camera.intrinsics.matrix
    corners = np.array([[0, 0, 1], [WIDTH, 0, 1], [0, HEIGHT, 1], [WIDTH, HEIGHT, 1.0]])
    seen = corners @ np.swapaxes(lens @ Rotation.from_rotvec(turns).as_matrix() @ np.linalg.inv(lens), 1, 2)
    places = seen[..., :2] / seen[..., 2:]
    return np.linalg.norm(places - places[0], axis=-1)


def left_pct(clip: Clip, scene: Scene) -> float:
    """Largest shift of a corner, % of the diagonal, that is left of the true motion once frames are turned back."""
    assert clip.stabilising is not None
    lens = scene.camera.intrinsics.matrix
    reference = int(np.abs(clip.stabilising - np.eye(3)).sum(axis=(1, 2)).argmin())
    rotation = scene.camera.rotation[clip.start : clip.stop]
    true = lens @ (rotation @ rotation[reference].T) @ np.linalg.inv(lens)
    corners = np.array([[0, 0, 1], [WIDTH, 0, 1], [0, HEIGHT, 1], [WIDTH, HEIGHT, 1.0]])
    back = corners @ np.swapaxes(clip.stabilising @ true, 1, 2)
    off = np.linalg.norm(back[..., :2] / back[..., 2:] - corners[:, :2], axis=-1)
    return 100 * float(off.max()) / float(np.hypot(WIDTH, HEIGHT))


def recipe_of(root: Path, stabilise: bool, open_wide: bool) -> Stages:
    lax = {"max_corner_shift_pct": 5.0, "max_scale_pct": 5.0, "max_jitter_pct": 5.0} if open_wide else {}
    data = {
        "schema_version": 1, "name": "steady", "sources": [{"kind": "local", "root": str(root)}],
        "clips": {"min_seconds": 0.5}, "filters": [{"kind": "static_camera", **lax}],
        "camera": {"stabilise": stabilise},
    }  # fmt: skip
    return Stages(parse_recipe(data, "steady"), Store(root / "store"))


def look(root: Path, scene: Scene, name: str, stabilise: bool) -> Iterator[tuple[str, float]]:
    """Film the scene, take it through the pipeline, and tell its errors by name."""
    path, body = root / f"{name}.mp4", load_body()
    if not path.exists():
        with path.open("wb") as handle:
            encode_mp4(enumerate(shoot(take(scene, body))), RATE, CRF, handle)
    video = Video("local", name, path.as_uri(), focal_px=float(scene.camera.focal[0]))
    stages, judge = recipe_of(root, stabilise, True), recipe_of(root, stabilise, False)
    # Without the option shots are cut where the camera sways: the same windows for both.
    clips = recipe_of(root, True, True).mine(video, path).clips
    yield "clips", len(clips)
    for filmed in clips:
        scores = {each.filter: each.scores for each in stages.measure(filmed)}
        camera = scores[StaticCamera.kind]
        yield "kept", float(all(verdict.kept for verdict in judge.judging.of_clip(scores)))
        yield "corner shift, measured (%)", camera["corner_shift_pct"]
        clip = stages.steadied(filmed)
        if clip.stabilising is not None:
            yield "corner shift, true (%)", left_pct(clip, scene)
        made, _ = stages.reconstruction(stages.reconstruct(clip))
        meta, arrays = to_sample(clip, made)
        at_rest = np.tile(np.eye(3, dtype=np.float32), (len(clip), 1, 1))
        truth = truth_of([scene], body)
        assert truth is not None
        errors = clip_errors(meta, {"stabilising": at_rest, **arrays}, truth, body).errors
        yield "MRPE (mm)", 1000 * float(np.mean(errors["mrpe"]))
        yield "floor, angle (degrees)", float(np.mean(errors["up_error_deg"]))
        yield "floor, height (mm)", 1000 * float(np.mean(errors["camera_height"]))
        yield "mask_iou", made.scores["mask_iou"]
        yield "jitter, of the truth's", float(np.median(errors["jitter"]) / np.median(errors["jitter_true"]))


def tables(clips: int, frames: int, sways: Sequence[float]) -> None:
    found: dict[tuple[float, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    body = load_body()
    with tempfile.TemporaryDirectory(prefix="steady-") as folder:
        for number in range(clips):
            size = {"width": WIDTH, "height": HEIGHT}
            spec = ClipSpec(action=ACTIONS[number % 4], room=number, frames=frames, fps=RATE, **size)
            (scene,) = scenes(draw(spec, 21, number), body)
            films = [(0.0, WAYS[0], scene)]
            films += [(pct, way, swaying(scene, pct, number)) for pct in sways for way in WAYS[1:]]
            for pct, way, film in films:
                for name, value in look(Path(folder), film, f"{pct}-{number}", way == WAYS[2]):
                    found[pct, way][name].append(value)
                    print(number, pct, way, name, round(value, 4), flush=True)
    names = list(dict.fromkeys(name for row in found.values() for name in row))
    print("| sway (%) | frames | " + " | ".join(names) + " |")
    print("| --- " * (len(names) + 2) + "|")
    for (pct, way), row in found.items():
        cells = [f"{np.mean(row[name]):.3f}" if row[name] else "" for name in names]
        print(f"| {pct} | {way} | " + " | ".join(cells) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=4)
    parser.add_argument("--frames", type=int, default=90)
    parser.add_argument("--sway", type=float, nargs="+", default=[0.3, 0.6, 0.9])
    chosen = parser.parse_args()
    tables(chosen.clips, chosen.frames, chosen.sway)


if __name__ == "__main__":
    main()
