"""How far joints are off that readers of others give of our exports: their own code, from checkouts, unchanged.

    python tests/benchmarks/export_readers.py FOLDER --checkouts CHECKOUTS

Clips of 2 s at 30, 25, 29.97 and 24 frames a second and of uneven times, on a crafted SMPL file, are exported to
FOLDER. CHECKOUTS has the readers' repositories under their names: GMR (YanjieZe), holosoma (amazon-far), HumanML3D
(EricGuo5513), 272-dim-Motion-Representation (Li-xingXiao), trumans_utils (jnnan), lingo-release (mileret), HUMANISE
(Silverster98), smplx (vchoutas); one that is not there is told as not run. The truth is the motion at the very
moments of the exported frames, so that what resampling costs is in the error. SMPL-X is a crafted file of the
official layout.
"""

import argparse
import contextlib
import importlib.util
import io
import json
import os
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import numpy as np
import torch
from export_cases import Exports, gap, shape_gap
from exported import assert_sides

Reader = Callable[["Exports", Path], list[float]]


def module(path: Path, name: str) -> ModuleType:
    """A file of a checkout as a module."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def cells(path: Path, *wanted: str) -> dict[str, Any]:
    """What the cells of a notebook define in which one of the words stands."""
    space: dict[str, Any] = {"np": np, "torch": torch}
    for cell in json.loads(path.read_text())["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and any(word in source for word in wanted) and "__main__" not in source:
            exec(source, space)
    return space


def gmr(exports: Exports, checkout: Path) -> list[float]:
    """GMR's load_smplx_file and get_smplx_data_offline_fast, with the smplx its setup.py names: CHECKOUTS/smplx."""
    ours = {name: sys.modules.pop(name) for name in list(sys.modules) if name.split(".")[0] == "smplx"}
    sys.path.insert(0, str(checkout.parent / "smplx"))
    loader = module(checkout / "general_motion_retargeting/utils/smpl.py", "gmr_smpl")
    sys.path.pop(0)
    sys.modules |= ours
    errors = []
    for record in exports.corpus:
        (path,) = (exports.root / "amass").rglob(f"{record.key}_stageii.npz")
        with contextlib.redirect_stdout(io.StringIO()):
            data = loader.load_smplx_file(path, str(exports.root))
        frames, fps = loader.get_smplx_data_offline_fast(*data[:3], tgt_fps=30)
        assert fps == 30
        joints = np.array([[frame[name][0] for name in list(frame)[:22]] for frame in frames])
        assert_sides(joints, up=2)
        errors.append(gap(joints, exports.truth(record, 30)))
    return errors


def holosoma(exports: Exports, checkout: Path) -> list[float]:
    """holosoma's load_ori_npz_file on AMASS files, and what its load_motion_data reads of joints and height."""
    place = checkout / "src/holosoma_retargeting/holosoma_retargeting"
    source = (place / "data_utils/prep_amass_smplx_for_rt.py").read_text()
    space: dict[str, Any] = {"np": np}
    exec(source[source.index("def load_ori_npz_file") : source.index("def run_smplx_model")], space)
    model, errors = exports.smplx(num_betas=10), []
    for record in exports.corpus:
        (path,) = (exports.root / "amass").rglob(f"{record.key}_stageii.npz")
        data = space["load_ori_npz_file"](path)
        pose = torch.as_tensor(data["poses"].reshape(-1, 55, 3)[:, :22])
        zeros = torch.zeros(len(pose), 45)
        posed = model(
            betas=torch.as_tensor(data["betas"][:10])[None].repeat(len(pose), 1), global_orient=pose[:, 0],
            body_pose=pose[:, 1:].reshape(len(pose), -1), transl=torch.as_tensor(data["trans"]),
            left_hand_pose=zeros, right_hand_pose=zeros, expression=zeros[:, :10],
            jaw_pose=zeros[:, :3], leye_pose=zeros[:, :3], reye_pose=zeros[:, :3],
        ).joints.detach().numpy()[:, :22]  # fmt: skip
        errors.append(gap(posed, exports.truth(record, 30)))
        with np.load(exports.root / "joints_height" / f"{record.key}.npz") as human_data:
            assert_sides(human_data["global_joint_positions"], up=2)
            errors.append(gap(human_data["global_joint_positions"], exports.truth(record, 30)))
            assert abs(human_data["height"] - exports.body.height(record.arrays["betas"])) < 1e-6
    return errors


def humanml3d(exports: Exports, checkout: Path) -> list[float]:
    """HumanML3D's process_file on our joints, without its common skeleton, against ours; recover_from_ric on ours."""
    vars(np)["float"] = float  # Its quaternions ask numpy for it, which newer versions of numpy lack.
    sys.modules["scipy.ndimage.filters"] = __import__("scipy.ndimage").ndimage
    sys.path.insert(0, str(checkout))
    space = cells(checkout / "motion_representation.ipynb", "def process_file", "def recover_from_ric", "import *")
    space |= {"fid_l": [7, 10], "fid_r": [8, 11], "face_joint_indx": [2, 1, 17, 16], "joints_num": 22}
    space |= {"n_raw_offsets": torch.from_numpy(space["t2m_raw_offsets"]), "tgt_offsets": None}
    space |= {"kinematic_chain": space["t2m_kinematic_chain"], "uniform_skeleton": lambda positions, _: positions}
    errors = []
    for record in exports.corpus:
        truth = exports.truth(record, 20, y_up=True)
        theirs = space["process_file"](truth[:, :22].copy(), 0.002)[0]
        ours = np.load(exports.root / "humanml3d" / "new_joint_vecs" / f"{record.key}.npy")
        joints = space["recover_from_ric"](torch.from_numpy(ours)[None].float(), 22)[0].numpy()
        assert_sides(joints, up=1)
        errors += [float(np.abs(theirs - ours).max()), shape_gap(joints, truth[:-1])]
    return errors


def motion272(exports: Exports, checkout: Path) -> list[float]:
    """recover_from_local_position of the 272-d repository."""
    sys.path.insert(0, str(checkout))
    source = (checkout / "recover_visualize.py").read_text()
    space: dict[str, Any] = {"np": np, "torch": torch}
    space |= vars(module(checkout / "utils/face_z_align_util.py", "face_z"))
    exec(source[source.index("def accumulate_rotations") : source.index("# add hip height")], space)
    errors = []
    for record in exports.corpus:
        ours = np.load(exports.root / "motion272" / "motion_data" / f"{record.key}.npy").astype(np.float64)
        joints = space["recover_from_local_position"](ours, 22)
        assert_sides(joints, up=1)
        errors.append(shape_gap(joints, exports.truth(record, 30, y_up=True)))
    return errors


def trumans(exports: Exports, checkout: Path) -> list[float]:
    """TrumansDataset: every window, taken back by the matrix it gives, and its occupancy at the feet."""
    loader = module(checkout / "trumans/datasets/trumans.py", "trumans_data")
    with contextlib.redirect_stdout(io.StringIO()):
        data = loader.TrumansDataset(
            str(exports.root / "trumans"), "cpu", [-0.6, 0.6, 0, 1.2, -0.6, 0.6], seq_len=16, step=3
        )
    return flat_errors(
        exports, "trumans", [(data[number][0], data[number][2]) for number in range(len(data))], data, 24
    )


def lingo(exports: Exports, checkout: Path) -> list[float]:
    """LingoDataset, with made-up CLIP vectors."""
    folder = exports.root / "lingo"
    numbers = pickle.loads((folder / "text2features_idx.pkl").read_bytes())
    np.save(folder / "clip_features.npy", np.ones((len(numbers), 768), np.float32))
    loader = module(checkout / "code/datasets/lingo.py", "lingo_data")
    with contextlib.redirect_stdout(io.StringIO()):
        data = loader.LingoDataset(str(folder), "cpu", [-0.6, 0.6, 0.1, 1.2, -0.6, 0.6], 1, 3, [8, 8, 8], vis=False)
    return flat_errors(exports, "lingo", [(data[number][0], data[number][1]) for number in range(len(data))], data, 28)


def flat_errors(exports: Exports, name: str, windows: list[Any], data: Any, width: int) -> list[float]:
    """Windows, denormalised and taken back to their scene by their matrix, against the truth, moved with its camera."""
    told = json.loads((exports.root / name / "export.json").read_text())["cameras"]
    errors, number = [], 0
    for record in exports.corpus:
        truth = exports.truth(record, 30, y_up=True) - told[f"acted_{record.metadata['video_id']}"]["centre_m"]
        for start in range(0, len(truth) - 48 + 1, 3):
            window, matrix = windows[number]
            joints = (
                data.denormalize(np.asarray(window, np.float64).reshape(16, width, 3)) @ matrix[:3, :3].T
                + matrix[:3, 3]
            )
            errors.append(gap(joints[:, :22], truth[start : start + 48 : 3]))
            number += 1
    assert number == len(windows) > 0
    return errors


def humanise(exports: Exports, checkout: Path) -> list[float]:
    """smplx_params_to_meshes and the unpickling of HUMANISE's visualize_demo.py."""
    source = (checkout / "visualize_demo.py").read_text()
    space: dict[str, Any] = {"torch": torch, "np": np, "body_model_neutral": exports.smplx(batch_size=1)}
    exec(source[source.index("@torch.no_grad()") : source.index("def load_humanise_motions")], space)
    errors = []
    for number, record in enumerate(exports.corpus):
        poses, betas = pickle.loads((exports.root / "humanise" / "motions" / f"{number:06d}.pkl").read_bytes())
        parts = [
            torch.from_numpy(part).float()
            for part in (poses[:, :3], poses[:, 3:6], betas[None], poses[:, 6:69], poses[:, 69:])
        ]
        vertices, _ = space["smplx_params_to_meshes"](*parts)
        regressor = np.load(exports.root / "smplx" / "SMPLX_NEUTRAL.npz")["J_regressor"]
        # Of the mesh only what no pose changes can be held against joints: the pelvis' own patch.
        rest = exports.smplx(num_betas=10)(betas=parts[2]).vertices.detach().numpy()[0]
        assert len(rest) == vertices.shape[1] == regressor.shape[1]
        errors.append(gap(poses[:, None, :3] + (regressor[0] @ rest), exports.truth(record, 30)))
    return errors


READERS: dict[str, tuple[str, Reader]] = {
    "amass: GMR": ("GMR", gmr),
    "amass, joints_height: holosoma": ("holosoma", holosoma),
    "humanml3d: HumanML3D": ("HumanML3D", humanml3d),
    "motion272": ("272-dim-Motion-Representation", motion272),
    "trumans: TrumansDataset": ("trumans_utils", trumans),
    "lingo: LingoDataset": ("lingo-release", lingo),
    "humanise": ("HUMANISE", humanise),
}


def main() -> None:
    """See above."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--checkouts", type=Path, required=True)
    chosen = parser.parse_args()
    exports = Exports(chosen.folder.resolve())
    for name, (checkout, reader) in READERS.items():
        place = chosen.checkouts.resolve() / checkout
        if not place.exists():
            print(f"{name}: not run, no {place}")
            continue
        try:
            errors = reader(exports, place)
            print(f"{name}: {len(errors)} comparisons, largest error {max(errors) * 1000:.3f} mm")
        except Exception as error:
            print(f"{name}: {type(error).__name__}: {error}")


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
