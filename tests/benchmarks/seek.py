"""What decoding one window of a long video costs, from the video's beginning and from the key frame before it.

    python tests/benchmarks/seek.py --minutes 20 VIDEO

The video is repeated, packet by packet, until it is long enough; windows of ten seconds in its middle and at its end
are decoded both ways, and held against each other bit by bit. CPU times of one thread.
"""

import argparse
import tempfile
import time
from pathlib import Path

import av
import numpy as np

from share_data.footage import UNKNOWN, FrameIndex
from share_data.store.threads import one_thread
from share_data.video.decode import decode
from share_data.video.frames import ClipFrames
from share_data.video.index import IndexBuilder
from share_data.video.picture import Image
from share_data.video.tally import Tally

SECONDS = 10.0


def repeated(source: Path, target: Path, seconds: float) -> Path:
    """The video of `source`, again and again, without encoding anything."""
    with av.open(str(source)) as read:
        stream = read.streams.video[0]
        packets = [packet for packet in read.demux(stream) if packet.size]
        step = int(1 / stream.average_rate / stream.time_base)
        length = max(packet.pts for packet in packets) + step
        with av.open(str(target), "w") as write:
            track = write.add_stream_from_template(stream)
            for turn in range(int(seconds / float(length * stream.time_base)) + 1):
                for packet in packets:
                    copy = av.Packet(bytes(packet))
                    copy.pts, copy.dts = packet.pts + turn * length, packet.dts + turn * length
                    copy.time_base, copy.stream, copy.is_keyframe = stream.time_base, track, packet.is_keyframe
                    write.mux(copy)
    return target


def passed(path: Path) -> tuple[FrameIndex, tuple[int, int]]:
    """One pass over the video: where its frames are, and their (width, height)."""
    builder, size = IndexBuilder(), (0, 0)
    for decoded in decode(path, Tally()):
        builder.add(decoded)
        size = decoded.size
    return builder.done(), size


def window(path: Path, start: int, stop: int, size: tuple[int, int], index: FrameIndex) -> tuple[float, list[Image]]:
    """CPU seconds of decoding a window, and a part of its images."""
    began = time.process_time()
    images = [image[::8, ::8].copy() for image in ClipFrames(path, start, stop, *size, index=index)]
    return time.process_time() - began, images


def main() -> None:
    """Print one line a window."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("video", type=Path)
    parser.add_argument("--minutes", type=float, default=20)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, one_thread():
        path = repeated(args.video, Path(folder) / "long.mp4", 60 * args.minutes)
        index, size = passed(path)
        frames = int(SECONDS * len(index) / float(index.times[-1]))
        print(f"{len(index)} frames of {size[0]} x {size[1]}, a key frame every {len(index) / len(index.keys):.0f}")
        for name, start in (("middle", len(index) // 2), ("end", len(index) - frames)):
            before, expected = window(path, start, start + frames, size, UNKNOWN)
            now, found = window(path, start, start + frames, size, index)
            same = all(map(np.array_equal, expected, found))
            print(
                f"{name}: {before:.2f} s from the beginning, {now:.2f} s by seeking, {before / now:.0f} x, same: {same}"
            )


if __name__ == "__main__":
    main()
