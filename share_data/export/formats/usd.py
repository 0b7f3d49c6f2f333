"""USD: a stage a clip, with the body as an animated mesh and the scene as points."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from share_data.camera import Floats
from share_data.errors import MissingDependencyError
from share_data.export.base import File, Format
from share_data.export.gltf import linear
from share_data.export.mesh import posed_frames
from share_data.export.motion import ClipMotion

POINT_M = 0.02


class Usd(Format):
    """`KEY.usdc`: `/World/Body`, a mesh whose points move, and `/World/Scene`, points; metres, z up."""

    name = "usd"
    needs = "body"
    own_times = True
    says = (
        "a mesh that moves: neither joints nor skinning, so it cannot be posed anew",
        "frames in which nobody was seen are not told apart",
    )

    def require(self, manifest_body: Mapping[str, str]) -> None:
        """See `Format`. Raises MissingDependencyError without usd-core."""
        _pxr()
        super().require(manifest_body)

    def files(self, clip: ClipMotion, notes: dict[str, Any]) -> Iterator[File]:
        """See `Format`."""
        key, body = clip.metadata["key"], self.body(clip.record)
        stage = _stage(float(clip.metadata["fps"]), clip.times)
        _add_scene(stage, clip)
        _add_body(stage, clip.times, posed_frames(body, clip), body.faces)
        with TemporaryDirectory() as folder:  # The library writes to paths alone.
            path = Path(folder) / f"{key}.usdc"
            stage.GetRootLayer().Export(str(path))
            yield path.name, path.read_bytes()


def _pxr() -> Any:
    try:
        import pxr
    except ImportError as error:
        raise MissingDependencyError("usd: needs usd-core: pip install 'share-data[usd]'.") from error
    return pxr


def _stage(fps: float, times: Floats) -> Any:
    """Empty; a time code is a frame at the clip's mean rate, frames lie at their true times."""
    from pxr import Usd as Stages
    from pxr import UsdGeom

    stage = Stages.Stage.CreateInMemory(".usdc")
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.z)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    stage.SetTimeCodesPerSecond(fps)
    stage.SetFramesPerSecond(fps)
    stage.SetStartTimeCode(0.0)
    stage.SetEndTimeCode(float(times[-1]) * fps)
    stage.SetDefaultPrim(UsdGeom.Xform.Define(stage, "/World").GetPrim())
    return stage


def _add_scene(stage: Any, clip: ClipMotion) -> None:
    from pxr import UsdGeom, Vt

    points, arrays = clip.record.points, clip.record.arrays
    cloud = UsdGeom.Points.Define(stage, "/World/Scene")
    cloud.GetPointsAttr().Set(_vectors(points))
    cloud.GetNormalsAttr().Set(_vectors(arrays["normals"]))
    cloud.GetWidthsAttr().Set(Vt.FloatArray.FromNumpy(np.full(1, POINT_M, np.float32)))
    cloud.SetWidthsInterpolation(UsdGeom.Tokens.constant)
    colors = linear(arrays["colors"])[:, :3].astype(np.float32) / 65535
    cloud.CreateDisplayColorPrimvar(UsdGeom.Tokens.vertex).Set(_vectors(colors))


def _add_body(stage: Any, times: Floats, frames: Iterator[Floats], faces: Any) -> None:
    from pxr import UsdGeom, Vt

    mesh = UsdGeom.Mesh.Define(stage, "/World/Body")
    mesh.GetSubdivisionSchemeAttr().Set(UsdGeom.Tokens.none)
    mesh.GetFaceVertexCountsAttr().Set(Vt.IntArray.FromNumpy(np.full(len(faces), 3, np.int32)))
    mesh.GetFaceVertexIndicesAttr().Set(Vt.IntArray.FromNumpy(np.ascontiguousarray(faces, np.int32).ravel()))
    points, extent, fps = mesh.GetPointsAttr(), mesh.GetExtentAttr(), stage.GetTimeCodesPerSecond()
    for time, vertices in zip(times.tolist(), frames, strict=True):
        points.Set(_vectors(vertices), time * fps)
        extent.Set(_vectors(np.stack([vertices.min(axis=0), vertices.max(axis=0)])), time * fps)


def _vectors(rows: Floats) -> Any:
    """(N, 3) as USD holds them."""
    from pxr import Vt

    return Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(rows, np.float32))
