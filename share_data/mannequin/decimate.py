"""From MakeHuman's 13380 vertices to SMPL's 6890, exactly, keeping the body closed and symmetric."""

import numpy as np

from share_data.camera import Floats
from share_data.errors import MissingDependencyError
from share_data.mannequin.makehuman import BODY_VERTICES
from share_data.records import Ints

FACES = 13776
"""SMPL's count. A closed surface without holes has F = 2V - 4, so these faces have 6890 vertices."""
AGGRESSIVENESS = 7
"""fast-simplification stops short of the count with less (at 3 it stalls near 11500 vertices)."""


def decimate(vertices: Floats, faces: Ints, mirror: Ints) -> tuple[Ints, Ints, Ints]:
    """Which vertices to keep, and the faces between them.

    Only the left half is decimated, its border on the plane x = 0 untouched, and then mirrored, so that both halves
    have the same triangles. Every vertex kept is one of the original ones, so targets and weights carry over.

    vertices: (N, 3), faces: (F, 3), mirror: (N,) as in `MakeHuman`. Returns kept: (6890,) numbers of original vertices,
    faces: (13776, 3) into `kept`, mirror: (6890,) into `kept`.
    """
    left = faces[vertices[faces, 0].mean(axis=1) > 0]
    half = _nearest_originals(vertices, *_simplify(vertices[:BODY_VERTICES], left, FACES // 2))
    other = mirror[half][:, ::-1]
    both = np.concatenate([half, other])
    kept = np.unique(both)
    position = np.full(len(vertices), -1)
    position[kept] = np.arange(len(kept))
    return kept, position[both], position[mirror[kept]]


def _simplify(vertices: Floats, faces: Ints, count: int) -> tuple[Ints, Ints, Floats, Ints]:
    """Decimates to `count` faces. Returns `faces` and `used` (M,) of the open mesh, the new points, and for every used
    vertex the number of the new point it was merged into."""
    try:
        import fast_simplification
    except ImportError as error:
        raise MissingDependencyError(
            "building the mannequin needs fast-simplification: pip install 'share-data[mannequin-builder]'"
        ) from error
    used, local = np.unique(faces, return_inverse=True)
    points, simple, collapses = fast_simplification.simplify(
        vertices[used],
        local.reshape(-1, 3).astype(np.int32),
        target_count=count,
        agg=AGGRESSIVENESS,
        return_collapses=True,
        preserve_border=True,
    )
    root = np.arange(len(used))
    for into, gone in collapses[::-1]:
        root[gone] = root[into]
    survivors = np.unique(root)
    return simple, used, points, np.searchsorted(survivors, root)


def _nearest_originals(vertices: Floats, faces: Ints, used: Ints, points: Floats, merged_into: Ints) -> Ints:
    """The faces with each new point replaced by the nearest of the original vertices that were merged into it."""
    distance = np.linalg.norm(vertices[used] - points[merged_into], axis=1)
    order = np.lexsort((distance, merged_into))
    first = np.searchsorted(merged_into[order], np.arange(len(points)))
    return used[order[first]][faces]
