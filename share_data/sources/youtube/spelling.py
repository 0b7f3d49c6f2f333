"""Names of YouTube's videos and channels as people give them: ids, handles, and every kind of address."""

from share_data.ledger.opt_out import Spelling
from share_data.sources.youtube.targets import channel_name, video_id, watch_url


def _whole_video(text: str) -> str:
    """The id in an id or address of a video. The uri of a time range means that range alone: an empty string."""
    try:
        video = video_id(text)
    except ValueError:
        return ""
    return "" if text.startswith(f"{watch_url(video)}#") else video


SPELLING = Spelling(_whole_video, channel_name)
