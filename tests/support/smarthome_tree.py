"""Made-up copies of Toyota Smarthome: names of the published kinds in the published numbers, and skeletons.

The numbers of videos by person and camera were counted in the authors' own lists, of trimmed clips in the splits of
github.com/srijandas07/i3d_smarthome, of untrimmed ones in smarthome_CS_51.json of github.com/dairui01/Toyota_Smarthome.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from share_data.sources.smarthome.published import ACTIVITIES, CROSS_VIEW, UNCOUNTED

# By person: clips of the 19 cross-view activities by camera c01 to c07; of the 12 others; and untrimmed videos.
_COUNTS = """
p02  38  83  72  75 210 113  52 |  0  0  31  22  23  61   0 |  1  2  3  4  8  7  3
p03 103 106  82 325 395  72  37 |  0  0  48  29  32  50  13 |  4  4  3  8  9  3  3
p04 108 115  72 187 222  81  65 |  0  0  52  26  32  55  22 |  5  6  5  6  6  5  5
p06 201 163  54 137 121  55  40 |  0  0  48  31  34  44  12 |  9  7  2  6  5  2  2
p07  86  93  48  18 195  70  46 |  0  0  79   4  66 108  35 |  5  5  6  1  7  4  4
p09 144   0  83 136 139  62  31 |  0  0  85  36  30  96  38 |  4  0  5  7  6  5  5
p10 114   0  97 218 215  68  54 |  0  0  78  17  39  81  12 |  2  0  4  6  6  4  4
p11 101   0  23 204   0  38  31 |  0  0  45   5   0  32  34 |  5  0  3  7  0  2  2
p12   0   0   0 280 357  53  32 |  0  0   0   6  93  16   6 |  0  0  0  6  7  3  3
p13 179 209  47 215  46  48  47 |  0  0  32   2  13  25  11 |  6  5  3  7  2  3  3
p14 122 219   0 343 454  10  27 |  0  0   0   8  47   6   2 |  4  5  0  8  8  1  2
p15 115 186  88 176 170 158  71 |  0  0  56   7  17  64  26 |  5  5  5  7  7  5  5
p16  88 165  65  86 111 104  37 |  0  0  40   2  35  38  31 |  5  6  4  5  5  4  4
p17  99 158  66 129 231  79  48 |  0  0  60   4  26  57  24 |  3  4  5  6  6  5  5
p18  81 130  29  57 100   0  31 |  0  0  39   5  35   0  18 |  4  4  3  6  6  0  3
p19 136 132  29 142 228  81   0 |  0  0  27   3  42  34   0 |  4  3  4  5  5  4  0
p20  80   0  26  97 162   0  71 |  0  0  42   7  50   0  47 |  5  0  2  7  7  0  4
p25  82 142  84 152 183  99  76 |  0  0  49  30  35  35  32 |  4  4  5  7  7  5  4
"""
# Pour.Fromcup is in the lists, but not one of the 31 activities.
_UNCOUNTED = {("p11", "c03"): 4, ("p11", "c04"): 7, ("p13", "c06"): 2, ("p19", "c01"): 1}
CROSS = sorted(CROSS_VIEW)
OTHER = sorted(set(ACTIVITIES) - CROSS_VIEW - UNCOUNTED)


def _cells(block: int) -> Iterator[tuple[str, str, int]]:
    """Person, camera and number, for one of the three blocks of the table."""
    for line in _COUNTS.strip().splitlines():
        person, *counts = line.replace("|", " ").split()
        for camera in range(7):
            yield person, f"c{camera + 1:02d}", int(counts[7 * block + camera])


def trimmed_names() -> Iterator[str]:
    """The names of 16,129 clips, distinct: as many of each person, camera and kind of activity as the lists have."""
    cells = [(CROSS, *cell) for cell in _cells(0)] + [(OTHER, *cell) for cell in _cells(1)]
    cells += [(sorted(UNCOUNTED), *place, count) for place, count in _UNCOUNTED.items()]
    for activities, person, camera, count in cells:
        for k in range(count):
            take = k // len(activities)
            activity = activities[k % len(activities)]
            yield f"{activity}_{person}_r{take % 50:02d}_v{take // 50 + 1:02d}_{camera}.mp4"


def tsu_names() -> Iterator[str]:
    """The names of 536 untrimmed videos."""
    for person, camera, count in _cells(2):
        for take in range(count):
            yield f"{person}t{take + 1:02d}{camera}".upper() + ".mp4"


def touch(root: Path, *names: str) -> Path:
    """Empty files of these names below `root`."""
    for folder in {(root / name).parent for name in names}:
        folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (root / name).touch()
    return root


def pose(frame: int) -> tuple[np.ndarray, np.ndarray]:
    """(13, 2) pixels and (13, 3) metres of a person in this frame, every number different."""
    joints = np.arange(13.0)
    pixels = np.stack([100 + joints + frame, 300 + 2 * joints + frame], axis=1)
    return pixels, np.stack([0.01 * joints, 1 + 0.02 * joints, 3 + 0.03 * joints + 0.001 * frame], axis=1)


def skeleton_json(people: Iterable[int]) -> dict[str, Any]:
    """As the dataset writes them: so many persons in each frame, all alike; all x, then all y, then all z."""
    frames = []
    for number, count in enumerate(people):
        pixels, space = pose(number)
        person = {"pose2d": pixels.T.ravel().tolist(), "pose3d": space.T.ravel().tolist()}
        frames.append([person] * count)
    return {"njts": 13, "K": 1, "frames": frames}


def write_skeleton(path: Path, people: Iterable[int]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(skeleton_json(people)))
    return path
