"""The steps of a pickle, carried out on data alone: nothing it names is imported, called or given attributes.

`pickle` builds what a file asks for before anybody can look at it: lists without end, a dictionary whose keys take
years to hash, a buffer of the size that a few bytes declare. Here a name stays a `Name`, an object a `Standin`, and
what is built of numbers is built by `pickle_arrays.MAKERS`.
"""

import codecs
import pickletools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO, Any

from share_data.body.bounded_reader import BoundedReader

MOST_STEPS = 200_000
"""Official SMPL files take some hundreds."""
_LARGEST_KEY = 1 << 60


class NotAllowedError(Exception):
    """A pickle names, or does, what is not plain data."""


@dataclass(frozen=True, slots=True)
class Name:
    """A class or function that a pickle names."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


class Standin:
    """Keeps the state of an object whose own class is not to be imported. `label` is that class's full name."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.state: Any = None

    def set_state(self, state: Any) -> None:
        """Keep what the object is made of."""
        self.state = state


class Steps:
    """Carries out the steps.

    allowed: whether a pickle may name this; make: what calling a name gives, for what it is called with.
    """

    def __init__(
        self, handle: IO[bytes], size: int, allowed: Callable[[Name], bool], make: Callable[[Name, Any], Any]
    ) -> None:
        self._reader: Any = BoundedReader(handle, size)
        self._allowed, self._make = allowed, make
        self._stack: list[Any] = []
        self._below: list[list[Any]] = []
        self._memo: dict[int, Any] = {}

    def run(self) -> Any:
        """What the pickle holds. Raises NotAllowedError; for a damaged one any exception."""
        for _ in range(MOST_STEPS):
            code = self._reader.read(1)
            if not code:
                raise EOFError("it ends before its last step")
            step = _STEPS[code.decode("latin-1")]
            argument = self._argument(step)
            if step.name == "STOP":
                return self._stack.pop()
            self._take(step.name, argument)
        raise ValueError(f"it takes more than {MOST_STEPS:,} steps to build, as no file of arrays does")

    def _argument(self, step: pickletools.OpcodeInfo) -> Any:
        if step.name == "STRING":  # Of Python 2, where bytes were text.
            text = self._reader.readline().strip()
            if len(text) < 2 or text[:1] != text[-1:] or text[:1] not in (b"'", b'"'):
                raise ValueError("a text without quotes")
            return codecs.escape_decode(text[1:-1])[0].decode("latin-1")
        return None if step.arg is None else step.arg.reader(self._reader)

    def _take(self, step: str, argument: Any) -> None:
        if step in _VALUES:
            self._stack.append(argument)
        elif step in _FRESH:
            self._stack.append(_FRESH[step]())
        elif step in _MEMO:
            self._memo_step(step, argument)
        elif step in _MARKED:
            self._marked(_MARKED[step])
        elif step in ("TUPLE1", "TUPLE2", "TUPLE3"):
            count = int(step[-1])
            self._stack[-count:] = [tuple(self._stack[-count:])] if len(self._stack) >= count else [self._none_left()]
        elif step in _OTHERS:
            _OTHERS[step](self, argument)
        elif step not in ("PROTO", "FRAME"):
            raise NotAllowedError(f"step {step}")

    def _memo_step(self, step: str, argument: Any) -> None:
        if step == "MEMOIZE":
            self._memo[len(self._memo)] = self._stack[-1]
        elif step.endswith("PUT"):
            self._memo[argument] = self._stack[-1]
        else:
            self._stack.append(self._memo[argument])

    def _marked(self, use: "Callable[[Steps, list[Any]], None]") -> None:
        items, self._stack = self._stack, self._below.pop()
        use(self, items)

    def _mark(self, _: Any) -> None:
        self._below.append(self._stack)
        self._stack = []

    def _pop(self, _: Any) -> None:
        if self._stack:
            self._stack.pop()
        else:
            self._stack = self._below.pop()

    def _none_left(self) -> Any:
        raise ValueError("a step takes more than there is")

    def _append(self, _: Any) -> None:
        self._extend([self._stack.pop()])

    def _extend(self, items: list[Any]) -> None:
        target = self._stack[-1]
        if type(target) is not list:
            raise ValueError("a step puts an item into what is no list")
        target.extend(items)

    def _set_item(self, _: Any) -> None:
        value, key = self._stack.pop(), self._stack.pop()
        self._set_items([key, value])

    def _set_items(self, items: list[Any]) -> None:
        target = self._stack[-1]
        if not isinstance(target, dict):
            raise ValueError("a step puts a key into what is no dictionary")
        target.update(pairs(items))

    def _add_items(self, items: list[Any]) -> None:
        target = self._stack[-1]
        if type(target) is not set:
            raise ValueError("a step puts an item into what is no set")
        target.update(map(key, items))

    def _global(self, argument: str) -> None:
        module, _, name = argument.partition(" ")
        self._named(module, name)

    def _stack_global(self, _: Any) -> None:
        name, module = self._stack.pop(), self._stack.pop()
        if type(name) is not str or type(module) is not str:
            raise ValueError("a name that is no text")
        self._named(module, name)

    def _named(self, module: str, name: str) -> None:
        found = Name(module, name)
        if not self._allowed(found):
            raise NotAllowedError(str(found))
        self._stack.append(found)

    def _reduce(self, _: Any) -> None:
        arguments, called = self._stack.pop(), self._stack.pop()
        self._stack.append(self._called(called, arguments))

    def _called(self, called: Any, arguments: Any) -> Any:
        if not isinstance(called, Name) or type(arguments) is not tuple:
            raise ValueError("a step calls what is no name")
        return self._make(called, arguments)

    def _new(self, _: Any) -> None:
        arguments, kind = self._stack.pop(), self._stack.pop()
        if not isinstance(kind, Name) or arguments != ():
            raise NotAllowedError(f"a new object of {kind}")
        self._stack.append(Standin(str(kind)))

    def _build(self, _: Any) -> None:
        state, target = self._stack.pop(), self._stack[-1]
        set_state = getattr(target, "set_state", None)
        if set_state is None or isinstance(target, Name):
            raise NotAllowedError(f"a step that changes {type(target).__name__}")
        set_state(state)


def key(value: Any) -> Any:
    """`value`, where it takes no time to hash: text, bytes, a number of 60 bits, or a tuple of those."""
    if type(value) is tuple:
        return tuple(_simple_key(item) for item in value)
    return _simple_key(value)


def _simple_key(value: Any) -> Any:
    if value is None or type(value) in (str, bytes, bool, float) or (type(value) is int and abs(value) < _LARGEST_KEY):
        return value
    raise ValueError(f"{type(value).__name__} as a key")


def pairs(items: list[Any]) -> dict[Any, Any]:
    """The dictionary of key, value, key, value and so on."""
    if len(items) % 2:
        raise ValueError("a key without a value")
    return dict(zip(map(key, items[::2]), items[1::2], strict=True))


_STEPS = {step.code: step for step in pickletools.opcodes}
# fmt: off
_VALUES = (
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "STRING", "BINSTRING", "SHORT_BINSTRING",
    "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8", "UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8",
    "FLOAT", "BINFLOAT",
)
# fmt: on
_FRESH: Mapping[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
    "EMPTY_DICT": dict,
    "EMPTY_SET": set,
}
_MEMO = frozenset(["GET", "BINGET", "LONG_BINGET", "PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"])
_MARKED: Mapping[str, Callable[[Steps, list[Any]], None]] = {
    "LIST": lambda steps, items: steps._stack.append(items),
    "TUPLE": lambda steps, items: steps._stack.append(tuple(items)),
    "DICT": lambda steps, items: steps._stack.append(pairs(items)),
    "FROZENSET": lambda steps, items: steps._stack.append(frozenset(map(key, items))),
    "APPENDS": Steps._extend,
    "SETITEMS": Steps._set_items,
    "ADDITEMS": Steps._add_items,
    "OBJ": lambda steps, items: steps._stack.append(steps._called(items[0], tuple(items[1:]))),
    "POP_MARK": lambda steps, items: None,
}
_OTHERS: Mapping[str, Callable[[Steps, Any], None]] = {
    "MARK": Steps._mark,
    "POP": Steps._pop,
    "APPEND": Steps._append,
    "SETITEM": Steps._set_item,
    "GLOBAL": Steps._global,
    "STACK_GLOBAL": Steps._stack_global,
    "REDUCE": Steps._reduce,
    "NEWOBJ": Steps._new,
    "BUILD": Steps._build,
}
