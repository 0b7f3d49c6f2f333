"""Records chosen by their columns: `confidence > 0.8 and not redistributable`, read by a grammar of its own.

    either     = both ("or" both)*
    both       = negation ("and" negation)*
    negation   = "not" negation | "(" either ")" | comparison
    comparison = value [sign value | ["not"] "in" "(" literal ("," literal)* ")"]  (or [...])
    sign       = "=" | "==" | "!=" | "<" | "<=" | ">" | ">="
    value      = number | "text" | 'text' | true | false | name | labels.NAME

A name is a column of the index, or a score without its `score_`. What a record lacks fulfils no comparison. Nothing is
ever evaluated as Python.
"""

import difflib
import re
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from share_data.errors import CorpusError
from share_data.store.arrow_arrays import Texts, scalar, truths
from share_data.store.outside import parse_json
from share_data.text import plain_line

_TOKEN = re.compile(
    r"\s*(?:(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|(?P<text>\"[^\"]*\"|'[^']*')"
    r"|(?P<name>labels\.[\w-]+|[A-Za-z_]\w*)|(?P<sign>==|!=|<=|>=|[][=<>(),]))"
)
_COMPARE = {"=": "equal", "==": "equal", "!=": "not_equal", "<": "less", "<=": "less_equal", ">": "greater"}
_COMPARE[">="] = "greater_equal"
_CONSTANTS = {"true": True, "false": False}
_DEEPEST = 50
_LONGEST = 10_000


def chosen_rows(index: Any, condition: str) -> NDArray[np.int64]:
    """The records that fulfil a condition.

    >>> table = pa.table({"key": ["a", "b"], "n_frames": [90, 200], "score_confidence": [0.9, None]})
    >>> chosen_rows(table, "n_frames >= 90 and confidence > 0.5").tolist()
    [0]

    Args:
        index: an Arrow table, a row a record (`Corpus.index`).
        condition: see above; blank for all records.

    Returns:
        (M,) int64 row numbers, rising.

    Raises:
        CorpusError: the condition cannot be read, names no column, or compares text with a number.
    """
    if not condition.strip():
        return np.arange(index.num_rows, dtype=np.int64)
    try:
        fulfilled = _Reader(index, condition).read()
    except pa.ArrowException as error:
        raise CorpusError(f"{plain_line(condition)!r}: text and numbers cannot be compared ({error})") from error
    return np.flatnonzero(truths(fulfilled)).astype(np.int64)


class _Reader:
    """One pass over the words of a condition; each method reads what its name says, and gives an Arrow array."""

    def __init__(self, index: Any, condition: str) -> None:
        self._index, self._condition = index, condition
        self._words, self._at, self._depth = _words(condition), 0, 0

    def read(self) -> Any:
        found = self._either()
        if self._at < len(self._words):
            raise self._wrong(f"{self._words[self._at][1]!r} is one word too many")
        return found

    def _either(self) -> Any:
        found = self._both()
        while self._takes("or"):
            found = pc.or_(found, self._both())
        return found

    def _both(self) -> Any:
        found = self._negation()
        while self._takes("and"):
            found = pc.and_(found, self._negation())
        return found

    def _negation(self) -> Any:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._wrong(f"it is nested more than {_DEEPEST} deep")
        if self._takes("not"):
            found = pc.invert(self._negation())
        elif self._takes("("):
            found = self._either()
            self._needs(")")
        else:
            found = self._comparison()
        self._depth -= 1
        return found

    def _comparison(self) -> Any:
        left = self._value()
        sign = next((sign for sign in _COMPARE if self._takes(sign)), "")
        if sign:
            return self._rows(pc.call_function(_COMPARE[sign], [left, self._value()]))
        negated = self._takes("not")
        if negated or self._next() == "in":
            self._needs("in")
            found = self._rows(pc.is_in(left, value_set=pa.array(self._literals())))
            known = pc.is_valid(left)
            return pc.and_(pc.invert(found) if negated else found, self._rows(known))
        if left.type != pa.bool_():
            raise self._wrong("a comparison is missing; only what is true or false stands alone")
        return self._rows(left)

    def _rows(self, found: Any) -> Any:
        """A bool a record; of constants alone, that for every record."""
        if isinstance(found, pa.Scalar):
            return pa.array([bool(found.as_py())] * self._index.num_rows, pa.bool_())
        combined = found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
        return pc.fill_null(combined, scalar(False))

    def _literals(self) -> list[Any]:
        closing = "]" if self._takes("[") else ")"
        if closing == ")":
            self._needs("(")
        values = [self._literal()]
        while self._takes(","):
            values.append(self._literal())
        self._needs(closing)
        return values

    def _literal(self) -> Any:
        value = self._value()
        if not isinstance(value, pa.Scalar):
            raise self._wrong("a list holds numbers and quoted texts alone")
        return value.as_py()

    def _value(self) -> Any:
        if self._at >= len(self._words):
            raise self._wrong("it ends too early")
        kind, word = self._words[self._at]
        self._at += 1
        if kind == "number":
            return scalar(float(word) if re.search("[.eE]", word) else int(word))
        if kind == "text":
            return scalar(word[1:-1])
        if word in _CONSTANTS:
            return scalar(_CONSTANTS[word])
        if kind != "name" or word in ("and", "or", "not", "in"):
            raise self._wrong(f"{word!r} stands where a name, a number or a quoted text should")
        return self._column(word)

    def _column(self, name: str) -> Any:
        names = self._index.column_names
        if name.startswith("labels.") and "labels_json" in names:
            label = name.removeprefix("labels.")
            # The same labels again and again are read once.
            labels = Texts.of(self._index["labels_json"])
            return labels.replaced([_label(text, label) for text in labels.values.to_pylist()]).decoded()
        for column in (name, f"score_{name}"):
            if column in names:
                return self._index[column]
        short = [column.removeprefix("score_") for column in names]
        near = difflib.get_close_matches(name, short, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"There are {', '.join(short)}."
        raise self._wrong(f"the index has no column {name!r}; {hint}")

    def _next(self) -> str:
        return self._words[self._at][1] if self._at < len(self._words) else ""

    def _takes(self, word: str) -> bool:
        taken = self._next() == word
        self._at += taken
        return taken

    def _needs(self, word: str) -> None:
        if not self._takes(word):
            raise self._wrong(f"{word!r} is missing before {self._next() or 'its end'!r}")

    def _wrong(self, why: str) -> CorpusError:
        return CorpusError(
            f"condition {plain_line(self._condition)!r}: {plain_line(why, 2000)} "
            'An example: confidence > 0.8 and labels.activity == "walk"'
        )


def _label(labels: str | None, name: str) -> str | None:
    try:
        found = parse_json(labels or "{}")[name]
    except (ValueError, KeyError, TypeError, IndexError):
        return None
    return found if isinstance(found, str) else None


def _words(condition: str) -> list[tuple[str, str]]:
    """(kind, word) each. Raises CorpusError for what is none."""
    text, at, words = condition.rstrip(), 0, []
    if len(text) > _LONGEST:
        raise CorpusError(f"a condition of {len(text)} characters; {_LONGEST} are the most")
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise CorpusError(f"condition {plain_line(condition)!r}: {plain_line(text[at:])!r} cannot be read")
        words.append((str(found.lastgroup), str(found[str(found.lastgroup)])))
        at = found.end()
    return words
