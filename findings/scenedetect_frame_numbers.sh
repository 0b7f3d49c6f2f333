#!/usr/bin/env bash
# Expected: a scene that starts with the 90th decoded frame (from 0) has frame_num 90 in PySceneDetect.
# Happens: on a variable frame rate frame_num is 77 with the opencv backend and 150 with the pyav backend: seconds
#   times a rate, and the backends take different rates. The seconds, 2.5, are right with both.
# Library: PySceneDetect 0.7.2 with OpenCV 5.0.0.93 and PyAV 18.1.0.
# Matters: cutting frame arrays, poses or masks at frame_num splits clips inside a shot; a clip meant to have one
#   camera gets frames of the next one. Cut by seconds and by the frames' own times. (frame_num looks like an index.)
# Seen: opencv: frame_num 77, 2.5 s / pyav: frame_num 150, 2.5 s (true: frame 90, 2.5 s)
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"${PYTHON:-python3}" -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile scenedetect-headless==0.7.2 opencv-python-headless==5.0.0.93 av==18.1.0 numpy==2.4.6
"$dir/venv/bin/python" - "$dir" <<'PY'
import logging
import sys
from fractions import Fraction

import av
import av.logging
import numpy as np
import scenedetect

logging.disable(logging.CRITICAL)
av.logging.set_libav_level(av.logging.PANIC)
path, times = f"{sys.argv[1]}/v.mp4", [k if k < 60 else 60 + 3 * (k - 60) for k in range(120)]
with av.open(path, "w") as out:
    stream = out.add_stream("libx264", rate=60)
    stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
    stream.time_base = stream.codec_context.time_base = Fraction(1, 60)
    for k, time in enumerate(times):
        frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 20 if k < 90 else 220, np.uint8), "rgb24")
        frame.pts, frame.time_base = time, Fraction(1, 60)
        out.mux(stream.encode(frame))
    out.mux(stream.encode())
with av.open(path) as video:
    true = [frame.to_ndarray(format="gray").mean() > 128 for frame in video.decode(video=0)].index(True)
print("scenedetect", scenedetect.__version__, "- cut at decoded frame", true, "at", times[true] / 60, "s")
seen = {}
for backend in ("opencv", "pyav"):
    manager = scenedetect.SceneManager()
    manager.add_detector(scenedetect.ContentDetector(min_scene_len=2))
    manager.detect_scenes(scenedetect.open_video(path, backend=backend))
    start = manager.get_scene_list()[1][0]
    seen[backend] = start.frame_num, start.seconds
    print(f"{backend}: frame_num {start.frame_num}, {start.seconds} s")
if any(number == true or abs(seconds - 2.5) > 0.02 for number, seconds in seen.values()):
    sys.exit("changed: frame_num is the decoded frame now, or the seconds are not right")
PY
