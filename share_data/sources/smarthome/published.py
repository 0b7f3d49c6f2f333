"""Toyota Smarthome as published: its people, cameras, activities and splits, its licence, and where to ask for it.

Trimmed: Das et al., ICCV 2019; its splits are the lists of github.com/srijandas07/i3d_smarthome, which name 16,129
clips: the paper's 16,115 of 31 activities, and 14 of `Pour.Fromcup`, an activity that no benchmark counts. Untrimmed
(TSU): Dai et al., TPAMI 2022; its splits are the annotation files of github.com/dairui01/Toyota_Smarthome. The rules
below give those lists name by name.
"""

from collections.abc import Mapping
from typing import Literal, get_args

Variant = Literal["trimmed", "tsu"]
Split = Literal["xsub", "xview1", "xview2", "xview"]
Subset = Literal["train", "val", "test"]
Camera = Literal["c01", "c02", "c03", "c04", "c05", "c06", "c07"]
# fmt: off
Subject = Literal[
    "p02", "p03", "p04", "p06", "p07", "p09", "p10", "p11", "p12", "p13", "p14", "p15", "p16", "p17", "p18", "p19",
    "p20", "p25",
]
Activity = Literal[
    "Cook.Cleandishes", "Cook.Cleanup", "Cook.Cut", "Cook.Stir", "Cook.Usestove", "Cutbread", "Drink.Frombottle",
    "Drink.Fromcan", "Drink.Fromcup", "Drink.Fromglass", "Eat.Attable", "Eat.Snack", "Enter", "Getup", "Laydown",
    "Leave", "Makecoffee.Pourgrains", "Makecoffee.Pourwater", "Maketea.Boilwater", "Maketea.Insertteabag",
    "Pour.Frombottle", "Pour.Fromcan", "Pour.Fromcup", "Pour.Fromkettle", "Readbook", "Sitdown", "Takepills",
    "Uselaptop", "Usetablet", "Usetelephone", "Walk", "WatchTV",
]
CROSS_VIEW = frozenset({
    "Cutbread", "Drink.Frombottle", "Drink.Fromcan", "Drink.Fromcup", "Drink.Fromglass", "Eat.Attable", "Eat.Snack",
    "Enter", "Getup", "Leave", "Pour.Frombottle", "Pour.Fromcan", "Readbook", "Sitdown", "Takepills", "Uselaptop",
    "Usetablet", "Usetelephone", "Walk",
})
"""The 19 activities of both cross-view protocols."""
# fmt: on

SUBJECTS: tuple[str, ...] = get_args(Subject)
CAMERAS: tuple[str, ...] = get_args(Camera)
ACTIVITIES: tuple[str, ...] = get_args(Activity)
UNCOUNTED = frozenset({"Pour.Fromcup"})
"""Named by the published lists, but not one of the 31 activities and not counted in the 16,115 clips."""
COMPOSITES = frozenset({"Cook", "Makecoffee", "Maketea"})
"""Activities of several steps; what follows the dot is the step."""

VIDEOS: Mapping[Variant, int] = {"trimmed": 16_115, "tsu": 536}
"""How many videos a whole copy has."""
FORMS: Mapping[Variant, str] = {"trimmed": "Activity_pXX_rXX_vXX_cXX.mp4", "tsu": "PXXTXXCXX.mp4"}
SPLITS: Mapping[Variant, tuple[Split, ...]] = {"trimmed": ("xsub", "xview1", "xview2"), "tsu": ("xsub", "xview")}

PLAYBACK_SPEED = 1.25
"""Of the untrimmed videos, as reported in the dataset's own README: recorded at 20 frames a second, stored at 25. Its
authors' figures, 25,018 frames on average and 21 minutes, agree."""

LICENCE = (
    "Toyota Smarthome: research only, signed agreement needed "
    "(https://project.inria.fr/toyotasmarthome/files/2020/12/License_v2.pdf)"
)
ATTRIBUTION: Mapping[Variant, str] = {
    "trimmed": "S. Das, R. Dai, M. Koperski, L. Minciullo, L. Garattoni, F. Bremond, G. Francesca: "
    "Toyota Smarthome: Real-World Activities of Daily Living. ICCV 2019",
    "tsu": "R. Dai, S. Das, S. Sharma, L. Minciullo, L. Garattoni, F. Bremond, G. Francesca: "
    "Toyota Smarthome Untrimmed: Real-World Untrimmed Videos for Activity Detection. TPAMI 2022",
}
ACCESS = (
    "Access: fill in the request form at https://project.inria.fr/toyotasmarthome/ and, if no answer comes, write to "
    "toyotasmarthome@inria.fr; then unpack the archives of videos below `root`."
)

_TEST_SUBJECTS = frozenset({"p02", "p10", "p11", "p14", "p16", "p18", "p20"})
# The paper trains on all 11 other subjects; the lists keep two of them back for validation.
_HELD_OUT = frozenset({"p19", "p25"})
_XVIEW1: Mapping[str, Subset] = {"c01": "train", "c05": "val", "c02": "test"}
_XVIEW2: Mapping[str, Subset] = {"c03": "train", "c04": "train", "c06": "train", "c07": "train", **_XVIEW1}


def trimmed_splits(activity: str, subject: str, camera: str) -> dict[Split, Subset]:
    """The part that a trimmed clip has in each protocol; a protocol that leaves it out is absent."""
    side: Subset = "test" if subject in _TEST_SUBJECTS else "val" if subject in _HELD_OUT else "train"
    splits: dict[Split, Subset] = {"xsub": side}
    if activity in CROSS_VIEW:
        splits["xview2"] = _XVIEW2[camera]
        if camera in _XVIEW1:
            splits["xview1"] = _XVIEW1[camera]
    return splits


def tsu_splits(subject: str, camera: str) -> dict[Split, Subset]:
    """The part that an untrimmed video has in both protocols, which have no validation part."""
    return {
        "xsub": "test" if subject in _TEST_SUBJECTS else "train",
        "xview": "test" if camera in ("c02", "c05") else "train",
    }
