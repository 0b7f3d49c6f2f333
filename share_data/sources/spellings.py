"""How the installed sources write names of videos and channels: what an opt-out rule may give in place of an id."""

from contextlib import suppress

from share_data import registry
from share_data.errors import MissingDependencyError
from share_data.ledger.opt_out import Spelling


def spellings() -> tuple[Spelling, ...]:
    """Of every installed source whose class has a `spelling`. One that does not import has no videos to leave out."""
    found = []
    for kind in registry.kinds("sources"):
        with suppress(MissingDependencyError):
            spelling = getattr(registry.load("sources", kind), "spelling", None)
            found += [] if spelling is None else [spelling]
    return tuple(found)
