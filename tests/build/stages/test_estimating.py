"""A candidate in parts: what each leaves in the store, and that together they give the bytes of doing all at once."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from light import recipe_of
from media import write_video
from synthetic_clips import take_of

from share_data.build.job_factory import clip_payload
from share_data.build.worker import PipelineWorker, WorkerSpec
from share_data.engine.jobs import Job, Part
from share_data.records import Video
from share_data.store.hashing import file_sha256
from share_data.synthetic.film import shoot

FRAMES = 12


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("film") / "walk.mp4", shoot(take_of(frames=FRAMES)), fps=10)


def worker_at(root: Path, *overrides: str) -> PipelineWorker:
    recipe = recipe_of(root, "clips.min_seconds=0.5", *overrides)
    spec = WorkerSpec.of(recipe, root / "cache", root / "home", root / "state", str(root / "out"))
    return PipelineWorker(spec, spec.stages())


def job_of(worker: PipelineWorker, film: Path) -> Job:
    stat = film.stat()
    told = {"path": str(film), "sha256": file_sha256(film), "bytes": stat.st_size, "mtime_ns": stat.st_mtime_ns}
    payload = clip_payload(Video("local", "walk", "file:walk.mp4", focal_px=250.0), told, 0, FRAMES)
    made_by = worker._stages.keys.whole
    return Job("reconstruct", "walk", "0" * 32, payload | {"made_by": made_by, "pool": ""}, FRAMES)


def stored(root: Path) -> dict[str, bytes]:
    """What lies in the store, by stage and key."""
    return {"/".join(path.parts[-3:]): path.read_bytes() for path in (root / "cache").rglob("*.safetensors")}


def do(worker: PipelineWorker, job: Job, part: Part | None) -> dict[str, Any]:
    receipt = worker.run(replace(job, part=part))
    assert receipt.kind == "done", receipt.message
    return dict(receipt.result)


def test_the_parts_give_the_bytes_of_the_whole_and_name_each_other(film: Path, tmp_path: Path) -> None:
    whole, parts = worker_at(tmp_path / "whole"), worker_at(tmp_path / "parts")
    expected = do(whole, job_of(whole, film), None)
    job = job_of(parts, film)
    assert do(parts, job, "prepare") == {"next": "estimate"}
    assert do(parts, job, "estimate") == {"next": "assemble"}
    assert not any(name.startswith("reconstruct") for name in stored(tmp_path / "parts"))
    assert do(worker_at(tmp_path / "parts"), job, "assemble") == expected
    assert stored(tmp_path / "parts") == stored(tmp_path / "whole")
    assert do(parts, job, "prepare") == {"next": "assemble"}, "all is there: no GPU is asked"


def test_what_a_gpu_has_to_do_is_never_done_where_there_is_none(film: Path, tmp_path: Path) -> None:
    worker = worker_at(tmp_path)
    receipt = worker.run(replace(job_of(worker, film), part="assemble"))
    assert receipt.kind == "error" and "SHARE_DATA_CACHE must be the same folder" in receipt.message
    assert not any(name.startswith("humans") for name in stored(tmp_path))


def test_where_placing_takes_the_gpu_its_worker_does_all(film: Path, tmp_path: Path) -> None:
    worker = worker_at(tmp_path, "placement.solver=adam", "placement.device=cuda")
    asked: list[Any] = []
    worker._reconstruct = lambda payload: asked.append(payload) or {"key": "k"}  # type: ignore[method-assign,func-returns-value]
    job = job_of(worker, film)
    assert do(worker, job, "prepare") == {"next": "estimate"}
    assert do(worker, job, "estimate") == {"key": "k"} and len(asked) == 1
