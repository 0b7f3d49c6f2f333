"""SMPL's 24 joints on MakeHuman's rig: where each joint lies, and which of the 163 bones moves with it."""

import numpy as np

from share_data.camera import Floats
from share_data.mannequin.makehuman import MakeHuman
from share_data.records import Ints

PARENTS = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21)
MIRROR = (0, 2, 1, 3, 5, 4, 6, 8, 7, 9, 11, 10, 12, 14, 13, 15, 17, 16, 19, 18, 21, 20, 23, 22)
"""The joint on the other side of the body; its own number for those in the middle."""

_MIDDLE = {
    0: ("joint-pelvis", "joint-spine-4"),
    3: ("joint-spine-3",),
    6: ("joint-spine-2",),
    9: ("joint-spine-1",),
    12: ("joint-neck",),
    15: ("joint-head",),
}
_LEFT = {
    1: ("upper-leg",),
    4: ("knee",),
    7: ("ankle",),
    10: tuple(f"toe-{toe}-1" for toe in range(1, 6)),
    13: ("clavicle",),
    16: ("shoulder",),
    18: ("elbow",),
    20: ("hand",),
    22: tuple(f"finger-{finger}-1" for finger in range(2, 6)),
}
# The bone at which each joint's part of the body begins; every other bone goes with its parent. The pelvis keeps the
# two lowest spine bones, and the wrist the thumb: SMPL's hand joint lies between the knuckles.
_BONES_MIDDLE = {"root": 0, "spine03": 3, "spine02": 6, "spine01": 9, "neck01": 12, "head": 15}
_BONES_LEFT = {
    "upperleg01": 1,
    "lowerleg01": 4,
    "foot": 7,
    **{f"toe{toe}-1": 10 for toe in range(1, 6)},
    "clavicle": 13,
    "upperarm01": 16,
    "lowerarm01": 18,
    "wrist": 20,
    **{f"finger{finger}-1": 22 for finger in range(2, 6)},
}


def joint_cubes(data: MakeHuman) -> list[Ints]:
    """For each of the 24 joints, the numbers of the helper vertices whose mean it is."""
    cubes: dict[int, list[str]] = {joint: list(names) for joint, names in _MIDDLE.items()}
    for joint, parts in _LEFT.items():
        cubes[joint] = [f"joint-l-{part}" for part in parts]
        cubes[MIRROR[joint]] = [f"joint-r-{part}" for part in parts]
    return [np.concatenate([data.cubes[name] for name in cubes[joint]]) for joint in range(24)]


def skin_weights(data: MakeHuman) -> Floats:
    """(N, 24) float64: the rig's weights summed over the bones that go with each joint, symmetric, rows sum to one."""
    total: Floats = np.zeros((len(data.vertices), 24))
    for bone, (vertices, values) in data.weights.items():
        np.add.at(total[:, _joint_of(bone, data.bones)], vertices, values)
    total = (total + total[data.mirror][:, MIRROR]) / 2
    sums = total.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(total, sums, out=total, where=sums > 0))


def _joint_of(bone: str, parents: dict[str, str]) -> int:
    anchors = dict(_BONES_MIDDLE)
    for name, joint in _BONES_LEFT.items():
        anchors[f"{name}.L"] = joint
        anchors[f"{name}.R"] = MIRROR[joint]
    while bone not in anchors:
        bone = parents[bone]
    return anchors[bone]
