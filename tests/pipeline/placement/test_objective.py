"""The reduced objective: it is the full one with every free frame at its best, for any number of keyframes."""

import numpy as np
import pytest
from placement_blobs import ENDS, FOUR, T, body_loss, problem, root_loss, times_of
from scipy.spatial import cKDTree

from share_data.pipeline.placement.anchoring import Anchors
from share_data.pipeline.placement.chamfer import Chamfer
from share_data.pipeline.placement.objective import Objective
from share_data.pipeline.placement.root_paths import smooth_roots
from share_data.pipeline.placement.solve_exact import solve


def best_root_loss(roots, displacement, keyframes):
    """The least root loss over all T translations with those of the keyframes given, and the translations.

    Linear least squares over every free frame: one row for each (keyframe, frame) of eqs. 7-9.
    """
    deviation = roots - smooth_roots(roots, times_of(roots))
    free = [i for i in range(T) if i not in keyframes]
    weight = 1 / np.sqrt(3 * (len(free) + 1))
    rows = np.zeros((len(keyframes) * len(free), len(free)))
    targets = np.zeros((len(rows), 3))
    for n, k in enumerate(keyframes):
        for m, i in enumerate(free):
            rows[n * len(free) + m, m] = weight
            targets[n * len(free) + m] = weight * (deviation[k] + displacement[n] - deviation[i])
    solution, residual, _, _ = np.linalg.lstsq(rows, targets, rcond=None)
    offsets = np.zeros((T, 3))
    offsets[free], offsets[keyframes] = solution, displacement
    return residual.sum(), offsets


@pytest.mark.parametrize("keyframes", [ENDS, np.array([4, 20]), FOUR, np.arange(0, T, 3)])
def test_reducing_changes_neither_the_least_loss_nor_where_it_is(keyframes):
    mesh, human, roots = problem(keyframes=keyframes, vertices=50, points=60)
    anchors = Anchors(roots, times_of(roots), keyframes, "mean")
    objective = Objective(mesh, human, anchors)
    displacement = np.random.default_rng(2).normal(0, 0.2, (len(keyframes), 3))
    least, offsets = best_root_loss(roots, displacement, keyframes)
    assert objective.root(displacement)[0] == pytest.approx(least, rel=1e-9)
    assert root_loss(roots, offsets, keyframes) == pytest.approx(least, rel=1e-9)
    np.testing.assert_allclose(anchors.offsets(displacement), offsets, atol=1e-9)
    assert objective.body(displacement)[0] == pytest.approx(body_loss(mesh, human, displacement), rel=1e-9)


@pytest.mark.parametrize("squared", [False, True])
@pytest.mark.parametrize("limit", [None, 100])
def test_the_gradient_is_the_numeric_one(squared, limit):
    mesh, human, roots = problem(keyframes=FOUR)
    objective = Objective(mesh, human, Anchors(roots, times_of(roots), FOUR, "mean"), squared)
    x, step = np.random.default_rng(1).normal(0, 0.1, (4, 3)), 1e-6
    _, gradient = objective(x, limit)
    for i in np.ndindex(4, 3):
        unit = np.zeros((4, 3))
        unit[i] = step
        difference = objective(x + unit, limit)[0] - objective(x - unit, limit)[0]
        assert gradient[i] == pytest.approx(difference / (2 * step), abs=1e-5)


def test_the_curvature_of_the_root_loss_is_the_gradients():
    mesh, human, roots = problem(keyframes=FOUR)
    objective = Objective(mesh, human, Anchors(roots, times_of(roots), FOUR, "mean"))
    a, b = np.random.default_rng(1).normal(0, 0.1, (2, 4, 3))
    expected = (objective.root(a)[1] - objective.root(b)[1]).ravel()
    np.testing.assert_allclose(objective.root_curvature() @ (a - b).ravel(), expected, atol=1e-12)


def test_a_keyframe_at_every_frame_leaves_no_root_loss():
    mesh, human, roots = problem(keyframes=np.arange(3))
    objective = Objective(mesh, human, Anchors(roots[:3], times_of(roots[:3]), np.arange(3), "mean"))
    assert objective.root(np.ones((3, 3)))[0] == 0


def test_a_part_of_the_queries_estimates_the_distance_to_all_of_the_other_side():
    mesh, human, _ = problem(vertices=4000, points=5000)
    chamfer = Chamfer(mesh[0], human[0])
    part, whole = chamfer(np.zeros(3), 800)[0], chamfer(np.zeros(3))[0]
    assert part == pytest.approx(whole, rel=0.05)
    assert chamfer(np.zeros(3), 800)[0] == part
    assert chamfer(np.zeros(3), 5000)[0] == pytest.approx(whole, rel=1e-12)


def test_points_that_coincide_with_the_mesh_have_a_finite_gradient():
    points = np.random.default_rng(0).normal(size=(20, 3))
    value, gradient = Chamfer(points, points)(np.zeros(3))
    assert value == 0
    assert (gradient == 0).all()


def test_every_point_counts_however_many_there_are():
    points = np.random.default_rng(0).normal(size=(45_000, 3))
    value, _ = Chamfer(points[:100], points)(np.array([0.1, 0, 0]))
    mesh = np.add(points[:100], (0.1, 0, 0))
    expected = cKDTree(mesh).query(points)[0].mean() + cKDTree(points).query(mesh)[0].mean()
    assert value == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("squared", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_the_solution_is_within_a_thousandth_of_the_least_objective(seed, squared):
    from scipy.optimize import minimize

    mesh, human, roots = problem(seed, vertices=1500, points=2500, shift=(0.2, 0.1, -0.6), keyframes=FOUR)
    rng = np.random.default_rng(seed)
    human = [points * [1.05, 0.97, 1] + rng.normal(0, 0.01, points.shape) for points in human]
    objective = Objective(mesh, human, Anchors(roots, times_of(roots), FOUR, "mean"), squared)
    x, value = solve(objective, objective.starts())
    assert objective(x)[0] == pytest.approx(value, rel=1e-12)

    def flat(y):
        loss, gradient = objective(y.reshape(-1, 3))
        return loss, gradient.ravel()

    for _ in range(4):
        x = minimize(flat, x.ravel(), jac=True, method="L-BFGS-B", options={"ftol": 1e-14, "gtol": 1e-9}).x
    assert value <= 1.001 * flat(x)[0]
