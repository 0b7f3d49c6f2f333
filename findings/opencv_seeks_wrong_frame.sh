#!/usr/bin/env bash
# Expected: after set(CAP_PROP_POS_FRAMES, k), or set(CAP_PROP_POS_MSEC, its time), OpenCV reads frame k.
# Happens: on a variable frame rate (60 fps, then 20, as phones record in falling light) it reads another frame or
#   none, by number and by time alike, and set() answers True. Reading from the start gives every frame in order.
# Library: OpenCV 5.0.0.93 (its FFmpeg reader); 4.12.0.88 reads the same wrong frames.
# Matters: keyframes fetched by seeking are images of another moment than the pose, mask or label beside them; the
#   error here is up to 27 frames. Decode forward and count, or look for the frame by its own time with PyAV.
# Seen: seek to 10 30 50 70 90 110 / by number 10 30 66 97 117 none / by time 5 15 26 62 104 118
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"${PYTHON:-python3}" -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile av==18.1.0 opencv-python-headless==5.0.0.93 numpy==2.4.6
"$dir/venv/bin/python" - "$dir" <<'PY'
import sys
from fractions import Fraction

import av
import cv2
import numpy as np

path, times = f"{sys.argv[1]}/v.mp4", [k if k < 60 else 60 + 3 * (k - 60) for k in range(120)]


def draw(k):
    bars = [240 if k >> bit & 1 else 16 for bit in range(7)] + [16]
    return np.repeat(np.repeat(np.uint8(bars), 8)[None, :, None], 64, 0).repeat(3, 2)


def number(image):
    return sum(1 << bit for bit in range(7) if image[20:44, 8 * bit + 2 : 8 * bit + 6].mean() > 128)


with av.open(path, "w") as out:
    stream = out.add_stream("libx264", rate=60)
    stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
    stream.time_base = stream.codec_context.time_base = Fraction(1, 60)
    for k, time in enumerate(times):
        frame = av.VideoFrame.from_ndarray(draw(k), "rgb24")
        frame.pts, frame.time_base = time, Fraction(1, 60)
        out.mux(stream.encode(frame))
    out.mux(stream.encode())
reader, forward = cv2.VideoCapture(path), []
while (got := reader.read())[0]:
    forward.append(number(got[1]))
print("cv2", cv2.__version__, "- read forward, in order:", forward == list(range(120)))
wanted, missed = [10, 30, 50, 70, 90, 110], 0
for how, prop, at in (
    ("by number", cv2.CAP_PROP_POS_FRAMES, lambda k: k),
    ("by time", cv2.CAP_PROP_POS_MSEC, lambda k: 1000 * times[k] / 60),
):
    reader, seen = cv2.VideoCapture(path), []
    for k in wanted:
        assert reader.set(prop, at(k))
        ok, image = reader.read()
        seen.append(number(image) if ok else None)
    missed += seen != wanted
    print(how, "- wanted", wanted, "- read", seen)
if forward != list(range(120)) or missed != 2:
    sys.exit("changed: a seek finds its frame now, or forward reading does not")
PY
