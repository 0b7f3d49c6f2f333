"""Pickles from outside, read through an allow-list: arrays, sparse matrices and plain containers, nothing that runs.

A pickle is a program; `pickle.load` runs whatever it names. Published SMPL models and several data sets come only as
pickles, some of them with objects of chumpy (a package that no longer installs), which are read through stand-ins.
"""

from pathlib import Path
from typing import Any

import numpy as np

from share_data.body.array_files import SLACK
from share_data.body.pickle_arrays import MAKERS, Holder
from share_data.body.pickle_steps import Name, NotAllowedError, Standin, Steps
from share_data.body.sparse_matrices import SPARSE, sparse_matrix
from share_data.errors import ArrayFileError
from share_data.store.outside import regular_file
from share_data.text import plain_line


def restricted_load(path: Path) -> dict[str, Any]:
    """Reads a pickled dictionary of arrays, scipy sparse matrices, chumpy arrays, numbers, strings and containers.

    Python 2 pickles are read as latin-1. chumpy arrays come back as numpy arrays; a chumpy object of another kind comes
    back as a `Standin`. Raises ArrayFileError naming the file and the class when the pickle names anything that is not
    on the list, and when it is damaged or holds no dictionary. Nothing it names is ever imported or called, and nothing
    is built that its own bytes do not fill.
    """
    try:
        size = path.stat().st_size
        with regular_file(path) as handle:
            built = Steps(handle, size, _allowed, _made).run()
        content = _Plain(2 * size + SLACK).of(built)
        if not isinstance(content, dict):
            raise ArrayFileError(f"{path}: should hold a dictionary, found {type(content).__name__}")
        return {str(key): value for key, value in content.items()}
    except ArrayFileError:
        raise
    except OSError as error:
        raise ArrayFileError(f"{path}: cannot be read ({error.strerror or error})") from error
    except NotAllowedError as error:
        raise ArrayFileError(
            f"{path}: refused, because it names {plain_line(error, 200)}, which is not plain data and could run code; "
            "get the file from its publisher again, or convert it to an npz of plain arrays"
        ) from error
    except Exception as error:  # a damaged pickle is a random program: it can raise anything
        cause = f"{type(error).__name__}: {plain_line(error, 200)}"
        raise ArrayFileError(f"{path}: not a readable pickle ({cause})") from error


def _is_standin(name: Name) -> bool:
    return name.module.split(".")[0] == "chumpy" or (name.module.startswith("scipy.sparse") and name.name in SPARSE)


def _allowed(name: Name) -> bool:
    return _is_standin(name) or (name.module, name.name) in MAKERS


def _made(name: Name, arguments: Any) -> Any:
    """What calling a name gives."""
    if (name.module, name.name) in (("copyreg", "_reconstructor"), ("copy_reg", "_reconstructor")):
        kind, *others = arguments
        base = others[0] if others else None
        if not (isinstance(kind, Name) and _is_standin(kind) and others[1:] == [None] and str(base).endswith("object")):
            raise NotAllowedError("copyreg._reconstructor of more than an object")
        return Standin(str(kind))
    if _is_standin(name):
        if arguments:
            raise NotAllowedError(f"{name}(...)")
        return Standin(str(name))
    return MAKERS[name.module, name.name](*arguments)


class _Plain:
    """What steps have built with its arrays and stand-ins resolved, in containers too; each of them once.

    room: bytes that resolving may add.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._known: dict[int, Any] = {}

    def of(self, value: Any) -> Any:
        """`value` resolved. Raises ValueError, for one that holds itself too."""
        if not isinstance(value, Holder | Standin | dict | list | tuple):
            return value
        if id(value) not in self._known:
            self._known[id(value)] = _UNDER_WAY
            self._known[id(value)] = self._resolved(value)
        if self._known[id(value)] is _UNDER_WAY:
            raise ValueError("a value that holds itself")
        return self._known[id(value)]

    def _resolved(self, value: Any) -> Any:
        if isinstance(value, Holder):
            return value.content()
        if isinstance(value, Standin):
            return self._standin(value)
        if isinstance(value, dict):
            return type(value)((key, self.of(entry)) for key, entry in value.items())
        return type(value)(map(self.of, value))

    def _standin(self, standin: Standin) -> Any:
        """A chumpy `Ch` holds its array as `x`; a `Select` takes the entries `idxs` of its operand `a`."""
        state = standin.state
        if not isinstance(state, dict):
            return standin
        name = standin.label.rpartition(".")[2]
        if name in SPARSE:
            matrix = sparse_matrix(name, {key: self.of(entry) for key, entry in state.items()}, self._room)
            self._room -= matrix.shape[0] * matrix.shape[1] * matrix.dtype.itemsize
            return matrix
        if "x" in state:
            return self.of(state["x"])
        if {"a", "idxs"} <= state.keys():
            operand, entries = np.asarray(self.of(state["a"])), np.asarray(self.of(state["idxs"]))
            self._take_room(entries.size * (operand.itemsize + 8))
            picked = operand.ravel()[entries]
            return picked.reshape(state.get("preferred_shape", picked.shape))
        return standin

    def _take_room(self, size: int) -> None:
        self._room -= size
        if self._room < 0:
            raise ValueError("what it selects is far larger than the file")


_UNDER_WAY = object()
