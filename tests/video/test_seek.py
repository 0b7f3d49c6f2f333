"""Frames sought in the middle of a video are those that a pass from its beginning gives, and are cheaper."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import containers
import media
import numpy as np
import packets
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from share_data.footage import FrameIndex
from share_data.video import seek
from share_data.video.decode import decode
from share_data.video.frames import ClipFrames
from share_data.video.index import IndexBuilder
from share_data.video.picture import Decoded
from share_data.video.tally import Tally

GOP, FRAMES = 12, 60
FILMS = packets.pan(FRAMES)
INDEXED = ("mp4", "mov", "mkv", "webm", "avi", "3gp")
"""Containers in which a key frame is found where it is looked for."""


def _passed(path: Path) -> tuple[FrameIndex, list[media.Image]]:
    builder, images = IndexBuilder(), []
    for decoded in decode(path, Tally()):
        builder.add(decoded)
        images.append(decoded.rgb())
    return builder.done(), images


def _clip(path: Path, start: int, index: FrameIndex, images: list[media.Image]) -> ClipFrames:
    height, width = images[0].shape[:2]
    return ClipFrames(path, start, len(images), width, height, index=index)


@pytest.fixture
def decoded_frames(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Times of all frames that are decoded for what is sought."""
    times: list[float] = []

    def counting(*args: object) -> Iterator[Decoded]:
        for each in decode(*args):  # type: ignore[arg-type]
            times.append(each.time)
            yield each

    monkeypatch.setattr(seek, "decode", counting)
    return times


@cache
def _stream(name: str) -> packets.Stream:
    codec, options = containers.CODECS[name]
    return packets.encoded(codec, FILMS[:40], GOP, **options)


@pytest.mark.parametrize("container", containers.CONTAINERS)
@pytest.mark.parametrize("name", containers.CODECS)
def test_every_container_gives_the_frames_of_a_pass_from_the_beginning(
    tmp_path: Path, container: str, name: str, decoded_frames: list[float]
) -> None:
    if containers.outcome(container, name, tmp_path) is None:
        return
    path = packets.mux(tmp_path / f"a.{container}", _stream(name))
    index, images = _passed(path)
    for start in (GOP + 3, len(images) - 1):
        decoded_frames.clear()
        sought = list(_clip(path, start, index, images))
        assert len(sought) == len(images) - start
        assert all(map(np.array_equal, sought, images[start:]))
        if container in INDEXED and len(index.keys) > 1:
            assert len(decoded_frames) <= GOP + len(sought), "from the key frame before, not from the beginning"


OPEN = [
    ("libx264", {"bf": "3", "x264": "open-gop=1:b-adapt=0"}),
    ("libx264", {"bf": "0", "x264": "intra-refresh=1"}),
    ("libx265", {"x265": "open-gop=1:bframes=3:b-adapt=0"}),
    ("mpeg2video", {"bf": "2"}),
]


@pytest.mark.parametrize("number", range(len(OPEN)))
@pytest.mark.parametrize("suffix", ["mp4", "ts"])
@pytest.mark.parametrize("shift", [0, -5, 7])
def test_open_groups_and_edit_lists(tmp_path: Path, number: int, suffix: str, shift: int) -> None:
    codec, options = OPEN[number]
    path = packets.mux(tmp_path / f"a.{suffix}", packets.encoded(codec, FILMS, GOP, **options), shift=shift)
    index, images = _passed(path)
    for start in (GOP, 2 * GOP - 1, len(images) - 2):
        assert all(map(np.array_equal, _clip(path, start, index, images), images[start:]))


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = media.write_video(tmp_path_factory.mktemp("damaged") / "a.mp4", FILMS, options={"g": str(GOP)})
    return media.damaged(path, 0.05)


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_a_damaged_file_gives_the_same_frames_wherever_one_begins(damaged: Path, data: st.DataObject) -> None:
    index, images = _passed(damaged)
    assert len(images) < FRAMES
    start = data.draw(st.integers(0, len(images) - 1))
    asked = data.draw(st.lists(st.integers(0, len(images) - 1 - start), min_size=1, max_size=4))
    found = _clip(damaged, start, index, images).read(asked)
    assert all(np.array_equal(image, images[start + number]) for image, number in zip(found, asked, strict=True))


@pytest.mark.parametrize("wrong", ["times", "marks", "keys"])
def test_what_does_not_fit_the_index_is_decoded_from_the_beginning(
    tmp_path: Path, wrong: str, decoded_frames: list[float]
) -> None:
    path = media.write_video(tmp_path / "a.mp4", FILMS, options={"g": str(GOP)})
    index, images = _passed(path)
    spoilt = getattr(index, wrong).copy()
    spoilt[{"keys": 2}.get(wrong, 40) :] += 1
    sought = list(_clip(path, 30, replace(index, **{wrong: spoilt}), images))
    assert all(map(np.array_equal, sought, images[30:]))
    assert (index.times[0] in decoded_frames) == (wrong != "keys")
