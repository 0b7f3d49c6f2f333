"""The recipe's filters, and what their thresholds make of stored scores: pure and immediate."""

from collections.abc import Mapping, Sequence

from share_data import registry
from share_data.filters.base import Filter, FilterConfig, ReconstructionFilter, measures
from share_data.filters.duplicates import DUPLICATES
from share_data.filters.gates import Gated
from share_data.filters.verdict import Verdict
from share_data.ledger.clip_entry import column
from share_data.ledger.judgements import REVIEW, REVIEWED
from share_data.recipe.model import Recipe
from share_data.records import Measurement

Scores = Mapping[str, Mapping[str, float]]
"""Of a clip, by filter."""


class Judging:
    """Who decides upon a recipe's clips.

    filters: those that measure clips, in the recipe's order; graders: those that wait for the reconstruction;
    review: a person's word on clips, by key, which outranks them all; unique: whether duplicates are rejected.
    """

    def __init__(self, recipe: Recipe) -> None:
        made = [(registry.load("filters", config.kind)(), config) for config in recipe.filters]
        self._filters: list[tuple[Filter, FilterConfig]] = [pair for pair in made if measures(pair[0])]
        self.review = recipe.review
        self.unique = any(config.kind == DUPLICATES for config in recipe.filters)
        self._graders: list[tuple[ReconstructionFilter, FilterConfig]] = [p for p in made if not measures(p[0])]

    @property
    def filters(self) -> list[Filter]:
        """Those that measure."""
        return [filter_ for filter_, _ in self._filters]

    @property
    def grades(self) -> bool:
        """Whether reconstructions are decided upon."""
        return bool(self._graders)

    def described(self) -> dict[str, dict[str, str]]:
        """Unit, direction and meaning of every score that a filter measures and declares, by the name of its column."""
        return {
            column(filter_.kind, score.name): {"unit": score.unit, "better": score.better, "about": score.about}
            for filter_ in self.filters
            if isinstance(filter_, Gated)
            for score in filter_.scores
        }

    def strangers(self, keys: Sequence[str]) -> list[str]:
        """What to tell of judgements on clips that there are not. keys: of all clips."""
        count = len(self.review.keys() - set(keys)) if self.review else 0
        return [f"review: {count:,} of {len(self.review):,} clip(s) judged are not here"] if count else []

    def of_clip(self, scores: Scores) -> list[Verdict]:
        """Every filter's verdict on a clip, in the recipe's order. scores: by filter."""
        return [
            filter_.decide(Measurement(filter_.kind, filter_.version, scores[filter_.kind]), config)
            for filter_, config in self._filters
        ]

    def of_reconstruction(self, scores: Mapping[str, float]) -> list[Verdict]:
        """Every verdict on a reconstruction. scores: the record's."""
        return [
            grader.decide(Measurement(grader.kind, grader.version, scores), config) for grader, config in self._graders
        ]

    def against(self, clip: str, verdicts: Sequence[Verdict]) -> Verdict | None:
        """What a clip is rejected for; None where nothing is, or where a person says that it stays. clip: its key."""
        said = self.review.get(clip)
        if said is not None:
            return None if said == "good" else Verdict(REVIEW, False, REVIEWED)
        return first_against(verdicts)


def first_against(verdicts: Sequence[Verdict]) -> Verdict | None:
    """The verdict that a clip is counted under; None where all let it pass."""
    return next((verdict for verdict in verdicts if not verdict.kept), None)
