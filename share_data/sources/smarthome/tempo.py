"""The speed at which the untrimmed videos are said to play, and what correcting it would change."""

from share_data.errors import SourceError
from share_data.sources.smarthome.names import read_name
from share_data.sources.smarthome.published import PLAYBACK_SPEED


def is_untrimmed(video_id: str) -> bool:
    """Whether a listed video is of the untrimmed variant (TSU)."""
    try:
        return read_name(video_id).variant == "tsu"
    except SourceError:
        return False


def tempo_note(label: str) -> str:
    """What is to be said of a source of untrimmed videos whose times are taken as they are. label: the source's."""
    speed = PLAYBACK_SPEED
    return (
        f"{label}: TSU files are reported to play {speed:g} times too fast (20 frames a second stored as 25), which no "
        f"frame here has confirmed; times are the files' own (time_scale 1). With --set "
        f"sources.{label}.time_scale={speed:g} a second of a file counts as {speed:g}: clips last {speed:g} times as "
        f"long, frame rates and speeds are {1 / speed:g} of what they are now, accelerations {1 / speed**2:g}, and "
        "people are estimated again. Check it by a clock or a fall in the videos."
    )
