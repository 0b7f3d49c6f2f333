"""Which videos a build may use at all: those that nobody has opted out, under a licence that the recipe can use."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from share_data.corpus.write.target import Target
from share_data.errors import LicenceError, RecipeError, VideoError
from share_data.footage import Footage
from share_data.ledger.opt_out import OptOut
from share_data.recipe.model import Recipe
from share_data.records import Status, Video
from share_data.sources.spellings import spellings

LICENCE = "licence"
"""The stage, in the ledger, of videos that are turned away because of their licence."""
NOT_ACCEPTED = {LicenceError.__name__: "not_accepted"}
"""Errors of `fetch` that turn a video away, and their reason in the ledger; all others are failures."""

_MOST_TOLD = 10


@dataclass(frozen=True, slots=True)
class Refusal:
    """How a video that is not used ends in the ledger. error_class, message: of a failure."""

    status: Status
    stage: str
    reason: str = ""
    error_class: str = ""
    message: str = ""


def require_same_care(recipe: Recipe, target: Target, out: str) -> None:
    """Whoever was left out of the corpus that is there must not come back because an option was forgotten.

    Raises RecipeError.
    """
    before = target.published()
    if before is not None and before.opt_out_sha256 is not None and not recipe.opt_out:
        raise RecipeError(
            f"{out}: the corpus there leaves out what an opt-out list names, and this build was given no list. Give it "
            "again, as it is now, with --rebuild-without FILE, or build to another place."
        )


class Admission:
    """The rules of a recipe."""

    def __init__(self, recipe: Recipe) -> None:
        self._opt_out = OptOut.of(recipe.opt_out, spellings())
        self._used: set[str] = set()
        self._only_redistributable = recipe.only_redistributable
        self._max_lost = recipe.clips.max_lost_fraction
        self._unwanted = recipe.clips.reject

    def of_video(self, video: Video) -> Refusal | None:
        """Why a listed video is not even fetched, or None."""
        self._used |= self._opt_out.naming(video)
        if named := self._opt_out.names(video):
            return Refusal("opted_out", "list", named)
        if self._only_redistributable and not video.redistributable:
            return Refusal("rejected", LICENCE, "not_redistributable")
        return None

    def misspelt(self) -> list[str]:
        """What to tell of opt-out rules that have named no video: each of a few, of many a count and examples."""
        rules = self._opt_out.unmatched(self._used)
        if len(rules) <= _MOST_TOLD:
            return [f"opt-out rule {rule!r} names no video listed" for rule in rules]
        examples = ", ".join(map(repr, rules[:_MOST_TOLD]))
        return [f"{len(rules):,} opt-out rules name no video listed, such as {examples}"]

    def of_content(self, fetched: Mapping[str, Any]) -> Refusal | None:
        """Why a fetched video is not used, or None. fetched: the result of its `fetch` job."""
        if self._opt_out.holds(fetched["sha256"]):
            return Refusal("opted_out", "fetch", "content")
        unusual = Footage.from_json(fetched["footage"]).unusual()
        unwanted = next((what for what in self._unwanted if what in unusual), None)
        if unwanted is not None:
            return Refusal("rejected", "mine", unwanted)
        lost, whole = fetched["footage"].get("frames_lost", 0), fetched["frames"]
        if lost <= self._max_lost * (whole + lost):
            return None
        cause = f"{lost} of {whole + lost} frames are damaged or missing (more than {self._max_lost:.0%})"
        remedy = "Download or copy the file again, or allow more with clips.max_lost_fraction."
        message = f"{Path(fetched['path']).name}: {cause}. {remedy}"
        return Refusal("failed", "mine", error_class=VideoError.__name__, message=message)
