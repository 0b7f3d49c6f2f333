"""What a build says about `kind: auto`: what it took, and that something else made what lies at the output."""

from collections.abc import Iterator, Sequence

from share_data.build.auto import PARTS, Choice
from share_data.corpus.write.target import Target
from share_data.engine.events import checked
from share_data.engine.journal import Journal, JournalReader


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
