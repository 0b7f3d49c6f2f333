"""SMPL model files: found, read without running anything in them, and checked."""

from collections.abc import Sequence
from pathlib import Path

from share_data.body.array_files import read_npz
from share_data.body.model_arrays import SHAPES, BodyArrays, checked_arrays
from share_data.body.model_names import gender_of, look_below, names_of
from share_data.body.pickles import restricted_load
from share_data.errors import ArrayFileError, BodyModelError
from share_data.store.hashing import file_sha256

_MOST_SHOWN = 8
GENDERS = ("neutral", "male", "female")


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
    try:
        return checked_arrays(path, read_npz(path, SHAPES) if path.suffix == ".npz" else restricted_load(path))
    except ArrayFileError as error:
        raise BodyModelError(str(error)) from error


def read_label(path: Path) -> str:
    """The gender of a mannequin that this package built, told by the array `mannequin`; empty for every other file.

    Raises BodyModelError for a damaged one.
    """
    if path.suffix != ".npz":
        return ""
    try:
        label = read_npz(path, ("mannequin",)).get("mannequin")
    except ArrayFileError as error:
        raise BodyModelError(str(error)) from error
    text = "" if label is None or label.size != 1 else str(label.reshape(())[()])
    if label is not None and text not in GENDERS:
        raise BodyModelError(f"{path}: its label `mannequin` is {text[:40]!r}, none of {', '.join(GENDERS)}")
    return text
