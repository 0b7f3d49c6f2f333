#!/usr/bin/env bash
# Expected: safetensors.numpy.save stores the array it is given, or refuses it, as safetensors.torch does.
# Happens: it stores the view's memory, not its values: a transposed array comes back with the right shape and dtype
#   and its numbers in another order; so does every second row, a reversed clip, or two columns of three.
# Library: safetensors 0.8.0 (numpy API). np.ascontiguousarray before saving is the cure.
# Matters: such views are what motion code makes: points.T of a (3, N) cloud, every second frame, a swap of y and z
#   by slicing. Shape and dtype are right, of a transpose sum and range too; only comparing values shows it.
# Seen: transposed, every second frame, reversed, two columns: shape kept True, values kept False; contiguous: True
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"${PYTHON:-python3}" -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile safetensors==0.8.0 numpy==2.4.6
"$dir/venv/bin/python" - "$dir" <<'PY'
import sys

import numpy as np
import safetensors
from safetensors.numpy import load, save

frames = np.arange(24, dtype=np.float32).reshape(8, 3)
views = {
    "transposed": frames.T,
    "every second frame": frames[::2],
    "reversed": frames[::-1],
    "two columns": frames[:, :2],
    "contiguous copy": np.ascontiguousarray(frames.T),
}
print("safetensors", safetensors.__version__, "- numpy", np.__version__)
kept = {}
for name, view in views.items():
    back = load(save({"a": view}))["a"]
    kept[name] = bool(np.array_equal(back, view))
    print(f"{name}: shape kept {back.shape == view.shape}, values kept {kept[name]}")
if kept != {name: name == "contiguous copy" for name in views}:
    sys.exit("changed: views are saved by value now, or refused")
PY
