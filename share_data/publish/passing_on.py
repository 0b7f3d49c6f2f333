"""What of a corpus may be passed on: which records, and which rows of its books name what may not.

A video may leave where every clip of it says that its frames may be passed on. Of a video without clips nobody said
so: it counts as the others of its source do, and as barred where its licence turned it away. Whoever opted out is
not named either way.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from share_data.errors import CorpusError
from share_data.ledger.clip_entry import ClipEntry
from share_data.ledger.ledger import Entry
from share_data.ledger.opt_out import OptOut
from share_data.records import Video
from share_data.text import plain_line

LICENCE, REASON = "licence", "not_redistributable"
"""How a video ends in the published ledger that may not be passed on, as in one built with --only-redistributable."""
_OPTED_OUT = "opted_out"
_TOLD = 10


@dataclass(frozen=True, slots=True)
class Withheld:
    """What does not leave.

    videos: unit of every video whose name does not leave, to the entry that stands for it in the published ledger;
    records: keys of those withheld, and why; clips: of those videos, kept or not.
    """

    videos: Mapping[str, Entry]
    records: Mapping[str, str]
    clips: frozenset[str]

    def __bool__(self) -> bool:
        """Whether anything is withheld."""
        return bool(self.videos)


def withheld(
    above: Iterable[Entry], clips: Iterable[ClipEntry], index: Sequence[Mapping[str, Any]], rules: OptOut
) -> Withheld:
    """What of a corpus does not leave.

    Args:
        above: its sources and videos.
        clips: its clips, kept or not.
        index: rows of its records: `key`, `source`, `video_id`, `uri`, `labels`, `video_sha256`, `licence`,
            `redistributable`.
        rules: of an opt-out list; none is an empty one.

    Returns:
        What is withheld, and how it is told.
    """
    why: dict[str, str] = {}
    free: dict[str, bool] = {}
    seen: dict[str, list[str]] = {}
    for clip in clips:
        video = Video(clip.source, clip.parent.removeprefix(f"{clip.source}/"), "", labels=clip.labels)
        _judge(clip.parent, video, clip.redistributable, clip.licence, "", rules, why)
        seen.setdefault(clip.parent, []).append(clip.unit)
        free[clip.source] = free.get(clip.source, True) and clip.redistributable
    for row in index:
        video = Video(row["source"], row["video_id"], row["uri"], labels=row["labels"])
        _judge(video.unit, video, row["redistributable"], row["licence"], row["video_sha256"], rules, why)
    hidden = [(entry, _of_video(entry, why, seen, free, rules)) for entry in above if entry.level == "video"]
    stand_ins = {entry.unit: _stand_in(entry, reason) for entry, reason in hidden if reason}
    numbered = {
        unit: replace(entry, unit=f"{entry.parent}/withheld-{number:06d}")
        for number, (unit, entry) in enumerate(sorted(stand_ins.items()))
    }
    keys = {row["key"]: why[unit] for row in index if (unit := f"{row['source']}/{row['video_id']}") in why}
    return Withheld(numbered, keys, frozenset(unit for video in numbered for unit in seen.get(video, ())))


def _judge(
    unit: str, video: Video, redistributable: bool, licence: str, sha256: str, rules: OptOut, why: dict[str, str]
) -> None:
    if rules.names(video) or (sha256 and rules.holds(sha256)):
        why[unit] = _OPTED_OUT
    elif not redistributable:
        why.setdefault(unit, licence or "no licence is named")


def _of_video(
    entry: Entry, why: Mapping[str, str], seen: Collection[str], free: Mapping[str, bool], rules: OptOut
) -> str:
    """Why a video of the ledger is not named, or an empty string."""
    if entry.unit in why:
        return why[entry.unit]
    video = Video(entry.parent, entry.unit.removeprefix(f"{entry.parent}/"), "")
    if entry.status == _OPTED_OUT or rules.names(video):
        return _OPTED_OUT
    if entry.unit in seen:
        return ""
    return "" if free.get(entry.parent) and entry.stage != LICENCE else REASON


def _stand_in(entry: Entry, reason: str) -> Entry:
    """An outcome without a name, a file, a message or a number of frames."""
    if reason == _OPTED_OUT:
        return Entry("video", "", entry.parent, "opted_out", stage="list", reason="video")
    if entry.status == "failed":
        return Entry("video", "", entry.parent, "failed", stage=entry.stage, error_class=entry.error_class)
    if entry.status == "rejected":
        return Entry("video", "", entry.parent, "rejected", stage=entry.stage, reason=entry.reason)
    return Entry("video", "", entry.parent, "rejected", stage=LICENCE, reason=REASON)


def require_passable(found: Withheld, place: str) -> None:
    """Make sure that every record may be passed on, but for those that somebody asked to be left out.

    Args:
        found: what does not leave.
        place: of the corpus, for the message.

    Raises:
        CorpusError: some may not; the message names them, their licences and the way out.
    """
    barred = {key: reason for key, reason in found.records.items() if reason != _OPTED_OUT}
    if barred:
        named = "; ".join(f"{key} ({plain_line(reason, 160)})" for key, reason in list(barred.items())[:_TOLD])
        more = f"; and {len(barred) - _TOLD} more" if len(barred) > _TOLD else ""
        raise CorpusError(
            f"{place}: {len(barred)} record(s) may not be passed on: {named}{more}. Nothing was published. "
            "--only-redistributable leaves them out, with their previews and their rows in all tables."
        )


def public_recipe(recipe: Mapping[str, Any], found: Withheld) -> dict[str, Any]:
    """The recipe as it may be passed on: of folders of this machine their last name, and nothing that is withheld.

    Args:
        recipe: as a corpus keeps it.
        found: what does not leave; items of lists that hold the id of such a video go, and what is said by clip.

    Returns:
        Plain data, otherwise the same.
    """
    ids = [unit.partition("/")[2] for unit in found.videos]
    return {name: _public(value, [each for each in ids if each], found.clips) for name, value in recipe.items()}


def _public(value: Any, ids: Sequence[str], clips: Collection[str]) -> Any:
    if isinstance(value, Mapping):
        return {name: _public(each, ids, clips) for name, each in value.items() if name not in clips}
    if isinstance(value, list | tuple):
        kept = (each for each in value if not (isinstance(each, str) and any(name in each for name in ids)))
        return [_public(each, ids, clips) for each in kept]
    if isinstance(value, str) and value.startswith(("/", "~")):
        return value.rstrip("/").rpartition("/")[2]
    return value
