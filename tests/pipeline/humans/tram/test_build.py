"""A corpus made with TRAM's interface, end to end: rendered people, the stand-in's poses, the user's own SMPL."""

from pathlib import Path
from typing import Any

import pytest
from tram_checkout import CHECKPOINT, make_checkout, smpl_file

from share_data.build.build import build_corpus
from share_data.corpus.read import Corpus
from share_data.corpus.validate import validate_corpus
from share_data.engine.watch import Silent
from share_data.errors import MissingDependencyError
from share_data.recipe.reading import parse_recipe
from share_data.store.hashing import file_sha256

pytestmark = pytest.mark.xdist_group("build")


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setenv("SHARE_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SHARE_DATA_CACHE", str(tmp_path / "cache"))
    make_checkout(tmp_path / "home" / "tram")
    clips = [{"action": action, "frames": 30, "fps": 10, "width": 320, "height": 180} for action in ("walk", "reach")]
    return {
        "schema_version": 1,
        "name": "tram",
        "sources": [{"kind": "synthetic", "seed": 7, "clips": clips}],
        "humans": {"kind": "tram"},
        "body": {"model": str(smpl_file(tmp_path))},
        # The stand-in's poses are nobody's: `reconstruction_quality` would reject them, rightly.
        "filters": [{"kind": kind} for kind in ("static_camera", "single_person", "keyframe_overlap")],
    }


def test_every_record_names_tram_its_weights_and_smpl(recipe: dict[str, Any], tmp_path: Path) -> None:
    result = build_corpus(parse_recipe(recipe, "test"), tmp_path / "out", Silent())
    assert result.exit_code == 0
    assert validate_corpus(tmp_path / "out") == []
    assert len(list((tmp_path / "cache" / "person").rglob("*.safetensors"))) == 2
    records = list(Corpus(tmp_path / "out"))
    assert len(records) == 2
    for record in records:
        assert record.metadata["humans"]["kind"] == "tram"
        sha256 = file_sha256(tmp_path / "home" / "tram" / CHECKPOINT)
        assert record.metadata["humans"]["weights"]["vimo_checkpoint.pth.tar"] == sha256
        assert record.metadata["body"]["name"] == "smpl"
        assert record.arrays["valid"].all()


def test_what_is_not_set_up_stops_the_build_with_the_command(recipe: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "home" / "tram" / CHECKPOINT).unlink()
    with pytest.raises(MissingDependencyError, match=r"gdown --fuzzy -O data/pretrain/vimo_checkpoint\.pth\.tar"):
        build_corpus(parse_recipe(recipe, "test"), tmp_path / "out", Silent())
    assert not (tmp_path / "out" / "manifest.json").exists()
