#!/usr/bin/env bash
# Expected: a small library of rotations, six files of plain tensor arithmetic, costs little beside torch.
# Happens: from 1.6.1 on `import roma` imports torch._dynamo, and with it torch's compiler, sympy and 800 modules, for a
#   workaround that matters only inside torch.compile. roma 1.6 imports six modules. torch.optim does the same, but only
#   at an optimiser's first step.
# Library: roma 1.8.0 beside torch 2.13.0. On Linux PyPI's torch is a CUDA build; PyTorch's CPU index has a smaller one.
# Matters: every process that reads or fits SMPL rotations pays, each worker of a DataLoader and each actor of a build
#   too: 75 MB and a second apiece. For axis-angle to matrices and back scipy's Rotation and smplx do without.
# Seen: roma 1.6: 6 modules, 0 MB, compiler: no / roma 1.8.0: 829 modules, 77 MB, compiler: yes
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"${PYTHON:-python3}" -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile torch==2.13.0 numpy==2.4.6
cat > "$dir/count.py" <<'PY'
import sys
from importlib.metadata import version
from pathlib import Path

import torch


def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20


modules, megabytes = len(sys.modules), resident()
import roma  # noqa: E402

print(
    f"roma {version('roma')}: {len(sys.modules) - modules} modules, {resident() - megabytes:.0f} MB,",
    "compiler: yes" if "torch._dynamo" in sys.modules else "compiler: no",
)
turned = roma.rotvec_to_rotmat(torch.tensor([0.0, 0.0, torch.pi / 2])) @ torch.tensor([1.0, 0.0, 0.0])
sys.exit("a quarter turn is wrong" if (turned - torch.tensor([0.0, 1.0, 0.0])).norm() > 1e-6 else 0)
PY
for version in 1.6 1.8.0; do
    "$dir/venv/bin/pip" install --quiet --no-compile --no-deps "roma==$version"
    "$dir/venv/bin/python" "$dir/count.py" | tee "$dir/$version"
done
if ! grep -q "compiler: no" "$dir/1.6" || ! grep -q "compiler: yes" "$dir/1.8.0"; then
    echo "changed: importing roma no longer loads the compiler" >&2
    exit 1
fi
