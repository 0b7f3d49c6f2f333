#!/usr/bin/env bash
# Expected: a video written from 514 x 376 frames (even numbers, fine for H.264) has 514 x 376 pixels.
# Happens: it has 528 x 384. imageio's ffmpeg writer rounds each side up to a multiple of 16 by scaling, and not
#   alike: x by 1.027, y by 1.021. A line on the log, no error; macro_block_size=2 keeps the size.
# Library: imageio 2.38.1 with imageio-ffmpeg 0.8.1 (v2 mimwrite and v3 imwrite alike).
# Matters: focal lengths, principal points, boxes and 2-D keypoints in pixels no longer fit the video beside them;
#   a quarter-size RICH frame, 1028 x 752, becomes 1040 x 752: only fx is wrong. 1080 lines become 1088.
# Seen: 514x376 -> 528x384, with macro_block_size=2 -> 514x376; 1028x752 -> 1040x752
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"${PYTHON:-python3}" -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile imageio==2.38.1 imageio-ffmpeg==0.8.1 numpy==2.4.6
"$dir/venv/bin/python" - "$dir" <<'PY'
import logging
import sys

import imageio
import imageio.v2 as iio
import numpy as np

logging.disable(logging.CRITICAL)
print("imageio", imageio.__version__)


def size_of(width, height, **options):
    path = f"{sys.argv[1]}/a.mp4"
    iio.mimwrite(path, [np.full((height, width, 3), 9 * k, np.uint8) for k in range(10)], fps=30, **options)
    with iio.get_reader(path) as reader:
        got = reader.get_meta_data()["size"]
    print(f"{width}x{height} {options or ''} -> {got[0]}x{got[1]}")
    return tuple(got)


sizes = size_of(514, 376), size_of(514, 376, macro_block_size=2), size_of(1028, 752)
if sizes != ((528, 384), (514, 376), (1040, 752)):
    sys.exit("changed: the writer no longer scales frames to multiples of 16")
PY
