"""Corpora for exports: clips whose sides cannot be mistaken, on the mannequin or on a crafted SMPL file."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from bodies import smpl_arrays
from make_records import PREVIEW, RECIPE, make_entries
from samples import CAMERA, T_WORLD_CAM, floor
from scipy.spatial.transform import Rotation

from share_data.body.model import BodyModel, load_body
from share_data.corpus.record import to_sample
from share_data.corpus.write.pack import PackOptions, Provenance, pack
from share_data.corpus.write.shards import Member, Sample
from share_data.records import Clip, EstimatorInfo, Motion, Reconstruction, Video

YAW = 0.6
STEP_M = 0.4
"""How far, to the person's left."""
L_HIP, R_HIP, L_ANKLE, R_ANKLE, L_FOOT, R_FOOT, HEAD, L_WRIST, R_WRIST = 1, 2, 7, 8, 10, 11, 15, 20, 21


def raised_arm(body: BodyModel, times: np.ndarray, end: float | None = None) -> dict[str, np.ndarray]:
    """World-frame SMPL parameters: turned by YAW, raising the right arm while stepping to the left; 4 m away.

    times: (T,) seconds of the frames; end: when it is done, default at the last of them.
    """
    share = ((times - times[0]) / max((times[-1] if end is None else end) - times[0], 1e-9)).astype(np.float64)
    frames = len(times)
    pose = np.zeros((frames, 69))
    pose[:, 3 * 16 + 2] = -np.pi / 2 * share
    pose[:, 3 * 3] = 0.3 * np.sin(np.pi * share)
    pose[:, 3 * 17 + 2] = -1.2
    orient = (Rotation.from_euler("z", YAW) * Rotation.from_euler("x", np.pi / 2)).as_rotvec()
    betas = np.zeros(10, np.float32)
    betas[:2] = 0.8, -0.5
    rest = body.rest_pelvis(betas).astype(np.float64)
    left = np.array([np.cos(YAW), np.sin(YAW), 0])
    pelvis = np.array([0, 4, 0.95]) + STEP_M * share[:, None] * left
    return {
        "global_orient": np.tile(orient, (frames, 1)).astype(np.float32),
        "body_pose": pose.astype(np.float32),
        "betas": betas,
        "transl": (pelvis - rest).astype(np.float32),
    }


def clip_of(times: np.ndarray, video_id: str = "raised", **labels: str) -> Clip:
    """Frames at these times (seconds) of a video that is not there."""
    video = Video("acted", video_id, f"file:{video_id}", "CC0-1.0", True, labels=labels)
    return Clip(video, Path("gone.mp4"), f"{len(video_id):064x}", 0, len(times), times, CAMERA.width, CAMERA.height)


def member_of(body: BodyModel, clip: Clip, valid: np.ndarray | None = None) -> Member:
    """The record of `raised_arm` at the clip's times."""

    def load() -> Sample:
        motion = raised_arm(body, clip.times)
        frames = len(clip)
        found = Motion(
            **motion,
            transl_initial=motion["transl"],
            joints=body.forward(**motion).joints,
            valid=np.ones(frames, bool) if valid is None else valid,
            keyframe=np.arange(frames) == 0,
            confidence=np.ones(frames),
            foot_contact=np.zeros((frames, 4), bool),
            contact_distance=np.ones((frames, 24)),
        )
        plane = np.array([0, 0, 1, 0], np.float32)
        humans, geometry = EstimatorInfo("blazepose", 1), EstimatorInfo("ground_plane", 1)
        scores = {"confidence": 0.9}
        made = Reconstruction(found, floor(), CAMERA, T_WORLD_CAM, plane, humans, geometry, body.stamp, scores)
        return Sample(*to_sample(clip, made), PREVIEW)

    return Member(clip.key, load)


def acted_corpus(folder: Path, body: BodyModel, clips: Sequence[Clip]) -> Path:
    """A corpus of `raised_arm` in clips."""
    members = [member_of(body, clip) for clip in clips]
    pack(members, folder, Provenance(make_entries(clips), RECIPE, body.stamp), PackOptions(8))
    return folder


def steady(frames: int = 20, fps: float = 30.0) -> np.ndarray:
    """Times of frames, seconds."""
    return 0.5 + np.arange(frames) / fps


@cache
def smpl_file(folder: Path) -> Path:
    """A file of the layout of SMPL's own, of the mannequin's shape: what tells SMPL is its name."""
    path = folder / "SMPL_NEUTRAL.npz"
    np.savez(path, **smpl_arrays())
    return path


def smplx_file(path: Path, directions: int = 20) -> Path:
    """A file of the layout of SMPLX_NEUTRAL.npz with the mannequin's body, its rest pose 13 cm lower than SMPL's.

    directions: of shape and face together: 20, or the 400 of newer files.
    """
    body = load_body().arrays
    vertices = len(body.v_template)
    extra = [15, 15, 15, *[20] * 15, *[21] * 15]
    regressor = np.concatenate([body.J_regressor[:22], body.J_regressor[extra]])
    weights = np.zeros((vertices, 55), np.float32)
    weights[:, :22] = body.weights[:, :22]
    weights[:, 20:22] += body.weights[:, 22:]
    parents = [*body.kintree_table[0, :22], *extra]
    shapes = np.concatenate([body.shapedirs[..., :10], np.zeros((vertices, 3, directions - 10), np.float32)], axis=2)
    # smplx asks for landmarks up to SMPL-X's own number of vertices: the rest of them lie in the pelvis.
    rest = ((0, 10475 - vertices), (0, 0))
    weights = np.pad(weights, rest)
    weights[vertices:, 0] = 1
    np.savez(
        path,
        v_template=np.pad(body.v_template + np.float32([0.004, -0.13, 0.01]), rest),
        f=body.f,
        shapedirs=np.pad(shapes, (*rest, (0, 0))),
        posedirs=np.zeros((10475, 3, 486), np.float32),
        J_regressor=np.pad(regressor, rest[::-1]),
        weights=weights,
        kintree_table=np.array([[-1, *parents[1:]], range(55)]),
        hands_componentsl=np.eye(45),
        hands_componentsr=np.eye(45),
        hands_meanl=np.zeros(45),
        hands_meanr=np.zeros(45),
        lmk_faces_idx=np.zeros(51, np.int64),
        lmk_bary_coords=np.full((51, 3), 1 / 3),
    )
    return path


def assert_sides(joints: np.ndarray, up: int, unit: float = 1.0) -> None:
    """Left is left, up is up, and both arms and the step are the person's own.

    joints: (T, >= 22, 3) in SMPL's order, in a right-handed frame; up: its axis; unit: metres in one of its units.
    """
    joints = np.asarray(joints, np.float64) * unit
    left = joints[0, L_HIP] - joints[0, R_HIP]
    left /= np.linalg.norm(left)
    upward = np.eye(3)[up]
    toes = joints[0, [L_FOOT, R_FOOT]].mean(axis=0) - joints[0, [L_ANKLE, R_ANKLE]].mean(axis=0)
    assert np.dot(np.cross(left, upward), toes) > 0.05, "mirrored, or turned over"
    assert abs(left[up]) < 0.02
    assert joints[-1, R_WRIST, up] > joints[-1, HEAD, up] + 0.1 > joints[-1, L_WRIST, up] + 0.4
    moved = joints[-1, 0] - joints[0, 0]
    assert np.dot(moved, left) > 0.99 * np.linalg.norm(moved)
    # Of a resampled clip the last frame may lie before its end.
    assert 0.9 * STEP_M < np.linalg.norm(moved) < STEP_M + 0.002
