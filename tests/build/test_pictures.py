"""What a build says of a video's pictures, in records, ledger, plan and report, and what a recipe may leave out."""

import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import media
import numpy as np
import pytest
from listed import ListedSpec
from rich.console import Console

from share_data.audit.plan_table import render_plan
from share_data.audit.report import report_of
from share_data.build.build import BuildOptions, BuildResult, build_corpus
from share_data.build.plan.forecast import Plan
from share_data.build.plan.plan import plan_build
from share_data.corpus.read import Corpus
from share_data.engine.watch import Silent
from share_data.ledger.ledger import Entry, read_ledger
from share_data.recipe.model import Recipe
from share_data.recipe.reading import parse_recipe

SQUARE = media.moving_square(40)
MIRRORED = [-1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30]
INLINE = BuildOptions("inline")


def write_hlg(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=30)
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv420p10le"
        context = stream.codec_context
        context.color_trc, context.color_primaries, context.colorspace, context.color_range = 18, 9, 9, 1
        for number, image in enumerate(SQUARE):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format="yuv420p10le")
            frame.pts, frame.time_base = number, Fraction(1, 30)
            frame.color_trc, frame.color_primaries, frame.colorspace, frame.color_range = 18, 9, 9, 1
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def write_two_tracks(path: Path) -> None:
    """A colour track, and a larger one of 16-bit grey."""
    with av.open(str(path), "w") as container:
        colour, depth = container.add_stream("libx264", rate=30), container.add_stream("ffv1", rate=30)
        colour.width, colour.height, colour.pix_fmt = 128, 96, "yuv420p"
        depth.width, depth.height, depth.pix_fmt = 160, 160, "gray16le"
        for number, image in enumerate(SQUARE):
            grey = np.full((160, 160), 1000 + 50 * number, np.uint16)
            for stream, array, kind in ((colour, image, "rgb24"), (depth, grey, "gray16le")):
                frame = av.VideoFrame.from_ndarray(array, format=kind)
                frame.pts, frame.time_base = number, Fraction(1, 30)
                container.mux(stream.encode(frame))
        for stream in (colour, depth):
            container.mux(stream.encode(None))


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder `videos` of a plain video and three others, and a store of its own."""
    monkeypatch.setenv("SHARE_DATA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SHARE_DATA_HOME", str(tmp_path / "home"))
    videos = tmp_path / "videos"
    videos.mkdir()
    media.write_video(videos / "plain.mp4", SQUARE)
    media.write_video(videos / "mirrored.mp4", SQUARE, matrix=MIRRORED)
    write_hlg(videos / "hlg.mkv")
    write_two_tracks(videos / "two.mkv")
    return tmp_path


def recipe(root: Path, /, *, reject: tuple[str, ...] = (), **source: Any) -> Recipe:
    sources = [{"kind": "local", "root": str(root / "videos")} | source]
    told = {"schema_version": 1, "name": "pictures", "sources": sources, "filters": [{"kind": "single_person"}]}
    return parse_recipe(told | {"clips": {"reject": list(reject)}}, "test")


def build(root: Path, out: str, /, **options: Any) -> BuildResult:
    return build_corpus(recipe(root, **options), root / out, Silent(), INLINE, ListedSpec.of)


def records(root: Path, out: str) -> dict[str, dict[str, Any]]:
    """Metadata of a corpus's records, by the name of their video."""
    found = [dict(record.metadata) for record in Corpus(root / out)]
    return {metadata["video_id"].rsplit("-", 1)[0]: metadata for metadata in found}


def mined(root: Path) -> int:
    return len(list((root / "cache" / "mine").rglob("*.safetensors")))


def videos(root: Path, out: str) -> dict[str, Entry]:
    rows = [entry for entry in read_ledger(root / out / "ledger.parquet") if entry.level == "video"]
    return {entry.unit.split("/")[1].rsplit("-", 1)[0]: entry for entry in rows}


def shown(planned: Plan) -> str:
    screen = io.StringIO()
    Console(width=200, file=screen).print(render_plan(planned))
    return screen.getvalue()


def test_records_plan_and_report_say_what_the_pictures_were(root: Path) -> None:
    result = build(root, "out")

    told = records(root, "out")
    assert told["plain"]["display"] == "as stored"
    assert told["mirrored"]["display"] == "mirrored"
    assert told["hlg"]["transfer"] == "hlg"
    assert "tone-mapped" in told["hlg"]["picture_changes"][0]
    assert told["two"]["video_track"].startswith("0: h264")
    planned = plan_build(recipe(root), root / "out", INLINE, ListedSpec.of)
    assert planned.pictures == {"hlg": 1, "mirrored": 1, "several_tracks": 1}
    assert "videos: 1 hlg, 1 mirrored, 1 several_tracks" in shown(planned)
    assert report_of(result.totals).footage == planned.pictures


def test_a_recipe_leaves_out_what_it_names_and_nothing_is_mined_again(root: Path) -> None:
    build(root, "all")
    before = mined(root)

    build(root, "some", reject=("hlg", "mirrored"))

    assert mined(root) == before
    rows = videos(root, "some")
    for name in ("hlg", "mirrored"):
        assert (rows[name].status, rows[name].stage, rows[name].reason) == ("rejected", "mine", name)
    assert set(records(root, "some")) == {"plain", "two"}


def test_a_track_chosen_by_hand_is_another_video_to_every_stage(root: Path) -> None:
    only = {"root": str(root / "videos" / "two.mkv")}
    build(root, "colour", **only)
    build(root, "depth", **only, video_track=1)

    (colour,), (depth,) = records(root, "colour").values(), records(root, "depth").values()
    assert (colour["width"], colour["height"]) == (128, 96)
    assert (depth["width"], depth["height"]) == (160, 160)
    assert depth["video_track"].startswith("1: ffv1 gray16le")
    assert mined(root) == 2


def test_a_track_that_is_not_there_is_a_failed_video_that_says_so(root: Path) -> None:
    build(root, "out", root=str(root / "videos" / "plain.mp4"), video_track=2)

    (entry,) = videos(root, "out").values()
    assert entry.status == "failed"
    assert "no video track 2" in entry.message
