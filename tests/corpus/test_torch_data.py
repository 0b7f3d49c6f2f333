"""A corpus as a torch dataset: what samples hold, in which frame of reference, and which windows there are."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from make_records import BODY, PREVIEW, RECIPE, make_clip, make_entries, make_reconstruction
from training_corpora import pack_clips, training_corpus, walking_corpus

from share_data.body.model import load_body
from share_data.corpus import open_corpus
from share_data.corpus.read import Corpus
from share_data.corpus.record import to_sample
from share_data.corpus.training.options import Occupancy
from share_data.corpus.validate import validate_corpus
from share_data.corpus.write.pack import PackOptions, Provenance, pack
from share_data.corpus.write.shards import Member, Sample
from share_data.errors import CorpusError

COUNT = 23


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("training") / "corpus"
    training_corpus(place, COUNT, activity=lambda number: "Drink.Fromcup" if number % 2 else "")
    return place


# What a sample holds.


def test_a_whole_clip_is_the_record(corpus: Path) -> None:
    dataset = open_corpus(corpus, scene_points="all", scene_arrays=("colors", "normals", "point_source"), text=True)
    for record, sample in zip(Corpus(corpus), (dataset[number] for number in range(COUNT)), strict=True):
        arrays, frames = record.arrays, len(record.arrays["times"])
        assert sample["key"] == record.key and sample["length"] == frames
        np.testing.assert_array_equal(sample["pose"][:, 0], arrays["global_orient"])
        np.testing.assert_array_equal(sample["pose"][:, 1:].reshape(frames, 69), arrays["body_pose"])
        np.testing.assert_array_equal(sample["points"], record.points)
        np.testing.assert_array_equal(sample["mask"], arrays["valid"])
        np.testing.assert_allclose(sample["times"], arrays["times"] - arrays["times"][0], atol=1e-6)
        for name in (
            "transl",
            "betas",
            "joints",
            "foot_contact",
            "company",
            "contact_distance",
            "confidence",
            "colors",
        ):
            np.testing.assert_array_equal(sample[name], arrays[name])  # type: ignore[literal-required]
        assert sample["text"] == ("a person drinks from a cup" if record.metadata["labels"]["activity"] else "")


def test_a_record_of_an_older_version_does_not_tell_of_company(tmp_path: Path) -> None:
    clip, made = make_clip(0, 8), make_reconstruction(8)
    old = replace(made, motion=replace(made.motion, company=None))
    members = [Member(clip.key, lambda: Sample(*to_sample(clip, old), PREVIEW))]
    made_options = PackOptions(2, ("webdataset", "parquet"))
    pack(members, tmp_path / "corpus", Provenance(make_entries([clip]), RECIPE, BODY), made_options)
    assert validate_corpus(tmp_path / "corpus") == []
    (record,) = Corpus(tmp_path / "corpus")
    assert "company" not in record.arrays
    for fps in (None, 25):
        assert not open_corpus(tmp_path / "corpus", scene_points=None, fps=fps)[0]["company"].any()


def test_the_function_that_opens_a_corpus_is_imported_without_torch() -> None:
    script = "import sys; from share_data.corpus import open_corpus; print(sys.modules.keys() & {'torch', 'numpy'})"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.stdout == "set()\n", done.stderr


def test_a_short_clip_is_padded_with_its_last_frame(corpus: Path) -> None:
    sample = open_corpus(corpus, window=12, scene_points=None)[0]
    length = int(sample["length"])
    assert sample["mask"].tolist() == [True] * length + [False] * (12 - length)
    assert torch.equal(sample["pose"][length:], sample["pose"][length - 1].expand(12 - length, 24, 3))
    assert "points" not in sample


def test_batches_of_ones_own_are_those_that_are_read_together(corpus: Path) -> None:
    dataset = open_corpus(corpus, scene_points="all")
    torch.manual_seed(0)
    one_by_one = dataset.collate([dataset[number] for number in range(6)])
    together = dataset.collate(dataset.__getitems__(list(range(6))))
    for name, value in together.items():
        expected: Any = one_by_one[name]  # type: ignore[literal-required]
        assert torch.equal(value, expected) if isinstance(value, torch.Tensor) else value == expected


# Frames of reference. The mannequin tells whether pose, translation and joints still belong together.


@pytest.fixture(scope="module")
def walker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("walker") / "corpus"
    walking_corpus(place)
    return place


def joints_of(sample: Any) -> np.ndarray:
    pose = sample["pose"].numpy()
    return (
        load_body()
        .forward(pose[:, 0], pose[:, 1:].reshape(-1, 69), sample["betas"].numpy(), sample["transl"].numpy())
        .joints
    )


@pytest.mark.parametrize("frame", ["world", "canonical"])
@pytest.mark.parametrize("fps", [None, 20.0])
def test_pose_and_joints_stay_one_body(walker: Path, frame: Any, fps: float | None) -> None:
    dataset = open_corpus(walker, window=16, frame=frame, fps=fps)
    for seed in range(3):  # Each draws another window.
        torch.manual_seed(seed)
        sample = dataset[0]
        # Between two frames joints go straight on and limbs turn: a hand that swings is a little off its body there.
        np.testing.assert_allclose(joints_of(sample), sample["joints"].numpy(), atol=4e-3 if fps else 1e-5)


def test_the_canonical_frame_begins_at_the_origin_facing_y(walker: Path) -> None:
    sample = open_corpus(walker, window=16, frame="canonical", rotation="matrix")[0]
    np.testing.assert_allclose(sample["joints"][0, 0, :2], [0, 0], atol=1e-6)
    chest = sample["pose"][0, 0, :, 2].numpy()
    np.testing.assert_allclose(chest / np.linalg.norm(chest), [0, 1, 0], atol=1e-5)


def test_scene_and_motion_move_together(walker: Path) -> None:
    world = open_corpus(walker, scene_points="all")[0]
    own = open_corpus(walker, scene_points="all", frame="canonical")[0]
    pose = own["T_world_sample"]
    for name in ("points", "joints"):
        back = own[name] @ pose[:3, :3].T + pose[:3, 3]  # type: ignore[literal-required]
        assert torch.allclose(back, world[name], atol=1e-5)  # type: ignore[literal-required]
    assert torch.allclose(own["normals"] @ pose[:3, :3].T, world["normals"], atol=1e-5)
    assert own["points"][:, 2].tolist() == pytest.approx(world["points"][:, 2].tolist())


def test_at_another_rate_no_frame_lies_beyond_the_clip(walker: Path) -> None:
    times = Corpus(walker)[0].arrays["times"]
    sample = open_corpus(walker, fps=100.0, scene_points=None)[0]
    assert times[-1] - times[0] - 0.01 < float(sample["times"][-1]) <= times[-1] - times[0] + 1e-6
    assert torch.allclose(torch.diff(sample["times"]), torch.tensor(0.01), atol=1e-5)


# Scenes.


def test_points_are_a_sample_of_the_whole_scene(walker: Path) -> None:
    record, dataset = Corpus(walker)[0], open_corpus(walker, scene_points=100)
    rows = {tuple(point): number for number, point in enumerate(record.points)}
    seen = set()
    for _ in range(40):
        sample = dataset[0]
        found = [rows[tuple(point)] for point in sample["points"].numpy()]
        assert len(set(found)) == 100 and sample["point_mask"].all()
        np.testing.assert_array_equal(sample["colors"], record.arrays["colors"][found])
        seen |= set(found)
    assert len(seen) == 500


def test_points_around_the_path_are_all_near_it(walker: Path) -> None:
    record = Corpus(walker)[0]
    sample = open_corpus(walker, scene_points=400, scene_radius=1.0)[0]
    path = record.arrays["joints"][:, 0, :2]
    apart = np.linalg.norm(record.points[:, None, :2] - path, axis=-1).min(axis=1)
    count = int(sample["point_mask"].sum())
    assert abs(count - (apart < 1.0).sum()) <= 0.05 * count
    found = np.linalg.norm(sample["points"].numpy()[:count, None, :2] - path, axis=-1).min(axis=1)
    assert found.max() <= 1.0 and not sample["points"][count:].any()


def test_occupancy_is_where_points_are(walker: Path) -> None:
    box = Occupancy(voxel=0.25, width=3.0, height=2.0)
    sample = open_corpus(walker, scene_points="all", frame="canonical", occupancy=box)[0]
    assert sample["occupancy"].shape == (12, 12, 8)
    cells = np.floor((sample["points"].numpy() - [-1.5, -1.5, 0]) / 0.25).astype(int)
    inside = {tuple(cell) for cell in cells if (cell >= 0).all() and (cell < (12, 12, 8)).all()}
    assert inside == {tuple(cell) for cell in np.argwhere(sample["occupancy"].numpy())}


# Windows.


def test_strided_windows_cover_every_frame_once_more(corpus: Path) -> None:
    dataset = open_corpus(corpus, window=4, stride=4, scene_points=None)
    counts = [len(record.arrays["times"]) for record in Corpus(corpus)]
    assert len(dataset) == sum(-(-(count - 4) // 4) + 1 for count in counts)
    seen = {
        (int(s["record"]), float(x)) for s in map(dataset.__getitem__, range(len(dataset))) for x in s["transl"][:, 0]
    }
    assert len(seen) == sum(counts)


def test_windows_with_a_frame_that_was_not_seen_are_left_out(tmp_path: Path) -> None:
    made = make_reconstruction(12, 20, 0)
    valid = np.array([1, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1], bool)
    nobody = replace(made, motion=replace(made.motion, valid=np.zeros(12, bool)))
    some = replace(made, motion=replace(made.motion, valid=valid))
    pack_clips(tmp_path / "c", [make_clip(0, 12), make_clip(1, 12)], [some, nobody])
    masked = open_corpus(tmp_path / "c", window=4, scene_points=None)
    assert len(masked) == 2
    skipping = open_corpus(tmp_path / "c", window=4, invalid="skip", scene_points=None)
    assert len(skipping) == 1
    starts = set()
    for _ in range(30):
        sample = skipping[0]
        assert sample["mask"].all()
        starts.add(float(sample["transl"][0, 0]))
    assert starts == {float(some.motion.transl[start, 0]) for start in (4, 5)}
    assert len(open_corpus(tmp_path / "c", window=3, stride=1, invalid="skip", scene_points=None)) == 1 + 3
    with pytest.raises(CorpusError, match="none of 2 records has 6 frames"):
        open_corpus(tmp_path / "c", window=6, invalid="skip")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rotation": "euler"}, "rotation='euler'"),
        ({"window": 0}, "window=0"),
        ({"stride": 3}, "give a window"),
        ({"scene_points": -1}, "scene_points=-1"),
        ({"scene_arrays": ("smell",)}, "no 'smell'"),
    ],
)
def test_an_option_that_means_nothing_is_refused(corpus: Path, options: dict, message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        open_corpus(corpus, **options)


# Damage.


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    training_corpus(tmp_path / "c", 3, per_shard=8)
    dataset = open_corpus(tmp_path / "c")
    shard = tmp_path / "c" / "shards" / "000000.tar"
    offset = int(dataset.reader.rows.safetensors_offset[1])
    data = bytearray(shard.read_bytes())
    data[offset : offset + 4] = b"\xff\xff\xff\xff"
    shard.write_bytes(data)
    with pytest.raises(CorpusError, match=r"shards/000000.tar: record 1 cannot be read .*share-data validate"):
        dataset[1]
    shard.write_bytes(data[: offset + 100])
    with pytest.raises(CorpusError, match="ends too early"):
        dataset[1]
