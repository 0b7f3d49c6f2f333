"""A made-up copy of Toyota Smarthome through the whole chain, with the embedded estimators."""

from pathlib import Path
from typing import Any

import pytest
from places import RECIPES

from share_data.build.build import build_corpus
from share_data.corpus.opening import read_manifest
from share_data.corpus.read import Corpus
from share_data.corpus.validate import validate_corpus
from share_data.engine.watch import Silent
from share_data.recipe.reading import load_recipe
from share_data.sources.smarthome.published import LICENCE
from share_data.sources.synthetic import SyntheticConfig, SyntheticSource

pytestmark = pytest.mark.xdist_group("build")

WALK, CUT = "Walk_p03_r00_v01_c01", "Cook.Cut_p02_r00_v02_c03"
RECIPE = RECIPES / "smarthome.yaml"


def film(tree: Path) -> None:
    """Two clips of three seconds in which somebody walks and reaches, and a file that is none of the dataset's."""
    (tree / "mp4").mkdir(parents=True)
    clips: Any = [{"action": action, "frames": 30, "fps": 10} for action in ("walk", "reach")]
    source = SyntheticSource(SyntheticConfig.model_validate({"seed": 7, "clips": tuple(clips)}))
    for video, name in zip(source.list(), (WALK, CUT), strict=True):
        source.fetch(video, tree / "rendered").rename(tree / "mp4" / f"{name}.mp4")
    (tree / "mp4" / "Walkk_p03_r00_v01_c01.mp4").write_bytes(b"not looked at")


def test_two_clips_become_records_with_labels_and_rights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film(tmp_path / "smarthome")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHARE_DATA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SHARE_DATA_HOME", str(tmp_path / "home"))
    changes = ["humans.kind=blazepose", "geometry.kind=ground_plane", "clips.min_seconds=1", "engine.gpus_per_worker=0"]
    recipe = load_recipe(RECIPE, [*changes, "tolerance.max_failed_fraction=0.5"])
    result = build_corpus(recipe, tmp_path / "out", Silent())

    assert result.exit_code == 3 and result.totals.problems() == []
    failed = [(row.level, row.stage, row.count) for row in result.totals.funnel() if row.status == "failed"]
    assert failed == [("video", "fetch", 1)]
    manifest = read_manifest(tmp_path / "out")
    assert manifest.redistributable is False and manifest.licences == {LICENCE: 2}
    records = {record.metadata["title"]: record.metadata for record in Corpus(tmp_path / "out")}
    assert set(records) == {WALK, CUT}
    assert not any(metadata["redistributable"] for metadata in records.values())
    assert records[WALK]["labels"] | {"split_xview1": "train", "split_xview2": "train"} == records[WALK]["labels"]
    assert records[CUT]["labels"]["activity"] == "Cook.Cut" and "split_xview1" not in records[CUT]["labels"]
    assert all("ICCV 2019" in metadata["attribution"] for metadata in records.values())
    assert {metadata["focal_source"] for metadata in records.values()} == {"edges"}
    assert validate_corpus(tmp_path / "out") == []
