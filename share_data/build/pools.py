"""Which pool a build gets: this process, or actors on Ray."""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from share_data.engine.jobs import Job
from share_data.engine.pool import Deadline, InlinePool, Pool, Spec
from share_data.engine.watch import Watcher
from share_data.errors import EngineError, MissingDependencyError
from share_data.recipe.model import EngineConfig

EngineChoice = Literal["auto", "inline", "ray"]
RAY_FROM_VIDEOS = 32
"""`auto`: fewer videos than this are done before Ray's start and its 0.7 GB have paid."""


def choose_pool(
    engine: EngineChoice, address: str, config: EngineConfig, spec: Spec, videos: int, workspace: Path, watch: Watcher
) -> Pool:
    """The pool for a build of so many videos.

    address: of a running Ray cluster; empty: this machine. Raises MissingDependencyError without Ray where it is to
    start, EngineError where a GPU is asked for that is not there.
    """
    if wants_ray(engine, address, config, videos):
        if find_spec("ray") is None:
            raise MissingDependencyError(
                "This build would start Ray, which is not installed. Install it: pip install 'ray>=2.50', or build "
                "with --engine inline."
            )
        from share_data.engine.ray_pool import RayPool

        return RayPool(spec, config, deadline_of(config), address, workspace, watch)
    if config.gpus_per_worker:
        _require_gpu(config, watch)
    watch.note("engine: inline, one worker in this process")
    return InlinePool(spec, deadline_of(config))


def wants_ray(engine: EngineChoice, address: str, config: EngineConfig, videos: int) -> bool:
    """Whether Ray starts. By itself (`auto`): when a cluster is joined, when `gpus_per_worker > 0` or `workers > 1`, or
    from `RAY_FROM_VIDEOS` videos on with more than one core.
    """
    if engine != "auto":
        return engine == "ray"
    if address or config.gpus_per_worker > 0 or config.workers > 1:
        return True
    return videos >= RAY_FROM_VIDEOS and cores() > 1


def workers_of(engine: EngineChoice, address: str, config: EngineConfig, videos: int) -> int:
    """Workers that a build of so many videos on this machine would have."""
    if not wants_ray(engine, address, config, videos):
        return 1
    if config.workers or not config.gpus_per_worker:
        return config.workers or cores()
    import torch

    return max(1, int(torch.cuda.device_count() / config.gpus_per_worker))


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def deadline_of(config: EngineConfig) -> Deadline:
    """Seconds a job may take, by its clip's length."""

    def deadline(job: Job) -> float:
        if job.step in ("fetch", "pack"):
            return config.deadline_fetch_s
        return config.deadline_s + config.deadline_per_frame_s * job.frames

    return deadline


def _require_gpu(config: EngineConfig, watch: Watcher) -> None:
    import torch

    if torch.cuda.is_available():
        return
    if not config.cpu_fallback:
        raise EngineError(
            "engine.gpus_per_worker asks for a GPU and torch sees none on this machine. Set engine.gpus_per_worker=0, "
            "or engine.cpu_fallback=true to use the CPU whenever no GPU is there; see `share-data doctor`."
        )
    watch.note("warning: no GPU is there, the CPU is used (engine.cpu_fallback)")
