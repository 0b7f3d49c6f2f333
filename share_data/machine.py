"""What the machine itself lacks, told from what is wrong with an input: room, memory, open files, a folder."""

import errno
import os
import resource
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from share_data.errors import DiskFullError, MachineError, MemoryFullError, ShareDataError
from share_data.text import storable

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_CAUSES: dict[int, tuple[str, str]] = {
    errno.ENOSPC: ("no space left to write it", "Free some space and run again."),
    errno.EDQUOT: ("no space left to write it: the quota is used up", "Free some space and run again."),
    errno.EFBIG: ("larger than the limit on a file's size", "Raise it (ulimit -f unlimited) and run again."),
    errno.EROFS: ("its disk can only be read", "Mount it for writing, or choose another folder, and run again."),
    errno.EMFILE: ("too many open files for one process", "Raise the limit (ulimit -n 4096) and run again."),
    errno.ENFILE: ("too many open files on this machine", "Close other programs and run again."),
}
"""By errno, what is always the machine's doing, whatever was being done: cause and remedy."""
_ROOM = "Free some memory (fewer engine.workers, a higher limit, other programs) and run again."
_NO_MEMORY = (
    "std::bad_alloc", "can't allocate memory", "cannot allocate memory", "not enough memory", "insufficient memory",
    "failed to map segment", "can't start new thread", "failed to allocate memory",
)  # fmt: skip
_TIGHT_BYTES = 512 << 20


def machine_fault(error: BaseException, unit: str = "") -> MachineError | None:
    """What of the machine is behind an exception, also where a library or a reader has wrapped it; None for no such.

    unit: what was worked on, for the message where no file is named.
    """
    for each in _chain(error):
        if isinstance(each, MachineError):
            return each
        if _short_of_memory(each):
            what = storable(_words(each)) or type(each).__name__
            return MemoryFullError(f"{_named(unit)}not enough memory ({what}). {_ROOM}")
        if isinstance(each, OSError) and each.errno in _CAUSES:
            return disk_fault(each, storable(str(each.filename or unit or "a file")))
    return None


def disk_fault(error: OSError, place: str, needed: int | None = None) -> MachineError:
    """The error of a file of our own that could not be written or read. needed: bytes it takes in all, where known."""
    cause, remedy = _CAUSES.get(
        error.errno or 0,
        (f"cannot be written or read ({error.strerror or error})", "Mend the folder or its disk and run again."),
    )
    size = "" if needed is None else f"at least {needed} bytes"
    room = _free(place) if error.errno in FULL else ""
    detail = "; ".join(filter(None, (size, room)))
    kind = DiskFullError if error.errno in FULL else MachineError
    return kind(f"{place}: {cause}{f' ({detail})' if detail else ''}. {remedy}")


def missing_folder(error: BaseException) -> MachineError | None:
    """What to do where the working folder has been deleted, or no folder for temporary files can be had; else None."""
    if not isinstance(error, FileNotFoundError):
        return None
    try:
        Path.cwd()
    except FileNotFoundError:
        return MachineError("the working folder has been deleted. Go to one that exists (cd) and run again.")
    if "temporary directory" in str(error):
        given = os.environ.get("TMPDIR", "")
        return MachineError(
            f"no folder for temporary files can be written to (TMPDIR={given!r}, /tmp, /var/tmp, /usr/tmp). "
            "Set TMPDIR to one that can, and run again."
        )
    return None


def kills_for_memory() -> int:
    """How many processes the system has killed for want of memory since it started; 0 where it does not tell."""
    with suppress(OSError, ValueError):
        for line in Path("/proc/vmstat").read_text().splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An exception, and those it was made of: a wrapper must not hide what the machine said."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop(0)
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [each.__cause__, each.__context__]


def _short_of_memory(error: BaseException) -> bool:
    # A damaged video makes its decoder ask for absurd amounts: that is the machine's doing only where little is left.
    if type(error).__module__.partition(".")[0] == "av":
        return getattr(error, "errno", None) == errno.ENOMEM and _memory_left() < _TIGHT_BYTES
    if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
        return True
    if isinstance(error, ShareDataError) or "CUDA" in _words(error):
        return False
    native = type(error).__module__.partition(".")[0] in ("cv2", "onnxruntime")
    if not (native or isinstance(error, RuntimeError | ImportError | OSError)):
        return False
    text = _words(error).lower()
    return any(words in text for words in _NO_MEMORY)


def _words(error: BaseException) -> str:
    """An exception's message; empty for one that cannot tell it: other people's classes may fail at that, too."""
    with suppress(Exception):
        return str(error)
    return ""


def _memory_left() -> float:
    """Bytes that this process may still take: of the machine's, and of its own limit on addresses."""
    left = float("inf")
    with suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                left = int(line.split()[1]) * 1024.0
        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit != resource.RLIM_INFINITY:
            used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
            left = min(left, float(limit - used))
    return left


def _free(place: str) -> str:
    """How much room the disk of a path has."""
    path = Path(place)
    for folder in (path, *path.parents):
        with suppress(OSError):
            return f"{shutil.disk_usage(folder).free / 2**20:.0f} MiB are free there"
    return ""


def _named(unit: str) -> str:
    return f"{unit}: " if unit else ""


def memory_in_use() -> tuple[int, int]:
    """(resident bytes of this process, bytes of GPU memory its torch holds)."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        resident = pages * resource.getpagesize()
    except OSError:
        resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    torch = sys.modules.get("torch")
    on_gpu = torch.cuda.memory_reserved() if torch is not None and torch.cuda.is_initialized() else 0
    return resident, on_gpu
