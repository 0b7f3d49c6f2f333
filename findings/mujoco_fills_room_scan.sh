#!/usr/bin/env bash
# Expected: a room (floor and four walls, open above) as a mesh geom in MuJoCo holds a body in its middle, in the air.
# Happens: collision takes the mesh's convex hull, which fills the room: a ball 1.2 m above the floor and 2 m from
#   the walls is in contact, 1.4 m deep. The viewer draws the walls as they are. And the compiler moves the mesh to
#   its centre of mass and turns it to its principal axes: mesh_vert is not the file's coordinates.
# Library: MuJoCo 4.0.0 (its documentation says both; nothing says so when the model is compiled).
# Matters: reconstructed scenes used for retargeting or imitation throw the person out of the room on step one. Cut
#   the scene into convex parts, or use a height field; map by geom_pos and geom_quat before comparing vertices.
# Seen: contacts 1, depth 1.4 m / x range in the file -2.05 to 2.05, stored -1.103 to 1.497
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"${PYTHON:-python3}" -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile mujoco==4.0.0 trimesh==5.2.0 numpy==2.4.6
"$dir/venv/bin/python" - "$dir" <<'PY'
import sys

import mujoco
import numpy as np
import trimesh

parts = [(4, 4, 0.1, 0, 0, -0.05)]
parts += [(0.1, 4, 2.5, x, 0, 1.25) for x in (-2, 2)] + [(4, 0.1, 2.5, 0, y, 1.25) for y in (-2, 2)]
room = trimesh.util.concatenate(
    [trimesh.creation.box(part[:3], trimesh.transformations.translation_matrix(part[3:])) for part in parts]
)
room.export(f"{sys.argv[1]}/room.obj")
model = mujoco.MjModel.from_xml_string(f"""<mujoco>
  <asset><mesh name="room" file="{sys.argv[1]}/room.obj"/></asset>
  <worldbody>
    <geom type="mesh" mesh="room"/>
    <body pos="0 0 1.2"><freejoint/><geom type="sphere" size="0.1"/></body>
  </worldbody>
</mujoco>""")
data = mujoco.MjData(model)
mujoco.mj_forward(model, data)
depth = [-float(contact.dist) for contact in data.contact]
stored = model.mesh_vert[:, 0].min(), model.mesh_vert[:, 0].max()
print("mujoco", mujoco.__version__, "- contacts", data.ncon, "- depth", np.round(depth, 3), "m")
print("x range in the file", room.bounds[:, 0], "- stored", np.round(stored, 3), "- geom_pos", model.geom_pos[0].round(3))
if data.ncon != 1 or depth[0] < 1 or np.allclose(stored, room.bounds[:, 0], atol=1e-3):
    sys.exit("changed: the room's inside is free now, or the mesh is stored as given")
PY
