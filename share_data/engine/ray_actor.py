"""The actor: one process with a worker in it. It returns receipts, and dies with its clip at worst."""

import os
import signal
from pathlib import Path
from typing import Any

from share_data.engine.jobs import Job, Receipt
from share_data.engine.pool import Spec, Worker


class WorkerActor:
    """Lives in a Ray worker process. sees_gpu: False hides every GPU, before any library looks for one;
    folder: the driver's working directory; begun: the file that says which job was begun last.
    """

    def __init__(self, spec: Spec, sees_gpu: bool, folder: str, begun: str) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the terminal is the driver's to answer.
        if not sees_gpu:
            os.environ["CUDA_VISIBLE_DEVICES"] = ""
        if Path(folder).is_dir():
            os.chdir(folder)
        self._begun = Path(begun)
        self._worker: Worker = spec.make()

    def ready(self) -> dict[str, Any]:
        """Where this actor lives; answered once the worker is made."""
        import ray

        node = ray.get_runtime_context().get_node_id()
        return {"node": node, "pid": os.getpid(), "gpus": os.environ.get("CUDA_VISIBLE_DEVICES", "")}

    def run(self, job: Job, frugal: bool, next_job: Job | None) -> Receipt:
        """Do a job; begin to decode the clip of the one after it."""
        self._begun.write_text(job.digest)
        if next_job is not None and next_job.step == "reconstruct":
            self._worker.prefetch(next_job)
        return self._worker.run(job, frugal)
