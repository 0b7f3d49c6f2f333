"""An audit: what the filters of a corpus made of its clips, and what other thresholds would."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from share_data.audit.whatif.borderline import Near, borderline
from share_data.audit.whatif.comparison import Flip, Share, Tally, flips, reasons, seconds_of, shares, tally
from share_data.audit.whatif.cost import Cost, cost_of
from share_data.audit.whatif.deciding import TO_MEASURE, decide
from share_data.audit.whatif.settings import Sections, changed, rules_of, sections_of
from share_data.audit.whatif.table import Measurements
from share_data.audit.whatif.thresholds import Reach, Step, reaches, sweep
from share_data.ledger.judgements import Word


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of an audit.

    overrides: `filters.KIND.FIELD=VALUE`; without: filters to leave out; sections: the filters to compare with, None
    for the corpus' own; review: a person's word on clips, None for the corpus' own; sweep: see `thresholds.sweep`;
    borderline: how many; clips, hours: of a wanted corpus.
    """

    overrides: Sequence[str] = ()
    without: Sequence[str] = ()
    sections: Sections | None = None
    sweep: str = ""
    borderline: int = 0
    clips: int = 0
    hours: float = 0.0
    review: Mapping[str, Word] | None = None

    @property
    def changes(self) -> bool:
        """Whether other filters than the corpus' own are asked about."""
        return bool(self.overrides or self.without or self.sections is not None or self.review is not None)


@dataclass(frozen=True, slots=True)
class Reason:
    """How many clips a filter rejects for a reason, and how long they are."""

    filter: str
    reason: str
    clips: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Audit:
    """The answer. before: under the corpus' own filters; after: under those asked about, the same where none are.

    cost: of what is to be measured, None where nothing is; the other fields are empty where they were not asked for.
    """

    clips: int
    before: Tally
    after: Tally
    reasons_before: list[Reason]
    reasons_after: list[Reason]
    shares: list[Share]
    flips: list[Flip]
    cost: Cost | None
    sweep: list[Step]
    borderline: list[Near]
    reaches: list[Reach]

    def to_json(self) -> dict[str, Any]:
        """The answer as plain data."""
        return asdict(self)


def audit(table: Measurements, asked: Asked) -> Audit:
    """Answer a question about a corpus. Raises RecipeError for filters or thresholds that there are not."""
    own = sections_of(table.recipe)
    rules = rules_of(own, "recipe.json")
    sections = changed(own if asked.sections is None else asked.sections, asked.overrides, asked.without)
    other = rules_of(sections, "the filters asked about") if asked.changes else rules
    before = decide(table, rules)
    then = table if asked.review is None else table.reviewed(asked.review)
    after = decide(then, other) if asked.changes else before
    seconds = seconds_of(table)
    wants = bool(asked.clips or asked.hours)
    return Audit(
        clips=len(table),
        before=tally(before.outcome, seconds),
        after=tally(after.outcome, seconds),
        reasons_before=[Reason(*row) for row in reasons(table, before)],
        reasons_after=[Reason(*row) for row in reasons(table, after)],
        shares=shares(table, before, after),
        flips=flips(table, before, after, (rules, other)) if asked.changes else [],
        cost=cost_of(table, after.outcome == TO_MEASURE),
        sweep=sweep(then, other, asked.sweep) if asked.sweep else [],
        borderline=borderline(then, other, after, asked.borderline) if asked.borderline else [],
        reaches=reaches(then, other, asked.clips, asked.hours * 3600) if wants else [],
    )
