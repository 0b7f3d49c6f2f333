"""The one shape of a video's error."""

from pathlib import Path

from share_data.errors import VideoError


def problem(path: Path, cause: str, remedy: str) -> VideoError:
    """The file's name (never its folder), the cause, the remedy."""
    return VideoError(f"{path.name}: {cause}. {remedy}")


def reason(error: Exception) -> str:
    """What FFmpeg or the system says of an error, or its kind where they say nothing."""
    return getattr(error, "strerror", None) or type(error).__name__
