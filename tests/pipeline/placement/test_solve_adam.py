"""The adam solver is SHARE's procedure: checked against steps written out by hand, and against the exact minimum."""

import numpy as np
import pytest
import torch
from placement_blobs import ENDS, FOUR, body_loss, problem, root_loss, times_of
from placement_clips import paper
from scipy.spatial.distance import cdist

from share_data.errors import MissingDependencyError
from share_data.pipeline.placement import solve_adam
from share_data.pipeline.placement.place import place_human
from share_data.pipeline.placement.root_paths import smooth_roots


def gradient(mesh, human, roots, offsets, keyframes, squared):
    """Of L_body + L_root with respect to all (T, 3) translations, term by term."""
    result = np.zeros_like(offsets)
    for vertices, points, k in zip(mesh, human, keyframes, strict=True):
        moved = vertices + offsets[k]
        distance = cdist(points, moved)
        for difference in (moved[distance.argmin(axis=1)] - points, moved - points[distance.argmin(axis=0)]):
            scale = 0.5 if squared else np.linalg.norm(difference, axis=1, keepdims=True)
            result[k] += (difference / scale).mean(axis=0)
    deviation = roots + offsets - smooth_roots(roots, times_of(roots))
    for k in keyframes:
        frames = [i for i in range(len(roots)) if i not in keyframes]
        for i in frames:
            pull = 2 * (deviation[i] - deviation[k]) / (3 * (len(frames) + 1))
            result[i] += pull
            result[k] -= pull
    return result


def by_hand(mesh, human, roots, keyframes, squared, steps):
    """Adam (Kingma and Ba, algorithm 1) with beta 0.9 and 0.999 and epsilon 1e-8."""
    offsets, m, v = np.zeros_like(roots), np.zeros_like(roots), np.zeros_like(roots)
    for step in range(1, steps + 1):
        g = gradient(mesh, human, roots, offsets, keyframes, squared)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        offsets = offsets - 0.01 * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
    return offsets


def run(mesh, human, roots, keyframes, **options):
    return solve_adam.solve(list(mesh), human, roots, smooth_roots(roots, times_of(roots)), keyframes, **options)


@pytest.mark.parametrize("squared", [False, True])
@pytest.mark.parametrize("keyframes", [ENDS, FOUR])
def test_steps_are_those_written_out_by_hand(keyframes, squared):
    mesh, human, roots = problem(keyframes=keyframes, vertices=60, points=80)
    got = run(mesh, human, roots, keyframes, squared=squared, steps=8)
    expected = by_hand(mesh, human, roots, keyframes, squared, 8)
    np.testing.assert_allclose(got, expected, atol=2e-5)
    assert np.abs(got).max() > 0.05


def test_600_steps_come_close_to_the_exact_minimum_and_never_below():
    mesh, human, roots = problem(shift=(0.1, -0.05, 0.3), vertices=300, points=350)
    adam = place_human(mesh, human, roots, times_of(roots), ENDS, paper(solver="adam"))
    exact = place_human(mesh, human, roots, times_of(roots), ENDS, paper())
    objective = exact.body_loss + exact.root_loss
    assert objective <= 1.001 * (adam.body_loss + adam.root_loss)
    assert adam.body_loss + adam.root_loss <= 1.02 * objective
    np.testing.assert_allclose(adam.offsets, exact.offsets, atol=0.01)
    offsets = adam.offsets[ENDS]
    assert adam.body_loss == pytest.approx(body_loss(mesh, human, offsets), rel=1e-9)
    # What is reported is the keyframes' loss with all other frames at their best, a little less than adam's own.
    assert adam.root_loss <= root_loss(roots, adam.offsets, ENDS) <= adam.root_loss + 1e-4


def test_subsets_are_fresh_seeded_and_of_5000(monkeypatch):
    mesh, human, roots = problem(vertices=6000, points=5200)
    drawn = []

    def spy(points, vertices):
        drawn.append((points.numpy().copy(), vertices.numpy().copy()))
        return torch.zeros(len(points), dtype=torch.long), torch.zeros(len(vertices), dtype=torch.long)

    for _ in range(2):
        run(mesh, human, roots, ENDS, steps=2, neighbours=spy)
    assert {len(points) for pair in drawn for points in pair} == {5000}
    assert len(np.unique(drawn[0][0], axis=0)) == 5000
    assert not np.array_equal(drawn[0][0], drawn[2][0])  # another step
    assert np.array_equal(drawn[0][0], drawn[4][0])  # the same step of another run


def test_blend_with_adam_keeps_adams_keyframes():
    mesh, human, roots = problem(vertices=100, points=100)
    options = paper(solver="adam", anchoring="blend")
    adam = place_human(mesh, human, roots, times_of(roots), ENDS, options)
    exact = place_human(mesh, human, roots, times_of(roots), ENDS, paper(anchoring="blend"))
    np.testing.assert_allclose(adam.offsets, exact.offsets, atol=0.02)


def test_neighbours_are_the_nearest_across_chunks(monkeypatch):
    monkeypatch.setattr(solve_adam, "CHUNK", 7)
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(45, 3)) + 100, rng.normal(size=(38, 3)) + 100
    of_first, of_second = solve_adam.nearest_by_matrix(*(torch.as_tensor(a) for a in (first, second)))
    distance = cdist(first, second)
    assert (of_first.numpy() == distance.argmin(axis=1)).all()
    assert (of_second.numpy() == distance.argmin(axis=0)).all()


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_missing_cuda_device_is_an_error_with_its_remedy():
    mesh, human, roots = problem(vertices=20, points=20)
    with pytest.raises(MissingDependencyError, match="device=cpu"):
        place_human(mesh, human, roots, times_of(roots), ENDS, paper(solver="adam", device="cuda"))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_cuda_gives_what_the_cpu_gives():
    mesh, human, roots = problem(vertices=300, points=300)
    cpu, cuda = (run(mesh, human, roots, ENDS, device=device, steps=50) for device in ("cpu", "cuda"))
    np.testing.assert_allclose(cuda, cpu, atol=1e-3)
