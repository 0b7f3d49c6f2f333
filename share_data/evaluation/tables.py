"""Tables of an evaluation: rows by metrics, each cell `mean ± sd [low, high]`; for the terminal, Markdown and JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from share_data.evaluation.statistics import Summary
from share_data.text import plain_line

Cell = Summary | str


@dataclass(frozen=True, slots=True)
class Column:
    """A metric (or, for text cells, a remark). Values are shown times `factor`, with `digits` decimals."""

    key: str
    heading: str
    unit: str = ""
    factor: float = 1.0
    digits: int = 2

    @property
    def title(self) -> str:
        """Heading and unit."""
        return f"{self.heading} {self.unit}".strip()


@dataclass(frozen=True, slots=True)
class Row:
    """A method or a clip, with its cells by column key; a missing cell is shown empty."""

    name: str
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: `corner` heads the column of row names; `notes` stand below it."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    corner: str = ""
    notes: Sequence[str] = field(default=())


def cell_text(cell: Cell | None, column: Column, between: str = " ") -> str:
    """`0.44 ± 0.37 [0.31, 0.58]`: whatever of it exists; `between` separates the interval from the rest."""
    if cell is None or isinstance(cell, str):
        return cell or ""
    text = _number(cell.mean, column)
    if cell.sd is not None:
        text += f" ± {_number(cell.sd, column)}"
    if cell.low is not None and cell.high is not None:
        text += f"{between}[{_number(cell.low, column)}, {_number(cell.high, column)}]"
    return text


def render_grid(grid: Grid) -> Table:
    """For the terminal: the interval stands on a line of its own below the mean."""
    table = Table(title=Text(plain_line(grid.title)), title_justify="left", box=box.SIMPLE, caption_justify="left")
    table.add_column(Text(grid.corner), overflow="fold")
    for column in grid.columns:
        table.add_column(Text(column.title), justify="right")
    for row in grid.rows:
        cells = (cell_text(row.cells.get(column.key), column, "\n") for column in grid.columns)
        table.add_row(Text(plain_line(row.name)), *map(Text, cells))
    if grid.notes:
        table.caption = Text("\n".join(plain_line(note, 2000) for note in grid.notes))
    return table


def grid_markdown(grid: Grid) -> str:
    """A GitHub-flavoured Markdown table under a bold title, notes below it; ends with a newline."""
    lines = [f"**{grid.title}**", "", _line([grid.corner, *(column.title for column in grid.columns)])]
    lines.append(_line(["---", *("---:" for _ in grid.columns)]))
    for row in grid.rows:
        lines.append(_line([row.name, *(cell_text(row.cells.get(column.key), column) for column in grid.columns)]))
    return "\n".join([*lines, *(part for note in grid.notes for part in ("", note))]) + "\n"


def grid_json(grid: Grid) -> dict[str, Any]:
    """Plain data: metres and pixels as computed (no `factor`, no rounding), None where a number does not exist."""
    return {
        "title": grid.title,
        "rows": [
            {
                "name": row.name,
                **{key: cell if isinstance(cell, str) else asdict(cell) for key, cell in row.cells.items()},
            }
            for row in grid.rows
        ],
        "notes": list(grid.notes),
    }


def _number(value: float, column: Column) -> str:
    return f"{value * column.factor:.{column.digits}f}"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
