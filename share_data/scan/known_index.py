"""Where the frames lie of videos that were gone through on this machine, whatever the recipe was: frames out of the
middle of one can then be sought."""

from typing import Any

from share_data.errors import MachineError
from share_data.footage import UNKNOWN, FrameIndex
from share_data.store.store import Artifact, Store, stage_key
from share_data.video.index import DECODING

_STAGE = "index"


def keep_index(store: Store, sha256: str, track: int | None, index: FrameIndex) -> None:
    """Remember the index of a video. sha256: of its content; track: see `choose_track`."""
    arrays: dict[str, Any] = {"times": index.times, "keys": index.keys, "marks": index.marks}
    store.put(_STAGE, _key(sha256, track), Artifact({}, arrays))


def known_index(store: Store, sha256: str, track: int | None) -> FrameIndex:
    """The index of a video; an empty one where nobody here has gone through it.

    track: also one that was chosen by itself. Nothing rests on it: frames that are sought are held against it.
    """
    for key in (_key(sha256, track), _key(sha256, None)):
        try:
            found = store.get(_STAGE, key)
        except MachineError:
            return UNKNOWN
        if found is not None:
            return FrameIndex(found.arrays["times"], found.arrays["keys"], found.arrays["marks"])
    return UNKNOWN


def _key(sha256: str, track: int | None) -> str:
    return stage_key(_STAGE, DECODING, sha256, track)
