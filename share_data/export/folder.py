"""The folder of an export: which clips are there whole, and what is added; after a kill at any moment it goes on.

`export.json` says what is exported, and in the end how many clips; `export_clips.jsonl` has a line a clip with its
files and their checksums, in corpus order. A clip counts once its line is there, and its files are those of the line.
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain, takewhile
from pathlib import Path
from typing import Any

from share_data.errors import CorpusError
from share_data.store.atomic import TEMPORARY_SUFFIX, atomic_write, disk_full_named, temporary_name
from share_data.store.hashing import canonical_json, file_sha256
from share_data.store.outside import parse_json

SUMMARY = "export.json"
CLIPS = "export_clips.jsonl"
PARTS = ".parts"
"""What a format gathers until its last clip; removed in the end."""


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Nobody else exports into the folder meanwhile; it is made if it is not there. Raises CorpusError."""
    if folder.exists() and not folder.is_dir():
        raise CorpusError(f"{folder}: is no folder. Give another one.")
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # The folder itself: a lock file would be exported.
        except BlockingIOError as error:
            told = "another export is writing here. Wait for it, or give another folder."
            raise CorpusError(f"{folder}: {told}") from error
        yield
    finally:
        os.close(descriptor)


class ExportFolder:
    """See above.

    Args:
        folder: where the export goes.
        request: what is exported, and how: another request in the same folder is refused.

    Raises:
        CorpusError: something else is there.
    """

    def __init__(self, folder: Path, request: Mapping[str, Any]) -> None:
        self.folder, self._request = folder, dict(request)
        self._have: set[str] = set()
        self._closing: list[dict[str, Any]] = []
        self.finished = False
        summary = folder / SUMMARY
        if summary.exists():
            self._go_on(parse_json(summary.read_bytes()))
        elif folder.exists() and any(folder.iterdir()):
            raise CorpusError(f"{folder}: is not empty and holds no export. Give another folder.")
        else:
            folder.mkdir(parents=True, exist_ok=True)
            self._write_summary({"finished": False})
        self.resumed = len(self._have)

    def _go_on(self, summary: Any) -> None:
        there = summary.get("request") if isinstance(summary, dict) else None
        if there != self._request:
            differs = [
                name for name in self._request if not isinstance(there, dict) or there.get(name) != self._request[name]
            ]
            raise CorpusError(
                f"{self.folder}: holds another export ({', '.join(differs)} differ). Give another folder, or remove it."
            )
        self.finished = summary.get("finished") is True
        if self.finished:
            return
        lines = list(takewhile(self._whole, self._stored()))  # What follows a spoilt clip is made again: order is kept.
        self._have = {line["key"] for line in lines}
        for left in self.folder.rglob(f".*{TEMPORARY_SUFFIX}"):
            left.unlink()
        atomic_write(self.folder / CLIPS, b"".join(canonical_json(line) + b"\n" for line in lines))

    def _stored(self) -> Iterator[dict[str, Any]]:
        """Lines up to the first that a kill has cut."""
        path = self.folder / CLIPS
        if not path.exists():
            return
        with path.open("rb") as lines:
            for line in lines:
                try:
                    yield parse_json(line)
                except ValueError:
                    return

    def _whole(self, line: Mapping[str, Any]) -> bool:
        """Whether the files of a clip are there, byte by byte."""
        paths = [(self.folder / file["path"], file) for file in (*line["files"], *line.get("parts", ()))]
        return all(
            path.is_file() and path.stat().st_size == file["bytes"] and file_sha256(path) == file["sha256"]
            for path, file in paths
        )

    def has(self, key: str) -> bool:
        """Whether a clip is done, or was left out."""
        return key in self._have

    def write(self, path: str, *pieces: bytes | Iterable[bytes]) -> dict[str, Any]:
        """A file appears, whole, at `path` below the folder; returns its entry. Raises DiskFullError, MachineError.

        pieces: its bytes one after the other, or what yields them.
        """
        target, size, digest = self.folder / path, 0, hashlib.sha256()
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = temporary_name(target.parent)
        # Not flushed to the disk one by one: after a power failure the checksums tell which are to be made again.
        with disk_full_named(target), temporary.open("xb") as handle:
            for piece in chain.from_iterable([each] if isinstance(each, bytes) else each for each in pieces):
                handle.write(piece)
                digest.update(piece)
                size += len(piece)
        temporary.replace(target)
        return {"path": path, "bytes": size, "sha256": digest.hexdigest()}

    def add(self, path: str, *pieces: bytes | Iterable[bytes]) -> None:
        """A file about all clips, named in the summary; see `write`."""
        self._closing.append(self.write(path, *pieces))

    def done(self, key: str, files: list[dict[str, Any]], notes: Mapping[str, Any], left_out: str = "") -> None:
        """A clip is there, or has no place in the format."""
        parts = [file for file in files if file["path"].startswith(f"{PARTS}/")]
        told: dict[str, Any] = {"key": key, "files": [file for file in files if file not in parts], **notes}
        if parts:
            told["parts"] = parts
        if left_out:
            told["left_out"] = left_out
        path = self.folder / CLIPS
        with disk_full_named(path), path.open("ab") as lines:
            lines.write(canonical_json(told) + b"\n")
        self._have.add(key)

    def clips(self) -> Iterator[dict[str, Any]]:
        """The lines of all clips so far that have files, in corpus order."""
        return (line for line in self._stored() if "left_out" not in line)

    def finish(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """Everything is there. Returns the summary."""
        left_out: Counter[str] = Counter()
        counts: Counter[str] = Counter()
        for line in self._stored():
            counts["clips"] += "left_out" not in line
            counts["frames"] += line.get("frames", 0)
            counts["frames_unseen"] += line.get("frames_unseen", 0)
            counts["clips_resampled"] += "resampled_from" in line
            counts["bytes"] += sum(file["bytes"] for file in line["files"])
            if "left_out" in line:
                left_out[line["left_out"]] += 1
        self._write_summary(
            {"finished": True, **counts, "left_out": dict(sorted(left_out.items())), "files": self._closing, **told}
        )
        shutil.rmtree(self.folder / PARTS, ignore_errors=True)
        self.finished = True
        return self.summary()

    def summary(self) -> dict[str, Any]:
        """What `export.json` says."""
        found = parse_json((self.folder / SUMMARY).read_bytes())
        return found if isinstance(found, dict) else {}

    def _write_summary(self, told: Mapping[str, Any]) -> None:
        data = json.dumps({"request": self._request, **told}, sort_keys=True, indent=1, ensure_ascii=False)
        atomic_write(self.folder / SUMMARY, data.encode() + b"\n")
