"""`share-data cite`."""

from dataclasses import asdict
from typing import Annotated

import typer

from share_data.verbs.options import CorpusArgument, JsonFlag
from share_data.verbs.printing import emit, say

EXAMPLE = "Examples: share-data cite out/mine; share-data cite out/mine --bibtex > corpus.bib"


def cite(
    corpus: CorpusArgument,
    bibtex: Annotated[bool, typer.Option("--bibtex", help="The BibTeX entries alone.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Sources, licences, estimators and versions of a corpus, and the papers to cite, as text and BibTeX."""
    from share_data.publish.cite import citation_of
    from share_data.publish.facts import facts_of_corpus

    found = citation_of(facts_of_corpus(corpus))
    if as_json:
        emit(asdict(found))
    else:
        say(found.bibtex if bibtex else f"{found.text}\n\n{found.bibtex}")
