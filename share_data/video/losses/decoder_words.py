"""What FFmpeg's decoders say of an error: an exception alone does not tell which pictures it harms."""

import logging

import av.error
import av.logging

_FORGETS_WHAT_NEVER_CAME = "mmco: unref short failure"


def listen() -> None:
    """Have PyAV keep the words of errors, and print nothing. Who listens to FFmpeg already is left alone."""
    if av.logging.get_level() is None:
        words = logging.getLogger("libav")
        words.addHandler(logging.NullHandler())
        words.propagate = False
        av.logging.set_level(av.logging.ERROR)


def harms_no_picture(error: av.error.FFmpegError) -> bool:
    """Whether an H.264 picture is whole, and only asks to forget a reference that is not there.

    So it is after a key picture that refers to nothing, where those before it were cut away.
    """
    # (level, who, words); its type in PyAV 18.1 says two.
    said: tuple[object, ...] = error.log or ()
    return any(_FORGETS_WHAT_NEVER_CAME in str(part) for part in said)
