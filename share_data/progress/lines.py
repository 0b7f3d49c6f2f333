"""Lines on a stream, whole and in order, from threads and signal handlers. Nobody listening is no reason to stop."""

import threading
from collections import deque
from contextlib import suppress
from typing import IO


class Lines:
    """Writes each line at once. A line told while another one is being written, by a signal handler, comes after it."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._lock = threading.RLock()
        self._waiting: deque[str] = deque()
        self._writing = False

    def write(self, line: str) -> None:
        """Write one line. A stream that nobody reads any more (a closed pipe, a lost terminal) swallows it."""
        with self._lock:
            self._waiting.append(line)
            if self._writing:
                return
            self._writing = True
            try:
                while self._waiting:
                    with suppress(OSError):
                        self._stream.write(f"{self._waiting.popleft()}\n")
                        self._stream.flush()
            finally:
                self._writing = False
