"""Whose fault a worker's exception is: the clip's, the machine's or the installation's; and what is told of it."""

from contextlib import suppress

from share_data.engine.jobs import LONGEST_MESSAGE, Job, Kind
from share_data.errors import (
    DiskFullError,
    MachineError,
    MemoryFullError,
    MissingDependencyError,
    ShareDataError,
    StaleVideoError,
)
from share_data.machine import machine_fault
from share_data.text import storable, without_places

_KINDS: dict[type[MachineError], Kind] = {DiskFullError: "disk", MemoryFullError: "starved"}
_OUT_OF_GPU_MEMORY = ("CUDA out of memory", "CUDA error: out of memory", "CUBLAS_STATUS_ALLOC_FAILED")


def told(error: Exception, unit: str = "") -> str:
    """An exception's message, also of one that cannot tell it. unit: what was worked on.

    Only what the machine lacks is told with its folders: that is shown, and no ledger keeps it.
    """
    fault = machine_fault(error, unit) if not _is_of_the_gpu(error) else None
    if fault is not None:
        return storable(str(fault))[:LONGEST_MESSAGE]
    try:
        return without_places(str(error), LONGEST_MESSAGE)
    except Exception as other:
        return f"no message: {type(other).__name__} while asking for it"


def trouble(error: Exception, job: Job) -> Kind:
    """Whose fault an exception is, see `Receipt.kind`. What goes wrong with a shard or a file may pass."""
    if _is_of_the_gpu(error):
        return "memory"
    fault = machine_fault(error)
    if fault is not None:
        return _KINDS.get(type(fault), "machine")
    if isinstance(error, MissingDependencyError):
        return "setup"
    if isinstance(error, ShareDataError):
        return "error" if isinstance(error, StaleVideoError) or job.step == "pack" else "refused"
    return "error"


def _is_of_the_gpu(error: Exception) -> bool:
    if type(error).__name__ == "OutOfMemoryError":
        return True
    with suppress(Exception):
        return any(text in str(error) for text in _OUT_OF_GPU_MEMORY)
    return False
