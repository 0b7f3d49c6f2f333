"""A difference of two corpora in the terminal."""

from rich.console import Group, RenderableType
from rich.text import Text

from share_data.audit.diff.compare import Diff
from share_data.audit.whatif.tables import SHOWN, table_of
from share_data.text import plain_line


def render_diff(found: Diff) -> RenderableType:
    """Sums first, then clips, then what changed in the recipe."""
    if not found.differences:
        return Group(Text(f"{found.same} record(s), all the same"), *_recipe(found))
    sums = [(each.change, each.why, each.clips, f"{each.seconds / 3600:.3f}") for each in found.sums]
    rows = [(each.unit, each.change, each.why, each.detail) for each in found.differences[:SHOWN]]
    more = f", the first {SHOWN}; all with --json" if len(found.differences) > SHOWN else ""
    return Group(
        table_of(f"{found.same} record(s) the same, and", ("clips", "because of", "number", "hours"), sums, left=2),
        table_of(f"{len(found.differences)} clip(s){more}", ("clip", "it", "because of", "detail"), rows, left=4),
        *_recipe(found),
    )


def _recipe(found: Diff) -> list[Text]:
    return [Text(plain_line(f"recipe {line}")) for line in found.recipe]
