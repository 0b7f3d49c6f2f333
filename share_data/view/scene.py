"""A clip in a scene of viser: what stands still is sent once, and of every frame what moves.

First a part of the points and the body, then everything else: where no graphics card draws, each kind of thing costs
a shader, and each point its time.
"""

from typing import Any

import numpy as np

from share_data.camera import Floats
from share_data.corpus.training.rotations import matrices, quaternions, quaternions_of
from share_data.records import Ints
from share_data.view.clip import ClipView

LAYERS = ("scene", "person", "before placement", "contacts", "path", "camera", "floor")
HIDDEN = ("before placement",)
BODY_RGB, BEFORE_RGB, FLOOR_RGB, TOUCH_RGB = (120, 170, 235), (235, 150, 90), (60, 170, 90), (220, 60, 60)
KEYFRAME_RGB, COMPANY_RGB = (240, 180, 40), (200, 40, 180)
POINT_M = 0.012
FIRST_POINTS = 20_000
"""Of those that a record holds, which are in random order: any first part is a fair sample of the scene."""
ROOT = "/clip"
_FRUSTUM_M = 0.35
_FLAT = 1e-6


class ClipScene:
    """One clip, drawn: the body and some points at once, all of it after `complete`.

    The points go as float32: as viser's default, float16, they would be 2 mm off at 4 to 8 m, and infinite from 65 km.
    A body that is hidden goes when it is first shown: it is a third of what a first picture waits for.

    Args:
        api: `viser.SceneApi`, of a server or of one client.
        clip: what is drawn.
    """

    def __init__(self, api: Any, clip: ClipView) -> None:
        self._api, self._clip = api, clip
        api.add_frame(ROOT, show_axes=False)
        self._layers = {name: api.add_frame(f"{ROOT}/{_node(name)}", show_axes=False) for name in LAYERS}
        self._points("points", slice(None, FIRST_POINTS))
        self._bodies: dict[str, Any] = {}
        self._spheres: dict[int, Any] = {}
        self._whole, self.frame = False, 0
        for name in HIDDEN:
            self.layer(name, False)
        self.show(0)

    def complete(self) -> None:
        """Draw what is not there yet: the other points, floor, path, camera, contacts."""
        if not self._whole:
            self._whole = True
            self._still()
            self._contacts(self.frame)

    def layer(self, name: str, visible: bool) -> None:
        """Show one of `LAYERS`, or hide it."""
        self._layers[name].visible = visible
        if name in _BODIES and visible:
            self._pose(name)

    def picture(self, image: Any) -> None:
        """What the camera saw: (H, W, 3) uint8 RGB, or None for nothing. Once it is complete."""
        self._camera.image = image

    def show(self, frame: int) -> None:
        """Move everything that moves to a frame."""
        self.frame = frame
        for name in _BODIES:
            if self._layers[name].visible:
                self._pose(name)
        if self._whole:
            self._contacts(frame)

    def remove(self) -> None:
        """Take the clip out of the scene."""
        self._api.remove_by_name(ROOT)

    def _points(self, name: str, which: slice) -> None:
        points, colours = self._clip.record.points[which], self._clip.record.arrays["colors"][which]
        self._api.add_point_cloud(
            f"{ROOT}/scene/{name}", points, colours, point_size=POINT_M, precision="float32", point_shading="flat"
        )

    def _still(self) -> None:
        clip, arrays = self._clip, self._clip.record.arrays
        if len(clip.record.points) > FIRST_POINTS:
            self._points("more_points", slice(FIRST_POINTS, None))
        turn, place = floor_pose(arrays["floor_plane"])
        self._api.add_grid(f"{ROOT}/floor/grid", 20.0, 20.0, cell_size=0.5, section_size=1.0, wxyz=turn, position=place)
        self._api.add_point_cloud(
            f"{ROOT}/path/keyframes", clip.joints[clip.keyframes, 0], KEYFRAME_RGB, point_size=0.06,
            point_shape="circle", precision="float32",
        )  # fmt: skip
        company = np.zeros(len(clip), bool) if clip.company is None else clip.company
        self._path("path", clip.joints[:, 0], np.where(company[:, None], COMPANY_RGB, BODY_RGB))
        self._path("before_placement", clip.joints[:, 0] + clip.before, np.tile(BEFORE_RGB, (len(clip), 1)))
        self._camera = _camera(self._api, clip)

    def _path(self, layer: str, pelvis: Floats, rgb: Ints) -> None:
        """A line through the (T, 3) places of the pelvis, in the (T, 3) colours of its frames."""
        if len(pelvis) > 1:
            line, colours = (np.stack([each[:-1], each[1:]], axis=1) for each in (pelvis, rgb))
            self._api.add_line_segments(f"{ROOT}/{layer}/line", line, colours.astype(np.uint8))

    def _body(self, layer: str) -> Any:
        skin, name, rgb = self._clip.skin, f"{ROOT}/{_node(layer)}/body", _BODIES[layer]
        if skin is None:
            return self._api.add_line_segments(name, self._clip.bones(0), rgb, thickness=0.03)
        upright = np.tile([1.0, 0.0, 0.0, 0.0], (24, 1))
        return self._api.add_mesh_skinned(
            name, skin.vertices, skin.faces, bone_wxyzs=upright, bone_positions=skin.joints, skin_weights=skin.weights,
            color=rgb, opacity=0.5 if layer in HIDDEN else None, cast_shadow=False, receive_shadow=False,
        )  # fmt: skip

    def _pose(self, layer: str) -> None:
        clip, frame = self._clip, self.frame
        body = self._bodies[layer] = self._bodies.get(layer) or self._body(layer)
        away = clip.before[frame] if layer in HIDDEN else np.zeros(3)
        if clip.skin is None:
            body.points = np.asarray(clip.bones(frame) + away, np.float32)
            return
        turns = quaternions_of(clip.turns[frame])
        for bone, turn, place in zip(body.bones, turns, clip.joints[frame] + away, strict=True):
            bone.wxyz, bone.position = turn, place

    def _contacts(self, frame: int) -> None:
        """A sphere about every joint that touches something; they are made when they are first needed."""
        clip = self._clip
        wanted = np.flatnonzero(clip.on_floor[frame] | clip.touching[frame])
        for joint in set(self._spheres) - set(wanted.tolist()):
            self._spheres[joint].visible = False
        for joint in wanted.tolist():
            sphere = self._spheres.get(joint) or self._sphere(joint)
            sphere.position, sphere.visible = clip.joints[frame, joint], True
            sphere.color = FLOOR_RGB if clip.on_floor[frame, joint] else TOUCH_RGB

    def _sphere(self, joint: int) -> Any:
        name = f"{ROOT}/contacts/joint_{joint}"
        self._spheres[joint] = self._api.add_icosphere(
            name, 0.09, FLOOR_RGB, subdivisions=2, opacity=0.45, cast_shadow=False, receive_shadow=False
        )
        return self._spheres[joint]


_BODIES = {"person": BODY_RGB, "before placement": BEFORE_RGB}


def _node(layer: str) -> str:
    return layer.replace(" ", "_")


def floor_pose(plane: Floats) -> tuple[Floats, Floats]:
    """Quaternion (w, x, y, z) and position (3,) metres that lay a grid on a plane (a, b, c, d); level for none."""
    length = float(np.linalg.norm(plane[:3]))
    if length < _FLAT:
        return np.array([1.0, 0.0, 0.0, 0.0]), np.zeros(3)
    normal = np.asarray(plane[:3], np.float64) / length
    half = np.array([1 + normal[2], -normal[1], normal[0], 0.0])  # The shortest turn of z to it: 1 + z.n, z x n.
    turn = half if np.linalg.norm(half) > _FLAT else np.array([0.0, 1.0, 0.0, 0.0])
    return turn / np.linalg.norm(turn), -float(plane[3]) / length * normal


def eye_of(clip: ClipView, room: float = 0.0) -> tuple[Floats, Floats]:
    """Where to look at a clip from, and to, metres: beside and above its camera, the middle of the person's path.

    room: what is left at the right, for a panel, in distances of the eye.
    """
    pelvis = np.asarray(clip.joints[:, 0], np.float64)
    target = (pelvis.min(axis=0) + pelvis.max(axis=0)) / 2
    back = clip.record.arrays["T_world_cam"][:3, 3] - target
    away = float(np.linalg.norm(back)) or 1.0
    distance = 1.3 * max(away, 2.0)
    aside = matrices(quaternions(np.array([0, 0, np.radians(25)]))) @ back / away + np.array([0, 0, 0.25])
    shift = room * distance * np.cross([0.0, 0.0, 1.0], aside)
    return target + distance * aside + shift, target + shift


def _camera(api: Any, clip: ClipView) -> Any:
    pose, metadata = clip.record.arrays["T_world_cam"], clip.metadata
    focal = float(clip.record.arrays["intrinsics"][1, 1])
    return api.add_camera_frustum(
        f"{ROOT}/camera/frustum",
        fov=2 * float(np.arctan(metadata["height"] / 2 / focal)),
        aspect=metadata["width"] / metadata["height"],
        scale=_FRUSTUM_M,
        thickness=0.008,
        color=(200, 30, 30),
        wxyz=quaternions_of(pose[:3, :3]),
        position=pose[:3, 3],
        cast_shadow=False,
        receive_shadow=False,
    )
