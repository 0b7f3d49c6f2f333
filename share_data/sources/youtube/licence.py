"""Which licence a video is under, from YouTube's words, and whether a recipe accepts it."""

from collections.abc import Sequence

from share_data.errors import LicenceError
from share_data.sources.youtube.config import Licence


def is_creative_commons(licence: str) -> bool:
    """Whether frames may be passed on with attribution: YouTube's only free licence is Creative Commons Attribution."""
    return "creative commons" in licence.lower()


def require_accepted(licence: str, accepted: Sequence[Licence], unit: str) -> None:
    """Raises LicenceError, with the recipe line that would accept it, for a licence that is not in `accepted`."""
    name: Licence = "any"
    if is_creative_commons(licence):
        name = "creative_commons"
    elif "standard" in licence.lower():
        name = "youtube_standard"
    if "any" not in accepted and name not in accepted:
        raise LicenceError(
            f"{unit}: its licence, {licence!r}, is not among {', '.join(accepted)}. Where you may use it all the same, "
            f"say so in the recipe: licences: [{', '.join(dict.fromkeys([*accepted, name]))}]"
        )
