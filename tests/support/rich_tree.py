"""A made-up copy of RICH, laid out and written as the real one, with predictions whose errors are known.

Three of the benchmark's videos, five cameras a scene; images are an eighth of RICH's size unless a test wants others.
The person walks in a circle; the pelvis of the SMPL truth is at `root(t)` in the world, joints and vertices at fixed
offsets from it.
"""

import json
import pickle
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from scipy.spatial.transform import Rotation

from share_data.sources.rich.published import PublishedClip, published_clips

FRAMES = 100
FIRST = {"Gym_010_lunge1": 1, "LectureHall_021_plankjack1": 14, "ParkingLot2_017_overfence2": 140}
"""RICH frame number of each sequence's first body: not zero, and not the same."""
FOCALS = (3577.0, 3569.5, 3584.25, 4650.0, 3570.0)
CENTRE = (2061.5, 1498.25)
DISTORTION = (0.012, -0.034, 0.0, 0.0)
SIZE = (514, 376)
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
        for camera, focal in enumerate(FOCALS):
            write_calibration(tree, scene, camera, focal)


def write_world(tree: Path, name: str, rotation: np.ndarray) -> None:
    """What takes camera 0's frame to the scan's: rows x to c x R + t."""
    path = tree / "multicam2world" / f"{name}_multicam2world.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"R": rotation.tolist(), "t": [0.1, 0.2, 1.5], "c": 1.0}))


def write_calibration(
    tree: Path,
    scene: str,
    camera: int,
    focal: float,
    centre: tuple[float, float] = CENTRE,
    distortion: Sequence[float] = DISTORTION,
) -> None:
    """centre: pixels at full size, OpenCV's."""
    path = tree / "scan_calibration" / scene / "calibration" / f"{camera:03d}.xml"
    path.parent.mkdir(parents=True, exist_ok=True)
    storage = cv2.FileStorage(str(path), cv2.FILE_STORAGE_WRITE)
    storage.write("CameraMatrix", world_to_camera(camera)[:3])
    storage.write("Intrinsics", np.array([[focal, 0, centre[0]], [0, focal, centre[1]], [0, 0, 1]]))
    storage.write("Distortion", np.array(distortion)[:, None])
    storage.release()


def write_images(
    tree: Path, view: str, pictures: Mapping[int, np.ndarray], suffix: str = "png", folder: str = "images"
) -> Path:
    """pictures: (H, W, 3) uint8 RGB by frame number. Returns the view's folder (`test/Gym_010_lunge1/cam_01`)."""
    place = tree / folder / view
    place.mkdir(parents=True, exist_ok=True)
    for number, picture in pictures.items():
        path = place / f"{number:05d}_{view[-2:]}.{suffix}"
        assert cv2.imwrite(str(path), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    return place


def touch_images(tree: Path, views: Iterable[str], numbers: Iterable[int] = (1,)) -> None:
    """Empty files by the names of images: enough to be listed."""
    for view in views:
        folder = tree / "images" / view
        folder.mkdir(parents=True, exist_ok=True)
        for number in numbers:
            (folder / f"{number:05d}_{view[-2:]}.jpeg").touch()


def greys(numbers: Iterable[int], size: tuple[int, int] = SIZE) -> dict[int, np.ndarray]:
    """Flat pictures, one brighter than the other: `grey_of` tells which one a decoded frame is."""
    return {number: np.full((size[1], size[0], 3), 20 + 4 * number, np.uint8) for number in numbers}


def grey_of(picture: np.ndarray) -> int:
    return round((float(picture.mean()) - 20) / 4)


def write_bodies(
    tree: Path, sequence: str, frames: int, people: Iterable[str] = (), pelvis: np.ndarray | None = None
) -> None:
    """SMPL-X parameters as RICH pickles them, one file a person and frame; people: others in the same sequence.

    pelvis: (frames, 3) metres, world; default: `root`.
    """
    subject = sequence.split("_")[1]
    pelvis = root(np.arange(frames)) if pelvis is None else pelvis
    for frame in range(frames):
        folder = tree / "bodies" / "test" / sequence / f"{FIRST[sequence] + frame:05d}"
        folder.mkdir(parents=True)
        place = (pelvis[frame : frame + 1] - ORIGIN).astype(np.float32)
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
