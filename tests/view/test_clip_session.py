"""A clip in a window: its video is looked for when that is asked for, and its frames get into the scene."""

import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import samples

from share_data.audit import find_video
from share_data.corpus.opening import open_storage
from share_data.store.hashing import file_sha256
from share_data.video.encode import encode_mp4
from share_data.view.clip import clip_view
from share_data.view.clip_session import ClipSession
from share_data.view.pictures import Videos
from share_data.view.scene import ClipScene
from share_data.view.server import LOCAL, stop, viser_server


def test_nothing_of_the_video_is_read_before_the_picture_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video, asked, there, shown = tmp_path / "walk.mp4", [], threading.Event(), []
    grey = np.full((samples.CAMERA.height, samples.CAMERA.width, 3), 120, np.uint8)
    with video.open("wb") as out:
        encode_mp4(enumerate([grey] * 3), 30, 20, out)
    record = samples.record_of(samples.walk(3), sha256=file_sha256(video))
    monkeypatch.setattr(find_video, "find_video", lambda *_: asked.append(1) or video)
    monkeypatch.setattr(ClipScene, "picture", lambda _, image: (shown.append(image.mean()), there.set()))
    server = viser_server(LOCAL, 0)
    try:
        client = SimpleNamespace(
            scene=server.scene, gui=server.gui, atomic=server.atomic, camera=SimpleNamespace(position=None)
        )
        session = ClipSession(client, clip_view(record), Videos(open_storage(tmp_path)))
        session.control(server.gui.add_folder("clip"))
        assert np.array_equal(client.camera.position, session.eye) and asked == [] == shown
        session.read_video()
        session.read_video()
        assert there.wait(30) and asked == [1] and shown[0] == pytest.approx(120, abs=3)
        session.close()
    finally:
        stop(server)
