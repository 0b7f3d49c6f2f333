"""SMPL model files for tests: the mannequin's arrays with random pose directions, in every layout SMPL comes in."""

import pickle
import sys
import types
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from share_data.body.model import load_body

ROOT = 2**32 - 1
"""How official files write the missing parent of the root, in unsigned numbers."""


def smpl_arrays(seed: int = 0) -> dict[str, Any]:
    """Plain arrays of a body whose every part matters: the mannequin's pose directions are zero, these are not."""
    rng = np.random.default_rng(seed)
    mannequin = load_body().arrays
    arrays = {name: np.asarray(getattr(mannequin, name)) for name in type(mannequin).__slots__}
    vertices = len(arrays["v_template"])
    arrays["posedirs"] = rng.normal(0, 0.003, (vertices, 3, 207)).astype(np.float32)
    parents = arrays["kintree_table"].copy()
    parents[0, 0] = ROOT
    return {**arrays, "kintree_table": parents.astype(np.uint32), "f": arrays["f"].astype(np.uint32)}


def write_plain_pickle(path: Path, arrays: Mapping[str, Any]) -> Path:
    """What "cleaned" SMPL files look like: nothing but numpy arrays."""
    path.write_bytes(pickle.dumps(dict(arrays), protocol=2))
    return path


def write_official_pickle(path: Path, arrays: Mapping[str, Any]) -> Path:
    """The layout of the files from smpl.is.tue.mpg.de: chumpy objects, a sparse regressor, old module names."""
    with fake_chumpy() as (ch, select):
        template = ch()
        template.__dict__.update(x=arrays["v_template"].astype(np.float64), _dirty_vars=set(), dterms=("x",))
        directions = select()
        order = np.random.default_rng(1).permutation(arrays["shapedirs"].size)
        directions.__dict__.update(
            a=chumpy_array(ch, arrays["shapedirs"].ravel()[np.argsort(order)]),
            idxs=order,
            preferred_shape=arrays["shapedirs"].shape,
        )
        unrelated = select()
        unrelated.__dict__.update(something={"unknown": 1})
        content = {
            **arrays,
            "v_template": template,
            "shapedirs": directions,
            "J_regressor": sparse.csc_matrix(arrays["J_regressor"]),
            "bs_style": "lbs",
            "J": unrelated,
        }
        data = pickle.dumps(content, protocol=2)
    for new, old in (("numpy._core", "numpy.core"), ("scipy.sparse._csc", "scipy.sparse.csc")):
        data = data.replace(f"c{new}".encode(), f"c{old}".encode())
    path.write_bytes(data)
    return path


def chumpy_array(kind: type, values: Any) -> Any:
    """An object of the fake chumpy.ch.Ch that holds `values`."""
    array = kind()
    array.__dict__["x"] = values
    return array


@contextmanager
def fake_chumpy() -> Iterator[tuple[type, type]]:
    """chumpy.ch.Ch and chumpy.reordering.Select, importable while dumping and gone afterwards."""
    kinds = []
    for module_name, name in (("chumpy.ch", "Ch"), ("chumpy.reordering", "Select")):
        module = types.ModuleType(module_name)
        kind = type(name, (), {"__module__": module_name})
        setattr(module, name, kind)
        sys.modules[module_name] = module
        kinds.append(kind)
    sys.modules["chumpy"] = types.ModuleType("chumpy")
    try:
        yield kinds[0], kinds[1]
    finally:
        for name in ("chumpy", "chumpy.ch", "chumpy.reordering"):
            del sys.modules[name]
