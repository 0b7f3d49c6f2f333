"""Licences: what the hub calls them, and the summary that goes with a published corpus."""

import re

from share_data.publish.facts import Facts
from share_data.publish.markdown import inert, table

LICENCES = "LICENCES.md"
_HUB = (
    (r"cc0([ -]1\.0)?|creative commons zero.*", "cc0-1.0"),
    (r"cc[ -]by[ -]([234]\.[05])", "cc-by-{}"),
    (r"cc[ -]by[ -]sa[ -]([34]\.0)", "cc-by-sa-{}"),
    (r"cc[ -]by[ -]nc[ -]([234]\.0)", "cc-by-nc-{}"),
    (r"cc[ -]by[ -]nc[ -]sa[ -]([234]\.0)", "cc-by-nc-sa-{}"),
    (r"cc[ -]by[ -]nc[ -]nd[ -]([34]\.0)", "cc-by-nc-nd-{}"),
    (r"cc[ -]by[ -]nd[ -](4\.0)", "cc-by-nd-{}"),
    # What YouTube calls so is CC BY 3.0: https://support.google.com/youtube/answer/2797468
    (r"creative commons attribution licen[sc]e \(reuse allowed\)", "cc-by-3.0"),
    (r"apache-2\.0", "apache-2.0"),
    (r"mit", "mit"),
)
OTHER = "other"


def hub_licence(text: str) -> str:
    """The hub's identifier of a licence, `other` where it has none for it.

    >>> hub_licence("CC BY 4.0"), hub_licence("as agreed with the owner")
    ('cc-by-4.0', 'other')

    Args:
        text: as a record names it.
    """
    for pattern, name in _HUB:
        if found := re.fullmatch(pattern, text.strip(), re.IGNORECASE):
            return name.format(*found.groups())
    return OTHER


def hub_licences(facts: Facts) -> list[str]:
    """Identifiers of all licences that a corpus is under: those of its videos, and that of a body that is not free."""
    found = {hub_licence(licence) for licence in facts.manifest.licences}
    body = hub_licence(facts.manifest.body.get("licence", ""))
    return sorted(found | ({body} if body != "cc0-1.0" else set()))


def licences_page(facts: Facts) -> str:
    """LICENCES.md: whose videos the records are of, under which licences, and who is to be named."""
    body = facts.manifest.body
    who = [(each.source, each.licence, each.attribution or "-", each.records) for each in facts.attributions]
    return "\n".join(
        [
            f"# Licences of {inert(facts.name)}",
            "",
            "Each record names the licence and the attribution of the video it was made from (`licence`, "
            "`attribution`). The licence of a video covers what was made from it as far as the law says so.",
            "",
            table(("source", "licence of the videos", "attribution", "records"), who),
            "",
            f"The bodies are in the parameters of {inert(body.get('name', ''))}, whose licence is: "
            f"{inert(body.get('licence', ''))}. No file of a body model is part of this data set.",
            "",
        ]
    )
