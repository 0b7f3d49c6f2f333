"""Which of a video's files to measure: true pixels, the whole picture, and no larger than asked for."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from share_data.sources.youtube.errors import BadMediaError

Format = Mapping[str, Any]

# Small sizes are rounded to even pixels: 256 x 110 stands for 1920 x 818.
_SAME_ASPECT = 0.03
# H.264 decodes fastest and everywhere, and YouTube has it up to 1080p; above, VP9 is the common one.
_CODECS = ("avc1", "vp9", "vp09", "av01")


def choose(formats: Sequence[Format], max_height: int) -> Format:
    """The file to fetch, of those yt-dlp lists for a video. Raises BadMediaError that counts what was passed over.

    Passed over: AI-upscaled ("super resolution") files, damaged and unfinished ones, spherical projections, HDR, whose
    8-bit picture is washed out, and files whose aspect differs from that of most others, which are cropped. Of the
    rest, within `max_height` (of the short side), the largest; without sound, which nobody needs, before with; plain
    HTTP, which can be resumed anywhere, before segments.
    """
    pictures = [f for f in formats if f.get("vcodec") not in (None, "none") and f.get("width") and f.get("height")]
    true = [f for f in pictures if not _flaw(f)]
    usual = _usual_aspect(true)
    whole = [f for f in true if _alike(_aspect(f), usual)]
    fitting = [f for f in whole if _short_side(f) <= max_height]
    if not fitting:
        flaws = Counter(filter(None, map(_flaw, pictures)))
        flaws["cropped"] = len(true) - len(whole)
        flaws[f"above {max_height} pixels"] = len(whole)
        told = ", ".join(f"{count} {flaw}" for flaw, count in sorted(flaws.items()) if count) or "no picture"
        raise BadMediaError(f"none of its {len(pictures)} files is fit for measuring ({told})")
    return max(fitting, key=_merit)


def is_plain_http(chosen: Format) -> bool:
    """Whether any part of the file can be asked for by its byte range."""
    return str(chosen.get("protocol")) in ("http", "https")


def _flaw(f: Format) -> str:
    """Why the pixels of a file are not those of a camera; empty when they are."""
    note = str(f.get("format_note") or "").lower()
    if "upscal" in note or str(f.get("format_id")).endswith("-sr") or "sr%3D1" in str(f.get("url")):
        return "upscaled"
    if "damaged" in note or "incomplete" in note or "last 2 hours" in note:
        return "damaged"
    if any(word in note for word in ("equi", "mesh", "spherical", "3d")):
        return "spherical"
    if f.get("dynamic_range") not in (None, "SDR"):
        return "hdr"
    return "stretched" if f.get("stretched_ratio") not in (None, 1) else ""


def _aspect(f: Format) -> float:
    return float(f["width"]) / float(f["height"])


def _alike(one: float, other: float) -> bool:
    return abs(one / other - 1) <= _SAME_ASPECT


def _usual_aspect(formats: Sequence[Format]) -> float:
    """The aspect most files share; of equals the widest, for crops are made for upright telephones."""
    aspects = [_aspect(f) for f in formats]
    return max(aspects, key=lambda one: (sum(_alike(one, other) for other in aspects), one), default=1.0)


def _short_side(f: Format) -> int:
    return int(min(f["width"], f["height"]))


def _merit(f: Format) -> tuple[Any, ...]:
    codec = next((k for k, name in enumerate(_CODECS) if str(f["vcodec"]).startswith(name)), len(_CODECS))
    silent = f.get("acodec") in (None, "none")
    rates = float(f.get("fps") or 0), float(f.get("tbr") or 0)
    return _short_side(f), silent, is_plain_http(f), -codec, *rates, str(f.get("format_id"))
