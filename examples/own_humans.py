"""Your own estimator's arrays as `humans`: an NPZ a video, read where a build would estimate.

    python examples/own_humans.py VIDEO.mp4 TRACKS

TRACKS/VIDEO.npz holds, for all N frames, in the camera frame (x right, y down, z forward): global_orient (N, 3) and
body_pose (N, 69), axis-angle radians; betas (10,); transl (N, 3) metres, SMPL's own; masks (N, H, W) bool, of the
upright image; focal, the pixels they were estimated with. For recipes name the class in a package of yours, as
own_filter/pyproject.toml does: `[project.entry-points."share_data.humans"]`, `own_arrays = "own_humans:OwnArrays"`;
then `humans: {kind: own_arrays, folder: TRACKS}` is all a recipe needs.
"""

import sys
from pathlib import Path
from typing import Any, ClassVar, Literal

import cv2
import numpy as np

from share_data.body.model import BodyModel, load_body
from share_data.camera import Floats, Intrinsics
from share_data.errors import EstimationError
from share_data.pipeline.camera.focal import rescale_translations
from share_data.pipeline.geometry.ground_plane import GroundPlaneConfig, GroundPlaneEstimator
from share_data.pipeline.keyframes import KeyframesConfig
from share_data.pipeline.placement.place import PlacementOptions
from share_data.pipeline.reconstruct import ReconstructOptions, assemble, estimate_geometry
from share_data.pipeline.scene.fusion import SceneConfig
from share_data.pipeline.scene.scale import ScaleConfig
from share_data.pipeline.shown import keyframes_of
from share_data.records import Clip, EstimatorInfo, MaskStack, PersonTrack, Reconstruction, Video
from share_data.store.hashing import file_sha256
from share_data.strict import StrictModel
from share_data.video.frames import ClipFrames, probe


class OwnArraysConfig(StrictModel):
    """What a recipe says."""

    kind: Literal["own_arrays"] = "own_arrays"
    folder: str


class OwnArrays:
    """The contract is `pipeline.humans.base.HumanEstimator`. If your shapes are SMPL's: `needs_smpl_body = True`."""

    kind: ClassVar[str] = "own_arrays"
    Config: ClassVar[Any] = OwnArraysConfig

    def __init__(self, config: OwnArraysConfig, body: BodyModel) -> None:
        self.folder, self.body = Path(config.folder), body

    @property
    def info(self) -> EstimatorInfo:
        """With the arrays' hashes, so that a build does again what rests on arrays that have changed."""
        return EstimatorInfo(self.kind, 1, {path.name: file_sha256(path) for path in sorted(self.folder.glob("*.npz"))})

    def estimate(self, frames: ClipFrames, times: Floats, intrinsics: Intrinsics) -> PersonTrack:
        """The arrays of the clip's frames, for the focal that the build has chosen."""
        path = self.folder / f"{frames.path.stem}.npz"
        if not path.exists():
            raise EstimationError(f"{path} does not exist. Run your estimator on {frames.path.name}.")
        arrays, part = np.load(path), slice(frames.start, frames.stop)
        masks, betas = arrays["masks"][part], arrays["betas"].astype(np.float32)
        boxes = [(x, y, x + w, y + h) for x, y, w, h in (cv2.boundingRect(mask.astype(np.uint8)) for mask in masks)]
        used = Intrinsics.centred(float(arrays["focal"]), frames.width, frames.height)
        transl = rescale_translations(arrays["transl"][part], self.body.rest_pelvis(betas), used, intrinsics)
        valid = masks.any(axis=(1, 2))
        return PersonTrack(
            arrays["global_orient"][part].astype(np.float32), arrays["body_pose"][part].astype(np.float32), betas,
            transl.astype(np.float32), np.array(boxes, np.float32), valid, valid.astype(np.float32),
            MaskStack.pack(list(masks)), intrinsics, self.info,
        )  # fmt: skip


def reconstruct(path: Path, folder: str, focal: float) -> Reconstruction:
    """A whole video as one clip: scene without a depth network, person placed, world frame."""
    body, info = load_body(), probe(path)
    video, size = Video("own", path.stem, path.name), (info.width, info.height)
    clip = Clip(video, path, file_sha256(path), 0, info.n_frames, info.times, *size)
    frames = ClipFrames(path, 0, info.n_frames, *size)
    camera = Intrinsics.centred(focal, *size)
    track = OwnArrays(OwnArraysConfig(folder=folder), body).estimate(frames, info.times, camera)
    keyframes = keyframes_of(track, info.times, body, KeyframesConfig(count=2))
    images = frames.read(keyframes.tolist())
    maps = estimate_geometry(images, info.times, track, GroundPlaneEstimator(GroundPlaneConfig()), body, keyframes)
    options = ReconstructOptions(SceneConfig(), PlacementOptions(), ScaleConfig())
    return assemble(clip, images, track, maps, body, options, keyframes=keyframes)


if __name__ == "__main__":
    film, tracks = Path(sys.argv[1]), sys.argv[2]
    made = reconstruct(film, tracks, float(np.load(Path(tracks) / f"{film.stem}.npz")["focal"]))
    path = np.linalg.norm(np.diff(made.motion.joints[:, 0], axis=0), axis=1).sum()
    print(f"{film.name}: {len(made.motion.transl)} frames, pelvis path {path:.2f} m, {len(made.scene.points)} points")
