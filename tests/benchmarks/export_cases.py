"""The clips that readers of others are tried on, exported in every format, with the truth beside them."""

import contextlib
import io
import shutil
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import numpy as np
import smplx
from exported import acted_corpus, clip_of, raised_arm, smpl_file, smplx_file, steady

from share_data.body.model import load_body
from share_data.corpus.read import Corpus, Record
from share_data.export.base import ExportOptions
from share_data.export.rotations import Y_UP
from share_data.export.run import export_corpus, format_of
from share_data.export.skeleton import NAMES
from share_data.resampling import regular

RATES = {"film": 24.0, "half": 25.0, "ntsc": 30000 / 1001, "even": 30.0}
FORMATS = (
    "amass",
    "joints_height",
    "humanml3d",
    "motion272",
    "trumans",
    "lingo",
    "humanise",
    "glb",
    "bvh",
    "c3d",
    "trc",
)


class Exports:
    """The corpus, its exports, and the truth. `root`: where they lie."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self.body = load_body(smpl_file(root))
        (root / "smplx").mkdir(exist_ok=True)
        smplx_file(root / "smplx" / "SMPLX_NEUTRAL.npz", directions=400)
        uneven = steady(60) + np.random.default_rng(0).uniform(-0.01, 0.01, 60)
        clips = [clip_of(steady(round(2 * fps), fps), name, activity="raise") for name, fps in RATES.items()]
        shutil.rmtree(root / "corpus", ignore_errors=True)
        acted_corpus(root / "corpus", self.body, [*clips, clip_of(uneven, "uneven", activity="raise")])
        self.corpus = Corpus(root / "corpus")
        options = ExportOptions(body=root / "SMPL_NEUTRAL.npz", smplx=root / "smplx" / "SMPLX_NEUTRAL.npz")
        for name in FORMATS:
            shutil.rmtree(root / name, ignore_errors=True)
            export_corpus(self.corpus, format_of(name, options), root / name)
        self._write_truth()

    def _write_truth(self) -> None:
        """`truth.npz`, for readers that run in a Python of their own: by clip, in the corpus' world."""
        told: dict[str, Any] = {"names": np.array(NAMES)}
        for record in self.corpus:
            arrays = record.arrays
            times, key = arrays["times"], record.key
            last = range(0, len(times), 7)[-1]
            pose = {name: arrays[name][last : last + 1] for name in ("global_orient", "body_pose", "transl")}
            told[f"{key}.times"], told[f"{key}.joints"] = times - times[0], arrays["joints"]
            told[f"{key}.even"] = self.truth(record, round(record.metadata["fps"], 6))
            told[f"{key}.low"] = self.body.forward(betas=arrays["betas"], **pose).vertices[0].min(axis=0)
            told[f"{key}.points"] = len(record.points)
        np.savez(self.root / "truth.npz", **told)

    def truth(self, record: Record, fps: float, y_up: bool = False) -> np.ndarray:
        """(T, 24, 3) joints, metres, at the moments of an export."""
        times = record.arrays["times"]
        joints = self.body.forward(**raised_arm(self.body, regular(times, fps), times[-1])).joints.astype(np.float64)
        return joints @ Y_UP.T if y_up else joints

    def smplx(self, **more: Any) -> Any:
        """The crafted SMPL-X model."""
        with contextlib.redirect_stdout(io.StringIO()):
            return smplx.create(str(self.root), "smplx", gender="neutral", use_pca=False, flat_hand_mean=True, **more)


def gap(found: np.ndarray, truth: np.ndarray) -> float:
    """Metres: the largest distance of a joint from the truth."""
    return float(np.linalg.norm(found - truth[:, : found.shape[1]], axis=-1).max())


def shape_gap(found: np.ndarray, truth: np.ndarray) -> float:
    """The same after the best rigid motion of all frames together, for formats that move a clip about."""
    a, b = found.reshape(-1, 3), truth[:, : found.shape[1]].reshape(-1, 3)
    u, _, vt = np.linalg.svd((a - a.mean(0)).T @ (b - b.mean(0)))
    turn = u @ np.diag([1, 1, np.sign(np.linalg.det(u @ vt))]) @ vt
    return float(np.linalg.norm((a - a.mean(0)) @ turn - (b - b.mean(0)), axis=1).max())
