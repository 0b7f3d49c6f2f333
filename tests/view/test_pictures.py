"""What the camera saw comes from the very video, in small pictures, and is looked for once."""

import threading
from pathlib import Path

import numpy as np
import pytest
import samples

from share_data.audit import find_video
from share_data.corpus.opening import open_storage
from share_data.store.hashing import file_sha256
from share_data.video.encode import encode_mp4
from share_data.view.pictures import Pictures, Videos

FRAMES = 5


def test_every_frame_has_its_picture_and_a_video_is_looked_for_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video, asked, there = tmp_path / "walk.mp4", [], threading.Event()
    grey = [
        np.full((samples.CAMERA.height, samples.CAMERA.width, 3), 40 * number, np.uint8) for number in range(FRAMES)
    ]
    with video.open("wb") as out:
        encode_mp4(enumerate(grey), 30, 20, out)
    record = samples.record_of(samples.walk(FRAMES), sha256=file_sha256(video))
    monkeypatch.setattr(find_video, "find_video", lambda *_: (asked.append(1), video)[1])
    videos = Videos(open_storage(tmp_path))
    pictures = Pictures(record, videos, lambda number: there.set() if number == FRAMES - 1 else None)
    assert there.wait(30)
    shown = [pictures.at(frame) for frame in range(FRAMES)]
    assert [round(float(image.mean()) / 40) for image in shown if image is not None] == list(range(FRAMES))
    assert max(image.shape[0] for image in shown if image is not None) == 320
    assert videos.of(record) == video and asked == [1]
