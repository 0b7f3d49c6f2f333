"""The list of people, channels and recordings that are to be left out of a corpus, one rule a line.

    # whoever asked to be left out
    id:dQw4w9WgXcQ                 a video, by its id at the source, its id in the corpus, its uri, or any of its URLs
    id:youtube/dQw4w9WgXcQ         the same, of this source alone
    channel:UC_x5XG1OV2P6uZZ5FSM   all videos of a channel, by its id, its @handle, the URL of its page, or its name
    sha256:9f86d081884c7d65...     a file, by its content, whatever it is called

There are no patterns, so that a list never leaves out more than it names. Who names a whole video names its time ranges
and batches, too.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from share_data.errors import RecipeError
from share_data.records import Video
from share_data.store.hashing import bytes_sha256, canonical_json
from share_data.text import plain_line

_FORMS = "id:VIDEO, channel:CHANNEL or sha256:64 hex digits"
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
ID_LABELS = ("id",)
"""Labels that hold a video's id at its source, where its id in the corpus is another or that of a part."""
CHANNEL_LABELS = ("channel_id", "channel_handle", "channel")

Rules = Mapping[str, frozenset[str]]
"""From a name to the rules that mean it, as they are written."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a source writes its names, so that a rule may give an address where records have an id.

    video: the id of the whole video that a text stands for, an empty string where it stands for none of this source;
    channel: the id or handle in the address of a channel's page, other text as it is; raises ValueError for an address
    that holds neither.
    """

    video: Callable[[str], str]
    channel: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class OptOut:
    """The rules of a list, by kind."""

    ids: Rules
    channels: Rules
    contents: frozenset[str]

    @classmethod
    def of(cls, rules: Iterable[str], spellings: Sequence[Spelling]) -> Self:
        """From rules as `checked_rule` lets them through. spellings: of the sources whose addresses rules may give."""
        by_kind: dict[str, list[str]] = {"id": [], "channel": [], "sha256": []}
        for rule in rules:
            kind, _, value = rule.partition(":")
            by_kind[kind].append(value)
        return cls(
            _table("id", by_kind["id"], lambda value: _names_of_video(value, spellings)),
            _table("channel", by_kind["channel"], lambda value: _names_of_channel(value, spellings)),
            frozenset(by_kind["sha256"]),
        )

    def names(self, video: Video) -> str:
        """ "video" or "channel" where a rule names this video, else an empty string."""
        if self._by_id(video):
            return "video"
        return "channel" if self._by_channel(video) else ""

    def naming(self, video: Video) -> frozenset[str]:
        """The rules, as they are written, that name this video or its channel."""
        return self._by_id(video) | self._by_channel(video)

    def unmatched(self, matched: Iterable[str]) -> list[str]:
        """The rules for videos and channels that are not among `matched`, sorted: misspelt ones leave nobody out.

        matched: what `naming` has given for every video listed.
        """
        every = frozenset[str]().union(*self.ids.values(), *self.channels.values())
        return sorted(every.difference(matched))

    def holds(self, sha256: str) -> bool:
        """Whether a rule names the file with this content."""
        return sha256 in self.contents

    def _by_id(self, video: Video) -> frozenset[str]:
        ids = {video.video_id, *(video.labels.get(label, "") for label in ID_LABELS)}
        # A part of a video has the uri of the whole, and a fragment.
        names = (ids | {video.uri, video.uri.partition("#")[0]}) - {""}
        return _found(self.ids, names | {f"{video.source}/{name}" for name in names})

    def _by_channel(self, video: Video) -> frozenset[str]:
        values = (video.labels.get(label, "") for label in CHANNEL_LABELS)
        return _found(self.channels, set[str]().union(*map(_in_either_case, values)) - {""})


def _table(kind: str, values: Iterable[str], names_of: Callable[[str], set[str]]) -> Rules:
    table: dict[str, set[str]] = {}
    for value in values:
        for name in names_of(value):
            table.setdefault(name, set()).add(f"{kind}:{value}")
    return {name: frozenset(rules) for name, rules in table.items()}


def _found(rules: Rules, names: set[str]) -> frozenset[str]:
    return frozenset[str]().union(*(rules[name] for name in names & rules.keys()))


def _names_of_video(value: str, spellings: Sequence[Spelling]) -> set[str]:
    """What a rule `id:VALUE` means: VALUE, and the id of the video that it stands for, with or without SOURCE/."""
    source, slash, rest = value.partition("/")
    texts = (("", value), (source + slash, rest))
    found = ((prefix, spelling.video(text)) for prefix, text in texts for spelling in spellings)
    return {value} | {prefix + video for prefix, video in found if video}


def _names_of_channel(value: str, spellings: Sequence[Spelling]) -> set[str]:
    """What a rule `channel:VALUE` means. Raises ValueError, see `Spelling`."""
    for spelling in spellings:
        value = spelling.channel(value)
    return _in_either_case(value)


def _in_either_case(name: str) -> set[str]:
    """A channel's name as sources keep it; handles count in either case."""
    line = plain_line(name)
    return {line, line.casefold()} if line.startswith("@") else {line}


def checked_rule(rule: str, spellings: Sequence[Spelling]) -> str:
    """The rule without needless blanks. spellings: see `OptOut.of`. Raises ValueError when it is none."""
    kind, _, value = rule.strip().partition(":")
    value = value.strip()
    if kind == "sha256":
        value = value.lower()
    if kind not in ("id", "channel", "sha256") or not value or (kind == "sha256" and not _SHA256.fullmatch(value)):
        raise ValueError(f"{rule.strip()!r} is no opt-out rule; write {_FORMS}")
    if kind == "channel":
        _names_of_channel(value, spellings)
    return f"{kind}:{value}"


def read_rules(path: Path, spellings: Sequence[Spelling]) -> tuple[str, ...]:
    """The rules of a file; blank lines, and what follows a blank and a #, say nothing. spellings: see `OptOut.of`.

    Raises RecipeError naming the line: a rule that is not understood must not be passed over.
    """
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path}: the opt-out list cannot be read ({error}). Give a text file.") from error
    rules = []
    for number, line in enumerate(lines, 1):
        text = re.split(r"(?:^|\s)#", line, maxsplit=1)[0].strip()
        try:
            rules += [checked_rule(text, spellings)] if text else []
        except ValueError as error:
            raise RecipeError(f"{path}, line {number}: {error}.") from error
    return tuple(rules)


def rules_sha256(rules: Iterable[str]) -> str:
    """Hash of a list, in whatever order: a corpus says which list it was built without, not who is on it."""
    return bytes_sha256(canonical_json(sorted(set(rules))))
