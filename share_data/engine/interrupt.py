"""Ctrl-C: the first one lets what is under way come to its end, the second one does not."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """Whether the user has asked to stop. SIGTERM, which batch systems send before they kill, counts as Ctrl-C."""

    def __init__(self) -> None:
        self.requested = False

    @contextmanager
    def listening(self, tell: Callable[[str], None]) -> Iterator[None]:
        """Handle signals inside the block; `tell` gets a line for the user. Raises KeyboardInterrupt at the second."""

        def handle(number: int, frame: FrameType | None) -> None:
            if self.requested:
                raise KeyboardInterrupt
            self.requested = True
            tell("stopping: finishing what is under way; once more to stop now")

        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before: dict[signal.Signals, Any] = {number: signal.signal(number, handle) for number in SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
