"""A review in the terminal."""

from rich.console import Group, RenderableType
from rich.text import Text

from share_data.audit.review.worth import Review, Share
from share_data.audit.whatif.tables import table_of


def render_review(found: Review, precision: float) -> RenderableType:
    """What each filter is worth, with 95 % intervals, and the thresholds for a precision."""
    worth = [(each.filter, each.reviewed, _told(each.precision), _told(each.recall)) for each in found.worth]
    met = [
        (each.path, each.now, "none" if each.needed is None else f"{each.needed:.6g}", each.precision, each.recall)
        for each in found.thresholds
    ]
    unknown = f", {found.unknown} not of this corpus" if found.unknown else ""
    title = f"{found.good} good, {found.bad} bad, {found.unsure} unsure{unknown}; of what is kept, good: "
    return Group(
        Text(title + _told(found.kept_good)),
        table_of("filters", ("filter", "judged rejections", "of these bad", "of all bad ones"), worth),
        table_of(
            f"thresholds at a precision of {precision:g}", ("threshold", "now", "needed", "precision", "recall"), met
        ),
    )


def _told(share: Share) -> str:
    return "-" if share.value is None else f"{share.value:.2f} ({share.low:.2f} to {share.high:.2f})"
