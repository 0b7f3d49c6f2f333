"""Something that happens in a video."""

from typing import Literal, NamedTuple

Kind = Literal["jump_cut", "frozen", "camera_moves", "company", "nobody", "person_changes"]


class Event(NamedTuple):
    """Frames [begin, end) of a video that are of this kind; at a cut, between two frames, `begin` is `end`."""

    begin: int
    end: int
    kind: Kind
