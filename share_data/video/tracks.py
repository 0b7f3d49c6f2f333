"""Which of a file's video tracks is the film: depth, infrared, covers and stills lie beside it in some."""

import re
from pathlib import Path
from typing import Any

from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from share_data.video.problem import problem

_PICTURES = Disposition.attached_pic | Disposition.timed_thumbnails
_PARTS = Disposition.still_image | Disposition.dependent | Disposition.metadata
_FEW = 0.2
"""A track with less than this share of the frames of the fullest one is a still beside a film."""
_DEPTH_NAMES = re.compile(r"\b(depth|disparity|infrared|ir)\b", re.IGNORECASE)


def choose_track(path: Path, container: InputContainer, wanted: int | None = None) -> tuple[VideoStream, str]:
    """The default, moving, colour track, whatever its size; the largest, then the first, of several such.

    wanted: the user's choice, counted from 0 among the file's video tracks (ffprobe's `v:N`). With it, which among
    which in words, empty where the file has one. Raises VideoError.
    """
    tracks = list(container.streams.video)
    if wanted is not None:
        if not 0 <= wanted < len(tracks):
            told = "; ".join(map(_words, range(len(tracks)), tracks)) or "none"
            raise problem(path, f"has no video track {wanted}", f"Set `video_track` to one of: {told}.")
        chosen = tracks[wanted]
    else:
        films = [track for track in tracks if not track.disposition & _PICTURES]
        if not films:
            cause = "has no video stream (audio or cover picture only)"
            raise problem(path, cause, "Give a file with moving pictures.")
        fullest = max(map(_frames, films))
        chosen = max(films, key=lambda track: _rank(track, fullest))
    return chosen, _told(tracks, tracks.index(chosen))


def _rank(track: VideoStream, fullest: float) -> tuple[Any, ...]:
    """Larger for what is more of a film."""
    frames = _frames(track)
    moving = not track.disposition & _PARTS and (frames == 0 or (frames > 1 and frames >= _FEW * fullest))
    default = bool(track.disposition & Disposition.default)
    decodes = track.codec_context is not None
    return decodes, moving, _in_colour(track), default, _area(track), -track.index


def _in_colour(track: VideoStream) -> bool:
    name = " ".join(track.metadata.get(key, "") for key in ("title", "handler_name")).replace("_", " ")
    shape = track.codec_context.format if track.codec_context is not None else None
    grey = shape is not None and shape.name.startswith(("gray", "ya8", "ya16", "mono"))
    return not grey and not _DEPTH_NAMES.search(name)


def _frames(track: VideoStream) -> float:
    """How many frames the header claims, for comparison only; 0 where it says nothing."""
    if track.frames:
        return track.frames
    if track.duration and track.time_base and track.average_rate:
        return float(track.duration * track.time_base * track.average_rate)
    return 0


def _area(track: VideoStream) -> int:
    return track.width * track.height if track.codec_context is not None else 0


def _told(tracks: list[VideoStream], chosen: int) -> str:
    others = [_words(number, track) for number, track in enumerate(tracks) if number != chosen]
    return f"{_words(chosen, tracks[chosen])}; not {'; '.join(others)}" if others else ""


def _words(number: int, track: VideoStream) -> str:
    """`1: ffv1 gray16le 1024 x 1024 DEPTH`."""
    parts = [f"{number}:"]
    if track.codec_context is None:
        parts.append("unknown codec")
    else:
        parts += [track.codec_context.codec.name, track.pix_fmt or "", f"{track.width} x {track.height}"]
    cover = "cover picture" if track.disposition & _PICTURES else ""
    return " ".join(part for part in (*parts, track.metadata.get("title", "")[:40], cover) if part)
