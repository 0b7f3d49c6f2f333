"""Where things lie in a RICH copy and in a folder of saved motions.

    TREE/[data/]scan_calibration/SCENE/calibration/00k.xml       cameras
    TREE/[data/]smpl/CLIP_joints.npy, CLIP_vertices.npy          truth as SMPL, world frame, exported by the user
    TREE/[data/]bodies/SPLIT/SEQUENCE/FRAME/SUBJECT.pkl          truth as SMPL-X (optional: checks the export)
    PREDICTIONS/CLIP_joints.npy, CLIP_vertices.npy, predictions.json

CLIP is `Gym_010_lunge1_batch00`. Folders work too (`CLIP/joints.npy`), and clips named with their camera
(`Gym_010_lunge1_cam1_batch00`), as SHARE's own evaluation writes them.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from share_data.body.array_files import npy_header, read_npy
from share_data.body.units import other_unit
from share_data.camera import Floats
from share_data.errors import ArrayFileError, CorpusError, ShareDataError, SourceError
from share_data.sources.rich.published import CLIP_FRAMES, PublishedClip

Part = Literal["joints", "vertices"]
SHAPES: dict[Part, tuple[int, int, int]] = {"joints": (CLIP_FRAMES, 24, 3), "vertices": (CLIP_FRAMES, 6890, 3)}
SPLIT = "test"
_FARTHEST = 1e4
"""Metres from the origin that a coordinate may be: beyond, it is damage, and its square is none of float32."""
_BODY, _TALLEST = (0.25, 4.0), 20.0
"""Metres that a body is from end to end, and that one may be: a poor prediction is for the evaluation to judge."""


@dataclass(frozen=True, slots=True)
class RichTree:
    """A RICH copy; `root` holds `scan_calibration`."""

    root: Path

    @property
    def truth(self) -> Path:
        """Folder of the SMPL ground truth that the user exported."""
        return self.root / "smpl"

    def calibration(self, clip: PublishedClip) -> Path:
        """Calibration file of the clip's camera, whether it exists or not."""
        return self.calibration_of(clip.scene, clip.camera)

    def calibration_of(self, scene: str, camera: int) -> Path:
        """Calibration file of a scene's camera, whether it exists or not."""
        return self.root / "scan_calibration" / scene / "calibration" / f"{camera:03d}.xml"

    def world_of(self, scene: str, scan: str) -> Path:
        """File that takes the frame of a scene's camera 0 to that of its scan, whether it exists or not.

        scan: RICH's name of it, such as `scan_yoga_scene_camcoord` where a scene was scanned more than once.
        """
        which = scan.removeprefix("scan_").removesuffix("camcoord").removesuffix("_scene_").strip("_")
        names = (f"{scene}_{which}", scene)
        paths = [self.root / "multicam2world" / f"{name}_multicam2world.json" for name in names]
        return next((path for path in paths if path.is_file()), paths[-1])

    def body_frames(self, clip: PublishedClip) -> list[int]:
        """RICH frame numbers of the clip: a hundred of the sequence's body folders, in order; empty without bodies."""
        return list(map(int, self._frames(SPLIT, clip.sequence)[clip.first : clip.first + CLIP_FRAMES]))

    def people(self, split: str, sequence: str) -> int:
        """How many people have a body in the first frame of a sequence; 0 without bodies."""
        frames = self._frames(split, sequence)
        return len(list((self.root / "bodies" / split / sequence / frames[0]).glob("*.pkl"))) if frames else 0

    def _frames(self, split: str, sequence: str) -> list[str]:
        """Names of the body folders of a sequence, in order; empty without bodies."""
        folder = self.root / "bodies" / split / sequence
        if not folder.is_dir():
            return []
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if _is_frame(entry))

    def body(self, clip: PublishedClip, frame: int) -> Path:
        """Body file of the clip's person in RICH frame `frame`, whether it exists or not."""
        return self.root / "bodies" / SPLIT / clip.sequence / f"{frame:05d}" / f"{clip.subject}.pkl"


def open_tree(path: Path) -> RichTree:
    """The RICH copy in folder `path` or `path/data`. Raises SourceError when neither holds `scan_calibration`."""
    for root in (path, path / "data"):
        if (root / "scan_calibration").is_dir():
            return RichTree(root)
    cause = "there is no such folder" if not path.is_dir() else "neither it nor its folder data holds scan_calibration"
    raise SourceError(
        f"{path}: not a copy of RICH, {cause}. Give the folder that the archives of https://rich.is.tue.mpg.de were "
        "extracted into; the calibrations are in scan_calibration."
    )


def saved_array(folder: Path, clip: PublishedClip, part: Part) -> Path | None:
    """The file of a clip's joints or vertices in a folder of saved motions, None when there is none."""
    with_camera = f"{clip.sequence}_cam{clip.camera}_batch{clip.batch:02d}"
    for name in (clip.name, with_camera):
        for path in (folder / f"{name}_{part}.npy", folder / name / f"{part}.npy"):
            if path.is_file():
                return path
    return None


def read_array(path: Path, part: Part, error: type[ShareDataError], gaps: bool = False) -> Floats:
    """A saved clip, float64 metres: joints (100, 24, 3) or vertices (100, 6890, 3).

    With `gaps`, frames that hold a value that is not finite come back as NaN throughout; else they are an error.
    Raises `error` naming the file, what was expected and what was found: another shape, another unit.
    """
    expected = f"expected {part} of shape {SHAPES[part]}, one person, {CLIP_FRAMES} frames, metres"
    try:
        header = npy_header(path)
        if header.shape != SHAPES[part] or header.dtype.kind != "f":
            found = f"{header.dtype} of shape {header.shape}"
            raise error(f"{path}: {expected}, found {found}. Save each of the clip's frames once, in order.")
        values = np.asarray(read_npy(path), np.float64)
    except ArrayFileError as cause:
        raise error(f"{cause}; {expected}. Save it again.") from cause
    bad = ~np.isfinite(values).all(axis=(1, 2))
    if bad.any() and not gaps:
        raise error(
            f"{path}: {bad.sum()} frame(s) hold values that are not finite, the first is frame {int(bad.argmax())} of "
            "the clip. An evaluation needs every frame: leaving out the hard ones would flatter the method."
        )
    values[bad] = np.nan
    _check_lengths(path, values[~bad], error)
    return values


def _check_lengths(path: Path, values: Floats, error: type[ShareDataError]) -> None:
    """Raises `error` for bodies in another unit, and for places that are none. values: (T, N, 3), finite."""
    if not len(values):
        return
    size = float(np.median(np.ptp(values, axis=1).max(axis=1)))
    if size > _TALLEST and (unit := other_unit(size, *_BODY)):
        raise error(
            f"{path}: the body is {size:.4g} from end to end, so it is in {unit.name}; metres are expected. Divide by "
            f"{unit.in_a_metre}, and save it again."
        )
    farthest = float(np.abs(values).max())
    if farthest > _FARTHEST:
        raise error(f"{path}: holds a coordinate of {farthest:.4g} m, which is no place in a scene. Save it again.")


def require_folder(path: Path) -> None:
    """Raises CorpusError when there is no folder `path` of predictions."""
    if not path.is_dir():
        raise CorpusError(
            f"{path}: there is no such folder. Predictions are saved as CLIP_joints.npy {SHAPES['joints']} and, for "
            f"V2V, CLIP_vertices.npy {SHAPES['vertices']}, for example Gym_010_lunge1_batch00_joints.npy."
        )


def _is_frame(entry: "os.DirEntry[str]") -> bool:
    return len(entry.name) == 5 and entry.name.isascii() and entry.name.isdigit() and entry.is_dir()
