#!/usr/bin/env bash
# Expected: trimesh.load(OBJ, process=False) yields the file's vertices in the file's order.
# Happens: where the faces at a vertex use several normals (flat shading, hard edges), each pair of vertex and normal
#   becomes a vertex: 4 of the file are 9, and index 3 is another corner. maintain_order=True keeps the file's.
# Library: trimesh 5.2.0. With one normal a vertex, or none, the order is the file's, so small tests pass.
# Matters: everything about bodies goes by vertex number: SMPL's 6890, joint regressors, contact labels, part maps. A
#   body that was opened and saved with flat shading is silently another mesh. Check the count after loading.
# Seen: one normal: 4 vertices, same / several: 9 vertices, number 3 is [1 0 0], not [0 0 1] / maintain_order: 4, same
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"${PYTHON:-python3}" -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile trimesh==5.2.0 numpy==2.4.6
"$dir/venv/bin/python" - "$dir" <<'PY'
import sys

import numpy as np
import trimesh

corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], float)
faces = [(4, 3, 1), (1, 2, 3), (1, 4, 2)]


def obj(normal_of):
    lines = ["v %g %g %g" % tuple(corner) for corner in corners]
    lines += ["vn -1 0 0", "vn 0 0 -1", "vn 0 -1 0", "vn 0 0 1"]
    for k, face in enumerate(faces):
        lines.append("f " + " ".join(f"{v}//{normal_of(k, v)}" for v in face))
    return "\n".join(lines) + "\n"


print("trimesh", trimesh.__version__)
same = {}
for name, normal_of, options in (
    ("one normal a vertex", lambda face, vertex: vertex, {}),
    ("several", lambda face, vertex: face + 1, {}),
    ("several, maintain_order", lambda face, vertex: face + 1, {"maintain_order": True}),
):
    stream = trimesh.util.wrap_as_stream(obj(normal_of))
    got = trimesh.load(stream, file_type="obj", process=False, **options).vertices
    same[name] = got.shape == corners.shape and bool((got == corners).all())
    print(f"{name}: {len(got)} vertices, number 3 is {got[3]}, as in the file: {same[name]}")
if list(same.values()) != [True, False, True]:
    sys.exit("changed: process=False keeps, or loses, the order differently")
PY
