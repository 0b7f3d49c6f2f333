"""Filters as a recipe's plain data says, with changes applied: what an audit decides by."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from share_data import registry
from share_data.audit.whatif.deciding import Rule
from share_data.errors import RecipeError
from share_data.recipe.reading import apply_override, as_tuples, explained
from share_data.text import plain_line

Sections = list[dict[str, Any]]


def sections_of(recipe: Mapping[str, Any]) -> Sections:
    """The `filters` of a resolved recipe, plain JSON."""
    return [dict(section) for section in recipe.get("filters", ())]


def changed(sections: Sections, overrides: Sequence[str] = (), without: Sequence[str] = ()) -> Sections:
    """Other filters: `filters.KIND.FIELD=VALUE` applied, and some taken out.

    Raises:
        RecipeError: an override of something else, or a filter that is not there.
    """
    data = {"filters": copy.deepcopy(sections)}
    for override in overrides:
        if override.partition("=")[0].split(".")[0] != "filters":
            raise RecipeError(
                f"--set {plain_line(override, 120)}: an audit decides again by the filters alone. `share-data plan "
                "RECIPE --set ...` tells what any other change would compute."
            )
        apply_override(data, override)
    kinds = [str(section.get("kind")) for section in data["filters"]]
    for kind in without:
        if kind not in kinds:
            raise RecipeError(
                f"--without {plain_line(kind)}: the recipe has no such filter; it has {', '.join(kinds)}."
            )
    return [section for section in data["filters"] if section["kind"] not in without]


def rules_of(sections: Sections, origin: str) -> list[Rule]:
    """The filters themselves, with their thresholds checked. origin: for messages.

    Raises RecipeError for a wrong field or an unknown filter, MissingDependencyError for one that does not import.
    """
    rules = []
    for section in sections:
        plugin = registry.load("filters", str(section["kind"]))
        try:
            config = plugin.Config.model_validate(as_tuples(section))
        except ValidationError as error:
            data = {"filters": {str(section["kind"]): section}}
            raise RecipeError(explained(error, data, origin, ("filters", str(section["kind"])))) from error
        rules.append(Rule(str(section["kind"]), plugin(), config))
    return rules


def _has_field(rule: Rule, field: str) -> bool:
    """Whether a filter has gates with this threshold, or would have, were it set."""
    return rule.gates() is not None and field.split(".")[0] in set(type(rule.config).model_fields) - {"kind"}


def threshold_of(rules: Sequence[Rule], path: str) -> tuple[Rule, str]:
    """The rule and the field that `filters.KIND.FIELD` names. Raises RecipeError."""
    words = path.split(".", 2)
    rule = next((rule for rule in rules if words[:1] == ["filters"] and words[1:2] == [rule.kind]), None)
    if rule is None or len(words) < 3 or not _has_field(rule, words[2]):
        known = [f"filters.{rule.kind}.{gate.field}" for rule in rules for gate in rule.gates() or () if gate.field]
        raise RecipeError(f"{plain_line(path)}: not a threshold of these filters. They have: {', '.join(known)}.")
    return rule, words[2]
