#!/usr/bin/env bash
# Expected: frame k of a 30 fps video has time k/30, so int(time * 30) counts frames, whatever the container.
# Happens: WebM and Matroska store whole milliseconds. A third of the frames fall one short, share their
#   neighbour's number, and their own number is never used; MP4 keeps all. 60000/1001 fps comes back as 19001/317.
# Library: PyAV 18.1.0 (its FFmpeg's WebM muxer and demuxer). The format sets the millisecond; the rate is FFmpeg's guess.
# Matters: poses and depth keyed by int(time * fps) overwrite each other for one frame in three. Much of
#   what comes off video sites is WebM: number frames by counting, or round instead of truncating.
# Seen: mp4: 30 numbers for 30 frames / webm: 20 numbers for 30 frames / 60000/1001 read as 19001/317
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"${PYTHON:-python3}" -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile av==18.1.0 numpy==2.4.6
"$dir/venv/bin/python" - "$dir" <<'PY'
import sys
from fractions import Fraction

import av
import numpy as np


def write(path, codec, rate, frames):
    with av.open(path, "w") as out:
        stream = out.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for k in range(frames):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 2 * k, np.uint8), "rgb24")
            frame.pts = k
            out.mux(stream.encode(frame))
        out.mux(stream.encode())


print("av", av.__version__)
numbers = {}
for kind, codec in (("mp4", "libx264"), ("webm", "libvpx-vp9")):
    path = f"{sys.argv[1]}/a.{kind}"
    write(path, codec, 30, 30)
    with av.open(path) as video:
        times = [frame.time for frame in video.decode(video=0)]
    numbers[kind] = [int(time * 30) for time in times]
    print(f"{kind}: {len(set(numbers[kind]))} numbers for {len(times)} frames: {numbers[kind][:8]}")
write(f"{sys.argv[1]}/b.webm", "libvpx-vp9", Fraction(60000, 1001), 120)
with av.open(f"{sys.argv[1]}/b.webm") as video:
    rate = video.streams.video[0].average_rate
print("60000/1001 read as", rate)
if numbers["mp4"] != list(range(30)) or len(set(numbers["webm"])) != 20 or rate == Fraction(60000, 1001):
    sys.exit("changed: WebM times or rates are no longer rounded this way")
PY
