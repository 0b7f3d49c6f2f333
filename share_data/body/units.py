"""The unit of a body's coordinates, told by its size: everything here is in metres, and not every publisher's is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of length. in_a_metre: how many."""

    name: str
    in_a_metre: int


CENTIMETRES, MILLIMETRES = Unit("centimetres", 100), Unit("millimetres", 1000)


def other_unit(size: float, smallest: float, largest: float) -> Unit | None:
    """The unit in which a body of this size is one of `smallest` to `largest` metres; None where metres will do.

    >>> other_unit(1720.0, 0.3, 4.0)
    Unit(name='millimetres', in_a_metre=1000)

    Where both would do, as a tall body in centimetres and a newborn in millimetres, centimetres it is.
    """
    if smallest <= size <= largest:
        return None
    return next((u for u in (CENTIMETRES, MILLIMETRES) if smallest <= size / u.in_a_metre <= largest), None)
