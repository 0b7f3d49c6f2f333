#!/usr/bin/env bash
# Expected: `transl` is where the pelvis is and `global_orient` turns about the origin, so a change of world frame is
#   R @ global_orient and R @ transl.
# Happens: the pelvis is at transl + J0(betas), and the turn is about it. Done so, every vertex is off by
#   the one vector R J0 - J0, and by another for another body shape. R (transl + J0) - J0 is right.
# Library: smplx 0.1.28 (its licence is non-commercial), with a model made here: random, pelvis 0.25 m from its origin.
#   On Linux PyPI's torch is a CUDA build; PyTorch's CPU index has a smaller one.
# Matters: camera to world, y-up to z-up and floor alignment of any SMPL corpus; the error is constant in a clip, so
#   motion looks right and feet float or sink, by an amount that depends on betas, and scene contacts are off.
# Seen: pelvis at transl 0: 0.25 m from the origin, betas move it 0.03 m; turned: off by 0.354 m, corrected: 0.000 m
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"${PYTHON:-python3}" -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile torch==2.13.0 numpy==2.4.6 smplx==0.1.28
"$dir/venv/bin/python" - "$dir" <<'PY'
import sys

import numpy as np
import smplx
import torch
from smplx.utils import Struct

rng = np.random.default_rng(0)
count, parents = 6890, [-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21]
shapes, regressor = 0.01 * rng.normal(size=(count, 3, 10)), np.zeros((24, count))
regressor[range(24), range(24)] = 1
template = rng.normal(size=(count, 3)) * 0.3
template[0], shapes[0], shapes[0, 1, 0] = (0, -0.25, 0), 0, 0.01
body = smplx.SMPL("", data_struct=Struct(
    v_template=template, shapedirs=shapes, posedirs=np.zeros((count, 3, 207)), J_regressor=regressor,
    f=np.zeros((1, 3), int), weights=rng.dirichlet(np.ones(24), count), kintree_table=np.stack([parents, range(24)]),
))
pose = torch.tensor(rng.normal(size=(1, 69)) * 0.3, dtype=torch.float32)
turn, transl = torch.tensor([[np.pi / 2, 0, 0]], dtype=torch.float32), torch.tensor([[1.0, 2.0, 3.0]])
matrix = smplx.lbs.batch_rodrigues(turn)[0]
with torch.no_grad():
    pelvis = body(transl=torch.zeros(1, 3)).joints[0, 0]
    moved = body(betas=torch.eye(10)[:1] * 3).joints[0, 0] - pelvis
    true = body(body_pose=pose, transl=transl).vertices[0] @ matrix.T
    naive = body(body_pose=pose, global_orient=turn, transl=transl @ matrix.T).vertices[0]
    right = body(body_pose=pose, global_orient=turn, transl=(transl + pelvis) @ matrix.T - pelvis).vertices[0]
off = [float((got - true).norm(dim=1).max()) for got in (naive, right)]
print(f"smplx 0.1.28 - pelvis {float(pelvis.norm()):.3f} m from transl, betas move it {float(moved.norm()):.3f} m")
print(f"turned by R orient, R transl: off by {off[0]:.3f} m; corrected: {off[1]:.3f} m")
if abs(off[0] - 0.25 * 2**0.5) > 1e-3 or off[1] > 1e-4 or moved.norm() < 0.02:
    sys.exit("changed: the pelvis is at transl, or the turn is about another point")
PY
