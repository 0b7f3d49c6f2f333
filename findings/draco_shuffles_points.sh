#!/usr/bin/env bash
# Expected: a point cloud that went through Draco has its points in the order they had, each a little rounded.
# Happens: by default the order is another one, and repeated points are gone: labels, normals or pixel numbers kept in
#   an array beside the cloud belong to other points. preserve_order=True keeps both.
# Library: DracoPy 2.2.0. Colours given to the same call move with their points.
# Matters: scene clouds come with per-point source, confidence, pixel or contact arrays. Row counts usually still
#   match, so a viewer's cloud and a label file disagree without an error.
# Seen: default: order kept False, 1000 of 1000, 990 of 1000 with ten repeated / preserve_order: True, 1000, 1000
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"${PYTHON:-python3}" -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile DracoPy==2.2.0 numpy==2.4.6
"$dir/venv/bin/python" - "$dir" <<'PY'
import sys

import DracoPy
import numpy as np

cloud = np.random.default_rng(0).uniform(-3, 3, (1000, 3)).astype(np.float32)
repeated = cloud.copy()
repeated[500:510] = cloud[:10]
print("DracoPy 2.2.0")
seen = {}
for name, options in (("default", {}), ("preserve_order", {"preserve_order": True})):
    data = DracoPy.encode(cloud, **options)
    back = np.asarray(DracoPy.decode(data).points).reshape(-1, 3)
    left = len(np.asarray(DracoPy.decode(DracoPy.encode(repeated, **options)).points).reshape(-1, 3))
    nearest = np.linalg.norm(back[:, None] - cloud[None], axis=2).min(1).max()
    same = back.shape == cloud.shape and bool(np.abs(back - cloud).max() < 1e-3)
    seen[name] = same, len(back), left
    print(f"{name}: order kept {same}, {len(back)} of 1000, {left} with ten repeated,", end=" ")
    print(f"nearest within {1000 * nearest:.2f} mm, {len(data)} bytes")
if seen["default"] != (False, 1000, 990) or seen["preserve_order"] != (True, 1000, 1000):
    sys.exit("changed: order or repeated points are treated differently")
PY
