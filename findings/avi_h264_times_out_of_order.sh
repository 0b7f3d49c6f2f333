#!/usr/bin/env bash
# Expected: decoded frames come in the order they are shown, so their times grow.
# Happens: H.264 with B-frames in AVI: the frames come in the right order, but their times are those of the
#   packets as stored: 1, 3, 4, 2, 6, 7, 5, ... AVI has no presentation times, and no error or warning says so.
# Library: PyAV 18.1.0 (its FFmpeg), which reads and writes such files.
# Matters: sorting by time, looking up the frame nearest to a time, or differencing times for velocities is wrong
#   for most frames, while a viewer that plays on looks fine. `ffmpeg -c:v libx264 x.avi` makes such files.
# Seen: shown in order: True / times grow: False / pts [1, 3, 4, 2, 6, 7, 5, 9, 10, 8]
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"${PYTHON:-python3}" -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile av==18.1.0 numpy==2.4.6
"$dir/venv/bin/python" - "$dir" <<'PY'
import sys

import av
import numpy as np

path = f"{sys.argv[1]}/a.avi"
with av.open(path, "w") as out:
    stream = out.add_stream("libx264", rate=30)
    stream.width, stream.height, stream.pix_fmt, stream.options = 64, 48, "yuv420p", {"bf": "2"}
    for k in range(30):
        frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 8 * k, np.uint8), "rgb24")
        frame.pts = k
        out.mux(stream.encode(frame))
    out.mux(stream.encode())
with av.open(path) as video:
    frames = [(frame.pts, frame.to_ndarray(format="gray").mean()) for frame in video.decode(video=0)]
pts = [p for p, _ in frames]
grey = [g for _, g in frames]
print("av", av.__version__, "-", len(frames), "frames")
print("shown in order:", grey == sorted(grey))
print("times grow:", pts == sorted(pts), "- pts", pts[:10])
if len(frames) != 30 or grey != sorted(grey) or pts == sorted(pts):
    sys.exit("changed: frames or times of H.264 in AVI come differently")
PY
