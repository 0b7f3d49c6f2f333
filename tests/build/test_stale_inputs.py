"""What a result was made from may change behind a finished build: depth beside a video, weights on a machine."""

import os
from pathlib import Path
from typing import Any

import light
import numpy as np
import pytest
from depth_beside import true_depth, write_images
from media import write_video
from moge_checkpoints import write_checkpoint
from synthetic_clips import take_of

from share_data.build.build import BuildResult, build_corpus
from share_data.build.job_factory import clip_payload
from share_data.build.worker import PipelineWorker, WorkerSpec
from share_data.corpus.read import Corpus
from share_data.engine.jobs import Job
from share_data.engine.watch import Silent
from share_data.recipe.reading import parse_recipe
from share_data.records import Video
from share_data.store.hashing import file_sha256
from share_data.synthetic.film import shoot

FRAMES = 30


@pytest.mark.xdist_group("build")
def test_depth_that_comes_or_changes_later_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHARE_DATA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SHARE_DATA_HOME", str(tmp_path / "home"))
    take = take_of(frames=FRAMES)
    (tmp_path / "videos").mkdir()
    write_video(tmp_path / "videos" / "walk.mp4", shoot(take), fps=10)
    source = {"kind": "local", "root": str(tmp_path / "videos"), "focal_px": take.backdrop.path.at(0).focal}
    recipe = {"schema_version": 1, "name": "rgbd", "sources": [source], "filters": [], "geometry": {"kind": "sensor"}}

    def build() -> BuildResult:
        return build_corpus(parse_recipe(recipe, "test"), tmp_path / "out", Silent())

    def depth_sha256() -> str:
        return str(Corpus(tmp_path / "out")[0].metadata["geometry"]["weights"]["depth"])

    assert [failure.error_class for failure in build().totals.failures] == ["EstimationError"], "no depth yet"
    depths = [true_depth(take, frame) for frame in range(FRAMES)]
    folder = tmp_path / "videos" / "walk_depth"
    write_images(folder, depths)
    assert build().records == 1
    first = depth_sha256()
    write_images(folder, ((depth * 1.1).astype(np.uint16) for depth in depths))
    os.utime(folder / "000000.png", ns=(1, 1))
    assert build().records == 1 and depth_sha256() != first


def test_a_worker_with_other_weights_than_the_build_stops_it(tmp_path: Path) -> None:
    pytest.importorskip("moge", reason="MoGe is not installed: see the README's two lines")
    weights = tmp_path / "model.pt"
    write_checkpoint(weights)
    data: dict[str, Any] = {
        "schema_version": 1, "name": "x", "sources": [{"kind": "local", "root": str(tmp_path)}], "filters": [],
        "geometry": {"kind": "moge", "weights": str(weights)},
    }  # fmt: skip
    spec = WorkerSpec.of(parse_recipe(data, "test"), tmp_path / "c", tmp_path / "h", tmp_path / "s", str(tmp_path))
    job = light_job(tmp_path, spec.stages().keys.whole)
    write_checkpoint(weights, slope=0.9)  # the file of that name on another machine
    worker = PipelineWorker(spec, spec.stages())
    receipt = worker.run(job)
    assert (receipt.kind, receipt.error_class) == ("setup", "MissingDependencyError")
    assert "not those the build began with" in receipt.message


def light_job(root: Path, made_by: str) -> Job:
    """A reconstruction of a real, short video."""
    path = root / "walk.mp4"
    write_video(path, shoot(take_of(frames=8)), fps=10)
    stat = path.stat()
    fetched = {"path": str(path), "sha256": file_sha256(path), "bytes": stat.st_size, "mtime_ns": stat.st_mtime_ns}
    payload = clip_payload(Video("local", "walk", "file:walk.mp4"), fetched, 0, 8)
    return Job("reconstruct", "walk", "0" * 32, payload | {"made_by": made_by, "pool": ""}, 8)


def test_whoever_opts_out_is_left_out_even_if_everything_else_fails(tmp_path: Path) -> None:
    light.write_video(tmp_path, "good")
    light.write_video(tmp_path, "bad", fault="raise")
    assert light.light_build(tmp_path).records == 1
    name = Corpus(tmp_path / "out")[0].metadata["video_id"]
    assert light.light_build(tmp_path, f"opt_out=['id:{name}']").records == 0
    assert len(Corpus(tmp_path / "out")) == 0
