"""Durations, sizes and other people's text, as one line of a terminal shows them."""

import time

from share_data.text import plain_json, storable


def one_line(text: str, limit: int = 500) -> str:
    """`text` on one line of at most `limit` characters; what a terminal would obey is spelled out."""
    flat = " ".join(storable(text[: 4 * limit]).split())
    shown = plain_json(flat)
    return shown if len(shown) <= limit else f"{shown[: limit - 1]}…"


def duration(seconds: float) -> str:
    """`seconds` as h:mm:ss, with days in front from one day on."""
    whole = max(0, round(seconds))
    days, rest = divmod(whole, 86400)
    clock = f"{rest // 3600}:{rest % 3600 // 60:02d}:{rest % 60:02d}"
    return f"{days} d {clock}" if days else clock


def size(count: int) -> str:
    """`count` bytes in MiB below one GiB, else in GiB."""
    return f"{count / 2**20:.0f} MiB" if count < 2**30 else f"{count / 2**30:.1f} GiB"


def rate(per_minute: float) -> str:
    """A rate in units per minute, or per hour where that is less than one."""
    if 0 < per_minute < 1:
        return f"{60 * per_minute:.1f}/h"
    return f"{per_minute:.1f}/min" if per_minute < 100 else f"{per_minute:.0f}/min"


def moment(seconds: float) -> str:
    """A time, given in seconds since 1970, in this machine's time zone."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
