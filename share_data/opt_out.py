"""The list of people, channels and recordings that are to be left out of a corpus, one rule a line.

    # whoever asked to be left out
    id:dQw4w9WgXcQ                 a video, by its id at the source, its id in the corpus, its uri, or SOURCE/ID
    channel:UC_x5XG1OV2P6uZZ5FSM   all videos of a channel, by its id or its name
    sha256:9f86d081884c7d65...     a file, by its content, whatever it is called

Every rule is matched as it is written: no patterns, so that a list never leaves out more than it names.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from share_data.errors import RecipeError
from share_data.hashing import bytes_sha256, canonical_json
from share_data.records import Video

_FORMS = "id:VIDEO, channel:CHANNEL or sha256:64 hex digits"
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
ID_LABELS = ("id",)
"""Labels that hold a video's id at its source, where its id in the corpus is another."""
CHANNEL_LABELS = ("channel_id", "channel")


@dataclass(frozen=True, slots=True)
class OptOut:
    """The rules of a list, by kind."""

    ids: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    contents: frozenset[str] = frozenset()

    @classmethod
    def of(cls, rules: Iterable[str]) -> Self:
        """From rules as `checked_rule` lets them through."""
        by_kind: dict[str, set[str]] = {"id": set(), "channel": set(), "sha256": set()}
        for rule in rules:
            kind, _, value = rule.partition(":")
            by_kind[kind].add(value)
        return cls(*map(frozenset, by_kind.values()))

    def names(self, video: Video) -> str:
        """ "video" or "channel" where a rule names this video, else an empty string."""
        names = {video.video_id, video.unit, video.uri, *(video.labels.get(label, "") for label in ID_LABELS)}
        if names & self.ids:
            return "video"
        return "channel" if {video.labels.get(label, "") for label in CHANNEL_LABELS} & self.channels else ""

    def holds(self, sha256: str) -> bool:
        """Whether a rule names the file with this content."""
        return sha256 in self.contents


def checked_rule(rule: str) -> str:
    """The rule without needless blanks. Raises ValueError when it is none."""
    kind, _, value = rule.strip().partition(":")
    value = value.strip()
    if kind == "sha256":
        value = value.lower()
    if kind not in ("id", "channel", "sha256") or not value or (kind == "sha256" and not _SHA256.fullmatch(value)):
        raise ValueError(f"{rule.strip()!r} is no opt-out rule; write {_FORMS}")
    return f"{kind}:{value}"


def read_rules(path: Path) -> tuple[str, ...]:
    """The rules of a file; blank lines, and what follows a blank and a #, say nothing.

    Raises RecipeError naming the line: a rule that is not understood must not be passed over.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path}: the opt-out list cannot be read ({error}). Give a text file.") from error
    rules = []
    for number, line in enumerate(lines, 1):
        text = re.split(r"(?:^|\s)#", line, maxsplit=1)[0].strip()
        try:
            rules += [checked_rule(text)] if text else []
        except ValueError as error:
            raise RecipeError(f"{path}, line {number}: {error}.") from error
    return tuple(rules)


def rules_sha256(rules: Iterable[str]) -> str:
    """Hash of a list, in whatever order: a corpus says which list it was built without, not who is on it."""
    return bytes_sha256(canonical_json(sorted(set(rules))))
