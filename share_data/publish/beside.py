"""The small files that go with a published corpus: card, licences, metadata for machines, checksums."""

from typing import Any

from share_data.corpus.layout import MANIFEST
from share_data.publish.card import CARD, card
from share_data.publish.cite import citation_of
from share_data.publish.croissant import CROISSANT, croissant
from share_data.publish.facts import Facts
from share_data.publish.licences import LICENCES, licences_page
from share_data.publish.place import Place
from share_data.store.hashing import bytes_sha256

CHECKSUMS, CITATION = "SHA256SUMS", "CITATION.txt"


def beside_of(facts: Facts, index: Any, place: Place) -> dict[str, bytes]:
    """Contents by name, the card last but for the checksums.

    Args:
        facts: of the corpus as it is published.
        index: Arrow schema of its index.
        place: where, which decides what its files are called.
    """
    citation = citation_of(facts)
    names = {entry.path: place.name_of(entry) for entry in facts.manifest.files}
    found = {
        LICENCES: licences_page(facts).encode(),
        CITATION: f"{citation.text}\n\n{citation.bibtex}".encode(),
        CROISSANT: croissant(facts, index, names, citation.bibtex),
        CARD: card(facts).encode(),
    }
    return found | {CHECKSUMS: _checksums(facts, place, found)}


def _checksums(facts: Facts, place: Place, beside: dict[str, bytes]) -> bytes:
    """As `sha256sum --check` reads them, of all files but this one."""
    sums = {place.name_of(entry): entry.sha256 for entry in facts.manifest.files}
    sums |= {name: bytes_sha256(content) for name, content in beside.items()}
    sums[MANIFEST] = bytes_sha256(place.manifest_bytes(facts.manifest))
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items())).encode()
