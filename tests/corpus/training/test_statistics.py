"""Statistics are those of the frames, deterministic, and what is not known is not said."""

import json
from pathlib import Path

import numpy as np
import pytest
from training_corpora import training_corpus
from typer.testing import CliRunner

from share_data.cli import app
from share_data.corpus.opening import open_storage
from share_data.corpus.read import Corpus
from share_data.corpus.training.options import SampleOptions
from share_data.corpus.training.statistics import corpus_statistics
from share_data.corpus.validate import validate_corpus


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("statistics") / "corpus"
    training_corpus(place, 6, activity=lambda number: ("Walk", "Sitdown")[number % 2], subject=lambda n: f"p{n % 3}")
    return place


def test_they_are_those_of_all_frames(corpus: Path) -> None:
    found = corpus_statistics(open_storage(corpus), SampleOptions(rotation="axis_angle", scene_points=None))
    records = list(Corpus(corpus))
    joints = np.concatenate([record.arrays["joints"] for record in records])
    assert (found["records"], found["frames"], found["frames_seen"]) == (6, len(joints), len(joints))
    assert (found["people"], found["cameras"], found["videos"]) == (3, None, 6)
    assert found["activities"] == {"Sitdown": 3, "Walk": 3}
    np.testing.assert_allclose(found["mean"]["joints"], joints.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(found["std"]["joints"], joints.std(axis=0), atol=1e-5)
    np.testing.assert_allclose(found["joints_m"]["max"], joints.max(axis=(0, 1)))
    fastest = max(np.linalg.norm(np.diff(record.arrays["joints"], axis=0), axis=-1).max() * 30 for record in records)
    assert found["speed_m_s"]["joint_max"] == pytest.approx(fastest, rel=1e-4)


def test_the_verb_writes_them_beside_the_corpus_the_same_each_time(corpus: Path) -> None:
    done = CliRunner().invoke(app, ["stats", str(corpus), "--fps", "20"])
    assert done.exit_code == 0 and "6 records of 6 videos" in done.output and "doing: Sitdown 3, Walk 3" in done.output
    first = (corpus / "stats.json").read_bytes()
    assert np.shape(json.loads(first)["mean"]["pose"]) == (24, 6)
    assert CliRunner().invoke(app, ["stats", str(corpus), "--fps", "20", "--json"]).exit_code == 0
    assert (corpus / "stats.json").read_bytes() == first
    assert validate_corpus(corpus) == []
