"""Binary glTF: a skinned, animated body and the scene as points, for Blender, three.js and whatever shows 3-D."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from share_data.body.model import BodyModel
from share_data.camera import Floats
from share_data.export.base import File, Format
from share_data.export.gltf import INDICES, VERTICES, GlbFile, linear
from share_data.export.mesh import posed_frames, rest_body
from share_data.export.motion import ClipMotion
from share_data.export.rotations import Y_UP, continuous, y_up
from share_data.export.skeleton import NAMES, PARENTS, resting, world_turns

_INFLUENCES = 4
_JOINTS = len(NAMES)


class Glb(Format):
    """`KEY.glb`: metres, y up, keys at the frames' true times from 0 s."""

    name = "glb"
    needs = "body"
    own_times = True
    says = (
        "four joints move a vertex, and the pose does not change the shape: skin_off_m in the list of clips says how "
        "far off the mesh is at most, in three frames of each clip",
        "Blender leaves its scene at 24 frames a second and puts keys between frames; the times are right",
        "frames in which nobody was seen are not told apart",
    )

    def files(self, clip: ClipMotion, notes: dict[str, Any]) -> Iterator[File]:
        """See `Format`."""
        body = self.body(clip.record)
        rest = rest_body(body, clip.record.arrays["betas"]).vertices[0]
        order = np.argsort(-body.weights, axis=1, kind="stable")[:, :_INFLUENCES]
        weights = np.take_along_axis(np.asarray(body.weights, np.float64), order, axis=1)
        weights /= weights.sum(axis=1, keepdims=True)
        notes["skin_off_m"] = round(_skin_error(body, clip, rest, order, weights), 5)
        file = GlbFile()
        document = file.document
        skin = _skin(file, clip, rest, body, order, weights)
        document["meshes"] = [skin, _cloud(file, clip)]
        document["skins"] = [{"joints": list(range(_JOINTS)), "inverseBindMatrices": _inverse_binds(file, clip)}]
        document["nodes"] = [*_joint_nodes(clip), {"name": "body", "mesh": 0, "skin": 0}, {"name": "scene", "mesh": 1}]
        document["scenes"] = [{"nodes": [0, _JOINTS, _JOINTS + 1], "name": clip.metadata["key"]}]
        document["scene"] = 0
        document["animations"] = [_animation(file, clip)]
        yield f"{clip.metadata['key']}.glb", file.bytes()


def _skin(
    file: GlbFile, clip: ClipMotion, rest: Floats, body: BodyModel, order: Any, weights: Floats
) -> dict[str, Any]:
    attributes = {
        "POSITION": file.add(rest.astype(np.float32), VERTICES, bounds=True),
        "NORMAL": file.add(_normals(rest, body.faces), VERTICES),
        "JOINTS_0": file.add(order.astype(np.uint8), VERTICES),
        "WEIGHTS_0": file.add(weights.astype(np.float32), VERTICES),
    }
    indices = file.add(body.faces.astype(np.uint32).ravel(), INDICES)
    return {"name": "body", "primitives": [{"attributes": attributes, "indices": indices, "mode": 4}]}


def _cloud(file: GlbFile, clip: ClipMotion) -> dict[str, Any]:
    points = (clip.record.points.astype(np.float64) @ Y_UP.T).astype(np.float32)
    if not len(points):
        points = np.zeros((1, 3), np.float32)  # An empty mesh is none in glTF.
    colors = clip.record.arrays["colors"]
    attributes = {
        "POSITION": file.add(points, VERTICES, bounds=True),
        "COLOR_0": file.add(linear(colors if len(colors) else np.zeros((1, 3), np.uint8)), VERTICES, normalized=True),
    }
    return {"name": "scene", "primitives": [{"attributes": attributes, "mode": 0}]}


def _rest_joints(clip: ClipMotion) -> Floats:
    """(24, 3) metres, where the mesh's rest pose has them."""
    return np.asarray(clip.rest_pelvis + resting(clip.offsets))


def _inverse_binds(file: GlbFile, clip: ClipMotion) -> int:
    matrices = np.tile(np.eye(4), (_JOINTS, 1, 1))
    matrices[:, :3, 3] = -_rest_joints(clip)
    return file.add(matrices.astype(np.float32))


def _local(clip: ClipMotion) -> Floats:
    """(N, 24, 4) quaternions as glTF has them: x, y, z, w, the root's to a world with y up."""
    turns = clip.turns.copy()
    turns[:, 0] = y_up(turns[:, 0])
    return continuous(turns)[..., [1, 2, 3, 0]]


def _joint_nodes(clip: ClipMotion) -> list[dict[str, Any]]:
    turns, offsets = _local(clip)[0], clip.offsets.copy()
    offsets[0] = Y_UP @ clip.pelvis[0]
    nodes: list[dict[str, Any]] = []
    for joint, name in enumerate(NAMES):
        node = {"name": name, "translation": offsets[joint].tolist(), "rotation": turns[joint].tolist()}
        children = [child for child, parent in enumerate(PARENTS) if parent == joint]
        nodes.append({**node, **({"children": children} if children else {})})
    return nodes


def _animation(file: GlbFile, clip: ClipMotion) -> dict[str, Any]:
    times = file.add(clip.times.astype(np.float32), bounds=True)
    turns = _local(clip).astype(np.float32)
    outputs = [(joint, "rotation", turns[:, joint]) for joint in range(_JOINTS)]
    outputs.append((0, "translation", (clip.pelvis @ Y_UP.T).astype(np.float32)))
    samplers: list[dict[str, Any]] = []
    channels: list[dict[str, Any]] = []
    for joint, path, values in outputs:
        channels.append({"sampler": len(samplers), "target": {"node": joint, "path": path}})
        samplers.append({"input": times, "output": file.add(values), "interpolation": "LINEAR"})
    return {"name": "motion", "samplers": samplers, "channels": channels}


def _normals(vertices: Floats, faces: Any) -> Any:
    """(V, 3) float32 unit normals, of the faces about each vertex by their area."""
    corners = np.asarray(vertices, np.float64)[faces]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    total = np.zeros((len(vertices), 3))
    for corner in range(3):
        np.add.at(total, faces[:, corner], across)
    length = np.linalg.norm(total, axis=1, keepdims=True)
    return np.where(length > 0, total / np.maximum(length, 1e-12), [0, 1, 0]).astype(np.float32)


def _skin_error(body: BodyModel, clip: ClipMotion, rest: Floats, order: Any, weights: Floats) -> float:
    """Metres: how far four joints and a fixed shape leave a vertex from the body model's, in three frames."""
    frames = np.unique(np.linspace(0, len(clip.times) - 1, 3).round().astype(np.int64))
    world, joints, worst = world_turns(clip.turns[frames]), _rest_joints(clip), 0.0
    places = clip.joints[frames]
    for number, truth in enumerate(posed_frames(body, clip, frames)):
        moved = np.einsum("jab,vb->vja", world[number], rest) - np.einsum("jab,jb->ja", world[number], joints)
        moved += places[number]
        skinned = (np.take_along_axis(moved, order[..., None], axis=1) * weights[..., None]).sum(axis=1)
        worst = max(worst, float(np.linalg.norm(skinned - truth, axis=1).max()))
    return worst
