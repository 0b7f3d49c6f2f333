"""A corpus of two sources, of which one may not be passed on; and whatever of it would give that one away."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from make_records import BODY, PREVIEW, kept_clip, make_clip, make_reconstruction

from share_data.corpus.record import to_sample
from share_data.corpus.write.pack import PackOptions, Provenance, pack
from share_data.corpus.write.shards import Member, Sample
from share_data.errors import VideoError
from share_data.ledger.clip_entry import ClipEntry
from share_data.ledger.ledger import Entry
from share_data.records import Clip

LICENCE = "Toyota Smarthome: research only, signed agreement needed"
BARRED, FREE = "smarthome", "mine"
FORMATS = ("webdataset", "parquet")
RECIPE = {
    "schema_version": 1,
    "name": "two-sources",
    "sources": [
        {"kind": "smarthome", "name": BARRED, "root": "/data/somebody/Toyota"},
        {"kind": "local", "name": FREE, "root": "videos", "only": ["video-1", "opted-out-7"]},
    ],
    "review": {"smarthome_Walk_p03": "bad", "a-clip-of-mine": "good"},
}


def free_clips(count: int = 5) -> list[Clip]:
    """Clips that may be passed on."""
    labels = {"activity": "walk"}
    return [
        make_clip(number, 4 + number % 3, source=FREE, attribution="A. Nyone", labels=labels) for number in range(count)
    ]


def barred_clips(count: int = 3) -> list[Clip]:
    """Clips that may not."""
    return [
        make_clip(
            100 + number, 5, source=BARRED, video_id=f"Cook.Cut_p02_r{number:02d}_v01_c03", licence=LICENCE,
            uri=f"file:mp4/Cook.Cut_p02_r{number:02d}_v01_c03.mp4", redistributable=False,
            title=f"secret title {number}", attribution="Das and others", labels={"subject": f"person-{number}"},
        )
        for number in range(count)
    ]  # fmt: skip


def preview_of(clip: Clip) -> bytes:
    """A picture that is this clip's alone."""
    return PREVIEW + f"preview of {clip.key}".encode()


def member_of(clip: Clip) -> Member:
    """Its record."""
    seed = int(clip.sha256, 16)
    return Member(
        clip.key, lambda: Sample(*to_sample(clip, make_reconstruction(len(clip), 40, seed)), preview_of(clip))
    )


def books(clips: Sequence[Clip]) -> list[Entry]:
    """A ledger of these clips, of a rejected clip and a failed video of the barred source, and of who opted out."""
    videos = [Entry("video", clip.video.unit, clip.video.source, "kept", children=1) for clip in clips]
    hidden = f"{BARRED}/Walk_p03_r00_v02_c01"
    videos += [
        Entry("video", f"{FREE}/opted-out-7", FREE, "opted_out", stage="list", reason="video"),
        Entry("video", hidden, BARRED, "kept", children=1, file="Walk_p03_r00_v02_c01.mp4"),
        Entry.failed("video", f"{BARRED}/broken_p09", BARRED, "fetch", VideoError("bad p09")),
    ]  # fmt: skip
    rejected = ClipEntry(
        "clip", "smarthome_Walk_p03", hidden, "rejected", stage="mine", reason="too_short", source=BARRED,
        licence=LICENCE, labels={"subject": "person-p03"}, file="Walk_p03_r00_v02_c01.mp4",
    )  # fmt: skip
    counts = [(name, sum(video.parent == name for video in videos)) for name in (BARRED, FREE)]
    sources = [Entry("source", name, "", "kept", children=count) for name, count in counts]
    return [*sources, *videos, *map(kept_clip, clips), rejected]


def mixed_corpus(folder: Path, clips: Sequence[Clip] | None = None) -> list[Clip]:
    """Packed, two a shard; returns its clips."""
    clips = [*free_clips(), *barred_clips()] if clips is None else list(clips)
    pack([member_of(clip) for clip in clips], folder, Provenance(books(clips), RECIPE, BODY), PackOptions(2, FORMATS))
    return clips


@dataclass(frozen=True, slots=True)
class Leak:
    """A file that holds what was not to leave."""

    file: str
    what: str


def leaks(contents: Iterable[tuple[str, bytes]], clips: Iterable[Clip]) -> list[Leak]:
    """Whatever of these clips, of the barred videos without records, and of who opted out lies in any of the files."""
    words = ["p03_r00", "Walk_p03", "person-p03", "broken_p09", "bad p09", "opted-out-7", "/data/somebody"]
    secrets = {word: word.encode() for word in words}
    for clip in clips:
        told = (clip.key, clip.video.video_id, clip.sha256, clip.video.title, clip.video.labels.get("subject"))
        secrets |= {text: text.encode() for text in told if text}
        _, arrays = to_sample(clip, make_reconstruction(len(clip), 40, int(clip.sha256, 16)))
        secrets[f"preview of {clip.key}"] = preview_of(clip)[-60:]
        secrets |= {f"{name} of {clip.key}": arrays[name].tobytes() for name in ("body_pose", "points", "joints")}
    read = ((name, data + _decoded(data) if name.endswith(".parquet") else data) for name, data in contents)
    return [Leak(name, what) for name, data in read for what, secret in secrets.items() if secret in data]


def _decoded(data: bytes) -> bytes:
    """Every value of a Parquet file, whatever it is compressed with."""
    cells = (cell for column in pq.read_table(BytesIO(data)).columns for cell in column.combine_chunks())
    return b"\0".join(map(_bytes, cells))


def _bytes(cell: Any) -> bytes:
    if isinstance(cell, pa.ListScalar) and cell.is_valid and not pa.types.is_nested(cell.type.value_type):
        values = cell.values.to_numpy(zero_copy_only=False)
        return b"".join(map(str.encode, values)) if values.dtype == object else values.tobytes()
    value = cell.as_py()
    return value if isinstance(value, bytes) else str(value).encode()


def files_of(folder: Path) -> list[tuple[str, bytes]]:
    """Every file below a folder, hidden ones too."""
    return [(str(path.relative_to(folder)), path.read_bytes()) for path in sorted(folder.rglob("*")) if path.is_file()]
