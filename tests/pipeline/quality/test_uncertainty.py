"""What no camera can see: larger the less is known, in proportion to the distance, and never nothing."""

import pytest

from share_data.pipeline.camera.pose import TELLERS
from share_data.pipeline.quality.uncertainty import DepthSources, depth_uncertainty_m, up_uncertainty_deg
from share_data.pipeline.scene.scale import ScaleConfig, estimate_scale

NO_EVIDENCE = estimate_scale([], ScaleConfig())


def depth(distance=4.0, focal="source", scale=None, sd=None):
    return depth_uncertainty_m(DepthSources(distance, focal, scale, sd))


@pytest.mark.parametrize("scale", [None, NO_EVIDENCE], ids=["body", "map"])
def test_depth_is_less_certain_the_farther_and_the_less_the_focal_is_known(scale):
    assert depth(8.0, scale=scale) == pytest.approx(2 * depth(4.0, scale=scale))
    told = [depth(focal=focal, scale=scale) for focal in ("recipe", "camera", "lens", "default")]
    assert told == sorted(told)
    assert told[-1] > 1.5 * told[0] > 0


def test_a_known_stature_makes_depth_from_the_body_more_certain():
    assert depth(sd=0.01) < depth(sd=0.055) == depth(sd=None)


def test_up_is_more_certain_the_better_its_teller():
    told = [up_uncertainty_deg(teller, teller) for teller in TELLERS]
    assert told == sorted(told, reverse=True)
    assert up_uncertainty_deg("person", "recipe") == up_uncertainty_deg("recipe", "person") < told[0]
    assert told[-1] > 0
