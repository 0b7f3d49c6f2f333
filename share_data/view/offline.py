"""A clip in one HTML file, to be opened without a network, a server or this package."""

from pathlib import Path
from typing import Any

import numpy as np

from share_data.body.overlay import decode_jpeg
from share_data.store.atomic import atomic_write
from share_data.view import panel
from share_data.view.clip import ClipView
from share_data.view.scene import ClipScene, eye_of
from share_data.view.server import LOCAL, plain_light, stop, viser_server
from share_data.view.thresholds import Thresholds

LONGEST_S = 0.5
"""Between two frames: a longer gap is shortened, or the film would stand still."""


def write_offline(clip: ClipView, thresholds: Thresholds, target: Path) -> int:
    """Write a clip with its motion, its scores and its stored preview; no frame of its video.

    Args:
        clip: what is shown.
        thresholds: of its corpus.
        target: the file.

    Returns:
        Its size, bytes.

    Raises:
        MissingDependencyError: viser is not installed.
        OSError: the file cannot be written.
    """
    server = viser_server(LOCAL, 0)
    try:
        page = _recorded(server, clip)
    finally:
        stop(server)
    told = panel.facts(clip.metadata, "offline") + panel.note(clip.why)
    told += panel.scores(thresholds.lines(clip.metadata), thresholds.missing)
    end = page.rindex("</body>")
    content = (page[:end] + _aside(told) + page[end:]).encode("utf-8", "replace")
    target.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(target, content)
    return len(content)


def _recorded(server: Any, clip: ClipView) -> str:
    server.initial_camera.position, server.initial_camera.look_at = eye_of(clip)
    plain_light(server.scene)
    scene = ClipScene(server.scene, clip)
    scene.complete()
    scene.picture(_preview(clip))
    film = server.get_scene_serializer()
    gaps = np.diff(clip.times).clip(0, LONGEST_S).tolist()
    for frame, gap in enumerate(gaps, 1):
        film.insert_sleep(gap)
        scene.show(frame)
    film.insert_sleep(gaps[-1] if gaps else 0.0)
    return str(film.as_html())


def _preview(clip: ClipView) -> Any:
    try:
        return decode_jpeg(clip.record.preview)
    except ValueError:
        return None


def _aside(told: str) -> str:
    style = (
        "position:fixed;top:8px;left:8px;z-index:9;max-width:380px;max-height:80vh;overflow:auto;background:#fffd;"
        "color:#111;border-radius:6px;font-family:sans-serif"
    )
    summary = '<summary style="padding:4px 12px;font-size:13px">facts and scores</summary>'
    return f'<details id="facts" style="{style}">{summary}{told}</details>'
