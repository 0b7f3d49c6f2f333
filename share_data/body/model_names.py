"""What SMPL's files are called, and where below a folder they lie."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from share_data.errors import BodyModelError

_NAME = re.compile(r"(?:SMPL|basicmodel)_(neutral|male|female|m|f)(?=[_.])", re.IGNORECASE)
_MODEL = re.compile(_NAME.pattern + r"(?:_lbs_10_207_0_v1\.[^/]*)?\.(?:npz|pkl)", re.IGNORECASE)
_LETTER = {"neutral": "neutral", "male": "m", "female": "f"}
MOST_FOLDERS = 10_000
"""So many are looked through for a model at most, which takes seconds on a slow disk."""


def gender_of(name: str) -> str:
    """The gender that an official file name tells, or an empty string."""
    found = _NAME.match(name)
    return {"m": "male", "f": "female"}.get(found[1].lower(), found[1].lower()) if found else ""


def names_of(gender: str) -> list[str]:
    """The names that a model of this gender has, capitals aside."""
    official = f"basicmodel_{_LETTER[gender]}_lbs_10_207_0_v1.*.pkl"
    return [f"SMPL_{gender.upper()}.npz", f"SMPL_{gender.upper()}.pkl", official]


@dataclass(frozen=True, slots=True)
class Looked:
    """What a search has found. models: of the gender, all at one depth; others: what else a model could be."""

    models: tuple[Path, ...]
    others: tuple[Path, ...]


def look_below(folder: Path, gender: str) -> Looked:
    """The models of a gender that lie nearest below a folder, which is looked through level by level.

    Raises BodyModelError where there are too many folders, OSError when `folder` cannot be listed.
    """
    next(folder.iterdir(), None)  # Else a folder that is not there would be an empty one.
    others: list[Path] = []
    for files in _levels(folder):
        models = tuple(file for file in files if _MODEL.fullmatch(file.name) and gender_of(file.name) == gender)
        if models:
            return Looked(models, tuple(others))
        others += files
    return Looked((), tuple(others))


def _levels(folder: Path) -> Iterator[list[Path]]:
    """The .npz and .pkl files of a folder, of its folders, of theirs and so on; links are followed, and no loops."""
    level, seen = [folder], {folder.resolve()}
    while level:
        files: list[Path] = []
        below: dict[Path, Path] = {}
        for entry in (entry for place in level for entry in _listed(place)):
            if entry.suffix.lower() in (".npz", ".pkl") and entry.is_file():
                files.append(entry)
            elif not entry.name.startswith(".") and entry.is_dir() and entry.resolve() not in seen:
                below.setdefault(entry.resolve(), entry)
        yield files
        seen |= below.keys()
        level = list(below.values())
        if len(seen) > MOST_FOLDERS:
            raise BodyModelError(
                f"{folder}: more than {MOST_FOLDERS} folders lie below, and no SMPL model in those looked through. "
                "Give the path of the file, or of a folder nearer to it."
            )


def _listed(place: Path) -> list[Path]:
    try:
        return sorted(place.iterdir())
    except OSError:  # One that may not be read holds nothing for us.
        return []
