"""Small made-up reconstructions and corpora of them, for tests of everything behind reconstruction."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from share_data.body.model import load_body
from share_data.camera import Intrinsics
from share_data.corpus.manifest import Manifest
from share_data.corpus.record import Precision, to_sample
from share_data.corpus.write.pack import PackOptions, Provenance, pack
from share_data.corpus.write.shards import Member, Sample
from share_data.ledger.clip_entry import ClipEntry
from share_data.ledger.ledger import Entry
from share_data.records import Clip, EstimatorInfo, Motion, Reconstruction, Scene, Video
from share_data.store.draws import shuffled, text_seed

BODY = load_body().stamp
RECIPE = {"schema_version": 1, "name": "made-up"}
# The smallest JPEG there is: one grey pixel.
PREVIEW = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000ffdb004300" + "01" * 64 + "ffc0000b080001000101011100"
    "ffc40014000100000000000000000000000000000000ffda0008010100003f0054ffd9"
)


def make_clip(number: int = 0, frames: int = 5, **video: Any) -> Clip:
    """A clip of a video that is not there, turned back, though its camera never moved."""
    fields = {
        "source": "made-up",
        "video_id": f"video-{number}",
        "uri": f"file:video-{number}.mp4",
        "licence": "CC0-1.0",
    }
    sha256 = f"{number:064x}"
    times = 0.5 + np.arange(frames) / 30
    made, at_rest = (
        Video(**{**fields, "redistributable": True, **video}),
        np.tile(np.eye(3, dtype=np.float32), (frames, 1, 1)),
    )
    return Clip(made, Path("gone.mp4"), sha256, 10, 10 + frames, times, 64, 48, stabilising=at_rest)


def make_reconstruction(frames: int = 5, points: int = 50, seed: int = 0, width: float = 4.0) -> Reconstruction:
    """Random motion of `frames` frames in a random cloud of `points` points, `width` metres wide."""
    rng = np.random.default_rng(seed)

    def noise(*shape: int) -> np.ndarray:
        return rng.normal(size=shape).astype(np.float32)

    motion = Motion(
        noise(frames, 3), noise(frames, 69), noise(10), noise(frames, 3), noise(frames, 3), noise(frames, 24, 3),
        rng.random(frames) > 0.2, np.arange(frames) % max(frames - 1, 1) == 0, rng.random(frames).astype(np.float32),
        rng.random((frames, 4)) > 0.5, noise(frames, 24), np.arange(frames) % 3 == 1,
    )  # fmt: skip
    scene = Scene(
        (rng.random((points, 3)) * width).astype(np.float32),
        rng.integers(0, 256, (points, 3), dtype=np.uint8),
        rng.integers(0, 3, points, dtype=np.uint8),
        np.tile(np.float32([0, -0.6, 0.8]), (points, 1)),
    )
    pose = np.eye(4)
    pose[:3, 3] = 0.1, 0.2, 1.5
    humans = EstimatorInfo("blazepose", 1, {"net.onnx": "a" * 64}, {"threshold": 0.25, "smooth": True})
    geometry = EstimatorInfo("ground_plane", 2)
    scores = {"placement_mm": 12.5, "height_m": 1.75}
    floor = np.array([0, 0, 1, 0], np.float32)
    return Reconstruction(
        motion, scene, Intrinsics.centred(60.0, 64, 48, "recipe"), pose, floor, humans, geometry, BODY, scores
    )


def stored_order(key: str, points: int) -> np.ndarray:
    """(N,) which point of a reconstruction lies in each row of the record of this key."""
    return shuffled(text_seed(key), points)


def make_member(clip: Clip, seed: int = 0, precision: Precision = "float32", points: int = 50) -> Member:
    """A member whose record is made when it is loaded."""

    def load() -> Sample:
        reconstruction = make_reconstruction(len(clip), points, seed)
        return Sample(*to_sample(clip, reconstruction, precision), PREVIEW)

    return Member(clip.key, load)


def make_entries(clips: Sequence[Clip]) -> list[Entry]:
    """A ledger in which these clips were kept, each from its own video, beside one rejected and one failed video."""
    videos = [Entry("video", clip.video.unit, "made-up", "kept", children=1) for clip in clips]
    lost = [
        Entry("video", "made-up/short", "made-up", "rejected", stage="clips", reason="too_short"),
        Entry.failed("video", "made-up/broken", "made-up", "video", ValueError("/tmp/x/broken.mp4: no frames")),
    ]
    source = Entry("source", "made-up", "", "kept", children=len(videos) + len(lost))
    return [source, *videos, *lost, *map(kept_clip, clips)]


def kept_clip(clip: Clip) -> ClipEntry:
    """The outcome of a clip that became a record."""
    video = clip.video
    return ClipEntry(
        "clip", clip.key, video.unit, "kept", source=video.source, licence=video.licence, labels=video.labels,
        redistributable=video.redistributable,
    )  # fmt: skip


def make_corpus(
    out: Path, count: int = 5, options: PackOptions | None = None, precision: Precision = "float32", **video: Any
) -> Manifest:
    """Pack `count` made-up records into `out`: 2 a shard, with Parquet copies, unless told otherwise."""
    clips = [make_clip(number, 4 + number % 3, **video) for number in range(count)]
    members = [make_member(clip, seed, precision) for seed, clip in enumerate(clips)]
    options = options or PackOptions(2, ("webdataset", "parquet"))
    return pack(members, out, Provenance(make_entries(clips), RECIPE, BODY), options)
