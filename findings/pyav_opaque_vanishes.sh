#!/usr/bin/env bash
# Expected: `packet.opaque = 1` comes back as `frame.opaque == 1` from that packet's picture, whatever else is read.
# Happens: PyAV keeps such values in one table for the process, by the object's identity. Where two readers attach equal
#   small numbers (one object in CPython) or the same object, the first picture that is freed takes the value from the
#   other's: it reads None, without an error. With garbage collection in between, it happens now and then.
# Library: PyAV 18.1.0 (`copy_opaque`, the documented way to tell which packet a picture came from).
# Matters: whoever numbers packets from 0 or 1, to order reordered pictures or to count lost ones, loses a picture's
#   number at random as soon as a second video is read in the process. Attach an object of its own to each packet.
# Seen: alone: 1 / after the other reader's picture 1 is freed: None / with an object each: 1
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"${PYTHON:-python3}" -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile av==18.1.0 numpy==2.4.6
"$dir/venv/bin/python" - "$dir" <<'PY'
import gc
import sys

import av
import numpy as np

path = f"{sys.argv[1]}/a.avi"
with av.open(path, "w") as out:
    stream = out.add_stream("mjpeg", rate=30)
    stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
    for k in range(3):
        frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 60 * k, np.uint8), "rgb24")
        frame.pts = k
        out.mux(stream.encode(frame))
    out.mux(stream.encode())


def first_picture(ticket):
    """The first picture of the video, its packet having carried the ticket."""
    with av.open(path) as video:
        video.streams.video[0].codec_context.copy_opaque = True
        for packet in video.demux(video=0):
            packet.opaque = ticket
            for frame in packet.decode():
                return frame


def seen(ticket, other_ticket):
    ours, other = first_picture(ticket), first_picture(other_ticket)
    before = ours.opaque
    del other
    gc.collect()
    return before, ours.opaque


print("av", av.__version__)
before, after = seen(1, 1)
print("alone:", before, "/ after the other reader's picture 1 is freed:", after)
own = seen([1], [1])[1]
print("with an object each:", own and own[0])
if (before, after, own) != (1, None, [1]):
    sys.exit("changed: what a picture carries is no longer taken by another one's end")
PY
