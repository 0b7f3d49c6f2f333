"""Outside text in Markdown: it may say what it likes, but it makes no table, link, tag or heading."""

import re
from collections.abc import Iterable, Sequence

from share_data.text import plain_line

_MEANS_SOMETHING = re.compile(r"([\\`*_{}\[\]()#+!|<>~&$@:])")


def inert(text: object, limit: int = 300) -> str:
    """The text on one line, every character that Markdown or HTML would obey spelled so that it is only shown.

    >>> inert("<b>|[x](y)")
    '\\\\<b\\\\>\\\\|\\\\[x\\\\]\\\\(y\\\\)'

    Args:
        text: of other people's making.
        limit: characters of it that are kept.
    """
    return _MEANS_SOMETHING.sub(r"\\\1", plain_line(text, limit))


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; cells are outside text."""
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    lines += [f"| {' | '.join(inert(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines)
