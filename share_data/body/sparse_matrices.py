"""Sparse matrices from outside: their structure is looked at first, for scipy believes it and writes where it says."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

SPARSE = ("csc_matrix", "csr_matrix", "csc_array", "csr_array")
"""Classes of scipy.sparse that may be named."""


def is_sparse(value: Any) -> bool:
    """Whether a value is one of scipy's sparse matrices."""
    kind = type(value)
    return kind.__name__ in SPARSE and kind.__module__.startswith("scipy.sparse")


def sparse_matrix(kind: str, state: Mapping[str, Any], room: int) -> Any:
    """The matrix that a pickle's state stands for.

    kind: of `SPARSE`; room: bytes that it may take when it is made dense. Raises ValueError naming what does not fit.
    """
    data, indices, starts = (_flat(state, name) for name in ("data", "indices", "indptr"))
    shape = state["_shape"]
    if type(shape) is not tuple or len(shape) != 2 or not all(type(side) is int and side >= 0 for side in shape):
        raise ValueError(f"a sparse matrix of shape {str(shape)[:80]}")
    if data.dtype.kind not in "fiu" or indices.dtype.kind not in "iu" or starts.dtype.kind not in "iu":
        raise ValueError("a sparse matrix of what is no numbers")
    if shape[0] * shape[1] * data.itemsize > room:
        raise ValueError(f"a sparse matrix of shape {shape}, far larger than the file")
    lines, length = (shape[1], shape[0]) if kind.startswith("csc") else shape
    if len(starts) != lines + 1 or len(data) != len(indices) or starts[0] != 0 or starts[-1] != len(indices):
        raise ValueError("a sparse matrix whose indptr does not fit its shape and values")
    if (starts[1:] < starts[:-1]).any():
        raise ValueError("a sparse matrix whose indptr goes back")
    if len(indices) and (indices.min() < 0 or indices.max() >= length):
        raise ValueError(f"a sparse matrix with an index beyond its {length} lines")
    from scipy import sparse

    return getattr(sparse, kind)((data, indices.astype(np.int64), starts.astype(np.int64)), shape=shape)


def _flat(state: Mapping[str, Any], name: str) -> NDArray[Any]:
    value = state[name]
    if not isinstance(value, np.ndarray) or value.ndim != 1:
        raise ValueError(f"a sparse matrix whose {name} is no list of numbers")
    return value
