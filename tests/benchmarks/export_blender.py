"""How far Blender's bones and mesh are off in our GLB and BVH files. Run with the Python that has `bpy`.

    python tests/benchmarks/export_readers.py FOLDER --checkouts CHECKOUTS     # makes the files, and FOLDER/truth.npz
    PYTHON_WITH_BPY tests/benchmarks/export_blender.py FOLDER

GLB is imported into scenes of 24 and of 30 frames a second. Blender keeps the keys' times: each is looked up at the
scene's (fractional) frame of the file's own time. Blender's world has z up, as the corpus has.
"""

import sys
from pathlib import Path

import bpy
import numpy as np


def bones(armature: "bpy.types.Object", names: list[str]) -> np.ndarray:
    """(J, 3) metres in Blender's world: heads of the bones as posed now."""
    return np.array([armature.matrix_world @ armature.pose.bones[name].head for name in names])


def at(seconds: float, fps: float, start: float) -> None:
    """The scene at a time."""
    frame = start + seconds * fps
    bpy.context.scene.frame_set(int(np.floor(frame)), subframe=float(frame - np.floor(frame)))


def looked_up(folder: Path, truth: dict[str, np.ndarray], fps: int) -> None:
    """GLB files in scenes of a rate."""
    names, worst, mesh, first = [str(name) for name in truth["names"]], 0.0, 0.0, []
    for path in sorted((folder / "glb").glob("*.glb")):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        bpy.context.scene.render.fps = fps
        bpy.ops.import_scene.gltf(filepath=str(path))
        assert bpy.context.scene.render.fps == fps
        armature = next(each for each in bpy.data.objects if each.type == "ARMATURE")
        body = next(each for each in bpy.data.objects if each.name.startswith("body") and each.type == "MESH")
        times, joints = truth[f"{path.stem}.times"], truth[f"{path.stem}.joints"]
        first.append(float(armature.animation_data.action.frame_range[0]))
        for number in range(0, len(times), 7):
            at(times[number], fps, 0.0)
            worst = max(worst, float(np.linalg.norm(bones(armature, names) - joints[number], axis=1).max()))
        evaluated = body.evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh()
        points = np.array([body.matrix_world @ vertex.co for vertex in evaluated.vertices])
        mesh = max(mesh, float(np.abs(points.min(0) - truth[f"{path.stem}.low"]).max()))
        cloud = next(each for each in bpy.data.objects if each.name.startswith("scene"))
        assert len(cloud.data.vertices) == int(truth[f"{path.stem}.points"])
    told = f"bones {worst * 1000:.3f} mm, mesh's extent {mesh * 1000:.3f} mm"
    print(f"glb, scene at {fps} fps: {told}, first keys at frames {sorted(set(first))}")


def imported_bvh(folder: Path, truth: dict[str, np.ndarray]) -> None:
    """BVH files, in scenes of their own rates."""
    names, worst = [str(name) for name in truth["names"]], 0.0
    settings = {"global_scale": 0.01, "update_scene_fps": True, "frame_start": 1, "axis_forward": "-Z", "axis_up": "Y"}
    for path in sorted((folder / "bvh").glob("*.bvh")):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        bpy.ops.import_anim.bvh(filepath=str(path), **settings)
        armature = next(each for each in bpy.data.objects if each.type == "ARMATURE")
        joints = truth[f"{path.stem}.even"]
        for number in range(0, len(joints), 7):
            bpy.context.scene.frame_set(number + 1)
            worst = max(worst, float(np.linalg.norm(bones(armature, names) - joints[number], axis=1).max()))
    print(f"bvh: bones {worst * 1000:.3f} mm")


if __name__ == "__main__":
    with np.load(Path(sys.argv[1]) / "truth.npz") as arrays:
        told = dict(arrays)
    print(f"Blender {bpy.app.version_string}")
    for rate in (24, 30):
        looked_up(Path(sys.argv[1]), told, rate)
    imported_bvh(Path(sys.argv[1]), told)
