"""PLY files: the scene as points, and the body as a mesh a frame."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.export.base import File, Format
from share_data.export.mesh import posed_frames
from share_data.export.motion import ClipMotion
from share_data.records import Ints

_TYPES = {"f4": "float", "u1": "uchar"}


class Ply(Format):
    """`KEY/scene.ply` (points, normals, colours), `KEY/mesh_000000.ply` ..., `KEY/times.csv`; metres, z up, binary."""

    name = "ply"
    needs = "body"
    own_times = True
    says = ("a mesh a frame: neither joints nor skinning; the moments of the frames are in times.csv",)

    def files(self, clip: ClipMotion, notes: dict[str, Any]) -> Iterator[File]:
        """See `Format`."""
        body, key, arrays = self.body(clip.record), clip.metadata["key"], clip.record.arrays
        yield f"{key}/scene.ply", points_ply(clip.record.points, arrays["normals"], arrays["colors"])
        for number, vertices in enumerate(posed_frames(body, clip)):
            yield f"{key}/mesh_{number:06d}.ply", mesh_ply(vertices, body.faces)
        lines = [
            f"{number},{time:.6f},{int(seen)}"
            for number, (time, seen) in enumerate(zip(clip.times, clip.seen, strict=True))
        ]
        yield f"{key}/times.csv", "\n".join(["mesh,seconds,seen", *lines, ""]).encode()


def points_ply(points: Floats, normals: Floats, colors: NDArray[np.uint8]) -> bytes:
    """A cloud: (N, 3) metres, (N, 3) unit, (N, 3) uint8 sRGB."""
    names = ("x", "y", "z", "nx", "ny", "nz", "red", "green", "blue")
    rows = np.empty(len(points), [(name, "<f4" if number < 6 else "u1") for number, name in enumerate(names)])
    for name, column in zip(names, [*points.T, *normals.T, *colors.T], strict=True):
        rows[name] = column
    return _header(rows) + b"end_header\n" + rows.tobytes()


def mesh_ply(vertices: Floats, faces: Ints) -> bytes:
    """A mesh: (V, 3) metres, (F, 3) vertex numbers."""
    rows = np.empty(len(vertices), [(name, "<f4") for name in "xyz"])
    for name, column in zip("xyz", vertices.T, strict=True):
        rows[name] = column
    triangles = np.empty(len(faces), [("count", "u1"), ("corners", "<i4", 3)])
    triangles["count"], triangles["corners"] = 3, faces
    told = f"element face {len(faces)}\nproperty list uchar int vertex_indices\nend_header\n"
    return _header(rows) + told.encode() + rows.tobytes() + triangles.tobytes()


def _header(rows: NDArray[Any]) -> bytes:
    told = [f"property {_TYPES[rows.dtype[name].str[1:]]} {name}" for name in rows.dtype.names or ()]
    lines = ["ply", "format binary_little_endian 1.0", "comment metres, z up", f"element vertex {len(rows)}", *told, ""]
    return "\n".join(lines).encode()
