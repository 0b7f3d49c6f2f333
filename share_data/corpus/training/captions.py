"""A clip in words, from what its source says. Nothing is made up: where it says nothing the text is empty."""

import re
from collections.abc import Mapping
from typing import Any

_ACTIVITY = ("activity", "action")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SMARTHOME = {
    "Cook.Cleandishes": "a person washes the dishes",
    "Cook.Cleanup": "a person cleans up the kitchen",
    "Cook.Cut": "a person cuts food",
    "Cook.Stir": "a person stirs food",
    "Cook.Usestove": "a person uses the stove",
    "Cutbread": "a person cuts bread",
    "Drink.Frombottle": "a person drinks from a bottle",
    "Drink.Fromcan": "a person drinks from a can",
    "Drink.Fromcup": "a person drinks from a cup",
    "Drink.Fromglass": "a person drinks from a glass",
    "Eat.Attable": "a person eats at the table",
    "Eat.Snack": "a person eats a snack",
    "Enter": "a person enters the room",
    "Getup": "a person gets up",
    "Laydown": "a person lies down",
    "Leave": "a person leaves the room",
    "Makecoffee.Pourgrains": "a person pours coffee grounds",
    "Makecoffee.Pourwater": "a person pours water to make coffee",
    "Maketea.Boilwater": "a person boils water for tea",
    "Maketea.Insertteabag": "a person puts a tea bag into a cup",
    "Pour.Frombottle": "a person pours from a bottle",
    "Pour.Fromcan": "a person pours from a can",
    "Pour.Fromkettle": "a person pours from a kettle",
    "Readbook": "a person reads a book",
    "Sitdown": "a person sits down",
    "Takepills": "a person takes pills",
    "Uselaptop": "a person uses a laptop",
    "Usetablet": "a person uses a tablet",
    "Usetelephone": "a person uses the telephone",
    "Walk": "a person walks",
    "WatchTV": "a person watches television",
}
"""The 31 activities of Toyota Smarthome (Das et al., ICCV 2019)."""


def caption(metadata: Mapping[str, Any]) -> str:
    """A record in words.

    Toyota Smarthome's activities are sentences; another source's activity is its own words, apart; a clip without one
    has its video's title, as it is.

    >>> caption({"title": "", "labels": {"activity": "Drink.Fromcup"}})
    'a person drinks from a cup'
    >>> caption({"title": "", "labels": {"action": "walk_sit_stand"}})
    'walk sit stand'

    Args:
        metadata: of a record; its `labels` and `title` are looked at.
    """
    labels = metadata.get("labels") or {}
    activity = next((labels[name] for name in _ACTIVITY if labels.get(name)), "")
    if activity in _SMARTHOME:
        return _SMARTHOME[activity]
    return " ".join(_WORDS.findall(activity)).lower() or str(metadata.get("title") or "")
