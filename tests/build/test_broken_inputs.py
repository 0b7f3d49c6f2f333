"""Twenty broken inputs beside good ones: each is one row of the ledger, with its cause, and the good ones get through.

What a filter or an estimator thinks of the clips is not the question here, so made-up results stand in for the stages
behind mining.
"""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import media
import numpy as np
import pytest
from listed import ListedSpec

from share_data.build.build import BuildOptions, build_corpus
from share_data.engine.watch import Silent
from share_data.ledger.conservation import totals_of
from share_data.ledger.ledger import Entry, read_ledger
from share_data.recipe.reading import parse_recipe

SQUARE = media.moving_square(40)
MP4_HEADER = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"


def dangling(path: Path) -> None:
    path.symlink_to(path.with_name("gone.bin"))


def concatenated(path: Path) -> None:
    parts = [
        media.write_video(path.with_suffix(f".{k}.ts"), [image[: 96 - 16 * k] for image in SQUARE]) for k in range(2)
    ]
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    for part in parts:
        part.unlink()


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "zero_bytes.mp4": (lambda p: p.write_bytes(b""), "empty"),
    "one_byte.mp4": (lambda p: p.write_bytes(b"\0"), "not a readable video"),
    "text.mp4": (lambda p: p.write_text("this is not a video\n" * 100), "not a readable video"),
    "html.mp4": (lambda p: p.write_text("<html><script>alert(1)</script></html>"), "not a readable video"),
    "zeros.mp4": (lambda p: p.write_bytes(bytes(100_000)), "not a readable video"),
    "noise.mkv": (lambda p: p.write_bytes(np.random.default_rng(0).bytes(100_000)), "not a readable video"),
    "header_only.mp4": (lambda p: p.write_bytes(MP4_HEADER), "not a readable video"),
    "no_index.mp4": (lambda p: media.truncated(media.write_video(p, SQUARE), 0.5), "cut off before its index"),
    "cut_off.mkv": (lambda p: media.truncated(media.write_video(p, SQUARE), 0.1), ""),
    "cut_off.avi": (lambda p: media.truncated(media.write_video(p, SQUARE, codec="mpeg4"), 0.01), ""),
    "damaged.mp4": (lambda p: media.damaged(media.write_video(p, SQUARE), 0.9), ""),
    "audio_only.mp4": (media.write_audio, "no video stream"),
    "audio_only.mkv": (media.write_audio, "no video stream"),
    "tiny.mp4": (lambda p: media.write_video(p, [media.texture(32, 32)] * 40), "32"),
    "flat.mp4": (lambda p: media.write_video(p, [media.texture(320, 16)] * 40), "16"),
    "size_changes.ts": (concatenated, "size"),
    "dangling.mp4": (dangling, ""),
    "playlist.mp4": (lambda p: p.write_text("#EXTM3U\n#EXTINF:10,\n/etc/passwd\n"), "not a readable video"),
    "concat.mp4": (lambda p: p.write_text("ffconcat version 1.0\nfile /etc/passwd\n"), "not a readable video"),
    "png.mp4": (lambda p: p.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64)), "not a readable video"),
}


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> list[Entry]:
    folder = tmp_path_factory.mktemp("videos")
    for name, (make, _) in BROKEN.items():
        make(folder / name)
    media.write_video(folder / "good.mp4", SQUARE)
    media.write_video(folder / "good_wide_pixels.mp4", SQUARE, aspect=Fraction(2, 1))
    filters = [{"kind": "single_person"}]
    source = {"kind": "local", "root": str(folder)}
    recipe = parse_recipe({"schema_version": 1, "name": "broken", "sources": [source], "filters": filters}, "test")
    root = tmp_path_factory.mktemp("build")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHARE_DATA_CACHE", str(root / "cache"))
        patch.setenv("SHARE_DATA_HOME", str(root / "home"))
        build_corpus(recipe, root / "out", Silent(), BuildOptions("inline"), ListedSpec.of)
    return list(read_ledger(root / "out" / "ledger.parquet"))


def row(ledger: list[Entry], name: str) -> Entry:
    found = [e for e in ledger if e.level == "video" and e.unit.startswith(f"local/{Path(name).stem}-")]
    named = [e for e in found if name in e.message] if len(found) > 1 else found
    assert len(named) == 1, f"{name}: {len(named)} rows"
    return named[0]


def test_there_are_twenty_of_them() -> None:
    assert len(BROKEN) == 20


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_a_broken_input_is_one_failed_row_with_class_and_cause(ledger: list[Entry], name: str) -> None:
    entry = row(ledger, name)
    assert entry.status == "failed"
    assert entry.error_class in {"VideoError", "SourceError"}
    assert name in entry.message and BROKEN[name][1] in entry.message
    assert "Traceback" not in entry.message and "/tmp" not in entry.message


def test_the_good_ones_are_not_lost(ledger: list[Entry]) -> None:
    kept = [entry for entry in ledger if entry.level == "clip" and entry.status == "kept"]
    assert sorted(entry.parent.rsplit("-", 1)[0] for entry in kept) == ["local/good", "local/good_wide_pixels"]


def test_nothing_is_lost_or_counted_twice(ledger: list[Entry]) -> None:
    assert totals_of(ledger).problems() == []
    assert sum(entry.level == "video" for entry in ledger) == len(BROKEN) + 2
