"""Where the time of the builds of a corpus went, as their journal tells it."""

from collections import Counter
from pathlib import Path
from typing import Any

from share_data.build.workspace import JOURNAL
from share_data.corpus.write.target import workspace_of
from share_data.engine.events import checked
from share_data.engine.journal import journal_lines
from share_data.errors import CorpusError


def spent(corpus: Path | str) -> list[dict[str, Any]]:
    """A table of seconds by stage, of all workers together, of what was computed; none where no journal can be read.

    Args:
        corpus: its folder or URL; the journal lies on the machine that built it.
    """
    seconds: Counter[str] = Counter()
    try:
        for _, event in checked(journal_lines(workspace_of(str(corpus)) / JOURNAL)):
            if event["e"] == "done":
                seconds.update(event["s"])
    except (OSError, CorpusError):
        return []
    rows = [[stage, f"{total:.1f}"] for stage, total in seconds.most_common()]
    title = "Time by stage: seconds of all workers, in every build here"
    return [{"title": title, "headings": ["stage", "seconds"], "rows": rows}] if rows else []
