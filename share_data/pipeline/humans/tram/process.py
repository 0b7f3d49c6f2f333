"""A process that runs TRAM: started with the weights loaded once, asked clip by clip, gone with whoever started it."""

import json
import shutil
import subprocess
import tempfile
import weakref
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import IO, Any

from share_data.errors import MissingDependencyError

_LAST_WORDS = 20
"""Lines of stderr that are kept for whoever asks why the process died."""
_GRACE_S = 10.0


class TramProcessError(RuntimeError):
    """The runner died, or met an error nobody expected; its own traceback is among the exception's notes."""


class TramProcess:
    """One `runner.py`. It starts at once, loads its weights meanwhile, and ends with `close` or this object.

    It sees the GPUs that this process sees (CUDA_VISIBLE_DEVICES is inherited). When this process dies, whatever kills
    it, the runner's stdin ends, and with that the runner.
    """

    def __init__(self, command: Sequence[str], cwd: Path) -> None:
        """command: of the runner, less `--work`. Raises MissingDependencyError when there is no such program."""
        self._work = Path(tempfile.mkdtemp(prefix="share-tram-"))
        try:
            self._process = subprocess.Popen(
                [*command, "--work", str(self._work)],
                cwd=cwd,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,  # Ctrl-C is for the build, which lets what is under way end.
            )
        except OSError as error:
            shutil.rmtree(self._work, ignore_errors=True)
            raise MissingDependencyError(
                f"{command[0]} cannot be run ({error.strerror}). Give TRAM's Python: --set humans.python=PATH"
            ) from error
        self._words: deque[str] = deque(maxlen=_LAST_WORDS)
        self._listener = Thread(target=_hear, args=(self._process.stderr, self._words), daemon=True)
        self._listener.start()
        self._meta: dict[str, Any] | None = None
        self.close = weakref.finalize(self, _end, self._process, self._work)

    @property
    def pid(self) -> int:
        """Its process number."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    @property
    def meta(self) -> dict[str, Any]:
        """What is loaded: SHA-256 of the checkpoint, device, versions. Waits for it; raises as `answer` does."""
        if self._meta is None:
            self._meta = dict(self._hear_from("ready"))
        return self._meta

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """An empty folder for one request, removed afterwards."""
        with tempfile.TemporaryDirectory(dir=self._work, ignore_cleanup_errors=True) as path:
            yield Path(path)

    def answer(self, folder: Path) -> None:
        """Have the request in `folder` done, see `tram.runner`.

        Raises MissingDependencyError where TRAM is not set up, TramProcessError when the runner died or failed.
        """
        _ = self.meta
        assert self._process.stdin is not None
        with suppress(OSError):  # Where it has died, reading tells what it said last.
            self._process.stdin.write(json.dumps({"folder": str(folder)}) + "\n")
            self._process.stdin.flush()
        self._hear_from("done")

    def _hear_from(self, wanted: str) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise self._death()
        reply = json.loads(line)
        if wanted in reply:
            return reply[wanted]
        if reply["setup"]:
            raise MissingDependencyError(
                f"TRAM: {reply['message']}. `share-data doctor --recipe` says what is missing."
            )
        error = TramProcessError(f"TRAM: {reply['error']}: {reply['message']}")
        error.add_note(reply["traceback"])
        raise error

    def _death(self) -> TramProcessError:
        code = self._process.wait()
        self._listener.join(_GRACE_S)
        how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        return TramProcessError(f"TRAM's process {how}. It said: {' | '.join(self._words) or 'nothing'}")


def _hear(stream: IO[str], words: "deque[str]") -> None:
    with stream:
        words.extend(line.strip() for line in stream if line.strip())


def _end(process: "subprocess.Popen[str]", work: Path) -> None:
    """Close its stdin, which ends it; kill it should it not listen; remove what it worked on."""
    assert process.stdin is not None and process.stdout is not None
    with suppress(OSError):
        process.stdin.close()
    try:
        process.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()
    shutil.rmtree(work, ignore_errors=True)
