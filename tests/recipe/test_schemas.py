"""The schemas in the repository are those of the code, and they accept what the code accepts."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from places import RECIPES, REPOSITORY

from share_data.recipe.schemas import all_schemas


@pytest.mark.parametrize("name", sorted(all_schemas()))
def test_the_schema_on_disk_is_current(name: str) -> None:
    on_disk = json.loads((REPOSITORY / "schemas" / name).read_text())
    assert on_disk == all_schemas()[name], "run `make schemas`"


@pytest.mark.parametrize("recipe", sorted(RECIPES.glob("*.yaml")), ids=lambda path: path.name)
def test_every_shipped_recipe_satisfies_the_schema(recipe: Path) -> None:
    jsonschema.validate(yaml.safe_load(recipe.read_text()), all_schemas()["recipe.schema.json"])


def test_the_schema_refuses_an_unknown_field() -> None:
    recipe = yaml.safe_load((RECIPES / "local.yaml").read_text())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(recipe | {"nmae": "x"}, all_schemas()["recipe.schema.json"])
