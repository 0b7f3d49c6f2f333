"""One record, told in the terminal: where it comes from, what is in it, how far to trust it."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from share_data.audit.contact_sheet import record_body, write_sheet
from share_data.audit.report import ESTIMATOR_NOTES
from share_data.corpus.read import Record
from share_data.errors import BodyModelError
from share_data.pipeline.camera.pose import TELLERS
from share_data.text import plain_line

__all__ = ["describe", "render_record", "write_sheet"]

Section = dict[str, str]
FOCAL_NOTES = {
    "lens": " (35 mm equivalent in the file; 9 % short where 16:9 is cut from a 4:3 sensor, usually 10 to 20 % more "
    "where the video is stabilised)",
    "edges": " (straight edges in the picture, 1 to 4 % off)",
    "default": " (a guess)",
}
_ORIGINS = {0: "several keyframes", 255: "the camera's other videos"}


def describe(record: Record) -> RenderableType:
    """Everything a researcher asks of a record, as a table by section."""
    parts: list[RenderableType] = [render_record(record)]
    for kind in (record.metadata["humans"]["kind"], record.metadata["geometry"]["kind"]):
        if kind in ESTIMATOR_NOTES:
            parts.append(Text(ESTIMATOR_NOTES[kind], style="dim"))
    return Group(*parts)


def render_record(record: Record) -> Table:
    """The sections of a record, one row a fact."""
    table = Table(title=Text(plain_line(record.key)), title_justify="left", show_header=False)
    for name, style in (("section", "bold"), ("fact", ""), ("value", "")):
        table.add_column(name, style=style, overflow="fold")
    for section, facts in _sections(record).items():
        for number, (fact, value) in enumerate(facts.items()):
            table.add_row("" if number else section, Text(plain_line(fact)), Text(_lines(value)))
        table.add_section()
    return table


def _lines(value: object) -> str:
    """A fact of several lines, each of them plain."""
    return "\n".join(plain_line(line, 2000) for line in str(value).split("\n"))


def _sections(record: Record) -> dict[str, Section]:
    metadata = record.metadata
    return {
        "source": _source(metadata),
        "clip": _clip(metadata),
        "camera": _camera(record),
        "person": _person(record),
        "scene": _scene(record),
        "estimators": {part: _estimator(metadata[part]) for part in ("humans", "geometry")},
        "scores": {name: f"{value:.6g}" for name, value in sorted(metadata["scores"].items())},
    }


def _source(metadata: Mapping[str, Any]) -> Section:
    permission = "redistributable" if metadata["redistributable"] else "not redistributable"
    facts = {
        "source": metadata["source"],
        "video": metadata["video_id"],
        "title": metadata["title"],
        "uri": metadata["uri"],
        "licence": f"{metadata['licence']} ({permission})",
        "attribution": metadata["attribution"],
        "labels": ", ".join(f"{name}={value}" for name, value in sorted(metadata["labels"].items())),
        "sha256": metadata["video_sha256"],
    }
    return {name: value for name, value in facts.items() if value}


def _clip(metadata: Mapping[str, Any]) -> Section:
    start, stop = metadata["frame_start"], metadata["frame_stop"]
    duration = metadata["time_last"] - metadata["time_first"]
    return {
        "frames": f"{metadata['n_frames']} ({start} to {stop - 1} of the video)",
        "time": f"{metadata['time_first']:.3f} to {metadata['time_last']:.3f} s ({duration:.2f} s)",
        "frame rate": f"{metadata['fps']:.3f} per second{_scale(metadata)}",
        "image": f"{metadata['width']} x {metadata['height']} px",
    }


def _scale(metadata: Mapping[str, Any]) -> str:
    """Where the recipe corrected the times; records of format 1 do not know of it."""
    scale = metadata.get("time_scale") or 1
    return "" if scale == 1 else f", a second of the file being {scale:g}"


def _camera(record: Record) -> Section:
    metadata, pose = record.metadata, record.arrays["T_world_cam"]
    field_of_view = 2 * math.degrees(math.atan(metadata["width"] / 2 / metadata["focal"]))
    pitch = math.degrees(math.asin(float(np.clip(pose[2, 2], -1, 1))))
    roll = math.degrees(math.atan2(pose[2, 0], -pose[2, 1]))
    return {
        "focal": f"{metadata['focal']:.1f} px ({field_of_view:.1f}° across), from: {metadata['focal_source']}"
        + FOCAL_NOTES.get(metadata["focal_source"], ""),
        "height": f"{pose[2, 3]:.2f} m above the floor{_teller(metadata, 'height')}",
        "pitch": f"{abs(pitch):.1f}° {'up' if pitch > 0 else 'down'}{_teller(metadata, 'pitch')}",
        "roll": f"{roll:.1f}°{_teller(metadata, 'roll')}",
    }


def _teller(metadata: Mapping[str, Any], what: str) -> str:
    """Who says it; records of earlier builds do not."""
    place = metadata["scores"].get(f"{what}_source")
    return "" if place is None else f", from: {TELLERS[int(place)]}"


def _person(record: Record) -> Section:
    arrays, body = record.arrays, record.metadata["body"]
    pelvis = arrays["joints"][:, 0].astype(np.float64)
    distance = np.linalg.norm(pelvis - arrays["T_world_cam"][:3, 3], axis=1)
    walked = float(np.linalg.norm(np.diff(pelvis[:, :2], axis=0), axis=1).sum())
    moved = np.linalg.norm(arrays["transl"].astype(np.float64) - arrays["transl_initial"], axis=1)
    return {
        "body": f"{body['name']} {body['gender']}, {body['licence']}, sha256 {body['sha256'][:12]}",
        "stature": _stature(record),
        "seen": f"in {int(arrays['valid'].sum())} of {len(arrays['valid'])} frames (motion is interpolated elsewhere)",
        "seen how well": f"{arrays['confidence'].mean():.2f} mean, {arrays['confidence'].min():.2f} least",
        "keyframes": ", ".join(str(frame) for frame in np.flatnonzero(arrays["keyframe"])),
        "from camera": f"{distance.min():.2f} to {distance.max():.2f} m",
        "pelvis path": f"{walked:.2f} m over the floor, height {pelvis[:, 2].min():.2f} to {pelvis[:, 2].max():.2f} m",
        "placement": f"moved by {moved.mean():.2f} m on average, {moved.max():.2f} m at most",
    }


def _stature(record: Record) -> str:
    try:
        return f"{record_body(record).height(record.arrays['betas']):.2f} m"
    except BodyModelError:
        return "needs the body model the record was made with"


def _scene(record: Record) -> Section:
    metadata, arrays, points = record.metadata, record.arrays, record.points
    extent = np.ptp(points, axis=0) if len(points) else np.zeros(3)
    origins = dict(zip(*(part.tolist() for part in np.unique(arrays["point_source"], return_counts=True)), strict=True))
    named = [f"{count} from {_ORIGINS.get(origin, f'keyframe {origin}')}" for origin, count in origins.items()]
    return {
        "geometry": metadata["geometry_label"],
        "points": f"{metadata['n_points']} ({', '.join(named)})" if named else "none",
        "extent": f"{extent[0]:.2f} x {extent[1]:.2f} x {extent[2]:.2f} m",
        "floor": "{:+.3f} x {:+.3f} y {:+.3f} z {:+.3f} m = 0".format(*(arrays["floor_plane"] + 0.0)),
        "precision": metadata["precision"],
    }


def _estimator(stamp: Mapping[str, Any]) -> str:
    lines = [f"{stamp['kind']} version {stamp['version']}"]
    lines += [f"{name} sha256 {digest[:12]}" for name, digest in sorted(stamp["weights"].items())]
    lines += [f"{name}={value}" for name, value in sorted(stamp["settings"].items())]
    return "\n".join(lines)
