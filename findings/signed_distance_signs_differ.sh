#!/usr/bin/env bash
# Expected: a signed distance to a closed surface is negative inside, as the scene grids of PROX and the penetration
#   and contact scores built on them have it; at least that two libraries agree.
# Happens: at one point inside a cube, trimesh.proximity.signed_distance is +0.5 and igl.signed_distance is -0.5; at
#   one outside they are -1 and +1.
# Library: trimesh 5.2.0 (documented: positive inside) and libigl 2.6.3.
# Matters: with the wrong one, penetration losses push bodies into the furniture, non-collision scores come out as
#   one minus themselves, and both look plausible. Test the sign at a point known to be inside, once per scene.
# Seen: inside, outside: trimesh [0.5, -1.0], igl [-0.5, 1.0]
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"${PYTHON:-python3}" -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile trimesh==5.2.0 rtree==1.4.1 scipy==1.17.1 libigl==2.6.3 numpy==2.4.6
"$dir/venv/bin/python" - "$dir" <<'PY'
import sys

import igl
import numpy as np
import trimesh

box = trimesh.creation.box((2, 2, 2))
points = np.array([[0, 0, 0.5], [0, 0, 2.0]])
one = trimesh.proximity.signed_distance(box, points)
two = igl.signed_distance(points, np.asarray(box.vertices, float), np.asarray(box.faces, np.int64))[0]
print("trimesh", trimesh.__version__, "- inside, outside:", one.round(6).tolist())
print("libigl 2.6.3 - inside, outside:", np.round(two, 6).tolist())
if not (np.allclose(one, [0.5, -1]) and np.allclose(two, [-0.5, 1])):
    sys.exit("changed: one of the two has another sign or value")
PY
