"""From a channel on the local server to a corpus: one video kept, one under another licence, one gone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from light import light_build
from media import moving_square, write_video
from places import RECIPES
from youtube_stub import CREATIVE_COMMONS, Site, local_site

from share_data.corpus.layout import LEDGER
from share_data.corpus.read import Corpus
from share_data.ledger.ledger import Entry, read_ledger
from share_data.recipe.reading import load_recipe

RECIPE = RECIPES / "youtube.yaml"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with local_site(tmp_path, monkeypatch) as made:
        yield made


def ledger(corpus: Path) -> dict[str, Entry]:
    return {entry.unit: entry for entry in read_ledger(corpus / LEDGER) if entry.level == "video"}


def test_a_channel_becomes_a_corpus_with_every_video_accounted_for(site: Site, tmp_path: Path) -> None:
    clip = write_video(tmp_path / "clip.mp4", moving_square(40)).read_bytes()
    kept = site.add("kept0000001", clip, title="../../<script>alert(1)</script>")
    refused = site.add("refused0001", clip, license=None)
    gone = site.add("gone0000001", error="Video unavailable. This video has been removed by the uploader")
    site.add_list("@walker/videos", kept, refused, gone)
    wanted = "sources=[{kind: youtube, channels: ['@walker'], sleep_s: 0.0}]"
    assert light_build(tmp_path, wanted).exit_code in (0, 3)

    entries = ledger(tmp_path / "out")
    told = {unit[len("youtube/") :]: (entry.status, entry.stage, entry.error_class) for unit, entry in entries.items()}
    assert told == {
        kept: ("kept", "", ""),
        refused: ("rejected", "licence", ""),
        gone: ("failed", "fetch", "GoneError"),
    }
    assert "removed by the uploader" in entries[f"youtube/{gone}"].message
    assert [path.name for path in (site.into).glob("*.mp4")] == [f"{kept}-1080p.mp4"]
    (record,) = Corpus(tmp_path / "out")
    told_of_it = record.metadata
    assert (told_of_it["licence"], told_of_it["redistributable"]) == (CREATIVE_COMMONS, True)
    assert told_of_it["attribution"] == f"A. Walker, https://www.youtube.com/watch?v={kept}"
    assert not list(tmp_path.rglob("*script*"))

    before = {path: path.read_bytes() for path in (tmp_path / "out").glob("*.parquet")}
    site.server.files.clear()
    light_build(tmp_path, wanted)
    assert {path: path.read_bytes() for path in before} == before


def test_the_recipe_that_ships_says_what_to_replace() -> None:
    recipe = load_recipe(RECIPE)
    (source,) = recipe.sources
    assert source.kind == "youtube"
    assert source.licences == ("creative_commons",)
    assert RECIPE.read_text().count("# REPLACE") == 2
