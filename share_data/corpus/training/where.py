"""Choosing records by a text such as `confidence > 0.8 and redistributable`. It is read as a syntax tree and every part
of it is carried out by pyarrow: no text from outside is ever evaluated as Python.
"""

import ast
from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from share_data.errors import CorpusError

Column = Callable[[str], Any]
"""Name to Arrow column; raises KeyError for what is none."""

_COMPARED: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Gt: pc.greater,
    ast.GtE: pc.greater_equal,
    ast.Lt: pc.less,
    ast.LtE: pc.less_equal,
    ast.Eq: pc.equal,
    ast.NotEq: pc.not_equal,
}
_LONGEST = 10_000


def chosen(where: str, column: Column, length: int) -> Any:
    """Which rows a condition is true for.

    Args:
        where: comparisons of columns with numbers, texts and each other (`<`, `<=`, `==`, `!=`, `in [...]`, `is None`),
            joined by `and`, `or`, `not`. A name is a column of the index, a score, or `labels.NAME`. What is empty (a
            score that was not measured) is neither true nor false, and its record is left out.
        column: the columns.
        length: rows of the table.

    Returns:
        (length,) Arrow booleans without empty cells.

    Raises:
        CorpusError: it cannot be read, names what is not there, or compares what cannot be compared.
    """
    try:
        if len(where) > _LONGEST:
            raise ValueError(f"it has {len(where)} characters, more than {_LONGEST}")
        found = _Condition(column).value(ast.parse(where.strip(), mode="eval").body)
        if not isinstance(found, pa.ChunkedArray | pa.Array) or not pa.types.is_boolean(found.type):
            raise ValueError("it is not a condition on a column")
        return pc.fill_null(found, False)
    except KeyError as error:
        raise CorpusError(f"where={where!r}: {error.args[0]}") from error
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError, pa.ArrowException) as error:
        cause = getattr(error, "msg", None) or error
        raise CorpusError(
            f"where={where!r}: cannot be understood ({cause}). Write comparisons joined by and, or, not, such as "
            "'confidence > 0.8 and labels.activity == \"Walk\"'."
        ) from error


class _Condition:
    """A syntax tree, carried out bottom up."""

    def __init__(self, column: Column) -> None:
        self._column = column

    def value(self, node: ast.expr) -> Any:
        """An Arrow column, or a plain value."""
        if isinstance(node, ast.BoolOp):
            join = pc.and_kleene if isinstance(node.op, ast.And) else pc.or_kleene
            parts = [self.value(part) for part in node.values]
            whole = parts[0]
            for part in parts[1:]:
                whole = join(whole, part)
            return whole
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return pc.invert(self.value(node.operand))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return pc.negate(self.value(node.operand))
        if isinstance(node, ast.Compare):
            return self._comparison(node)
        if isinstance(node, ast.Name):
            return self._column(node.id)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            return self._column(f"{node.value.id}.{node.attr}")
        if isinstance(node, ast.Constant) and isinstance(node.value, str | int | float | bool | None):
            return pa.scalar(node.value)
        raise ValueError(f"{ast.unparse(node)!r} is neither a column, a value nor a comparison")

    def _comparison(self, node: ast.Compare) -> Any:
        """`a < b <= c` is `a < b and b <= c`."""
        whole, left = None, node.left
        for operator, right in zip(node.ops, node.comparators, strict=True):
            part = self._compared(left, operator, right)
            whole, left = part if whole is None else pc.and_kleene(whole, part), right
        return whole

    def _compared(self, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> Any:
        if isinstance(operator, ast.In | ast.NotIn):
            found = pc.is_in(self.value(left), value_set=_values(right))
            return found if isinstance(operator, ast.In) else pc.invert(found)
        if isinstance(operator, ast.Is | ast.IsNot):
            if not (isinstance(right, ast.Constant) and right.value is None):
                raise ValueError("`is` is for None alone")
            empty = pc.is_null(self.value(left))
            return empty if isinstance(operator, ast.Is) else pc.invert(empty)
        return _COMPARED[type(operator)](self.value(left), self.value(right))


def _values(node: ast.expr) -> Any:
    values = ast.literal_eval(node)
    if not isinstance(values, list | tuple | set) or not values:
        raise ValueError("`in` is followed by a list of values")
    return pa.array(list(values))
