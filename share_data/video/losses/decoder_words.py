"""What FFmpeg's decoders say of an error: an exception alone does not tell which pictures it harms."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import av.error
import av.logging

_FORGETS_WHAT_NEVER_CAME = "mmco: unref short failure"
_SILENT = logging.NullHandler()
_lock = threading.Lock()
_listening = 0


@contextmanager
def listening() -> Iterator[None]:
    """Have PyAV keep the words of errors within this block, and print nothing. Who listens already is left alone.

    Only where they are asked for: FFmpeg says a word of every frame that a container lists, and PyAV takes the
    interpreter's lock to hear it, which is half of the time that opening a long video takes.
    """
    began = _begin()
    try:
        yield
    finally:
        if began:
            _end()


def _begin() -> bool:
    global _listening
    with _lock:
        if not _listening and av.logging.get_level() is not None:
            return False
        _listening += 1
        if _listening == 1:
            words = logging.getLogger("libav")
            words.addHandler(_SILENT)
            words.propagate = False
            av.logging.set_level(av.logging.ERROR)
        return True


def _end() -> None:
    global _listening
    with _lock:
        _listening -= 1
        if not _listening:
            logging.getLogger("libav").propagate = True
            av.logging.set_level(None)


def harms_no_picture(error: av.error.FFmpegError) -> bool:
    """Whether an H.264 picture is whole, and only asks to forget a reference that is not there.

    So it is after a key picture that refers to nothing, where those before it were cut away.
    """
    # (level, who, words); its type in PyAV 18.1 says two.
    said: tuple[object, ...] = error.log or ()
    return any(_FORGETS_WHAT_NEVER_CAME in str(part) for part in said)
