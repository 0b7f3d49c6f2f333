"""How much video there is in what a plan knows of."""

from collections import Counter
from collections.abc import Sequence

from share_data.build.catalogue import DROPPED, FAILED, KEPT, PENDING, REJECTED, UNFIT, Catalogue
from share_data.build.job_factory import spans_of
from share_data.build.scheduler import Scheduler

_WORDS = {
    DROPPED: "dropped", PENDING: "undecided", REJECTED: "rejected", FAILED: "failed", KEPT: "candidates",
    UNFIT: "unfit",
}  # fmt: skip


def video_seconds(catalogue: Catalogue, work: Scheduler) -> dict[str, dict[str, float]]:
    """Seconds of mined video by source and by what is known of its windows, see `Plan.video_seconds`.

    Videos that a build of an older version mined told no times, and are left out.
    """
    found: dict[str, Counter[str]] = {}
    at, source = -1, ""
    spans: dict[int, Sequence[float]] = {}
    for number, state in enumerate(work.states):
        window = catalogue.window(number)
        if window.video != at:
            at, source = window.video, work.jobs.video(window.video)[0].source
            spans = spans_of(work.jobs.fetch_result(at))
        if window.start in spans:
            thousandths = round(1000 * spans[window.start][2])
            found.setdefault(source, Counter())[_WORDS[state]] += thousandths
    return {
        label: {word: count / 1000 for word, count in sorted(counts.items())} for label, counts in sorted(found.items())
    }
