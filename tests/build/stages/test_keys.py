"""What enters the keys of stored results, and what does not."""

from share_data.build.stages.keys import StageKeys
from share_data.recipe.reading import parse_recipe
from share_data.records import EstimatorInfo

STAMP = EstimatorInfo("theirs", 1)
SOURCE = {"kind": "synthetic", "seed": 1}


def keys_of(humans: object, **parts: object) -> StageKeys:
    recipe = parse_recipe({"schema_version": 1, "name": "x", "sources": [SOURCE], **parts}, "here")
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
