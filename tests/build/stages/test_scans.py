"""A video is looked at once: whatever the thresholds, for every clip, and again only where the store has lost it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from light import recipe_of
from media import texture, write_video
from square_finder import SquareFinder

from share_data.build.stages import scans
from share_data.build.stages.keys import identity_of
from share_data.build.stages.stages import Stages
from share_data.filters.base import need_of
from share_data.records import Clip, Measurement, Video
from share_data.scan.passing import scan_video
from share_data.store.store import Store

VIDEO = Video("local", "v", "file:v.mp4")
LENGTHS = ("clips.min_seconds=0.4", "clips.max_seconds=1.0")


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every look at a video, which finds bright squares."""
    taken: list[Path] = []

    def counting(path: Path, *args: Any) -> Any:
        taken.append(path)
        return scan_video(path, *args[:3], SquareFinder(), args[4])

    monkeypatch.setattr(scans, "scan_video", counting)
    return taken


@pytest.fixture
def film(tmp_path: Path) -> Path:
    images = [(texture(128, 96) * 0.4).astype(np.uint8) for _ in range(60)]
    for k, image in enumerate(images):
        image[30:80, 30 + k : 50 + k] = 220
    return write_video(tmp_path / "v.mp4", images)


def _measured(root: Path, path: Path, *overrides: str) -> list[tuple[Clip, list[Measurement]]]:
    stages = Stages(recipe_of(root, *LENGTHS, *overrides), Store(root / "store"))
    return [(clip, stages.measure(clip)) for clip in stages.mine(VIDEO, path).clips]


def test_another_threshold_moves_no_window_and_looks_at_nothing(tmp_path: Path, film: Path, looks: list[Path]) -> None:
    strict = "filters=[{kind: single_person, min_presence: 1.0}, {kind: static_camera, max_jitter_pct: 0.001}]"
    loose = "filters=[{kind: single_person, min_presence: 0.0}, {kind: static_camera, max_jitter_pct: 50.0}]"
    first, again = (_measured(tmp_path, film, filters) for filters in (strict, loose))
    assert len(first) > 1
    assert [clip.key for clip, _ in first] == [clip.key for clip, _ in again]
    assert [scores for _, scores in first] == [scores for _, scores in again]
    assert looks == [film]


def test_what_the_store_has_lost_is_looked_at_again_and_is_the_same(
    tmp_path: Path, film: Path, looks: list[Path]
) -> None:
    first = _measured(tmp_path, film)
    for folder in ("samples", *(f"measure-{each.filter}" for each in first[0][1])):
        for file in (tmp_path / "store" / folder).rglob("*.safetensors"):
            file.unlink()
    again = _measured(tmp_path, film)
    assert [scores for _, scores in first] == [scores for _, scores in again]
    assert looks == [film, film]


@pytest.mark.parametrize(
    ("needs", "size", "frames"), [("track", (0, 0), False), (None, (96, 128), False), ("frames", (96, 128), True)]
)
def test_a_filter_is_shown_what_it_says_that_it_needs(
    tmp_path: Path, film: Path, looks: list[Path], needs: str | None, size: tuple[int, int], frames: bool
) -> None:
    stages = Stages(recipe_of(tmp_path, *LENGTHS), Store(tmp_path / "store"))
    filter_ = type("Anybody", (), {} if needs is None else {"needs": needs})()
    seen = stages._observe(stages.mine(VIDEO, film).clips[0], {need_of(filter_)})
    assert seen.grey.shape[1:] == size
    assert (seen.frames is not None) == frames
    assert len(seen.people) == len(seen.indices) > 2
    assert len(looks) == 1


@pytest.mark.parametrize("wanted", [True, False])
def test_a_clips_picture_is_made_from_that_look_where_it_is_wanted(
    tmp_path: Path, film: Path, looks: list[Path], wanted: bool
) -> None:
    stages = Stages(recipe_of(tmp_path, *LENGTHS, f"report.thumbnails={wanted}"), Store(tmp_path / "store"))
    clip = stages.mine(VIDEO, film).clips[0]
    stages.picture(clip)
    assert looks == [film]
    assert stages.stored_picture(identity_of(clip))[:3] == (b"\xff\xd8\xff" if wanted else b"")
