"""Reading a corpus in any order, with little more than numpy, pyarrow and safetensors."""

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from make_records import PREVIEW, make_clip, make_corpus, make_reconstruction, stored_order

from share_data.corpus.read import Corpus
from share_data.errors import CorpusError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    make_corpus(folder, 5)
    return folder


def test_records_come_back_by_position_by_key_and_in_turn(folder: Path) -> None:
    corpus = Corpus(folder)
    assert len(corpus) == 5
    assert [record.key for record in corpus] == corpus.keys
    assert corpus[-1].key == corpus[4].key == corpus[corpus.keys[4]].key
    key = make_clip(3, 4).key
    record, truth = corpus[key], make_reconstruction(4, seed=3)
    np.testing.assert_array_equal(record.arrays["body_pose"], truth.motion.body_pose)
    np.testing.assert_array_equal(record.points, truth.scene.points[stored_order(key, 50)])
    np.testing.assert_array_equal(record.arrays["T_world_cam"], truth.T_world_cam)
    assert record.preview == PREVIEW
    assert record.metadata["source"] == "made-up"


def test_a_corpus_travels_to_worker_processes(folder: Path) -> None:
    assert pickle.loads(pickle.dumps(Corpus(folder)))[2].key == Corpus(folder)[2].key


def test_what_is_not_there_is_said(folder: Path, tmp_path: Path) -> None:
    corpus = Corpus(folder)
    with pytest.raises(IndexError):
        corpus[5]
    with pytest.raises(KeyError):
        corpus["no-such-key"]
    for missing in (5, "no-such-key"):
        with pytest.raises(CorpusError, match="a number below 5"):
            corpus.record(missing)
    with pytest.raises(CorpusError, match=r"index\.parquet cannot be read"):
        Corpus(tmp_path)


def test_a_record_is_found_by_any_part_of_its_videos_id(folder: Path) -> None:
    corpus = Corpus(folder)
    for part in ("video-3", "EO-3", "made-up/video-3"):
        assert corpus.record(part).metadata["video_id"] == "video-3"
    assert corpus.record("2").key == corpus.record(2).key == corpus.record(corpus.keys[2]).key == corpus.keys[2]


def test_a_part_of_several_ids_lists_them(folder: Path) -> None:
    corpus = Corpus(folder)
    with pytest.raises(CorpusError, match="5 records have 'video' in their video's id: 0 ") as caught:
        corpus.record("video")
    assert all(f"{number} ({key})" in str(caught.value) for number, key in enumerate(corpus.keys))


def test_a_whole_id_is_that_one_although_others_begin_with_it(tmp_path: Path) -> None:
    make_corpus(tmp_path, 12)
    assert Corpus(tmp_path).record("video-1").metadata["video_id"] == "video-1"


def test_a_cut_shard_is_an_error_that_names_it_and_the_record(tmp_path: Path) -> None:
    make_corpus(tmp_path, 3)
    corpus = Corpus(tmp_path)
    shard = tmp_path / "shards" / "000000.tar"
    shard.write_bytes(shard.read_bytes()[:3000])
    with pytest.raises(CorpusError, match=rf"shards/000000\.tar: record {corpus.keys[1]} cannot be read"):
        corpus[1]
    assert corpus[2].key == corpus.keys[2]


def test_reading_needs_numpy_pyarrow_and_safetensors_only(folder: Path) -> None:
    script = (
        "import sys; from share_data.corpus.read import Corpus; list(Corpus(sys.argv[1]));"
        "others = 'pydantic', 'torch', 'cv2', 'av', 'smplx', 'yaml', 'rich', 'scipy', 'ray';"
        "print([name for name in others if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", script, str(folder)], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
