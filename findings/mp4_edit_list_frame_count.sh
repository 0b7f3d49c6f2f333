#!/usr/bin/env bash
# Expected: the number of frames a reader announces is the number it decodes.
# Happens: an MP4 whose edit list starts after frame 10 (what cutting without re-encoding leaves) announces 30
#   frames in PyAV (`stream.frames`, and 30 packets) and in OpenCV (CAP_PROP_FRAME_COUNT); both decode 20.
# Library: PyAV 18.1.0 and OpenCV 5.0.0.93 (FFmpeg inside both): the count is the sample table's, before the edit.
# Matters: arrays sized by the announced count keep a third of empty frames at the end, "frame k of n" sampling runs
#   off the end, and a completeness check by count calls a sound clip damaged. Only decoding counts.
# Seen: PyAV: announced 30, packets 30, decoded 20 / OpenCV: announced 30, decoded 20
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

path = f"{sys.argv[1]}/cut.mp4"
with av.open(path, "w", options={"avoid_negative_ts": "disabled"}) as out:
    stream = out.add_stream("libx264", rate=30)
    stream.width, stream.height, stream.pix_fmt, stream.options = 64, 48, "yuv420p", {"bf": "0"}
    stream.time_base = stream.codec_context.time_base = Fraction(1, 30)
    for k in range(30):
        frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 8 * k, np.uint8), "rgb24")
        frame.pts, frame.time_base = k - 10, Fraction(1, 30)  # the muxer writes an edit list for what is before 0
        out.mux(stream.encode(frame))
    out.mux(stream.encode())
assert b"elst" in open(path, "rb").read()
with av.open(path) as video:
    announced = video.streams.video[0].frames
    packets = sum(packet.size > 0 for packet in video.demux(video=0))
with av.open(path) as video:
    decoded = sum(1 for _ in video.decode(video=0))
print(f"av {av.__version__}: announced {announced}, packets {packets}, decoded {decoded}")
reader, frames = cv2.VideoCapture(path), 0
count = int(reader.get(cv2.CAP_PROP_FRAME_COUNT))
while reader.read()[0]:
    frames += 1
print(f"cv2 {cv2.__version__}: announced {count}, decoded {frames}")
if (announced, packets, decoded, count, frames) != (30, 30, 20, 30, 20):
    sys.exit("changed: the announced counts or the decoded frames differ")
PY
