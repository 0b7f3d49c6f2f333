"""A made-up copy of RICH, laid out and written as the real one, with predictions whose errors are known.

Three of the benchmark's videos, four cameras a scene. The person walks in a circle; the pelvis of the SMPL
truth is at `root(t)` in the world, joints and vertices at fixed offsets from it.
"""

import pickle
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
from scipy.spatial.transform import Rotation

from share_data.evaluation.rich_published import PublishedClip, published_clips

FRAMES = 100
FIRST = {"Gym_010_lunge1": 1, "LectureHall_021_plankjack1": 14, "ParkingLot2_017_overfence2": 140}
"""RICH frame number of each sequence's first body: not zero, and not the same."""
FOCALS = (3577.0, 3569.5, 3584.25, 4650.0, 3570.0)
_rng = np.random.default_rng(7)
JOINTS = np.concatenate([np.zeros((1, 3)), _rng.normal(0, 0.3, (23, 3))])
VERTICES = _rng.normal(0, 0.3, (6890, 3))
ORIGIN = np.array([0.003, -0.35, 0.012])
"""SMPL-X's rest pelvis: what lies between `transl` and the root joint."""


def clip(name: str) -> PublishedClip:
    return next(clip for clip in published_clips() if clip.name == name)


def root(frames: np.ndarray) -> np.ndarray:
    """(T, 3) pelvis in the world, metres: an ellipse around a point 5 m ahead of camera 0, up to 2 cm a frame."""
    return np.stack([np.sin(frames / 50), 0.3 + 0 * frames, 5 + 0.5 * np.cos(frames / 50)], axis=1)


def world_to_camera(camera: int) -> np.ndarray:
    """(4, 4): camera 0 is the world; the others stand around the scene."""
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("yxz", [11 * camera, 4 * camera, camera], degrees=True).as_matrix()
    matrix[:3, 3] = [-0.8 * camera, 0.1 * camera, 0.3 * camera]
    return matrix


def to_camera(points: np.ndarray, camera: int) -> np.ndarray:
    matrix = world_to_camera(camera)
    return np.asarray(points @ matrix[:3, :3].T + matrix[:3, 3])


def truth(clip: PublishedClip) -> dict[str, np.ndarray]:
    """World frame: joints (100, 24, 3), vertices (100, 6890, 3)."""
    pelvis = root(clip.first + np.arange(FRAMES))[:, None]
    return {"joints": pelvis + JOINTS, "vertices": pelvis + VERTICES}


def write_calibrations(tree: Path, scenes: Iterable[str] = ("Gym", "LectureHall", "ParkingLot2")) -> None:
    """By OpenCV itself, as RICH's were."""
    for scene in scenes:
        folder = tree / "scan_calibration" / scene / "calibration"
        folder.mkdir(parents=True)
        for camera, focal in enumerate(FOCALS):
            storage = cv2.FileStorage(str(folder / f"{camera:03d}.xml"), cv2.FILE_STORAGE_WRITE)
            storage.write("CameraMatrix", world_to_camera(camera)[:3])
            storage.write("Intrinsics", np.array([[focal, 0, 2061.5], [0, focal, 1498.25], [0, 0, 1]]))
            storage.write("Distortion", np.array([[0.012], [-0.034], [0.0], [0.0]]))
            storage.release()


def write_bodies(tree: Path, sequence: str, frames: int, people: Iterable[str] = ()) -> None:
    """SMPL-X parameters as RICH pickles them, one file a person and frame; people: others in the same sequence."""
    subject = sequence.split("_")[1]
    for frame in range(frames):
        folder = tree / "bodies" / "test" / sequence / f"{FIRST[sequence] + frame:05d}"
        folder.mkdir(parents=True)
        place = (root(np.array([frame])) - ORIGIN).astype(np.float32)
        for person, transl in ((subject, place), *((other, place + 2) for other in people)):
            parameters = {
                "body_pose": np.zeros((1, 63), np.float32),
                "global_orient": np.zeros((1, 3), np.float32),
                "transl": transl,
                "betas": np.zeros((1, 10), np.float32),
            }
            (folder / f"{person}.pkl").write_bytes(pickle.dumps(parameters, protocol=2))


def save(
    folder: Path, clip: PublishedClip, arrays: dict[str, np.ndarray], parts: Iterable[str] = ("joints", "vertices")
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for part in parts:
        if part in arrays:
            np.save(folder / f"{clip.name}_{part}.npy", arrays[part])


def build(tree: Path, names: Iterable[str]) -> None:
    """Calibrations of the three scenes and the true joints of the clips called `names`."""
    write_calibrations(tree)
    for name in names:
        save(tree / "smpl", clip(name), truth(clip(name)), ["joints"])
