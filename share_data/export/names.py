"""Names of files for what comes from outside."""

from collections.abc import Mapping
from typing import Any

from share_data.text import safe_key


def subject_of(metadata: Mapping[str, Any]) -> str:
    """A folder's name for who is seen: the source's subject, else the video.

    >>> subject_of({"labels": {"subject": "p 7"}, "video_id": "x"})
    'p-7'
    """
    return safe_key(str(metadata["labels"].get("subject") or metadata["video_id"]))


def camera_of(metadata: Mapping[str, Any]) -> str:
    """What stands for the fixed camera of a record: the source's label, else its video.

    >>> camera_of({"labels": {"camera": "c03"}, "source": "smarthome", "video_id": "x"})
    'smarthome_c03'
    """
    return (
        f"{safe_key(metadata['source'])}_{safe_key(str(metadata['labels'].get('camera') or metadata['video_id']), 80)}"
    )
