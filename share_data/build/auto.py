"""`kind: auto`: the best human or geometry estimator that is installed here with its weights.

An estimator takes part when its class has a `rank` (higher is better) and is usable when all that its `needs` lists is
met. It is taken with its default settings; a recipe that wants others names it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from pydantic import ValidationError

from share_data import registry
from share_data.corpus.write.target import Target
from share_data.engine.events import checked
from share_data.engine.journal import Journal, JournalReader
from share_data.errors import MissingDependencyError
from share_data.needs import Need, needs_of
from share_data.recipe.model import BodyConfig, Recipe

Part = Literal["humans", "geometry"]
PARTS: tuple[Part, ...] = get_args(Part)
AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An estimator that takes part. rank: None where it does not import, so that nobody knows; unmet: what it lacks."""

    kind: str
    rank: int | None
    unmet: tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A better estimator that was not taken, and why."""

    kind: str
    why: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What `auto` took for a part of the recipe; better: what it would rather have taken, best first."""

    part: Part
    kind: str
    better: tuple[PassedOver, ...]

    def __str__(self) -> str:
        reasons = "; ".join(f"{passed.kind}: {passed.why}" for passed in self.better)
        return f"{self.part}: auto takes {self.kind}{f' ({reasons})' if reasons else ''}"

    def to_json(self) -> dict[str, Any]:
        """The choice as plain data."""
        return asdict(self)


def resolve_auto(recipe: Recipe) -> tuple[Recipe, tuple[Choice, ...]]:
    """The recipe with `auto` replaced by what it stands for on this machine now, and what was chosen.

    The driver of a build calls this once, before any key is made, and all that follows knows the concrete estimator
    only: two machines may choose differently, so a worker must not choose again, and results, records, the recipe kept
    with a corpus and its hash must say what made them. Raises MissingDependencyError when no estimator is usable.
    """
    choices = tuple(choose(part, recipe.body) for part in PARTS if getattr(recipe, part).kind == AUTO)
    chosen: dict[str, Any] = {c.part: registry.load(c.part, c.kind).Config(kind=c.kind) for c in choices}
    return recipe.model_copy(update=chosen), choices


def choose(part: Part, body: BodyConfig) -> Choice:
    """The best estimator that is usable here with this body model. Raises MissingDependencyError when there is none."""
    better: list[PassedOver] = []
    for candidate in candidates(part, body):
        if not candidate.unmet:
            return Choice(part, candidate.kind, tuple(better))
        better.append(PassedOver(candidate.kind, _why(candidate.unmet)))
    lacking = "; ".join(f"{passed.kind}: {passed.why}" for passed in better) or "none is registered"
    raise MissingDependencyError(
        f"{part}: auto finds no estimator that is ready here ({lacking}). "
        f"`share-data doctor` says how to get what is missing; or name one: --set {part}.kind=..."
    )


def candidates(part: Part, body: BodyConfig) -> list[Candidate]:
    """Every estimator that takes part, best first: by rank, then by name. Those that do not import come before all."""
    found = [candidate for kind in registry.kinds(part) if (candidate := _candidate(part, kind, body)) is not None]
    return sorted(found, key=lambda each: (each.rank is not None, -(each.rank or 0)))


def estimator_needs(estimator: Any, config: Any, body: BodyConfig) -> list[Need]:
    """What an estimator class needs under this configuration, the recipe's body model included."""
    needs = needs_of(estimator, config)
    if getattr(estimator, "needs_smpl_body", False):
        from share_data.pipeline.humans.smpl_bodies import neutral_smpl_need

        needs = [*needs, neutral_smpl_need(body.model, body.gender)]
    return needs


def _candidate(part: Part, kind: str, body: BodyConfig) -> Candidate | None:
    try:
        estimator = registry.load(part, kind)
    except MissingDependencyError as error:
        return Candidate(kind, None, (Need("import", False, str(error.__cause__), "Install what it needs."),))
    rank: int | None = getattr(estimator, "rank", None)
    if rank is None:  # Only ever taken by name.
        return None
    try:
        needs = estimator_needs(estimator, estimator.Config(kind=kind), body)
    except ValidationError:
        needs = [
            Need("settings", False, "some have no default", f"Name it in the recipe: {part}: {{kind: {kind}, ...}}")
        ]
    return Candidate(kind, rank, tuple(need for need in needs if not need.met))


def _why(unmet: Sequence[Need]) -> str:
    more = f", and {len(unmet) - 1} more" if len(unmet) > 1 else ""
    return f"{unmet[0].name}: {unmet[0].detail}{more}"


def auto_notes(choices: Sequence[Choice], target: Target, journal: Journal | JournalReader) -> Iterator[str]:
    """A line a choice, and one for each that is not what made the corpus there, or began one.

    Raises CorpusError when the corpus' manifest or the journal cannot be read.
    """
    yield from map(str, choices)
    before = _made(target) or _begun(journal) if choices else {}
    for choice in choices:
        kinds = before.get(choice.part, [choice.kind])
        if kinds != [choice.kind]:
            yield (
                f"{choice.part}: what is here was made with {', '.join(kinds)}. All of it is made anew with "
                f"{choice.kind}: a corpus never mixes two. To stay with {kinds[0]}: --set {choice.part}.kind={kinds[0]}"
            )


def _made(target: Target) -> dict[str, list[str]]:
    """Part to the kinds that made the records of the corpus that is there, without their versions."""
    manifest = target.published()
    made = manifest.estimators if manifest is not None else {}
    return {part: sorted({name.rpartition(" ")[0] for name in names}) for part, names in made.items()}


def _begun(journal: Journal | JournalReader) -> dict[str, list[str]]:
    """Part to the kind that the last build there began with."""
    recipes = [event["recipe"] for _, event in checked(journal.lines()) if event["e"] == "begin"]
    last = recipes[-1] if recipes else {}
    return {part: [last[part]["kind"]] for part in PARTS if "kind" in last.get(part, {})}
