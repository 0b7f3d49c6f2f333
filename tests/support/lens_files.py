"""Videos whose files tell something of the lens, as phones write it."""

from collections.abc import Mapping
from pathlib import Path

import av
from media import moving_square, write_video

QUICKTIME = "com.apple.quicktime.camera.focal_length.35mm_equivalent"


def told_by(
    path: Path, *of_tracks: Mapping[str, str], of_file: Mapping[str, str] | None = None, size: tuple[int, int]
) -> Path:
    """A video of this (width, height), with the metadata of the file and of each of its tracks, or of its only one."""
    plain = write_video(path.with_name("plain.mp4"), moving_square(4, *size))
    options = {} if path.suffix == ".mkv" else {"movflags": "use_metadata_tags"}
    with av.open(str(path), "w", options=options) as container:
        container.metadata.update(of_file or {})
        for told in of_tracks or ({},):
            with av.open(str(plain)) as source:
                stream = container.add_stream_from_template(source.streams.video[0])
                stream.metadata.update(told)
        for stream in container.streams:
            with av.open(str(plain)) as source:
                for packet in source.demux(video=0):
                    if packet.dts is not None:
                        packet.stream = stream
                        container.mux(packet)
    return path
