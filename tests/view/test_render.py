"""Records as films: the person over the frames, the same moment from above, the scores; and many clips in one."""

import shutil
from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import samples
from command_line import called
from viewed import viewed_corpus

from share_data.corpus.read import Corpus
from share_data.store.hashing import file_sha256
from share_data.video.encode import encode_mp4
from share_data.view.choice import choose
from share_data.view.film import _COLUMN, write_film
from share_data.view.grid import TILE, write_grid
from share_data.view.thresholds import Line

GROUND = (40, 160, 40)


def frames_of(film: Path) -> np.ndarray:
    """(T, H, W, 3) uint8 RGB."""
    with av.open(str(film)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


def blue(image: np.ndarray) -> np.ndarray:
    """(H, W) where the mesh, or the mark of the person, is."""
    colours = image.astype(int)
    return (colours[..., 2] - colours[..., 0] > 30) & (colours[..., 2] - colours[..., 1] > 20)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("rendered")
    viewed_corpus(root / "out")
    return root / "out"


def test_a_film_shows_the_mesh_on_its_frames_the_person_from_above_and_scores(tmp_path: Path) -> None:
    video, target = tmp_path / "walk.mp4", tmp_path / "look.mp4"
    ground = np.tile(np.uint8(GROUND), (samples.CAMERA.height, samples.CAMERA.width, 1))
    with video.open("wb") as out:
        encode_mp4(((number, ground) for number in range(samples.FRAMES)), 30, 20, out)
    record = samples.record_of(samples.walk(), sha256=file_sha256(video))
    lines = [Line("confidence", 0.5, "", ">= 0.9", passes=False)]
    assert write_film(record, target, video, lines) == samples.FRAMES
    shown = frames_of(target)
    over, above, column = np.split(shown, [404, shown.shape[2] - _COLUMN], axis=2)
    assert len(shown) == samples.FRAMES and shown.shape[1] == 540
    assert np.abs(over[:, 8, 8].astype(int) - GROUND).max() < 12
    places = [np.argwhere(blue(image)).mean(axis=0)[1] for image in (over[0], over[-1])]
    assert places[1] - places[0] > 20
    here = [np.argwhere(blue(image)).mean(axis=0)[1] for image in (above[0], above[-1])]
    assert here[1] - here[0] > 20
    red = column[0].astype(int)
    assert ((red[..., 0] - red[..., 1]) > 60).sum() > 50


def test_without_its_body_model_bones_are_drawn(tmp_path: Path) -> None:
    record = samples.record_of(samples.walk(2))
    smpl = {"name": "smpl", "gender": "neutral", "sha256": "a" * 64, "licence": "mine"}
    record = replace(record, metadata=record.metadata | {"body": smpl})
    write_film(record, tmp_path / "bones.mp4", None, [])
    assert 300 < blue(frames_of(tmp_path / "bones.mp4")[0][:, :404]).sum() < 8000


@pytest.mark.parametrize("name", ["grid.png", "grid.mp4"])
def test_a_grid_has_a_tile_for_every_clip_that_there_is(corpus: Path, tmp_path: Path, name: str) -> None:
    opened, target = Corpus(corpus), tmp_path / name
    assert write_grid(opened, choose(opened.index, sort="confidence"), (2, 2), target) == 3
    image = frames_of(target)[0] if name.endswith("mp4") else cv2.imread(str(target))[..., ::-1]
    tiles = [part for row in np.split(image, 2) for part in np.split(row, 2, axis=1)]
    assert tiles[0].shape[1] == TILE[0]
    assert [bool(blue(tile).sum() > 100) for tile in tiles] == [True, True, True, False]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["look.gif"], 1, "a film is written as .mp4"),
        (["0", "look.mp4", "--video", "walk.mp4"], 1, "is not the video it was made from"),
        (["look.mp4", "--grid", "4by4"], 2, "rows x columns"),
        (["look.mp4", "--grid", "40x40"], 1, "give 1 to 400 tiles"),
        (["look.gif", "--grid", "2x2"], 1, "written as .mp4"),
        (["look.mp4", "--grid", "2x2", "--where", "confidence > 2"], 1, "no record fulfils"),
        (["9", "look.mp4"], 1, "no record"),
        (["0", "1", "look.mp4"], 2, "a record and a file"),
    ],
)
def test_what_cannot_be_rendered_is_told(
    corpus: Path,
    arguments: list[str],
    code: int,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    assert called(monkeypatch, "render", str(corpus), *arguments) == code
    assert told in " ".join(capsys.readouterr().err.split())


def test_a_record_that_cannot_be_read_is_an_empty_tile(corpus: Path, tmp_path: Path) -> None:
    shutil.copytree(corpus, tmp_path / "out")
    shard = tmp_path / "out" / "shards" / "000000.tar"
    shard.write_bytes(bytes(shard.stat().st_size))
    opened = Corpus(tmp_path / "out")
    assert write_grid(opened, choose(opened.index), (1, 3), tmp_path / "lost.png") == 3
    tiles = np.split(cv2.imread(str(tmp_path / "lost.png"))[..., ::-1], 3, axis=1)
    assert [bool(blue(tile).sum() > 100) for tile in tiles] == [False, False, True]
