"""What enters the keys of stored results, and what does not."""

import json

from share_data.build.stages.keys import StageKeys
from share_data.recipe.model import recipe_model
from share_data.records import EstimatorInfo

STAMP = EstimatorInfo("theirs", 1)
SOURCE = {"kind": "synthetic", "clips": [{}]}


def keys_of(humans: object, **parts: object) -> StageKeys:
    told = {"schema_version": 1, "name": "x", "sources": [SOURCE], **parts}
    recipe = recipe_model().model_validate_json(json.dumps(told))
    return StageKeys(recipe, STAMP, STAMP, "body", recipe.scale.settled(humans))


class Sure:
    body_height_sd = 0.01


def test_a_reconstruction_depends_on_what_its_estimators_say_they_are_worth() -> None:
    silent, sure = keys_of(None), keys_of(Sure())
    assert silent.reconstruct("maps") != sure.reconstruct("maps")
    assert silent.whole != sure.whole
    assert silent.geometry("track") == sure.geometry("track")


def test_it_is_the_same_whether_estimator_or_recipe_says_it() -> None:
    said = keys_of(None, scale={"body_height_sd": 0.01})
    assert said.reconstruct("maps") == keys_of(Sure()).reconstruct("maps")
