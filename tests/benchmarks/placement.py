"""How good and how fast the placement solvers are, on synthetic clips with known truth.

    python tests/benchmarks/placement.py                    table, and the rule between keyframes
    python tests/benchmarks/placement.py --full             all 600 steps of adam with its own neighbour search

Objectives are evaluated in full, on all points. Seconds are CPU seconds of this process on one thread. Adam's are those
of 20 steps, times 30; its objective is that of all 600 steps on the same random subsets, with neighbours from KD-trees
(the same neighbours, found sooner).
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import torch
from scipy.spatial import cKDTree

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from placement_clips import PlacementClip, make_clip, paper

from share_data.body.model import load_body
from share_data.pipeline.placement import solve_adam
from share_data.pipeline.placement.anchoring import Anchors
from share_data.pipeline.placement.objective import Objective
from share_data.pipeline.placement.place import place_human
from share_data.pipeline.quality.keyframe_jump import keyframe_jump
from share_data.store.threads import one_thread

POINTS = (5_000, 10_000, 20_000)
RULES = {
    "mean": {},
    "blend": {"anchoring": "blend"},
    "blend, visible": {"anchoring": "blend", "chamfer": "visible"},
    "blend, squared": {"anchoring": "blend", "squared": True},
}


def timed(call, *arguments, **options):
    """CPU seconds and the result."""
    start = time.process_time()
    result = call(*arguments, **options)
    return time.process_time() - start, result


def by_trees(first, second):
    """The neighbours `nearest_by_matrix` finds, with KD-trees."""
    a, b = first.numpy().astype(float), second.numpy().astype(float)
    pairs = (cKDTree(b).query(a)[1], cKDTree(a).query(b)[1])
    return tuple(torch.as_tensor(index) for index in pairs)


def adam(clip: PlacementClip, full: bool):
    """Seconds of the whole procedure, the keyframes' displacements it ends with, and the objective."""
    anchors = Anchors(clip.roots, np.arange(len(clip.roots)) / 30, clip.keyframes, "mean")
    problem = (list(clip.vertices), clip.human_points, clip.roots, anchors.smoothed, clip.keyframes)
    solve_adam.solve(*problem, steps=1)  # imports torch
    if full:
        seconds, offsets = timed(solve_adam.solve, *problem)
    else:
        seconds, _ = timed(solve_adam.solve, *problem, steps=20)
        seconds *= solve_adam.STEPS / 20
        offsets = solve_adam.solve(*problem, neighbours=by_trees)
    return seconds, Objective(problem[0], problem[1], anchors)(offsets[clip.keyframes])[0]


def compare(body, count: int, full: bool) -> None:
    """Print the table of solvers."""
    print("clip    human points   objective exact     adam  difference     s exact   s adam   ratio")
    rows = []
    for seed in range(count):
        clip = make_clip(body, seed, points=POINTS[seed % len(POINTS)])
        fast, placed = timed(place_human, clip.vertices, clip.human_points, clip.roots, clip.keyframes, paper())
        exact = placed.body_loss + placed.root_loss
        slow, reference = adam(clip, full)
        rows.append((exact, reference, fast, slow))
        points = " ".join(f"{len(p):6d}" for p in clip.human_points)
        print(
            f"{clip.name:7s} {points}  {exact:14.6f} {reference:10.6f} {100 * (exact / reference - 1):+9.3f} % "
            f"{fast:10.3f} {slow:8.1f} {slow / fast:7.0f}",
            flush=True,
        )
    exact, reference, fast, slow = np.array(rows).T
    print(
        f"median {np.median(exact):30.6f} {np.median(reference):10.6f} "
        f"{100 * np.median(exact / reference - 1):+9.3f} % "
        f"{np.median(fast):10.3f} {np.median(slow):8.1f} {np.median(slow / fast):7.0f}"
    )
    print(f"exact <= adam on {(exact <= reference).sum()} of {count} clips; lowest ratio {(slow / fast).min():.0f}\n")


def rules(body, count: int) -> None:
    """Print root error and keyframe jump of the options."""
    print("options          keyframes   root error mean cm   keyframe jump median, largest   s")
    for keyframes in ((0, -1), (0, 33, 66, -1)):
        clips = [make_clip(body, 1000 + seed, keyframes=keyframes) for seed in range(count)]
        for name, fields in RULES.items():
            errors, jumps, seconds = [], [], []
            for clip in clips:
                options = paper(**fields)
                arguments = (clip.vertices, clip.human_points, clip.roots, clip.keyframes, options, clip.faces)
                taken, placed = timed(place_human, *arguments)
                path = clip.roots + placed.offsets
                errors.append(np.linalg.norm(path - clip.true_roots, axis=1).mean())
                jumps.append(keyframe_jump(path, clip.keyframes, np.arange(len(path)) / 30))
                seconds.append(taken)
            print(
                f"{name:16s} {len(keyframes):9d} {100 * np.mean(errors):20.2f} "
                f"{np.median(jumps):20.2f} {np.max(jumps):10.2f} {np.median(seconds):6.2f}",
                flush=True,
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--clips", type=int, default=9)
    parser.add_argument("--full", action="store_true")
    arguments = parser.parse_args()
    with one_thread():
        model = load_body()
        compare(model, arguments.clips, arguments.full)
        rules(model, arguments.clips)
