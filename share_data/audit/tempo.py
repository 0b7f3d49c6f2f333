"""Sources of a corpus whose files may play at another speed than what they show, and whose times were not corrected."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from share_data.ledger.ledger import read_ledger
from share_data.sources.smarthome.tempo import is_untrimmed, tempo_note


def tempo_notes(recipe: Mapping[str, Any], ledger: Path) -> Iterator[str]:
    """A note on each. recipe: plain JSON; ledger: read only where the recipe does not say which variant there is."""
    for source in recipe.get("sources", ()):
        if source.get("kind") == "smarthome" and source.get("time_scale", 1) == 1:
            label = source.get("name") or "smarthome"
            variant = source.get("variant")
            if variant == "tsu" or (variant is None and _has_untrimmed(label, ledger)):
                yield tempo_note(label)


def _has_untrimmed(label: str, ledger: Path) -> bool:
    videos = (entry for entry in read_ledger(ledger) if entry.level == "video" and entry.parent == label)
    return any(is_untrimmed(entry.unit.removeprefix(f"{label}/")) for entry in videos)
