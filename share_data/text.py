"""Outside text made storable: titles, file names and error messages of other people's making."""

import os
import re

_QUOTED_PATH = re.compile(r"""(['"])/(?:[^'"\n]*/)?([^'"/\n]+)/?\1""")
_BARE_PATH = re.compile(r"""(?<![\w:/.~-])(?:/[^\s/'":,;()<>]+)+/([^\s/'":,;()<>]+)""")
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}\b")


def storable(text: str) -> str:
    """`text` with lone surrogates (undecodable file names) spelled out, so that it can be written as UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def safe_key(text: str, limit: int = 40) -> str:
    """`text` in [A-Za-z0-9_-], at most `limit` characters: names are hostile, and dots split WebDataset keys."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-")[:limit] or "x"


def file_text(path: str) -> str:
    """A file's name or path as text: its bytes read as UTF-8, whatever the locale, others spelled out."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def plain_line(text: object, limit: int = 300) -> str:
    """Outside text on one line of at most `limit` characters, without what is not printed or turns the writing round.

    Blanks of every kind are single spaces. Nothing and None are an empty string.
    """
    words = "".join(c if c.isprintable() else " " for c in storable(str(text or ""))).split()
    return " ".join(words)[:limit]


def plain_lines(text: object) -> str:
    """A message as a terminal may show it: nothing in it is obeyed, and only its first line begins at the margin.

    Line breaks are kept, since a message may mean them; whatever of it is somebody else's cannot pass for a line of
    this program's own.
    """
    first, *others = [_printable(line) for line in storable(str(text)).split("\n")]
    return "\n".join([first, *(line if not line or line[0] == " " else f"  {line}" for line in others)])


def plain_json(text: str) -> str:
    """A text with all that a terminal would obey, and what UTF-8 cannot hold, spelled out as JSON allows."""
    return text if text.isprintable() else "".join(c if c.isprintable() else _escaped(c) for c in text)


def printable(text: str) -> str:
    """The text less what is not printed, as a terminal counts its width; line breaks stay."""
    return text if text.isprintable() else "".join(c for c in storable(text) if c.isprintable() or c == "\n")


def _printable(line: str) -> str:
    return "".join(c if c.isprintable() else " " for c in line)


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


def without_places(text: str, limit: int = 2000) -> str:
    """`text` free of what differs from machine to machine: folders of absolute paths, and memory addresses.

    URLs are kept. At most `limit` characters remain.
    """
    text = _QUOTED_PATH.sub(r"\1\2\1", storable(text))
    return _ADDRESS.sub("0x", _BARE_PATH.sub(r"\1", text))[:limit]
