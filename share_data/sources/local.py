"""Videos that are already on disk: a file, or a folder and a pattern."""

import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from share_data.errors import SourceError
from share_data.needs import Need
from share_data.records import Video
from share_data.sources.base import SourceConfig
from share_data.sources.below_root import cannot_read, file_below, path_of, unreadable, uri_of
from share_data.text import file_text, safe_key
from share_data.truth import GroundTruth

SUFFIXES = (
    *(".3gp", ".avi", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4"),
    *(".mpeg", ".mpg", ".mts", ".mxf", ".ogv", ".ts", ".webm", ".wmv"),
)


class LocalConfig(SourceConfig):
    """A file or folder of your own videos, and what you may do with them."""

    kind: Literal["local"] = "local"
    root: str = Field(min_length=1, description="Video file or folder; relative to the current working directory.")
    pattern: str = Field("", description="Glob of file names, e.g. '*.mp4'; default: every usual video suffix.")
    recursive: bool = Field(True, description="Look into subfolders (linked folders are not entered).")
    licence: str = Field("unknown", description="Licence of the videos, stored in every record.")
    redistributable: bool = Field(False, description="Whether the licence allows passing the frames on.")
    attribution: str = Field("", description="Whom to credit.")
    focal_px: float | None = Field(None, gt=0, description="Calibrated focal, pixels of the upright video.")

    @model_validator(mode="after")
    def _below_root(self) -> Self:
        if self.pattern.startswith("/") or ".." in Path(self.pattern).parts:
            raise ValueError(f"pattern must stay below root, got {self.pattern!r}")
        return self


class LocalSource:
    """Lists matching files by their relative path, in the order of those paths.

    Hidden files are passed over. A linked file counts as the file it names, also outside the root; a link that leads
    nowhere, and a folder that cannot be read, is listed and fails when it is fetched. Absolute paths never enter a
    `Video`.
    """

    kind: ClassVar[str] = "local"
    Config: ClassVar[Any] = LocalConfig

    def __init__(self, config: LocalConfig) -> None:
        self.config = config
        root = Path(config.root).expanduser()
        self._single = root.is_file()
        self._root = root.parent if self._single else root
        self._given = root

    @classmethod
    def needs(cls, config: LocalConfig) -> "list[Need]":
        """The file or folder; the doctor does not look for videos in it."""
        there = Path(config.root).expanduser().exists()
        if there:
            return [Need("root", True, config.root)]
        remedy = f"Name your own: --set sources.{config.label}.root=/path/to/videos"
        return [Need("root", False, f"{config.root!r} does not exist", remedy)]

    def list(self) -> Iterator[Video]:
        """Every matching video. Raises SourceError for a missing root or when nothing matches."""
        if not self._given.exists():
            raise SourceError(f"{self.config.label}: root {self.config.root!r} does not exist. Check `root`.")
        try:
            names = sorted(path.relative_to(self._root).as_posix() for path in self._matches())
        except ValueError as error:
            raise SourceError(f"{self.config.label}: pattern {self.config.pattern!r} is no glob: {error}.") from error
        closed = {} if self._single else {path: why for path, why in unreadable(self._root) if self._looked_in(path)}
        if "" in closed:
            raise SourceError(f"{self.config.label}: root {self.config.root!r}: {cannot_read(closed[''])}.")
        if not names and not closed:
            wanted = self.config.pattern or " ".join(SUFFIXES)
            where = f"in {self.config.root!r}{' or below' if self.config.recursive else ' itself'}"
            remedy = "Check `root` and `recursive`, or set `pattern`."
            raise SourceError(f"{self.config.label}: no file {where} matches {wanted}. {remedy}")
        # Of names that give the same id, which takes luck or intent, each has a longer one.
        known = Counter(map(_identity, names := sorted({*names, *closed})))
        for name in names:
            identity = _identity(name) if known[_identity(name)] == 1 else _identity(name, 24)
            yield self._video(name, identity, closed.get(name))

    def fetch(self, video: Video, into: Path) -> Path:
        """The file itself; nothing is copied. Raises SourceError when it has gone, and for a folder (see `list`)."""
        if "problem" in video.labels:
            raise SourceError(f"{video.unit}: {file_text(path_of(video))}: {video.labels['problem']}.")
        return file_below(self._root, self.config.root, video, "leave it out with `pattern`")

    def held(self, video: Video, into: Path) -> Path | None:
        """The file, where it is there."""
        try:
            return self.fetch(video, into)
        except SourceError:
            return None

    def truth(self, video: Video) -> GroundTruth | None:
        """None: nobody measured your videos."""
        return None

    def _matches(self) -> Iterator[Path]:
        if self._single:
            yield self._given
            return
        glob = self._root.rglob if self.config.recursive else self._root.glob
        for path in glob(self.config.pattern or "*"):
            relative = path.relative_to(self._root)
            hidden = any(part.startswith(".") for part in relative.parts)
            wanted = bool(self.config.pattern) or path.suffix.lower() in SUFFIXES
            if wanted and not hidden and not path.is_dir():
                yield path

    def _looked_in(self, folder: str) -> bool:
        """Whether videos are looked for in this folder below the root."""
        parts, wanted = Path(folder).parts, Path(self.config.pattern).parts[:-1]
        if self.config.recursive or "**" in wanted:
            return True
        return len(parts) <= len(wanted) and all(map(fnmatchcase, parts, wanted))

    def _video(self, name: str, identity: str, closed: str | None) -> Video:
        """closed: why a folder cannot be read, None for a file."""
        return Video(
            source=self.config.label,
            video_id=identity,
            uri=uri_of(name),
            licence=self.config.licence,
            redistributable=self.config.redistributable,
            attribution=self.config.attribution,
            title=file_text(Path(name).stem),
            labels={} if closed is None else {"problem": cannot_read(closed)},
            focal_px=self.config.focal_px,
        )


def _identity(name: str, digits: int = 8) -> str:
    """The hash keeps a.mp4, a.mov and "a!.mp4" apart once the readable part is reduced to safe characters."""
    readable = file_text(str(Path(name).with_suffix("")) if Path(name).name else "")
    return f"{safe_key(readable, 39 - digits)}-{hashlib.sha256(os.fsencode(name)).hexdigest()[:digits]}"
