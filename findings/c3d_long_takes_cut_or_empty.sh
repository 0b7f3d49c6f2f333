#!/usr/bin/env bash
# Expected: a C3D file of more than 65,534 frames is read back whole by ezc3d, which wrote it, and by c3d.
# Happens: of 70,000 frames ezc3d writes every byte and reads 65,535, without a word; c3d reads none at all (its loop's
#   end, one more than a 16-bit last frame of 65535, overflows to 0: a NumPy warning). 65,535 frames: c3d none.
#   The same take written by c3d (which adds TRIAL parameters for it) is read whole by both.
# Library: ezc3d 1.7.2 and c3d 0.6.0. The header's frame numbers have 16 bits.
# Matters: 65,535 frames are 9 minutes at 120 Hz. A loop over such a take trains on a part or on nothing, and a
#   converter that only counts errors calls it done. Compare the frames read with the file's size or the take's length.
# Seen: by ezc3d, 70000: ezc3d 65535, c3d 0; 65535: 65535, 0; 65534: 65534, 65534 / by c3d, 70000: 70000, 70000
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"${PYTHON:-python3}" -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile c3d==0.6.0 ezc3d==1.7.2 numpy==2.4.6
"$dir/venv/bin/python" - "$dir" <<'PY'
import sys
import warnings

import c3d
import ezc3d
import numpy as np

warnings.simplefilter("ignore")
path, seen = f"{sys.argv[1]}/a.c3d", {}


def write_ezc3d(frames):
    take = ezc3d.c3d()
    take["parameters"]["POINT"]["RATE"]["value"] = [120]
    take["parameters"]["POINT"]["LABELS"]["value"] = ["hip", "knee"]
    take["data"]["points"] = np.ones((4, 2, frames))
    take.write(path)


def write_c3d(frames):
    writer = c3d.Writer(point_rate=120.0)
    writer.add_frames([(np.ones((2, 5), np.float32), np.zeros((0, 1)))] * frames)
    writer.set_point_labels(["hip", "knee"])
    with open(path, "wb") as file:
        writer.write(file)


print("c3d 0.6.0 - ezc3d 1.7.2")
for name, write, frames in (
    ("ezc3d", write_ezc3d, 65534), ("ezc3d", write_ezc3d, 65535), ("ezc3d", write_ezc3d, 70000), ("c3d", write_c3d, 70000)
):
    write(frames)
    whole = ezc3d.c3d(path)["data"]["points"].shape[2]
    with open(path, "rb") as file:
        seen[name, frames] = whole, sum(1 for _ in c3d.Reader(file).read_frames())
    print(f"{frames} frames written by {name}: ezc3d reads {whole}, c3d reads {seen[name, frames][1]}")
if list(seen.values()) != [(65534, 65534), (65535, 0), (65535, 0), (70000, 70000)]:
    sys.exit("changed: long takes are read differently")
PY
