"""What smplx needs of an SMPL model file, checked: shapes, values, units, and the sums that are made of them."""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from share_data.body.sparse_matrices import is_sparse
from share_data.body.units import other_unit
from share_data.camera import Floats
from share_data.errors import BodyModelError
from share_data.records import Ints
from share_data.text import plain_line

JOINTS = 24
POSE_COMPONENTS = 9 * (JOINTS - 1)
MIN_BETAS = 10
MIN_VERTICES = 6788
"""smplx reads finger tips, toes and heels at fixed vertex numbers, the highest of which is 6787."""
PARENTS = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21)
_SMALLEST, _TALLEST = 0.3, 4.0
"""Metres from one end of a rest body to the other: a newborn and more than any adult."""
_LARGEST: Mapping[str, float] = {
    "v_template": 10.0,
    "shapedirs": 1.0,
    "posedirs": 1.0,
    "J_regressor": 2.0,
    "weights": 1.01,
}
"""Metres or shares: what SMPL has is a tenth of it, and no sum of the largest leaves float32."""
_OUTSIDE = 0.1
"""Metres by which a rest joint may lie outside the body's box."""


@dataclass(frozen=True, slots=True)
class BodyArrays:
    """What smplx needs of a model file.

    v_template: (V, 3), shapedirs: (V, 3, 10), posedirs: (V, 3, 207), J_regressor: (24, V), weights: (V, 24) float32,
    metres; f: (F, 3) int32; kintree_table: (2, 24) int64 with -1 as the parent of the root.
    """

    v_template: Floats
    shapedirs: Floats
    posedirs: Floats
    J_regressor: Floats
    weights: Floats
    f: Ints
    kintree_table: Ints


SHAPES: Mapping[str, tuple[str | int, ...]] = {
    "v_template": ("V", 3),
    "shapedirs": ("V", 3, "B"),
    "posedirs": ("V", 3, POSE_COMPONENTS),
    "J_regressor": (JOINTS, "V"),
    "weights": ("V", JOINTS),
    "f": ("F", 3),
    "kintree_table": (2, JOINTS),
}
"""V vertices, F faces, B shape directions."""


def checked_arrays(path: Path, fields: MutableMapping[str, Any]) -> BodyArrays:
    """The arrays of a model file. fields: what it holds, emptied on the way, so that nothing is kept twice.

    Raises BodyModelError naming the file, the array, and what was expected and found.
    """
    missing = [name for name in SHAPES if name not in fields]
    if missing:
        raise BodyModelError(
            f"{path}: not an SMPL model: it lacks {', '.join(missing)}; "
            f"it holds {plain_line(', '.join(sorted(fields)), 200) or 'nothing'}"
        )
    arrays = {name: _dense(path, name, fields.pop(name)) for name in SHAPES}
    _check_shapes(path, arrays)
    arrays["shapedirs"] = arrays["shapedirs"][:, :, :MIN_BETAS]
    for name in _LARGEST:
        arrays[name] = _float32(path, name, arrays.pop(name))
    _check_unit(path, arrays["v_template"])
    for name, largest in _LARGEST.items():
        _check_range(path, name, arrays[name], largest)
    _check_sums(path, arrays)
    _check_mesh(path, arrays)
    return BodyArrays(
        **{name: arrays[name] for name in _LARGEST},
        f=np.asarray(arrays["f"], np.int32),
        kintree_table=np.array([PARENTS, range(JOINTS)], np.int64),
    )


def _dense(path: Path, name: str, value: Any) -> NDArray[Any]:
    array = np.asarray(value.toarray() if is_sparse(value) else value)
    if array.dtype.kind not in "fiu":
        raise BodyModelError(
            f"{path}: {name} should be an array of numbers, found {type(value).__name__} of {array.dtype}"
        )
    return array


def _check_shapes(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    sizes: dict[str | int, int] = {name: len(arrays[of]) if arrays[of].ndim else 0 for name, of in _COUNTED.items()}
    for name, pattern in SHAPES.items():
        shape = arrays[name].shape
        fits = len(shape) == len(pattern) and all(
            found == sizes.get(size, size) or size == "B" for found, size in zip(shape, pattern, strict=True)
        )
        if not fits:
            expected = ", ".join(str(sizes.get(size, size)) for size in pattern)
            raise BodyModelError(f"{path}: {name} should have shape ({expected}), found {shape}")
    if sizes["V"] < MIN_VERTICES:
        raise BodyModelError(
            f"{path}: {sizes['V']} vertices; an SMPL body has 6890, at least {MIN_VERTICES} are needed"
        )
    if not sizes["F"]:
        raise BodyModelError(f"{path}: f holds no face; SMPL has 13776")
    if arrays["shapedirs"].shape[2] < MIN_BETAS:
        raise BodyModelError(
            f"{path}: {arrays['shapedirs'].shape[2]} shape directions, at least {MIN_BETAS} are needed"
        )


_COUNTED = {"V": "v_template", "F": "f"}


def _float32(path: Path, name: str, array: NDArray[Any]) -> Floats:
    """As float32, in which no number may be lost: 1e39 is one in float64, and infinity here."""
    with np.errstate(over="ignore"):
        values = np.ascontiguousarray(array, np.float32)
    # Of all numbers the extremes tell: NaN and infinity show in them.
    if not (np.isfinite(values.min()) and np.isfinite(values.max())):
        raise BodyModelError(f"{path}: {name} holds NaN or infinity, or numbers too large for float32")
    return values


def _check_unit(path: Path, template: Floats) -> None:
    tall = float(np.ptp(template.astype(np.float64), axis=0).max())
    if unit := other_unit(tall, _SMALLEST, _TALLEST):
        raise BodyModelError(
            f"{path}: v_template is {tall:.4g} from end to end, so this body is in {unit.name}, and SMPL's are in "
            f"metres. Divide v_template, shapedirs and posedirs by {unit.in_a_metre}, and save the file again."
        )
    if not _SMALLEST <= tall <= _TALLEST:
        raise BodyModelError(
            f"{path}: v_template is {tall:.4g} m from end to end, which no body is ({_SMALLEST} to {_TALLEST} m). "
            "Get the file from its publisher again."
        )


def _check_range(path: Path, name: str, values: Floats, largest: float) -> None:
    lowest = -0.01 if name == "weights" else -largest
    for found in (float(values.min()), float(values.max())):
        if not lowest <= found <= largest:
            unit = " m; is it in millimetres?" if name in ("shapedirs", "posedirs") else ""
            raise BodyModelError(f"{path}: {name} holds {found:.4g}, expected {lowest} to {largest}{unit}")


def _check_sums(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    for name in ("weights", "J_regressor"):
        worst = float(np.abs(arrays[name].sum(axis=1, dtype=np.float64) - 1).max())
        if worst > 0.01:
            raise BodyModelError(f"{path}: the rows of {name} should sum to one, found one off by {worst:.3g}")
    template = arrays["v_template"]
    joints = arrays["J_regressor"] @ template
    outside = np.maximum(template.min(axis=0) - joints, joints - template.max(axis=0))
    if outside.max() > _OUTSIDE:
        joint = int(outside.max(axis=1).argmax())
        raise BodyModelError(
            f"{path}: J_regressor puts joint {joint} {float(outside.max()):.2f} m outside the body. Get the file from "
            "its publisher again."
        )


def _check_mesh(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    parents = tuple(int(parent) if np.isfinite(parent) else None for parent in arrays["kintree_table"][0, 1:])
    if parents != PARENTS[1:]:
        raise BodyModelError(f"{path}: kintree_table gives the parents {parents}, SMPL's are {PARENTS[1:]}")
    faces = arrays["f"]
    if faces.dtype.kind == "f" or faces.min() < 0 or faces.max() >= len(arrays["v_template"]):
        raise BodyModelError(f"{path}: f should hold vertex numbers below {len(arrays['v_template'])}")
