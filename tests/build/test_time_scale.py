"""A source whose files play at another speed: true seconds everywhere, and other keys only where there is a scale."""

from pathlib import Path

import numpy as np
import pytest
from light import recipe_of
from make_records import make_clip, make_reconstruction
from media import Image, texture, write_video
from staged import build, everything, make_root, plan, stored, to_compute, why

from share_data.build.stages.keys import how_read, identity
from share_data.build.stages.stages import Stages
from share_data.corpus.read import Corpus
from share_data.corpus.record import RecordMetadata, to_sample
from share_data.records import Video
from share_data.scan.clips import Mined
from share_data.store.store import Store

SLOW = "sources.local.time_scale=1.25"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SHARE_DATA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SHARE_DATA_HOME", str(tmp_path / "home"))
    return make_root(tmp_path)


def stages_of(root: Path, *overrides: str) -> Stages:
    return Stages(recipe_of(root, *overrides), Store(root / "store"))


def walking(frames: int) -> list[Image]:
    """A square that goes to and fro: where nothing moves, a video is frozen, and cut there."""
    images = [texture(160, 120) for _ in range(frames)]
    for k, image in enumerate(images):
        left = 100 - abs(100 - 2 * k % 200)
        image[40:80, left : left + 20] = 250
    return images


def mined(root: Path, path: Path, time_scale: float) -> Mined:
    return stages_of(root, "clips.min_seconds=0.3").mine(Video("local", "v", "file:v.mp4", time_scale=time_scale), path)


def test_a_clip_has_true_seconds_and_so_a_true_rate(tmp_path: Path) -> None:
    path = write_video(tmp_path / "v.mp4", walking(50), fps=25)
    as_is, slowed = (mined(tmp_path, path, scale).clips[0] for scale in (1.0, 1.25))
    np.testing.assert_allclose(slowed.times, np.arange(50) / 20, atol=1e-3)
    assert as_is.fps == pytest.approx(25) and slowed.fps == pytest.approx(20)
    assert as_is.key == slowed.key, "the same frames of the same file"
    again = stages_of(tmp_path).clip(slowed.video, path, slowed.sha256, (0, 50))
    np.testing.assert_array_equal(again.times, slowed.times)


def test_a_pause_is_as_long_as_it_truly_was(tmp_path: Path) -> None:
    """0.45 s of the file is more than the half second that ends a clip, when it lasted 0.56 s."""
    times = [k / 25 + (0.41 if k >= 20 else 0.0) for k in range(40)]
    path = write_video(tmp_path / "v.mp4", walking(40), times=times)
    assert [len(mined(tmp_path, path, scale).clips) for scale in (1.0, 1.25)] == [1, 2]


def test_keys_without_a_scale_are_what_they_were_and_with_one_their_own(root: Path) -> None:
    keys, slow = stages_of(root).keys, stages_of(root, SLOW).keys
    one, scaled = Video("local", "v", "file:v"), Video("local", "v", "file:v", time_scale=1.25)
    assert identity("a", 0, 9) == identity("a", 0, 9, how_read(one))
    assert identity("a", 0, 9, how_read(scaled)) == identity("a", 0, 9) | {"time_scale": 1.25}
    assert keys.mine("a") == keys.mine("a", how_read(one)) == slow.mine("a") != keys.mine("a", how_read(scaled))
    assert keys.fetch_digest(one) == slow.fetch_digest(one) != keys.fetch_digest(scaled)


def test_another_scale_is_another_result_from_the_clips_on_and_the_first_ones_stay(root: Path) -> None:
    build(root)
    before = everything(root)
    planned = plan(root, SLOW)
    assert to_compute(planned) == {"mine": 3}
    assert why(planned, "mine") == {"sources.local.time_scale: 1.0 -> 1.25": 3}
    assert everything(root) == before
    first = stored(root)
    build(root, SLOW)
    assert set(stored(root) - first) == {"mine", "measure", "focal", "humans", "geometry", "reconstruct"}
    assert to_compute(plan(root, SLOW)) == {}
    assert to_compute(plan(root)).keys() <= {"pack"}
    records = [record.metadata for record in Corpus(root / "out")]
    assert {metadata["time_scale"] for metadata in records} == {1.25}
    assert [metadata["fps"] for metadata in records] == pytest.approx([24] * 4)


@pytest.mark.parametrize("scale", [1.0, 1.25])
def test_every_record_says_its_scale(scale: float) -> None:
    metadata, arrays = to_sample(make_clip(time_scale=scale), make_reconstruction())
    assert metadata["time_scale"] == scale
    assert RecordMetadata.model_validate(metadata).time_scale == scale
    assert metadata["time_last"] == arrays["times"][-1]


@pytest.mark.parametrize("value", ["0", "-1", "fast", ".inf"])
def test_a_scale_is_a_number_above_nothing(root: Path, value: str) -> None:
    with pytest.raises(Exception, match="time_scale"):
        recipe_of(root, f"sources.local.time_scale={value}")
