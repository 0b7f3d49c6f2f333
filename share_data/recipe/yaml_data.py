"""YAML as plain data: mappings with text keys, lists, text, numbers, true, false, nothing. Every mistake is named once.

No aliases, which can blow up or loop; no key twice, of which one would be lost; no dates, sets or objects.
"""

from collections.abc import Callable
from typing import Any

import yaml

from share_data.text import plain_line

MOST_LEVELS = 32
_TAGS = ("str", "int", "float", "bool", "null", "timestamp")
_LARGEST = 1 << 63


class _Loader(yaml.SafeLoader):
    """Composes nodes; nothing is made of them here."""

    levels = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """The next node, as PyYAML's composer asks for it. Raises yaml.YAMLError for an alias, or one too deep."""
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not used in recipes; write the value again")
        self.levels += 1
        if self.levels > MOST_LEVELS:
            raise yaml.YAMLError(f"it is nested deeper than {MOST_LEVELS} levels")
        node = super().compose_node(parent, index)
        self.levels -= 1
        return node


def read_yaml(text: str, place: str = "") -> tuple[Any, list[str]]:
    """The data, and what is wrong in it: `field = value: why`, a line a mistake, where the text as a whole is YAML.

    place: the field that the text is the value of; empty for a whole recipe.

    Raises yaml.YAMLError where it is not.
    """
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        mistakes: list[str] = []
        return (None if node is None else _data(node, place, loader.construct_object, mistakes)), mistakes
    finally:
        loader.dispose()


def _data(node: yaml.Node, place: str, construct: Callable[[Any], Any], mistakes: list[str]) -> Any:
    if not node.tag.startswith("tag:yaml.org,2002:") or isinstance(node, yaml.ScalarNode):
        return _scalar(node, place, construct, mistakes)
    if isinstance(node, yaml.SequenceNode) and node.tag.endswith(":seq"):
        return [_data(item, _below(place, number), construct, mistakes) for number, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode) and node.tag.endswith(":map"):
        return _mapping(node, place, construct, mistakes)
    return _wrong(node, place, "only plain mappings and lists are used in recipes", mistakes)


def _mapping(node: yaml.Node, place: str, construct: Callable[[Any], Any], mistakes: list[str]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for key_node, item in node.value:
        if not isinstance(key_node, yaml.ScalarNode) or _unprintable(key_node.value):
            _wrong(key_node, place, "a field's name is plain text", mistakes)
            continue
        key = str(key_node.value)
        if key in data:
            mistakes.append(f"{place or 'recipe'}: {plain_line(key, 60)!r} stands twice in a section, {_at(key_node)}")
        data[key] = _data(item, _below(place, plain_line(key, 80)), construct, mistakes)
    return data


def _scalar(node: yaml.Node, place: str, construct: Callable[[Any], Any], mistakes: list[str]) -> Any:
    kind = node.tag.rpartition(":")[2]
    if not isinstance(node, yaml.ScalarNode) or kind not in _TAGS or not node.tag.startswith("tag:yaml.org,2002:"):
        return _wrong(node, place, f"the tag {plain_line(node.tag, 60)} is not used in recipes", mistakes)
    if _unprintable(node.value):
        return _wrong(node, place, "text may hold no NUL and no other control character", mistakes)
    if kind == "timestamp":  # A date is none of a recipe's values: it is what somebody calls a thing.
        return node.value
    try:
        value = construct(node)
    except Exception as error:  # YAML's scalars are parsed by whatever fits
        why = f"no {kind} ({type(error).__name__}); put it in quotes where it is text"
        return _wrong(node, place, why, mistakes)
    if type(value) is int and not -_LARGEST <= value < _LARGEST:
        return _wrong(node, place, "a whole number has 64 bits at most", mistakes)
    return value


def _wrong(node: yaml.Node, place: str, why: str, mistakes: list[str]) -> None:
    shown = (
        plain_line(node.value, 60)
        if isinstance(node, yaml.ScalarNode)
        else type(node).__name__.removesuffix("Node").lower()
    )
    mistakes.append(f"{place or 'recipe'} = {shown!r}: {why}, {_at(node)}")


def _at(node: yaml.Node) -> str:
    return f"line {node.start_mark.line + 1}, column {node.start_mark.column + 1}"


def _below(place: str, part: object) -> str:
    return f"{place}.{part}" if place else str(part)


def _unprintable(text: str) -> bool:
    return any((c < " " and c not in "\t\n\r") or "\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff" for c in text)
