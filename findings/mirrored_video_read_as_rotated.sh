#!/usr/bin/env bash
# Expected: an MP4 whose display matrix mirrors the picture left to right is shown mirrored, or at least said to be.
# Happens: PyAV's frame.rotation is -180 (a half turn) and OpenCV, which applies what it reads, hands out the picture
#   upside down. A mirror top to bottom is rotation 0: not there at all. Plain turns are right in OpenCV; PyAV
#   leaves pixels as stored, and its sign is the other one (-90 where OpenCV's property says 90).
# Library: PyAV 18.1.0 and OpenCV 5.0.0.93: an angle is all that FFmpeg's helper takes out of the matrix.
# Matters: left and right of the person swap against the picture a player shows, or the body stands on its head, and
#   nothing downstream can tell. Read the nine numbers: a negative determinant is a mirror.
# Seen: turned: av -90, cv2 [2 0 3 1] / mirrored: av -180, cv2 [3 2 1 0] / mirrored top to bottom: av 0, cv2 [0 1 2 3]
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"${PYTHON:-python3}" -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile av==18.1.0 opencv-python-headless==5.0.0.93 numpy==2.4.6
"$dir/venv/bin/python" - "$dir" <<'PY'
import struct
import sys

import av
import cv2
import numpy as np

path, one, w = f"{sys.argv[1]}/a.mp4", 1 << 16, 1 << 30
image = np.zeros((64, 64, 3), np.uint8)
image[:32, :32], image[:32, 32:], image[32:, :32], image[32:, 32:] = 20, 90, 160, 230  # corners 0 1 2 3
with av.open(path, "w") as out:
    stream = out.add_stream("libx264", rate=30)
    stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
    for k in range(3):
        frame = av.VideoFrame.from_ndarray(image, "rgb24")
        frame.pts = k
        out.mux(stream.encode(frame))
    out.mux(stream.encode())
data = bytearray(open(path, "rb").read())
at = data.rindex(b"tkhd") + 44  # the matrix of a version 0 track header
assert struct.unpack(">9i", data[at : at + 36]) == (one, 0, 0, 0, one, 0, 0, 0, w)
print("av", av.__version__, "- cv2", cv2.__version__)
seen = {}
for name, (a, b, c, d) in {
    "turned": (0, 1, -1, 0), "mirrored": (-1, 0, 0, 1), "mirrored top to bottom": (1, 0, 0, -1),
}.items():
    data[at : at + 36] = struct.pack(">9i", a * one, b * one, 0, c * one, d * one, 0, 0, 0, w)
    open(path, "wb").write(data)
    with av.open(path) as video:
        rotation = next(video.decode(video=0)).rotation
    got = cv2.VideoCapture(path).read()[1]
    seen[name] = rotation, [round((int(got[y, x, 0]) - 20) / 70) for y in (16, 48) for x in (16, 48)]
    print(f"{name}: av rotation {rotation}, cv2 corners {seen[name][1]}")
if seen["mirrored"][1] != [3, 2, 1, 0] or seen["mirrored top to bottom"] != (0, [0, 1, 2, 3]):
    sys.exit("changed: mirrored display matrices are read differently")
PY
