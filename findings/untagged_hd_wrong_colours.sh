#!/usr/bin/env bash
# Expected: 720p video whose file names no colour matrix is decoded as HD, with BT.709, as players do.
# Happens: PyAV's to_ndarray("rgb24") and OpenCV take BT.601 whatever the size. A red of (200, 30, 60) comes back as
#   (184, 9, 59); with the tag in the file, or src_colorspace="ITU709", it comes back right.
# Library: PyAV 18.1.0 and OpenCV 5.0.0.93 (FFmpeg's scaler inside both takes "unspecified" for 601).
# Matters: point colours and skin tones are off by up to 20 of 255 levels for untagged HD files only, so two clips of
#   one camera differ when one went through a tool that drops the tag, and a re-encoding makes it permanent.
# Seen: tagged: av [198 29 59], cv2 [198 29 59] / untagged: av [184 9 59], cv2 [184 9 59], told ITU709: [198 29 59]
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"${PYTHON:-python3}" -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile av==18.1.0 opencv-python-headless==5.0.0.93 numpy==2.4.6
"$dir/venv/bin/python" - "$dir" <<'PY'
import sys

import av
import cv2
import numpy as np

print("av", av.__version__, "- cv2", cv2.__version__)
image = np.full((720, 1280, 3), (200, 30, 60), np.uint8)
tag = {"x264-params": "colormatrix=bt709:colorprim=bt709:transfer=bt709"}
seen = {}
for name, options in (("tagged", tag), ("untagged", {})):
    path = f"{sys.argv[1]}/{name}.mp4"
    with av.open(path, "w") as out:
        stream = out.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt, stream.options = 1280, 720, "yuv420p", {"crf": "1", **options}
        for k in range(2):
            frame = av.VideoFrame.from_ndarray(image, "rgb24").reformat(format="yuv420p", dst_colorspace="ITU709")
            frame.pts, frame.colorspace = k, 2 if name == "untagged" else 1  # 2: unspecified
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    with av.open(path) as video:
        frame = next(video.decode(video=0))
    told = frame.reformat(format="rgb24", src_colorspace="ITU709").to_ndarray()[9, 9]
    seen[name] = [frame.to_ndarray(format="rgb24")[9, 9], cv2.VideoCapture(path).read()[1][9, 9, ::-1], told]
    print(f"{name}: av {seen[name][0]}, cv2 {seen[name][1]}, av told ITU709 {told}")
error = {name: [int(np.abs(rgb - image[0, 0].astype(int)).max()) for rgb in rgbs] for name, rgbs in seen.items()}
print("largest errors", error)
if max(error["tagged"] + error["untagged"][2:]) > 4 or min(error["untagged"][:2]) < 10:
    sys.exit("changed: untagged HD is no longer read as BT.601")
PY
