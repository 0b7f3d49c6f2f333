"""What a Toyota Smarthome file name says."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from share_data.errors import SourceError
from share_data.sources.smarthome.published import (
    ACTIVITIES,
    CAMERAS,
    COMPOSITES,
    FORMS,
    PLAYBACK_SPEED,
    SUBJECTS,
    Split,
    Subset,
    Variant,
    trimmed_splits,
    tsu_splits,
)
from share_data.text import storable

_TRIMMED = re.compile(r"([^_]+)_(p\d\d)_(r\d\d)_(v\d\d)_(c\d\d)", re.IGNORECASE | re.ASCII)
_TSU = re.compile(r"(p\d\d)_?(t\d\d)_?(c\d\d)", re.IGNORECASE | re.ASCII)
_SPELLING = {activity.casefold(): activity for activity in ACTIVITIES}


@dataclass(frozen=True, slots=True)
class Recording:
    """One video of the dataset. name: as published, whatever the file's own case, underscores and suffix.

    subject, camera: `p02`, `c03`; activity: empty in the untrimmed variant; labels: all that the name says, as records
    carry it; splits: the part it has in each protocol.
    """

    variant: Variant
    name: str
    subject: str
    camera: str
    activity: str
    labels: Mapping[str, str] = field(hash=False)
    splits: Mapping[Split, Subset] = field(hash=False)


def read_name(stem: str) -> Recording:
    """The recording that a file name without its suffix stands for.

    Letters may be of either case, as some disks change it, and the parts of an untrimmed name may be joined by
    underscores, as in the sample `P11_T13_C03`. Raises SourceError saying what is wrong with the name.
    """
    if found := _TRIMMED.fullmatch(stem):
        return _trimmed(*found.groups())
    if found := _TSU.fullmatch(stem):
        return _tsu(*found.groups())
    forms = " or ".join(FORMS.values())
    raise SourceError(f"{storable(stem)!r} is no name of the dataset, which are {forms}")


def _trimmed(written: str, *numbers: str) -> Recording:
    subject, repetition, video, camera = (number.lower() for number in numbers)
    _require_known(subject, camera)
    if written.casefold() not in _SPELLING:
        near = difflib.get_close_matches(written.casefold(), _SPELLING, n=1)
        hint = f"; nearest: {_SPELLING[near[0]]}" if near else ""
        raise SourceError(f"{storable(written)!r} is none of the dataset's activities{hint}")
    activity = _SPELLING[written.casefold()]
    top = activity.partition(".")[0]
    labels = {
        "activity": activity,
        "activity_top": top,
        "is_composite": str(top in COMPOSITES).lower(),
        "subject": subject,
        "repetition": repetition,
        "video": video,
        "camera": camera,
    }
    name = "_".join((activity, subject, repetition, video, camera))
    splits = trimmed_splits(activity, subject, camera)
    return Recording("trimmed", name, subject, camera, activity, _complete("trimmed", labels, splits), splits)


def _tsu(*numbers: str) -> Recording:
    subject, take, camera = (number.lower() for number in numbers)
    _require_known(subject, camera)
    # Times are the file's own unless the recipe has a time_scale, so a record has to say this.
    labels = {"subject": subject, "take": take, "camera": camera, "playback_speed": f"{PLAYBACK_SPEED:g}"}
    name = (subject + take + camera).upper()
    splits = tsu_splits(subject, camera)
    return Recording("tsu", name, subject, camera, "", _complete("tsu", labels, splits), splits)


def _require_known(subject: str, camera: str) -> None:
    """Without a published subject and camera a video has no place in the splits. Raises SourceError."""
    if subject not in SUBJECTS:
        raise SourceError(f"{subject!r} is none of the dataset's subjects, {' '.join(SUBJECTS)}")
    if camera not in CAMERAS:
        raise SourceError(f"{camera!r} is none of the dataset's cameras, {CAMERAS[0]} to {CAMERAS[-1]}")


def _complete(variant: Variant, labels: dict[str, str], splits: Mapping[Split, Subset]) -> dict[str, str]:
    parts = {f"split_{split}": part for split, part in splits.items()}
    return {"dataset": "toyota_smarthome", "variant": variant, **labels, **parts, "faces_blurred": "true"}
