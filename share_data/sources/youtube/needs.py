"""What fetching from YouTube needs of this machine."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from share_data.needs import Need
from share_data.sources.youtube.config import YouTubeConfig

UPDATE = "pip install -U yt-dlp yt-dlp-ejs"
# YouTube changes, and yt-dlp follows: it warns of itself at the same age.
_OLD_DAYS = 90
_INSTALL_RUNTIME = "pip install deno"


def needs_of(config: YouTubeConfig) -> list[Need]:
    """One Need a thing, see `Need`."""
    needs = [_package(datetime.now(UTC).date()), _solver(), _runtime()]
    files = (("csv", config.csv), ("cookies", config.cookies))
    return needs + [_file(field, path) for field, path in files if path]


def _package(today: date) -> Need:
    """An old one may still do, so it counts as met; what the age means is said, and how to update."""
    found = _version("yt-dlp")
    if found is None:
        return Need("yt-dlp", False, "not installed", UPDATE)
    days = _age(found, today)
    if days is not None and days > _OLD_DAYS:
        return Need("yt-dlp", True, f"{found}, {days} days old: YouTube may refuse it. Update: {UPDATE}", UPDATE)
    return Need("yt-dlp", True, found if days is None else f"{found}, {max(days, 0)} days old")


def _age(found: str, today: date) -> int | None:
    """Days since a version, which is a date (2026.10.26, 2026.10.26.1); None for one that is not."""
    try:
        year, month, day = map(int, found.split(".")[:3])
        return (today - date(year, month, day)).days
    except ValueError:
        return None


def _solver() -> Need:
    """The programs that the JavaScript runtime runs to find the files' addresses; yt-dlp takes one minor version."""
    found, wanted = _version("yt-dlp-ejs"), _wanted_solver()
    if found is None:
        return Need("yt-dlp-ejs", False, "not installed", UPDATE)
    if wanted is not None and found.split(".")[:2] != wanted.split(".")[:2]:
        return Need("yt-dlp-ejs", False, f"{found}, but this yt-dlp takes {wanted}", UPDATE)
    return Need("yt-dlp-ejs", True, found)


def _wanted_solver() -> str | None:
    try:
        from yt_dlp.extractor.youtube.jsc._builtin.vendor import VERSION
    except ImportError:
        return None
    return str(VERSION)


def _runtime() -> Need:
    """One of those that yt-dlp accepts, in a version it accepts."""
    name = "JavaScript runtime"
    looked_for, too_old = [], []
    for kind, found, usable, wanted in _runtimes():
        if usable:
            return Need(name, True, f"{kind} {found}")
        looked_for.append(f"{kind} {wanted}")
        if found:
            too_old.append(f"{kind} {found} is too old")
    detail = "; ".join([*too_old, f"one of these or newer is needed: {', '.join(looked_for) or 'see yt-dlp'}"])
    return Need(name, False, f"{detail}. Without it most files are missing", _INSTALL_RUNTIME)


def _runtimes() -> Iterator[tuple[str, str, bool, str]]:
    """(name, version found or empty, whether yt-dlp accepts it, lowest version) of every kind that yt-dlp knows."""
    try:
        import yt_dlp  # noqa: F401  fills the table
        from yt_dlp.globals import supported_js_runtimes

        kinds = {name: make for name, make in supported_js_runtimes.value.items() if make is not None}
    except ImportError:
        return
    for name, make in kinds.items():
        info = make().info
        lowest = ".".join(map(str, make.MIN_SUPPORTED_VERSION))
        yield name, (info.version if info else ""), bool(info and info.supported), lowest


def _file(field: str, text: str) -> Need:
    if Path(text).expanduser().is_file():
        return Need(field, True, text)
    return Need(field, False, f"{text}: no such file", f"Put the file there, or correct `{field}` in the recipe.")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
