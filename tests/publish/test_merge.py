"""Two corpora as one: equal to the one that was never cut, proven by `validate`; what does not fit is refused."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from command_line import called
from make_records import BODY, kept_clip, make_clip, make_member
from passed_on import free_clips, mixed_corpus

from share_data.corpus.manifest import Manifest
from share_data.corpus.read import Corpus
from share_data.corpus.recipe_file import recipe_of
from share_data.corpus.storage import LocalStorage
from share_data.corpus.validate import validate_corpus
from share_data.corpus.write.pack import PackOptions, Provenance, pack
from share_data.errors import CorpusError
from share_data.ledger.clip_entry import ClipEntry, scores_digest
from share_data.ledger.ledger import Entry
from share_data.publish.merging.merge import merge_corpora
from share_data.publish.run import Asked, publish_corpus
from share_data.records import Clip

FILTERS = [{"kind": "single_person", "most": 1}]
SCORES = {"single_person": {"people": 1.0}, "reconstruction": {"confidence": 0.5}}


def recipe(**changes: Any) -> dict[str, Any]:
    base = {"schema_version": 1, "name": "part", "sources": [{"kind": "local", "name": "made-up"}], "filters": FILTERS}
    return base | {"output": {"samples_per_shard": 2}} | changes


def part(
    folder: Path,
    clips: Sequence[Clip],
    precision: Any = "float32",
    source: str = "kept",
    body: Any = BODY,
    **changes: Any,
) -> Manifest:
    """A corpus of clips of one source, and of one clip that was rejected, with everything that was measured on it."""
    videos = [Entry("video", clip.video.unit, clip.video.source, "kept", children=1, frames=0) for clip in clips]
    away = f"made-up/away-{clips[0].video.video_id}"
    videos.append(Entry("video", away, "made-up", "kept", children=1))
    rejected = ClipEntry(
        "clip", f"{away.replace('/', '_')}_clip", away, "rejected", stage="mine", reason="too_short", source="made-up",
        licence="CC0-1.0", redistributable=True, scores=SCORES, scores_digest=scores_digest(
            {"single_person.people": 1.0, "reconstruction.confidence": 0.5}
        ),
    )  # fmt: skip
    listed = Entry("source", "made-up", "", source, children=len(videos))
    entries = [listed, *videos, *map(kept_clip, clips), rejected]
    members = [make_member(clip, int(clip.sha256, 16), precision) for clip in clips]
    return pack(
        members, folder, Provenance(entries, recipe(**changes), body), PackOptions(2, ("webdataset", "parquet"))
    )


def clips(*numbers: int) -> list[Clip]:
    return [make_clip(number, 4 + number % 3) for number in numbers]


@pytest.fixture(scope="module")
def halves(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("halves")
    part(folder / "a", clips(0, 1, 2))
    part(folder / "b", clips(3, 4))
    merge_corpora([folder / "a", folder / "b"], str(folder / "c"))
    return folder


def test_two_halves_are_the_whole(halves: Path, tmp_path: Path) -> None:
    """Shards, Parquet copies and index, byte for byte; of the ledger and what was measured, every row of both."""
    part(tmp_path / "whole", clips(0, 1, 2, 3, 4))
    assert validate_corpus(halves / "c") == []
    names = [path.relative_to(tmp_path / "whole") for path in (tmp_path / "whole").rglob("*.tar")]
    names += [path.relative_to(tmp_path / "whole") for path in (tmp_path / "whole" / "records").iterdir()]
    assert len(names) == 6
    for name in (*names, Path("index.parquet")):
        assert (halves / "c" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name


def test_nothing_is_lost_of_the_books(halves: Path) -> None:
    a, b, c = (json.loads((halves / name / "manifest.json").read_text())["counts"] for name in "abc")
    for level, status in (("video", "kept"), ("clip", "kept"), ("clip", "rejected")):
        assert c[level][status] == a[level][status] + b[level][status] > 0
    assert c["source"]["total"] == 1


def test_the_order_makes_no_difference(halves: Path, tmp_path: Path) -> None:
    merge_corpora([halves / "b", halves / "a"], str(tmp_path / "c"))
    same = {
        path.relative_to(tmp_path / "c"): path.read_bytes() for path in (tmp_path / "c").rglob("*") if path.is_file()
    }
    assert same == {name: (halves / "c" / name).read_bytes() for name in same}


def test_merged_again_a_corpus_names_all_it_is_of(halves: Path, tmp_path: Path) -> None:
    part(tmp_path / "d", clips(7), camera={"hfov_deg": 60}, review={"a-clip": "good"})
    merge_corpora([halves / "c", tmp_path / "d"], str(tmp_path / "e"))
    found = recipe_of(LocalStorage(tmp_path / "e"))
    assert len(found["merged"]) == 2 and all("merged" not in each for each in found["merged"])
    assert found["filters"] == FILTERS and "camera" not in found and found["sources"] == recipe()["sources"]
    assert found["review"] == {"a-clip": "good"}
    assert validate_corpus(tmp_path / "e") == []


def test_an_audit_of_the_whole_holds_all_clips_against_the_filters_of_all(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    part(tmp_path / "a", clips(0, 1), filters=[{"kind": "single_person"}])
    part(tmp_path / "b", clips(2), filters=[{"kind": "single_person"}])
    merge_corpora([tmp_path / "a", tmp_path / "b"], str(tmp_path / "c"))
    assert called(monkeypatch, "audit", str(tmp_path / "c"), "--json") == 0
    assert json.loads(capsys.readouterr().out)["clips"] == 5


def test_a_merged_corpus_is_published_like_any_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHARE_DATA_HOME", str(tmp_path / "home"))
    mixed_corpus(tmp_path / "a", free_clips(2))
    part(tmp_path / "b", clips(3), filters=[])
    merge_corpora([tmp_path / "a", tmp_path / "b"], str(tmp_path / "c"))
    done = publish_corpus(tmp_path / "c", str(tmp_path / "out"), Asked(only_redistributable=True))
    assert done.records == 3 and validate_corpus(tmp_path / "out") == []


def test_a_report_of_the_whole_tells_what_each_estimator_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kinds = {"geometry": {"kind": "ground_plane"}, "filters": []}
    part(tmp_path / "a", clips(0), humans={"kind": "blazepose"}, **kinds)
    part(tmp_path / "b", clips(1), humans={"kind": "tram"}, **kinds)
    merge_corpora([tmp_path / "a", tmp_path / "b"], str(tmp_path / "c"))
    assert called(monkeypatch, "report", str(tmp_path / "c"), "--json") == 0
    notes = " ".join(json.loads(capsys.readouterr().out)["notes"])
    assert "blazepose" in notes and "ground_plane" in notes


def test_what_is_mixed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    part(tmp_path / "a", clips(0), "0.1mm")
    part(tmp_path / "b", [replace(clips(1)[0], sha256=clips(0)[0].sha256)])
    arguments = ("merge", str(tmp_path / "a"), str(tmp_path / "b"), "--output", str(tmp_path / "c"))
    assert called(monkeypatch, *arguments) == 0
    told = capsys.readouterr().out
    assert "precision of points" in told and "1 video file(s) are in more than one" in told
    assert {record.metadata["precision"] for record in Corpus(tmp_path / "c")} == {"0.1mm", "float32"}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"body": BODY | {"name": "smpl"}}, "different body models"),
        ({"filters": [{"kind": "single_person", "most": 2}]}, "single_person.most is 1 and 2"),
        ({"source": "failed"}, "is failed in one of them"),
    ],
)
def test_what_does_not_fit_is_refused(halves: Path, tmp_path: Path, changes: dict[str, Any], why: str) -> None:
    part(tmp_path / "b", clips(8), **changes)
    with pytest.raises(CorpusError, match=why):
        merge_corpora([halves / "a", tmp_path / "b"], str(tmp_path / "c"))
    assert not (tmp_path / "c").exists()


def test_a_record_of_both_is_refused(halves: Path, tmp_path: Path) -> None:
    part(tmp_path / "b", clips(2, 8))
    with pytest.raises(CorpusError, match=r"1 record\(s\) are in more than one of these corpora: made-up_video-2"):
        merge_corpora([halves / "a", tmp_path / "b"], str(tmp_path / "c"))


def test_different_care_is_refused(halves: Path, tmp_path: Path) -> None:
    part(tmp_path / "b", clips(8))
    manifest = json.loads((tmp_path / "b" / "manifest.json").read_text())
    (tmp_path / "b" / "manifest.json").write_text(json.dumps(manifest | {"opt_out_sha256": "a" * 64}))
    with pytest.raises(CorpusError, match="opt-out list"):
        merge_corpora([halves / "a", tmp_path / "b"], str(tmp_path / "c"))


def test_damage_is_not_copied(halves: Path, tmp_path: Path) -> None:
    shutil.copytree(halves / "b", tmp_path / "b")
    shard = tmp_path / "b" / "shards" / "000000.tar"
    data = bytearray(shard.read_bytes())
    data[data.index(b"\xff\xd8\xff") + 40] ^= 1
    shard.write_bytes(data)
    with pytest.raises(CorpusError, match=r"000000\.tar: is damaged"):
        merge_corpora([halves / "a", tmp_path / "b"], str(tmp_path / "c"))
    assert not (tmp_path / "c").exists()


def test_a_corpus_is_never_written_over(halves: Path) -> None:
    with pytest.raises(CorpusError, match="there is a corpus already"):
        merge_corpora([halves / "a", halves / "b"], str(halves / "c"))
