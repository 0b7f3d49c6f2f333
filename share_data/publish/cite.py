"""How to cite a corpus: itself, and the papers of what it was made with and from; what was not used is not cited."""

import re
from dataclasses import dataclass

from share_data.publish.bibliography import BY_ATTRIBUTION, BY_BODY, BY_ESTIMATOR, SHARE, Paper
from share_data.publish.facts import Facts
from share_data.text import plain_line

_SPECIAL = re.compile(r"([#$%&_{}])")
_LETTERS = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


@dataclass(frozen=True, slots=True)
class Citation:
    """text: for people; bibtex: a file of entries."""

    text: str
    bibtex: str


def citation_of(facts: Facts) -> Citation:
    """The citation of a corpus.

    Args:
        facts: of it.

    Returns:
        Its sources, licences, estimators and versions, and its references.
    """
    papers = papers_of(facts)
    bibtex = "\n\n".join([_own_entry(facts), *(paper.bibtex() for paper in papers)]) + "\n"
    return Citation("\n".join([*_lines(facts), "", *(f"[{paper.key}] {paper.text()}" for paper in papers)]), bibtex)


def papers_of(facts: Facts) -> list[Paper]:
    """The papers of what a corpus' records were made with and from, SHARE first."""
    kinds = [name.rpartition(" ")[0] for names in facts.made_by.values() for name in names]
    found = [SHARE, *(BY_ESTIMATOR[kind] for kind in sorted(set(kinds)) if kind in BY_ESTIMATOR)]
    found += [paper for name, paper in BY_BODY.items() if name == facts.manifest.body.get("name")]
    told = [each.attribution.casefold() for each in facts.attributions]
    return found + [paper for title, paper in BY_ATTRIBUTION.items() if any(title.casefold() in text for text in told)]


def _lines(facts: Facts) -> list[str]:
    manifest = facts.manifest
    lines = [
        f"{plain_line(facts.name)}: {facts.records} records of {facts.videos} videos, {facts.seconds / 60:.1f} "
        f"minutes, made by share-data {plain_line(manifest.toolkit_version)} (format {manifest.format_version}), "
        f"recipe sha256:{manifest.recipe_sha256[:16]}",
        f"body: {_told(manifest.body.get('name'))} (sha256:{manifest.body.get('sha256', '')[:16]}), licence: "
        f"{_told(manifest.body.get('licence'))}",
    ]
    for part, names in facts.made_by.items():
        lines += [f"{part}: {plain_line(name)} ({count} records)" for name, count in names.items()]
    for each in facts.attributions:
        by = f", attribution: {plain_line(each.attribution)}" if each.attribution else ""
        lines.append(f"source {plain_line(each.source)}: {each.records} records, licence: {_told(each.licence)}{by}")
    return lines


def _told(text: str | None) -> str:
    return plain_line(text) or "not told"


def _own_entry(facts: Facts) -> str:
    """An entry of the corpus itself; it has no authors but who publishes it, whom a corpus does not know."""
    name, manifest = plain_line(facts.name, 80), facts.manifest
    fields = {
        "title": f"{{{tex(name)}}}: people moving in metric 3-D scenes",
        "howpublished": "Data set",
        "version": f"recipe {manifest.recipe_sha256[:16]}",
        "note": tex(
            f"{facts.records} records of {facts.videos} videos, made by share-data "
            f"{manifest.toolkit_version}; licences of the videos: {', '.join(map(_told, manifest.licences)) or 'none'}"
        ),
    }
    key = re.sub(r"[^A-Za-z0-9-]+", "-", name).strip("-") or "corpus"
    return "\n".join([f"@misc{{{key},", *(f"  {field} = {{{value}}}," for field, value in fields.items()), "}"])


def tex(text: str) -> str:
    """Outside text as TeX shows it, whatever is in it.

    >>> tex("50 % of {a_b}")
    '50 \\\\% of \\\\{a\\\\_b\\\\}'
    """
    escaped = (_LETTERS.get(letter) or _SPECIAL.sub(r"\\\1", letter) for letter in plain_line(text, 1000))
    return "".join(escaped)
