"""The synthetic benchmark: pooled like the published tables, paired, reproducible, right where all is right."""

import json
from dataclasses import dataclass, replace
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from share_data.body.model import load_body
from share_data.evaluation.synthetic.benchmark import Benchmark, ClipResult, clip_errors, run_synthetic_benchmark
from share_data.evaluation.synthetic.clips import VideoErrors, film, simulate, video_errors
from share_data.evaluation.synthetic.methods import Initial, Ours, Share, default_methods, to_shared_focal
from share_data.evaluation.synthetic.tables import benchmark_json, benchmark_markdown, grids, render_benchmark
from share_data.pipeline.error_levels import ALL, DOCUMENTED, OFF, levels_of

FRAMES = 12


@dataclass(frozen=True)
class Shifted:
    """A method that is wrong by exactly `by` metres along the camera's x axis, wherever the estimator was."""

    name: str
    by: float

    def __call__(self, clips):
        return [np.tile([self.by, 0.0, 0.0], (len(clip.track.transl), 1)) for clip in clips]


@pytest.fixture(scope="module")
def body():
    return load_body()


@pytest.fixture(scope="module")
def benchmark(body):
    return run_synthetic_benchmark(
        3, FRAMES, (Initial(), Share(), Ours()), conditions=(OFF, "video scale", ALL), body=body
    )


def test_without_errors_the_estimator_is_right_and_share_nearly(benchmark):
    assert benchmark.summary("mrpe", "initial (TRAM-like)", OFF).mean < 1e-5
    assert benchmark.summary("v2v", "initial (TRAM-like)", OFF).mean < 1e-5
    for method in ("SHARE (exact)", "ours"):
        assert benchmark.summary("mrpe", method, OFF).mean < 0.05
        # Points cover the visible front only.
        assert abs(benchmark.summary("depth_bias", method, OFF).mean) < 0.05


def test_a_known_displacement_is_measured_as_such(body):
    run = run_synthetic_benchmark(2, FRAMES, (Shifted("a", 0.25),), (OFF,), (Shifted("a", 0.25),), body=body)
    assert run.summary("mrpe", "a", OFF).mean == pytest.approx(0.25, abs=1e-5)
    assert run.summary("v2v", "a", OFF).mean == pytest.approx(0.25, abs=1e-5)
    depth, lateral = (run.of("a", OFF)[0].errors[name] for name in ("depth_bias", "lateral"))
    assert np.hypot(depth, lateral) == pytest.approx(0.25, abs=1e-5)


def test_a_slide_is_skating_of_standing_feet_and_no_error_of_the_pose(body):
    truth = film(1, 0, FRAMES, body)
    seen = simulate(truth, body, levels_of(OFF), VideoErrors(0.0, 1.0, 1.0))
    still = np.repeat(truth.motion.vertices[:1], FRAMES, axis=0)
    stands = replace(truth, motion=replace(truth.motion, vertices=still))
    frozen = replace(seen, track=replace(seen.track, vertices=still))
    slide = np.arange(FRAMES)[:, None] * np.array([0.006, 0.0, 0.008])
    errors, _ = clip_errors(stands, frozen, slide)
    assert errors["skating"] == pytest.approx(0.01, abs=1e-6)
    assert len(errors["skating"]) == 4 * (FRAMES - 1)
    assert errors["mpjpe"] == pytest.approx(0, abs=1e-5)


def test_a_joint_out_of_place_counts_for_one_in_24_in_mpjpe(body):
    truth = film(0, 0, FRAMES, body)
    seen = simulate(truth, body, levels_of(OFF), VideoErrors(0.0, 1.0, 1.0))
    joints = seen.track.joints.copy()
    joints[:, 20] += [0, 0.24, 0]
    errors, _ = clip_errors(truth, replace(seen, track=replace(seen.track, joints=joints)), np.zeros((FRAMES, 3)))
    assert errors["mpjpe"] == pytest.approx(0.01, abs=1e-5)


def test_frames_are_pooled_and_pairs_compared():
    def result(method, clip, values):
        return ClipResult(ALL, method, clip, 0, {"mrpe": np.array(values)}, np.zeros((len(values), 3)))

    made = Benchmark(
        (result("a", "x", [1.0, 3.0]), result("a", "y", [2.0]), result("b", "x", [2.0, 2.0]), result("b", "y", [5.0])),
        ("a", "b"),
        (ALL,),
        2,
        2,
        0,
    )
    pooled = made.summary("mrpe", "a")
    assert (pooled.mean, pooled.sd, pooled.frames, pooled.clips) == (2.0, 1.0, 3, 2)
    change = made.difference("mrpe", "a", "b")
    assert change.mean == pytest.approx(2.0 - 3.0)
    assert change.low == pytest.approx(-3.0)
    assert change.high == pytest.approx(0.0)
    assert made.apart("a", "b") == 0


def test_a_wrong_video_scale_moves_share_in_proportion(benchmark, body):
    wrong = {number: each.scale for number, each in enumerate(video_errors(levels_of("video scale")))}
    for result, right in zip(
        benchmark.of("SHARE (exact)", "video scale"), benchmark.of("SHARE (exact)", OFF), strict=True
    ):
        moved = (result.errors["depth_bias"] - right.errors["depth_bias"]).mean()
        distance = np.linalg.norm(right.roots, axis=1).mean()
        assert moved / distance == pytest.approx(wrong[result.video] - 1, abs=0.01)


def test_the_shared_focal_undoes_the_default_focal(body):
    clip = film(0, 0, FRAMES, body)
    seen = simulate(clip, body, levels_of("human focal"), VideoErrors(0.0, 1.0, 1.0))
    assert np.linalg.norm(seen.track.joints[:, 0] - clip.motion.joints[:, 0], axis=1).min() > 1
    assert seen.track.joints[:, 0] + to_shared_focal(seen) == pytest.approx(clip.motion.joints[:, 0], abs=1e-4)


def test_methods_see_one_video_at_a_time_and_no_truth(body):
    seen = []

    @dataclass(frozen=True)
    class Spy:
        name: str = "spy"

        def __call__(self, clips):
            seen.append([clip.name.rpartition("_batch")[0] for clip in clips])
            assert not hasattr(clips[0], "motion")
            return [np.zeros((FRAMES, 3))] * len(clips)

    run_synthetic_benchmark(10, FRAMES, (Spy(),), (ALL,), (), body=body)
    assert [len(set(names)) for names in seen] == [1] * 8
    assert sum(map(len, seen)) == 10


def test_the_same_seed_gives_the_same_figures_and_another_seed_others(benchmark, body):
    again, other = (
        run_synthetic_benchmark(1, FRAMES, (Share(),), (ALL,), (), seed=seed, body=body).of("SHARE (exact)")[0].roots
        for seed in (benchmark.seed, benchmark.seed + 1)
    )
    assert np.array_equal(again, benchmark.of("SHARE (exact)")[0].roots)
    assert not np.array_equal(other, again)


def test_every_table_has_its_rows(benchmark):
    main, against, alone = grids(benchmark)
    assert [row.name for row in main.rows] == ["initial (TRAM-like)", "SHARE (exact)", "ours"]
    assert [row.name for row in against.rows] == ["initial (TRAM-like)", "ours"]
    assert [row.name for row in alone.rows] == ["no error", "video scale alone", "all errors"]
    assert {"mpjpe", "skating"} <= main.rows[0].cells.keys()
    markdown = benchmark_markdown(benchmark)
    assert "| SHARE (exact) |" in markdown
    assert "| body height | body_height 0.045 |" in markdown
    out = StringIO()
    Console(file=out, width=200).print(render_benchmark(benchmark))
    assert "ours less SHARE" in out.getvalue()
    data = json.loads(json.dumps(benchmark_json(benchmark), allow_nan=False))
    assert len(data["results"]) == 3 * 3 * 3
    assert data["seed"] == benchmark.seed


def test_adam_can_be_run_on_fewer_clips():
    names = [method.name for method in default_methods()]
    assert names[:4] == ["initial (TRAM-like)", "SHARE (adam)", "SHARE (exact)", "ours"]
    assert "SHARE (adam)" not in [method.name for method in default_methods(adam=False)]
    run = run_synthetic_benchmark(2, FRAMES, (Share("adam"), Initial()), (ALL,), (), adam_clips=0)
    assert len(run.of("SHARE (adam)")) == 0
    assert len(run.of("initial (TRAM-like)")) == 2
    assert DOCUMENTED.focal_default == 1


def test_conditions_can_be_run_on_fewer_clips_than_all_errors_together(body):
    run = run_synthetic_benchmark(3, FRAMES, (Initial(),), ("pose", ALL), (Initial(),), condition_clips=1, body=body)
    counts = [len(run.of("initial (TRAM-like)", condition)) for condition in ("pose", ALL)]
    assert counts == [1, 3]


def test_impossible_sizes_are_refused():
    for clips, frames in ((0, 12), (34, 12), (3, 9)):
        with pytest.raises(ValueError, match="1 to 33 clips"):
            run_synthetic_benchmark(clips, frames)
