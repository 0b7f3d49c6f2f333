"""One finding of the doctor, and how findings are shown."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError
from textwrap import indent
from typing import Literal

from rich.table import Table
from rich.text import Text

from share_data.errors import ShareDataError
from share_data.needs import Need
from share_data.text import plain_line

Status = Literal["ok", "missing", "optional"]
REINSTALL = "Install share-data again from its checkout: make install"
STYLES: dict[Status, str] = {"ok": "green", "missing": "red", "optional": "yellow"}


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. `missing` stops a build; `optional` is something this machine could have. `remedy` may be empty."""

    name: str
    status: Status
    detail: str
    remedy: str = ""

    def to_json(self) -> dict[str, str]:
        """The finding as plain data."""
        return asdict(self)


def guarded(name: str, probe: Callable[[], Check]) -> Check:
    """A probe's finding, or the reason it could not look."""
    try:
        return probe()
    except PackageNotFoundError as error:
        return Check(name, "missing", f"{error.name} is not installed", f"pip install {error.name}")
    except ImportError as error:
        return Check(name, "missing", f"does not import: {error}", REINSTALL)
    except (ShareDataError, OSError) as error:
        return Check(name, "missing", str(error), REINSTALL)


def need_checks(whose: str, needs: Iterable[Need], unmet: Status) -> list[Check]:
    """A finding a need; unmet: the status of those that are not met."""
    return [Check(f"{whose}: {n.name}", "ok" if n.met else unmet, n.detail, n.remedy) for n in needs]


def render_checks(found: Iterable[Check], title: str) -> Table:
    """One row a check: name, status, detail."""
    table = Table(title=Text(plain_line(title)), title_justify="left")
    for heading in ("what", "status", "detail"):
        table.add_column(heading, overflow="fold")
    for check in found:
        cells = (Text(plain_line(check.name)), Text(check.status, style=STYLES[check.status]))
        table.add_row(*cells, Text(plain_line(check.detail, 2000)))
    return table


def remedies(found: Iterable[Check]) -> list[str]:
    """What mends or provides each thing, as lines outside the table: a command that a frame wraps cannot be copied."""
    mending = [check for check in found if check.remedy and check.status != "ok"]
    return [f"{check.name} ({check.status}):\n{indent(check.remedy, '  ')}" for check in mending]
