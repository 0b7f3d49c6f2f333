#!/usr/bin/env bash
# Expected: an array written with litdata comes back with its values and dtype, or the writer complains.
# Happens: the first sample's dtype is taken for every 1-d array of that field. With int64 first, a later float32
#   [0.25, 1.0] comes back as one int64, 4575657222456999936: half as long, and no error or warning.
# Library: litdata 0.2.76, 1-d NumPy arrays (more dimensions carry their dtype and are right). Installed without
#   its torchvision, not needed here. On Linux PyPI's torch is a CUDA build; PyTorch's CPU index has a smaller one.
# Matters: soft contacts, scores and visibility are whole numbers in some clips and fractions in others. Force one
#   dtype per field in the writer, and compare one read sample with its source.
# Seen: sample 1: int64 [4575657222456999936] for float32 [0.25, 1.0] / two-dimensional: float32 [[0.25, 1.0]]
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"${PYTHON:-python3}" -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile torch==2.13.0 numpy==2.4.6 lightning-utilities==0.15.3 filelock==4.3.1 requests==2.34.2 boto3==1.44.8
"$dir/venv/bin/pip" install --quiet --no-compile --no-deps litdata==0.2.76
"$dir/venv/bin/python" - "$dir" <<'PY'
import subprocess
import sys
from pathlib import Path

script = Path(sys.argv[1], "run.py")  # litdata starts workers, which import the script
script.write_text("""
import sys
import numpy as np
import litdata

def clip(k):
    contact = np.array([0, 1]) if k == 0 else np.array([0.25, 1.0], np.float32)
    return {"flat": contact, "table": contact[None]}

if __name__ == "__main__":
    litdata.optimize(clip, [0, 1], output_dir=sys.argv[1], num_workers=1, chunk_size=10)
    sample = litdata.StreamingDataset(sys.argv[1])[1]
    print("READ", sample["flat"].dtype, sample["flat"].tolist(), sample["table"].dtype, sample["table"].tolist())
""")
environment = {"HOME": sys.argv[1], "PATH": "/usr/bin:/bin"}
done = subprocess.run(
    [sys.executable, script, f"{sys.argv[1]}/out"], env=environment, check=True, capture_output=True, text=True
)
line = next(line for line in done.stdout.splitlines() if line.startswith("READ"))
print("litdata 0.2.76 - written float32 [0.25, 1.0] -", line)
if line != "READ int64 [4575657222456999936] float32 [[0.25, 1.0]]":
    sys.exit("changed: a later sample's dtype is kept, or refused")
PY
