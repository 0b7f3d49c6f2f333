"""What is told beside a clip, as HTML. Everything from outside is escaped: viser sends HTML on as it stands."""

import html
from collections.abc import Mapping, Sequence
from typing import Any

from share_data.text import plain_line
from share_data.view.clip import ClipView
from share_data.view.thresholds import Line

_STYLE = "font-size:12px;line-height:1.45;padding:2px 12px"
_CELL = "padding:0 8px 0 0;vertical-align:top;overflow-wrap:anywhere"


def escaped(text: object, limit: int = 300) -> str:
    """Outside text on one line, in which nothing is markup."""
    return html.escape(plain_line(text, limit))


def note(text: object) -> str:
    """A message."""
    return _box(escaped(text, 2000)) if text else ""


def facts(metadata: Mapping[str, Any], place: str) -> str:
    """Whose clip this is, and what may be done with it. place: such as `3 of 120`."""
    passed = "may be passed on" if metadata["redistributable"] else "may not be passed on"
    facts = [
        ("record", f"{metadata['key']} ({place})"),
        ("video", f"{metadata['source']}/{metadata['video_id']}"),
        ("title", metadata["title"]),
        ("labels", ", ".join(f"{name}={value}" for name, value in sorted(metadata["labels"].items()))),
        ("licence", f"{metadata['licence']}, {passed}"),
        ("attribution", metadata["attribution"]),
        ("made by", f"{metadata['humans']['kind']}, {metadata['geometry']['kind']}"),
    ]
    rows = [(f"<span style='white-space:nowrap'>{name}</span>", escaped(value)) for name, value in facts if value]
    return _box(_table(rows))


def moment(clip: ClipView, frame: int) -> str:
    """What is so at a frame."""
    arrays = clip.record.arrays
    told = [f"{clip.times[frame]:.2f} of {clip.times[-1]:.2f} s"]
    told.append("seen" if arrays["valid"][frame] else "<b>not seen: the motion is interpolated</b>")
    told.append(f"confidence {arrays['confidence'][frame]:.2f}")
    if arrays["keyframe"][frame]:
        told.append("<b>keyframe</b>")
    if clip.company is not None and clip.company[frame]:
        told.append("<b>somebody else may be in view</b>")
    told.append(f"placement moved the person by {float((clip.before[frame] ** 2).sum()) ** 0.5:.2f} m")
    return _box(" · ".join(told))


def scores(lines: Sequence[Line], missing: str = "") -> str:
    """Scores beside what is asked of them; what is beyond its threshold stands out."""
    rows = []
    for line in lines:
        value = "not measured" if line.value is None else f"{line.value:.4g} {line.unit}"
        mark = "" if not line.asked or line.value is None else "✓" if line.passes else "✗"
        weight = "" if line.passes else ' style="color:#c02020;font-weight:bold"'
        cells = (escaped(line.name), f"<span{weight}>{escaped(value)}</span>", escaped(line.asked), mark)
        rows.append(cells)
    lost = f"<div>thresholds: {escaped(missing, 500)}</div>" if missing else ""
    return _box(lost + _table([("score", "value", "asked", ""), *rows]))


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    lines = ("".join(f'<td style="{_CELL}">{cell}</td>' for cell in row) for row in rows)
    return '<table style="font-size:12px">' + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"


def _box(content: str) -> str:
    return f'<div style="{_STYLE}">{content}</div>'
