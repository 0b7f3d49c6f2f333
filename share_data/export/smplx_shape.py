"""SMPL-X shapes for SMPL bodies: the two shape spaces have nothing in common but the joints they put into a body."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from share_data.body.array_files import read_npz
from share_data.body.pickles import restricted_load
from share_data.body.sparse_matrices import is_sparse
from share_data.camera import Floats
from share_data.errors import ArrayFileError, BodyModelError
from share_data.export.skeleton import BODY, resting

BETAS = 16
_OWN_BETAS = 300
"""Files with at least so many directions hold as many of shape; others hold ten, then those of the face."""
_SPREAD_M = 0.002
"""How far rest joints of the two models may differ before a beta is bent by one standard deviation."""
_NAMES = ("v_template", "shapedirs", "J_regressor")


@dataclass(frozen=True, slots=True)
class SmplxShape:
    """Rest joints of an SMPL-X file. mean: (22, 3) metres; directions: (22, 3, B), of its first B betas."""

    mean: Floats
    directions: Floats

    def fitted(self, offsets: Floats, betas: int = BETAS) -> tuple[Floats, Floats, float]:
        """The SMPL-X shape whose rest joints lie nearest to those of a body (least squares, ridge of one sigma).

        Args:
            offsets: (24, 3) metres, of a SMPL body, see `skeleton.rest_offsets`.
            betas: how many of them the format has.

        Returns:
            (16,) betas; (3,) its rest pelvis, metres; and how far off a rest joint is at most, metres.
        """
        wanted = resting(offsets)[1:BODY]
        base = self.mean[1:] - self.mean[0]
        directions = self.directions[..., :betas]
        along = (directions[1:] - directions[0]).reshape(-1, directions.shape[2])
        normal = along.T @ along + _SPREAD_M**2 * np.eye(along.shape[1])
        found = np.linalg.solve(normal, along.T @ (wanted - base).ravel())
        misfit = np.linalg.norm(base + (along @ found).reshape(base.shape) - wanted, axis=1).max()
        whole = np.zeros(BETAS)
        whole[: len(found)] = found
        return whole, self.mean[0] + directions[0] @ found, float(misfit)


def smplx_shape_for(form: str, path: Path | None) -> SmplxShape:
    """The shape space of the file a user gave for a format. Raises BodyModelError where there is none."""
    if path is None:
        raise BodyModelError(
            f"{form}: SMPL-X has another rest pelvis and other betas than SMPL. Give the path of your "
            "SMPLX_NEUTRAL.npz with --smplx."
        )
    return read_smplx_shape(path)


def read_smplx_shape(path: Path) -> SmplxShape:
    """The rest joints of the user's SMPL-X file (.npz or .pkl). Raises BodyModelError naming file, cause and remedy."""
    try:
        arrays = read_npz(path, _NAMES) if path.suffix == ".npz" else restricted_load(path)
        regressor: Any = arrays["J_regressor"]
        dense = np.asarray(regressor.toarray() if is_sparse(regressor) else regressor, np.float64)
        template, directions = (np.asarray(arrays[name], np.float64) for name in _NAMES[:2])
        if dense.shape != (55, len(template)) or directions.shape[:2] != template.shape or directions.shape[2] < 10:
            raise ValueError(f"J_regressor {dense.shape}, v_template {template.shape}, shapedirs {directions.shape}")
        betas = BETAS if directions.shape[2] >= _OWN_BETAS else 10
        found = SmplxShape(dense[:BODY] @ template, np.einsum("jv,vxb->jxb", dense[:BODY], directions[..., :betas]))
        if not (np.isfinite(found.mean).all() and np.isfinite(found.directions).all()):
            raise ValueError("numbers that are not finite")
    except (ArrayFileError, KeyError, ValueError, IndexError, OSError) as error:
        raise BodyModelError(
            f"{path}: is no SMPL-X model ({error}). Get SMPLX_NEUTRAL.npz from https://smpl-x.is.tue.mpg.de and give "
            "its path with --smplx."
        ) from error
    return found
