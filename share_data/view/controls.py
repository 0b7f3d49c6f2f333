"""What can be set beside a clip: viser's widgets, named, and put together in one place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from share_data.ledger.judgements import Said
from share_data.view.clip import ClipView
from share_data.view.scene import HIDDEN, LAYERS

BACK, ON = "previous (P)", "next (N)"
ANSWERS: Mapping[str, Said] = {"good (G)": "good", "bad (B)": "bad", "unsure (U)": "unsure"}
PLAY, SPEEDS = "play / pause (space)", ("1", "0.5", "0.25", "2")
KEYS: Mapping[Any, str] = {
    "N": ON, "P": BACK, "G": "good (G)", "B": "bad (B)", "U": "unsure (U)", "space": PLAY,
}  # fmt: skip
"""viser moves the eye with W, A, S, D, Q, E and the arrows."""
_MOST_MARKS = 25
"""Keyframes under the slider: more would be a bar."""


@dataclass(frozen=True, slots=True)
class Controls:
    """Handles of viser that are there for all clips. Labels are ours; outside text goes into the HTML ones, escaped."""

    message: Any
    walk: Any
    find: Any
    where: Any
    sort: Any
    highest: Any
    facts: Any
    answer: Any
    said: Any
    clip: Any
    scores: Any


def controls(gui: Any, sortable: Sequence[str], where: str, sort: str, highest: bool) -> Controls:
    """Put them on a client's panel. gui: `viser.GuiApi`; the others: what is chosen, see `choice.choose`."""
    message = gui.add_html("")
    walk = gui.add_button_group("records", (BACK, ON))
    facts = gui.add_html("")
    clip = gui.add_folder("clip")
    with gui.add_folder("review"):
        answer = gui.add_button_group("judge", tuple(ANSWERS))
        said = gui.add_html("")
    with gui.add_folder("scores and thresholds"):
        scores = gui.add_html("")
    with gui.add_folder("choose records"):
        find = gui.add_text("record", "", hint="A key, a number, or any part of a video's id.")
        condition = gui.add_text("where", where, hint='Such as: confidence > 0.8 and labels.activity == "walk"')
        by = gui.add_dropdown("sort by", tuple(sortable), initial_value=sort or sortable[0])
        first = gui.add_checkbox("highest first", highest)
    return Controls(message, walk, find, condition, by, first, facts, answer, said, clip, scores)


@dataclass(frozen=True, slots=True)
class ClipControls:
    """Handles that are made anew for each clip, since a slider is as long as its clip."""

    box: Any
    frame: Any
    play: Any
    speed: Any
    moment: Any
    layers: dict[str, Any]


def clip_controls(gui: Any, box: Any, clip: ClipView) -> ClipControls:
    """Put them into the folder of the clip. box: its handle."""
    with box:
        inner = gui.add_folder(None)
        with inner:
            marks = tuple(clip.keyframes.tolist()) if len(clip.keyframes) <= _MOST_MARKS else None
            frame = gui.add_slider("frame", 0, max(len(clip) - 1, 0), 1, 0, marks=marks, hint="Marks are keyframes.")
            moment = gui.add_html("")
            play = gui.add_button(PLAY)
            speed = gui.add_dropdown("speed", SPEEDS)
            with gui.add_folder("what is shown", expand_by_default=False):
                layers = {name: gui.add_checkbox(name, name not in HIDDEN) for name in LAYERS}
    return ClipControls(inner, frame, play, speed, moment, layers)
