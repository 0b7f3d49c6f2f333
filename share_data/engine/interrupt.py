"""Ctrl-C or SIGTERM: the first lets what is under way come to its end, for some seconds; the second one does not.

Python answers a signal between two of its own instructions, and whoever sent it does not wait: batch systems kill a
little later. So a thread beside the build sees every signal at once. What blocks for too long it interrupts, and what
cannot be interrupted, because it is in native code or swallows the interruption, it ends together with the process.
"""

import os
import select
import shlex
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM)
INTERRUPTED = 130
GRACE_S = 5.0
"""Seconds from the first signal on in which what is under way may come to its end."""
LAST_S = 4.0
"""Seconds from then on, or from the second signal on, in which the build may close what it has open."""
RECORD_S = 0.5


def resume_command(told: str = "interrupted; what is finished is stored") -> str:
    """What to type to go on with this build. told: why, in front of it."""
    return f"{told}. Resume with:\n  {shlex.join(['share-data', *sys.argv[1:]])}"


class Stop:
    """Whether the user has asked to stop. SIGTERM, which batch systems send before they kill, counts as Ctrl-C.

    `record` is called from another thread when the process has to end without the build's own last words.
    """

    def __init__(self) -> None:
        self.requested = False
        self.record: Callable[[], object] = lambda: None

    @contextmanager
    def listening(self, tell: Callable[[str], None]) -> Iterator[None]:
        """Handle signals inside the block; `tell` gets a line for the user.

        KeyboardInterrupt is raised at the second signal, or `GRACE_S` after the first; `LAST_S` after that the process
        ends, with exit code 130.
        """

        def handle(number: int, frame: FrameType | None) -> None:
            if self.requested:
                raise KeyboardInterrupt
            self.requested = True
            tell(f"stopping: finishing what is under way, for {GRACE_S:.0f} s at most; once more to stop now")

        if threading.current_thread() is not threading.main_thread():
            yield
            return
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)
        wakeup = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        before: dict[signal.Signals, Any] = {number: signal.signal(number, handle) for number in SIGNALS}
        guard = threading.Thread(target=self._guard, args=(ours, threading.get_ident()), daemon=True)
        guard.start()
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(wakeup)
            theirs.close()
            guard.join()
            ours.close()

    def _guard(self, signals: socket.socket, main: int) -> None:
        """Wait for a signal, and then for the end of the block. signals: a byte each, and the end at the block's."""
        if _next(signals, None) is None:
            return
        try:
            again = _next(signals, GRACE_S)
        except TimeoutError:
            self.requested = True  # The main thread may not have come to answer the first one.
            # Not SIGTERM: Ray takes that for its own, and gives it back as the death of the process.
            signal.pthread_kill(main, signal.SIGINT)
        else:
            if again is None:
                return
        end = time.monotonic() + LAST_S
        with suppress(TimeoutError):
            while _next(signals, end - time.monotonic()) is not None:
                pass
            return
        self._leave()

    def _leave(self) -> NoReturn:
        recorder = threading.Thread(target=self.record, daemon=True)
        recorder.start()
        recorder.join(RECORD_S)  # A disk that does not answer must not hold this up.
        shown = "\x1b[?25h" if os.isatty(2) else ""  # The cursor, which a live picture hides.
        with suppress(OSError):
            os.write(2, f"{shown}{resume_command()}\n".encode("utf-8", "backslashreplace"))
        os._exit(INTERRUPTED)


def _next(signals: socket.socket, seconds: float | None) -> int | None:
    """The next of `SIGNALS`, or None at the end. Raises TimeoutError when neither comes in so many seconds."""
    end = None if seconds is None else time.monotonic() + seconds
    while True:
        left = None if end is None else max(0.0, end - time.monotonic())
        if not select.select([signals], [], [], left)[0]:
            raise TimeoutError
        data = signals.recv(1)
        if not data:
            return None
        if data[0] in SIGNALS:  # Deadlines ring an alarm, which is a signal too.
            return data[0]
