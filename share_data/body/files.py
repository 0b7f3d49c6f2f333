"""SMPL model files: found, read without running anything in them, and checked."""

import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from share_data.body.model_names import gender_of, look_below, names_of
from share_data.body.pickles import is_sparse, restricted_load
from share_data.camera import Floats
from share_data.errors import BodyModelError
from share_data.records import Ints
from share_data.store.hashing import file_sha256

JOINTS = 24
POSE_COMPONENTS = 9 * (JOINTS - 1)
MIN_BETAS = 10
MIN_VERTICES = 6788
"""smplx reads finger tips, toes and heels at fixed vertex numbers, the highest of which is 6787."""
PARENTS = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21)
_MOST_SHOWN = 8


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


def find_model_file(path: Path, gender: str) -> Path:
    """`path` itself when it is a file; the file of this gender that lies nearest below it when it is a folder.

    Names known, capitals aside: SMPL_NEUTRAL.pkl or .npz, basicmodel_neutral_lbs_10_207_0_v1.1.0.pkl and their male and
    female siblings. Raises BodyModelError naming what was looked for and what was found: nothing, several that differ,
    or a file whose name tells another gender than the male or female one asked for.
    """
    if path.is_file():
        told = gender_of(path.name)
        if gender != "neutral" and told not in ("", gender):
            raise BodyModelError(f"{path}: is the {told} model, and body.gender is {gender}. Change one of the two.")
        return path
    try:
        looked = look_below(path, gender)
    except OSError as error:
        raise BodyModelError(
            f"{path}: no SMPL model here ({error.strerror}). Give the path of a .pkl or .npz file, or of a folder "
            "above it."
        ) from error
    if not looked.models:
        raise BodyModelError(
            f"{path}: no SMPL model of gender {gender!r} here or below. Looked for {', '.join(names_of(gender))} "
            f"(capitals do not matter); found {_shown(path, looked.others)}. Get it from https://smpl.is.tue.mpg.de, "
            "or give the path of the file."
        )
    if len(looked.models) > 1 and len({file_sha256(model) for model in looked.models}) > 1:
        raise BodyModelError(
            f"{path}: {len(looked.models)} different SMPL models of gender {gender!r}: "
            f"{_shown(path, looked.models)}. Give the path of one of them."
        )
    return looked.models[0]


def _shown(folder: Path, files: Sequence[Path]) -> str:
    names = [file.relative_to(folder).as_posix() for file in files[:_MOST_SHOWN]]
    more = [f"{len(files) - _MOST_SHOWN} more"] if len(files) > _MOST_SHOWN else []
    return ", ".join(names + more) or "no .pkl and no .npz file"


def read_model_file(path: Path) -> BodyArrays:
    """Reads and checks a .npz or .pkl model. Raises BodyModelError naming the file, and what was expected and found."""
    fields = _read_npz(path, _SHAPES) if path.suffix == ".npz" else restricted_load(path)
    return _checked(path, fields)


def read_label(path: Path) -> str:
    """The gender of a mannequin that this package built, told by the array `mannequin`; empty for every other file."""
    if path.suffix != ".npz":
        return ""
    return str(_read_npz(path, ("mannequin",)).get("mannequin", ""))


def _read_npz(path: Path, names: Iterable[str]) -> dict[str, Any]:
    try:
        with path.open("rb") as handle, np.lib.npyio.NpzFile(handle, allow_pickle=False) as archive:
            return {name: archive[name] for name in names if name in archive}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise BodyModelError(f"{path}: not a readable npz of plain arrays ({error})") from error


_SHAPES: Mapping[str, tuple[str | int, ...]] = {
    "v_template": ("V", 3),
    "shapedirs": ("V", 3, "B"),
    "posedirs": ("V", 3, POSE_COMPONENTS),
    "J_regressor": (JOINTS, "V"),
    "weights": ("V", JOINTS),
    "f": ("F", 3),
    "kintree_table": (2, JOINTS),
}


def _checked(path: Path, fields: Mapping[str, Any]) -> BodyArrays:
    missing = [name for name in _SHAPES if name not in fields]
    if missing:
        raise BodyModelError(
            f"{path}: not an SMPL model: it lacks {', '.join(missing)}; "
            f"it holds {', '.join(sorted(fields)) or 'nothing'}"
        )
    arrays = {name: _dense(path, name, fields[name]) for name in _SHAPES}
    _check_shapes(path, arrays)
    _check_values(path, arrays)
    kintree = arrays["kintree_table"].astype(np.int64)
    kintree[0, 0] = -1
    floats = {name: arrays[name].astype(np.float32) for name in ("v_template", "posedirs", "J_regressor", "weights")}
    return BodyArrays(
        **floats,
        shapedirs=arrays["shapedirs"][:, :, :MIN_BETAS].astype(np.float32),
        f=arrays["f"].astype(np.int32),
        kintree_table=kintree,
    )


def _dense(path: Path, name: str, value: Any) -> NDArray[Any]:
    array = np.asarray(value.toarray() if is_sparse(value) else value)
    if array.dtype.kind not in "fiu":
        raise BodyModelError(
            f"{path}: {name} should be an array of numbers, found {type(value).__name__} of {array.dtype}"
        )
    return array


def _check_shapes(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    sizes: dict[str | int, int] = {"V": len(arrays["v_template"]), "F": len(arrays["f"])}
    for name, pattern in _SHAPES.items():
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
    if arrays["shapedirs"].shape[2] < MIN_BETAS:
        raise BodyModelError(
            f"{path}: {arrays['shapedirs'].shape[2]} shape directions, at least {MIN_BETAS} are needed"
        )


def _check_values(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise BodyModelError(f"{path}: {name} holds NaN or infinity")
    parents = tuple(int(parent) for parent in arrays["kintree_table"][0, 1:])
    if parents != PARENTS[1:]:
        raise BodyModelError(f"{path}: kintree_table gives the parents {parents}, SMPL's are {PARENTS[1:]}")
    faces = arrays["f"]
    if faces.dtype.kind == "f" or faces.min() < 0 or faces.max() >= len(arrays["v_template"]):
        raise BodyModelError(f"{path}: f should hold vertex numbers below {len(arrays['v_template'])}")
    for name in ("weights", "J_regressor"):
        worst = float(np.abs(arrays[name].sum(axis=1) - 1).max())
        if worst > 0.01:
            raise BodyModelError(f"{path}: the rows of {name} should sum to one, found one off by {worst:.3g}")
