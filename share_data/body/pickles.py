"""Pickles from outside, read through an allow-list: arrays, sparse matrices and plain containers, nothing that runs.

A pickle is a program; `pickle.load` runs whatever it names. Published SMPL models and several data sets come only as
pickles, some of them with objects of chumpy (a package that no longer installs), which are read through stand-ins.
"""

import collections
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from share_data.errors import BodyModelError

SPARSE = ("csc_matrix", "csr_matrix", "csc_array", "csr_array")
"""Classes of scipy.sparse that may be named."""


def is_sparse(value: Any) -> bool:
    """Whether a value of a loaded pickle is one of scipy's sparse matrices."""
    kind = type(value)
    return kind.__name__ in SPARSE and kind.__module__.startswith("scipy.sparse")


class Standin:
    """Keeps the state of an object whose own class is not to be imported. `label` is that class's full name."""

    label = ""
    state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state


def restricted_load(path: Path) -> dict[str, Any]:
    """Reads a pickled dictionary of arrays, scipy sparse matrices, chumpy arrays, numbers, strings and containers.

    Python 2 pickles are read as latin-1. chumpy arrays come back as numpy arrays; a chumpy object of another kind comes
    back as a `Standin`. Raises BodyModelError naming the file and the class when the pickle names anything that is not
    on the list, and when it is damaged or holds no dictionary. Nothing it names is ever imported or called.
    """
    try:
        with path.open("rb") as handle:
            content = _plain(_Unpickler(handle, encoding="latin1").load())
    except OSError as error:
        raise BodyModelError(f"{path}: cannot be read ({error.strerror})") from error
    except _NotAllowed as error:
        raise BodyModelError(
            f"{path}: refused, because it names {error}, which is not plain data and could run code; "
            "get the file from its publisher again, or convert it to an npz of plain arrays"
        ) from error
    except Exception as error:  # a damaged pickle is a random program: it can raise anything
        raise BodyModelError(f"{path}: not a readable pickle ({type(error).__name__}: {error})") from error
    if not isinstance(content, dict):
        raise BodyModelError(f"{path}: should hold a dictionary, found {type(content).__name__}")
    return {str(key): value for key, value in content.items()}


class _NotAllowed(pickle.UnpicklingError):
    pass


class _Unpickler(pickle.Unpickler):
    """Finds only what is on the list. Stand-in classes are new for every load: a pickle may set attributes on them."""

    def find_class(self, module: str, name: str, /) -> Any:
        if module.split(".")[0] == "chumpy" or (module.startswith("scipy.sparse") and name in SPARSE):
            return type(name, (Standin,), {"label": f"{module}.{name}"})
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise _NotAllowed(f"{module}.{name}") from None


def _new_standin(kind: Any, base: Any, state: Any) -> Any:
    """`copyreg._reconstructor`, for stand-ins alone."""
    if isinstance(kind, type) and issubclass(kind, Standin) and base is object and state is None:
        return kind()
    raise _NotAllowed(f"copyreg._reconstructor({kind!r}, {base!r}, ...)")


def _encode(text: str, encoding: str) -> bytes:
    """`_codecs.encode`, which Python 3 uses to write bytes in old protocols, for that one encoding."""
    if encoding not in ("latin1", "latin-1"):
        raise _NotAllowed(f"_codecs.encode(..., {encoding!r})")
    return text.encode("latin1")


def _from_buffer(buffer: Any, dtype: Any, shape: Any, order: Any, axis_order: Any = None) -> Any:
    """`numpy._core.numeric._frombuffer`: how protocol 5 writes an array."""
    flat = np.frombuffer(buffer, dtype=dtype)
    if order == "K" and axis_order is not None:
        return flat.reshape(shape, order="C").transpose(axis_order)
    return flat.reshape(shape, order=order)


_ALLOWED: Mapping[tuple[str, str], Any] = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("_codecs", "encode"): _encode,
    **{(module, "_reconstructor"): _new_standin for module in ("copyreg", "copy_reg")},
    **{
        (module, kind.__name__): kind
        for module in ("builtins", "__builtin__")
        for kind in (set, frozenset, bytearray, complex, object)
    },
    # numpy's own functions, found through what they make: their module is private and moved in numpy 2.
    **{
        (f"numpy.{core}.{module}", name): function
        for core in ("core", "_core")
        for module, name, function in (
            ("multiarray", "_reconstruct", np.empty(0).__reduce__()[0]),
            ("multiarray", "scalar", np.float64(0).__reduce__()[0]),
            ("numeric", "_frombuffer", _from_buffer),
        )
    },
}


def _plain(value: Any) -> Any:
    """`value` with the stand-ins in it resolved, in containers too."""
    if isinstance(value, Standin):
        return _resolved(value)
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_plain(entry) for entry in value)
    return value


def _resolved(standin: Standin) -> Any:
    """A chumpy `Ch` holds its array as `x`; a `Select` takes the entries `idxs` of its operand `a`."""
    state = vars(standin).get("state")
    if not isinstance(state, dict):
        return standin
    name = standin.label.rpartition(".")[2]
    if name in SPARSE:
        from scipy import sparse

        return getattr(sparse, name)((state["data"], state["indices"], state["indptr"]), shape=state["_shape"])
    if "x" in state:
        return _plain(state["x"])
    if {"a", "idxs"} <= state.keys():
        picked = np.asarray(_plain(state["a"])).ravel()[np.asarray(_plain(state["idxs"]))]
        return picked.reshape(state.get("preferred_shape", picked.shape))
    return standin
