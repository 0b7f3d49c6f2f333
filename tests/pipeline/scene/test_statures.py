"""How likely an estimated height is wrong, and by how much."""

import numpy as np
import pytest

from share_data.pipeline.scene.statures import height_error_density, student

GRID = np.linspace(-0.8, 0.8, 1601)


def mean_error(height: float, sd: float) -> float:
    density = height_error_density(GRID, height, sd)
    return float(density @ GRID / density.sum())


def test_a_giant_is_likely_over_estimated_and_an_ordinary_body_is_not() -> None:
    assert mean_error(2.1, 0.055) > 0.05
    assert abs(mean_error(1.72, 0.026)) < 0.02


def test_small_adults_may_be_children() -> None:
    """Of bodies answered as 1.60 m, more are truly 1.20 than, of bodies answered as 1.90 m, are truly 1.43."""
    small, tall = (height_error_density(np.array([0.0, 0.288]), height, 0.055) for height in (1.60, 1.90))
    assert small[1] / small[0] > 1.5 * tall[1] / tall[0]


@pytest.mark.parametrize("scale", [0.03, 0.2])
def test_the_students_density_sums_to_one_and_has_heavy_tails(scale: float) -> None:
    x = scale * np.linspace(-400, 400, 400_001)
    density = student(x, scale, 4.0)
    assert density.sum() * (x[1] - x[0]) == pytest.approx(1, abs=1e-3)
    far = density[np.searchsorted(x, 5 * scale)] / density.max()
    assert far > 100 * np.exp(-12.5)
