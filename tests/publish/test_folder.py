"""Publishing into a folder: what leaves, what does not, and what the next publication makes of the one before."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from command_line import called
from make_records import make_corpus
from passed_on import BARRED, FREE, barred_clips, files_of, free_clips, leaks, mixed_corpus

from share_data.audit.page.contents import HTML, JSON
from share_data.corpus.read import Corpus
from share_data.corpus.recipe_file import recipe_of
from share_data.corpus.storage import LocalStorage
from share_data.corpus.validate import validate_corpus
from share_data.errors import CorpusError
from share_data.ledger.ledger import read_ledger
from share_data.publish import folder as folder_place
from share_data.publish.place import REPORTS
from share_data.publish.run import Asked, publish_corpus

REDISTRIBUTABLE = Asked(only_redistributable=True)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mixed") / "corpus"
    mixed_corpus(folder)
    return folder


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHARE_DATA_HOME", str(tmp_path / "home"))


def test_a_corpus_arrives_whole_with_card_and_checksums(tmp_path: Path) -> None:
    make_corpus(tmp_path / "corpus", 5)
    done = publish_corpus(tmp_path / "corpus", str(tmp_path / "out"), Asked())
    assert (done.records, done.withheld_videos, done.sent) == (5, 0, done.files)
    assert validate_corpus(tmp_path / "out") == []
    for name in ("shards/000001.tar", "records/000002.parquet", "index.parquet", "manifest.json"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "corpus" / name).read_bytes()
    check = subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=tmp_path / "out")
    assert check.returncode == 0
    listed = {line.split("  ")[1] for line in (tmp_path / "out" / "SHA256SUMS").read_text().splitlines()}
    assert listed | {"SHA256SUMS"} == {name for name, _ in files_of(tmp_path / "out")}


def test_the_corpus_itself_holds_what_must_not_leave(mixed: Path) -> None:
    """The premise of the tests below: every secret is found where it is not withheld."""
    found = {leak.what for leak in leaks(files_of(mixed), barred_clips())}
    assert len(found) > 20 and {"opted-out-7", "/data/somebody", "person-p03"} <= found


def test_what_may_not_be_passed_on_is_refused_and_named(
    mixed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called(monkeypatch, "publish", str(mixed), str(tmp_path / "out")) == 1
    told = capsys.readouterr().err
    assert "3 record(s) may not be passed on" in told and "--only-redistributable" in told
    assert "smarthome_Cook-Cut_p02_r00_v01_c03" in told and "Toyota Smarthome: research only" in told
    assert not (tmp_path / "out").exists()


def test_a_smarthome_record_never_leaves(mixed: Path, tmp_path: Path) -> None:
    """Nor its report, nor the pictures that a build keeps of what it left out."""
    shutil.copytree(mixed, tmp_path / "corpus")
    for name in ("report.html", "review.csv", ".share-data/thumbnails.parquet"):
        (tmp_path / "corpus" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "corpus" / name).write_bytes(b"a picture of " + barred_clips()[0].key.encode())
    done = publish_corpus(tmp_path / "corpus", str(tmp_path / "out"), REDISTRIBUTABLE)
    assert recipe_of(LocalStorage(tmp_path / "out"))["review"] == {"a-clip-of-mine": "good"}
    assert leaks(files_of(tmp_path / "out"), barred_clips()) == []
    assert (done.records, done.withheld_records, done.withheld_videos) == (5, 3, 6)
    assert validate_corpus(tmp_path / "out") == []
    corpus, original = Corpus(tmp_path / "out"), Corpus(mixed)
    assert corpus.keys == [key for key in original.keys if key.startswith(FREE)]
    for record in corpus:
        assert {name: array.tobytes() for name, array in record.arrays.items()} == {
            name: array.tobytes() for name, array in original[record.key].arrays.items()
        }
        assert record.metadata == original[record.key].metadata and record.preview == original[record.key].preview


def test_withheld_videos_are_counted_without_their_names(mixed: Path, tmp_path: Path) -> None:
    publish_corpus(mixed, str(tmp_path / "out"), REDISTRIBUTABLE)
    told = [entry for entry in read_ledger(tmp_path / "out" / "ledger.parquet") if "withheld" in entry.unit]
    ends = sorted((entry.parent, entry.status, entry.stage, entry.reason, entry.error_class) for entry in told)
    assert ends == [
        (FREE, "opted_out", "list", "video", ""),
        (BARRED, "failed", "fetch", "", "VideoError"),
        *[(BARRED, "rejected", "licence", "not_redistributable", "")] * 4,
    ]


def test_shards_that_lose_nothing_stay_the_same_files(tmp_path: Path) -> None:
    mixed_corpus(tmp_path / "corpus", [*free_clips(7), *barred_clips(1)])
    publish_corpus(tmp_path / "corpus", str(tmp_path / "out"), REDISTRIBUTABLE)
    before, after = (dict(files_of(tmp_path / name)) for name in ("corpus", "out"))
    same = [name for name in before if "/" in name and after[name] == before[name]]
    assert len(same) == 6 and len(after["shards/000000.tar"]) > 0


def test_who_opts_out_is_gone_after_the_next_publication(tmp_path: Path) -> None:
    clips = mixed_corpus(tmp_path / "corpus", free_clips(5))
    out = tmp_path / "out"
    publish_corpus(tmp_path / "corpus", str(out), REDISTRIBUTABLE)
    (out / "report.html").write_text(f"a picture of {clips[2].key}")
    gone = clips[2]
    done = publish_corpus(tmp_path / "corpus", str(out), Asked(True, (f"id:{gone.video.video_id}",)))
    assert leaks(files_of(out), [gone]) == [] and done.records == 4
    assert validate_corpus(out) == []
    with pytest.raises(CorpusError, match="opt-out list"):
        publish_corpus(tmp_path / "corpus", str(out), REDISTRIBUTABLE)


def test_a_corpus_built_without_somebody_takes_their_shards_away(tmp_path: Path) -> None:
    mixed_corpus(tmp_path / "corpus", free_clips(5))
    publish_corpus(tmp_path / "corpus", str(tmp_path / "out"), REDISTRIBUTABLE)
    shutil.rmtree(tmp_path / "corpus")
    mixed_corpus(tmp_path / "corpus", free_clips(2))
    done = publish_corpus(tmp_path / "corpus", str(tmp_path / "out"), REDISTRIBUTABLE)
    assert done.removed == 4 and leaks(files_of(tmp_path / "out"), free_clips(5)[2:]) == []
    assert sorted(path.name for path in (tmp_path / "out" / "shards").iterdir()) == ["000000.tar"]


def test_cut_twice_it_goes_on_and_ends_the_same(mixed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = publish_corpus(mixed, str(tmp_path / "whole"), REDISTRIBUTABLE)
    put, sent = folder_place.FolderPlace.put, 0
    for most in (3, 6):

        def cut(self: folder_place.FolderPlace, *args: object, most: int = most) -> None:
            nonlocal sent
            if sent == most:
                raise KeyboardInterrupt
            sent += 1
            put(self, *args)  # type: ignore[arg-type]

        monkeypatch.setattr(folder_place.FolderPlace, "put", cut)
        with pytest.raises(KeyboardInterrupt):
            publish_corpus(mixed, str(tmp_path / "out"), REDISTRIBUTABLE)
        assert not (tmp_path / "out" / "manifest.json").exists()
    monkeypatch.undo()
    monkeypatch.setenv("SHARE_DATA_HOME", str(tmp_path / "home"))
    done = publish_corpus(mixed, str(tmp_path / "out"), REDISTRIBUTABLE)
    assert done.sent == whole.files - 6
    assert files_of(tmp_path / "out") == files_of(tmp_path / "whole")


@pytest.mark.parametrize("there", ["README.md", "manifest.json"])
def test_what_was_not_published_is_not_replaced(there: str, tmp_path: Path) -> None:
    make_corpus(tmp_path / "corpus", 2)
    make_corpus(tmp_path / "out", 3)
    if there == "README.md":
        (tmp_path / "out" / "manifest.json").unlink()
        (tmp_path / "out" / there).write_text("my notes")
    before = files_of(tmp_path / "out")
    with pytest.raises(CorpusError, match="did not write"):
        publish_corpus(tmp_path / "corpus", str(tmp_path / "out"), Asked())
    assert files_of(tmp_path / "out") == before


def test_a_damaged_shard_is_not_published(tmp_path: Path) -> None:
    make_corpus(tmp_path / "corpus", 3)
    shard = tmp_path / "corpus" / "shards" / "000001.tar"
    shard.write_bytes(shard.read_bytes()[:-1] + b"x")
    with pytest.raises(CorpusError, match=r"000001\.tar: is damaged"):
        publish_corpus(tmp_path / "corpus", str(tmp_path / "out"), Asked())
    assert not (tmp_path / "out" / "manifest.json").exists()


def test_the_reports_taken_away_are_those_that_are_written() -> None:
    assert REPORTS == (HTML, JSON)


def test_json_says_what_was_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_corpus(tmp_path / "corpus", 2)
    assert called(monkeypatch, "publish", str(tmp_path / "corpus"), str(tmp_path / "out"), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["records"] == 2 and told["removed"] == 0 and told["target"] == str(tmp_path / "out")
