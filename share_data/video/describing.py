"""What a pass over a video says of its pictures, beside their losses and times."""

from dataclasses import replace

from share_data.footage import Footage
from share_data.video.colour import is_full_range, transfer_of
from share_data.video.display import WHOLE
from share_data.video.picture import Decoded

DEINTERLACED = "deinterlaced (bwdif): the first field's moment"
NOT_DEINTERLACED = "not deinterlaced: the container says interlaced, its pictures do not"
_FIELDS = range(2, 6)
"""Of FFmpeg's field orders, those of interlaced pictures."""


def described(footage: Footage, first: Decoded, track: str) -> Footage:
    """`footage` with what a video's first picture and the choice of its track (in words) tell."""
    transfer, crop, display = transfer_of(first.frame), first.framing.crop, first.display
    done = []
    if crop != WHOLE:
        done.append("cropped as the container says: left {}, top {}, right {}, bottom {} stored pixels".format(*crop))
    if display.askew:
        done.append(f"turned by whole right angles: its display matrix is {display.askew} degrees askew")
    if transfer != "sdr":
        done.append(f"tone-mapped from {transfer.upper()} to SDR BT.709, white at 203 nits (libswscale)")
    return replace(
        footage,
        display=display.words,
        principal_point=first.principal_point,
        video_track=track,
        transfer=transfer,
        full_range=is_full_range(first.frame),
        done=(*footage.done, *done),
    )


def met_interlaced(footage: Footage) -> Footage:
    """`footage` once a picture is marked as interlaced."""
    return footage if footage.interlaced else replace(footage, interlaced=True, done=(*footage.done, DEINTERLACED))


def ended(footage: Footage, field_order: int) -> Footage:
    """`footage` at the end of a video whose stream claims this field order (FFmpeg's number)."""
    unsure = not footage.interlaced and field_order in _FIELDS
    return replace(footage, done=(*footage.done, NOT_DEINTERLACED)) if unsure else footage
