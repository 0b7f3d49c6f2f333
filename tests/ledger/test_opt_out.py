"""Who is left out of a corpus: opt-out lists, licences, and what the ledger and the manifest say of them."""

import json
from pathlib import Path

import light
import pytest
from typer.testing import CliRunner

from share_data.build.plan.plan import plan_build
from share_data.cli import app
from share_data.corpus.opening import read_manifest
from share_data.corpus.read import Corpus
from share_data.corpus.validate import validate_corpus
from share_data.engine.watch import Silent
from share_data.errors import LicenceError, RecipeError
from share_data.ledger.ledger import Entry, read_ledger
from share_data.ledger.opt_out import OptOut, checked_rule, read_rules, rules_sha256
from share_data.records import Video
from share_data.sources.local import LocalConfig, LocalSource
from share_data.sources.spellings import spellings
from share_data.sources.youtube.targets import Target
from share_data.store.hashing import file_sha256

VIDEO = Video(
    "web", "abc_000010", "https://example.org/abc", labels={"id": "abc", "channel_id": "UC1", "channel": "Nina's"}
)
WALK = "walk0000001"
OWNER = "UC" + 22 * "a"
WHOSE = {"id": WALK, "channel_id": OWNER, "channel_handle": "@Walker", "channel": "A. \U0001f469 \U0001f467 Walker"}
RANGE = Video("yt", f"{WALK}_1000_2500", f"https://www.youtube.com/watch?v={WALK}#t=1,2.5", labels=WHOSE)


def of_videos(root: Path) -> dict[str, Entry]:
    """Ledger entries of the videos, by the name of their file."""
    entries = read_ledger(root / "out" / "ledger.parquet")
    return {e.unit.removeprefix("local/").rsplit("-", 1)[0]: e for e in entries if e.level == "video"}


def outcome(entry: Entry) -> tuple[str, str, str]:
    return entry.status, entry.stage, entry.reason


def unit(root: Path, name: str) -> str:
    return of_videos(root)[name].unit


@pytest.mark.parametrize("name", ["abc", "web/abc", "abc_000010", "web/abc_000010", "https://example.org/abc"])
def test_a_video_goes_by_its_id_at_the_source_its_id_here_its_unit_or_its_uri(name: str) -> None:
    assert OptOut.of([f"id:{name}"], spellings()).names(VIDEO) == "video"


def test_a_channel_goes_by_its_id_or_its_name_and_nothing_matches_in_part() -> None:
    assert (
        OptOut.of(["channel:UC1"], spellings()).names(VIDEO)
        == OptOut.of(["channel:Nina's"], spellings()).names(VIDEO)
        == "channel"
    )
    for rule in ("channel:UC", "channel:nina's", "id:ab", "id:abc*", "id:UC1", "channel:abc", "id:web"):
        assert OptOut.of([rule], spellings()).names(VIDEO) == "", rule
    assert OptOut.of(["channel:x"], spellings()).names(Video("web", "x", "")) == ""


@pytest.mark.parametrize(
    "name",
    [
        *(f"https://www.youtube.com/watch?v={WALK}", f"https://www.youtube.com/watch?v={WALK}&t=3s", f"yt/{WALK}"),
        *(f"https://youtu.be/{WALK}?si=x", f"http://m.youtube.com/watch?v={WALK}#t=3", f"youtu.be/{WALK}"),
        *(f"https://www.youtube.com/shorts/{WALK}", f"yt/https://youtu.be/{WALK}", f"{WALK}_1000_2500"),
        *(f"https://www.youtube.com/watch?v={WALK}#t=1,2.5", f"yt/https://www.youtube.com/watch?v={WALK}"),
    ],
)
def test_who_names_a_video_of_youtube_in_any_spelling_names_its_time_ranges(name: str) -> None:
    assert OptOut.of([f"id:{name}"], spellings()).names(RANGE) == "video"


def test_a_time_range_or_another_source_is_named_alone() -> None:
    other = Target(WALK, 3000, None)
    ranges = [Video("yt", each.key, each.url, labels=WHOSE) for each in (Target(WALK), other)]
    for name in (RANGE.uri, RANGE.video_id, f"elsewhere/{WALK}", f"elsewhere/https://youtu.be/{WALK}", "walk000000"):
        assert [OptOut.of([f"id:{name}"], spellings()).names(video) for video in ranges] == ["", ""], name
    assert OptOut.of([f"id:{other.url}"], spellings()).names(ranges[1]) == "video"
    assert OptOut.of(["id:web/"], spellings()).names(Video("web", "x", "")) == ""


@pytest.mark.parametrize(
    "name",
    [
        *(OWNER, f"https://www.youtube.com/channel/{OWNER}", f"youtube.com/channel/{OWNER}/about"),
        *("@Walker", "@walker", "https://www.youtube.com/@walker", "https://m.youtube.com/@WALKER/shorts"),
        *("A. \U0001f469 \U0001f467 Walker", "A. \U0001f469\u200d\U0001f467\u00a0\u202e Walker"),
    ],
)
def test_a_channel_goes_by_its_id_handle_address_or_name_as_the_site_shows_them(name: str) -> None:
    assert OptOut.of([checked_rule(f"channel:{name}", spellings())], spellings()).names(RANGE) == "channel"


@pytest.mark.parametrize(
    "name", ["https://www.youtube.com/c/Walker", "youtube.com/user/w", "https://youtube.com/@x/.."]
)
def test_an_address_that_tells_no_channel_is_refused_with_what_to_give(name: str) -> None:
    with pytest.raises(
        ValueError, match=r"names no channel by its @handle or id \(UC\.\.\.\): give one of these, or its name"
    ):
        checked_rule(f"channel:{name}", spellings())


@pytest.mark.parametrize("name", ["youtube.com/c/x", "https://www.youtube.com/@walker", "", "http://[", "\u200d"])
def test_whatever_a_channel_calls_itself_it_is_that_name_and_no_address(name: str) -> None:
    rules = OptOut.of(["channel:@walker", "channel:\u200d"], spellings())
    assert rules.names(Video("yt", "x", "", labels={"channel": name})) == ""


def test_a_list_tells_which_rules_named_a_video_and_which_none() -> None:
    rules = [
        f"id:https://youtu.be/{WALK}",
        f"id:{WALK}",
        "channel:@Walker",
        "id:abc",
        "channel:@Wakler",
        "id:walk0000002",
    ]
    listed = OptOut.of([*rules, f"sha256:{'a' * 64}"], spellings())
    assert listed.naming(RANGE) == set(rules[:3])
    assert listed.naming(VIDEO) == {"id:abc"}
    assert listed.naming(Video("yt", "x", "")) == frozenset()
    assert listed.unmatched(listed.naming(RANGE) | listed.naming(VIDEO)) == ["channel:@Wakler", "id:walk0000002"]
    assert OptOut.of([], spellings()).unmatched([]) == []


def test_a_list_is_one_rule_a_line_with_remarks(tmp_path: Path) -> None:
    digest = "AB" * 32
    path = tmp_path / "list.txt"
    path.write_text(f"# asked on 3 May\n\n  id: a#b  # the bakery\nchannel:Nina's kitchen\nsha256:{digest}\n")
    assert read_rules(path, spellings()) == ("id:a#b", "channel:Nina's kitchen", f"sha256:{digest.lower()}")
    assert rules_sha256(read_rules(path, spellings())) == rules_sha256(
        tuple(reversed(read_rules(path, spellings()))) * 2
    )


def test_a_list_may_begin_with_the_mark_that_some_editors_write(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("\ufeffid:abc\r\nchannel:UC1\r\n", "utf-8")
    assert read_rules(path, spellings()) == ("id:abc", "channel:UC1")


@pytest.mark.parametrize("line", ["abc", "id:", "sha256:abc", "sha-256:" + "a" * 64, "user:me"])
def test_a_line_that_is_no_rule_is_an_error_that_names_it(tmp_path: Path, line: str) -> None:
    path = tmp_path / "list.txt"
    path.write_text(f"id:fine\n{line}\n")
    with pytest.raises(RecipeError, match=r"list\.txt, line 2: .* write id:VIDEO, channel:CHANNEL or sha256:64 hex"):
        read_rules(path, spellings())


def test_opted_out_videos_are_in_the_ledger_and_nowhere_else(tmp_path: Path) -> None:
    light.make_videos(tmp_path, 4, clips=2)
    light.light_build(tmp_path)
    whole = light.corpus_hashes(tmp_path / "out")
    content = file_sha256(tmp_path / "videos" / "v00002.mp4")
    rules = f"opt_out=[id:{unit(tmp_path, 'v00001')}, 'sha256:{content}']"
    result = light.light_build(tmp_path, rules)
    assert result.records == 4 and result.exit_code == 0
    assert {name: outcome(entry) for name, entry in of_videos(tmp_path).items()} == {
        "v00000": ("kept", "", ""),
        "v00001": ("opted_out", "list", "video"),
        "v00002": ("opted_out", "fetch", "content"),
        "v00003": ("kept", "", ""),
    }
    corpus = Corpus(tmp_path / "out")
    assert {corpus[n].metadata["video_id"][:6] for n in range(len(corpus))} == {"v00000", "v00003"}
    assert validate_corpus(tmp_path / "out") == []
    told = [path for path in (tmp_path / "out").rglob("*.json") if b"v00001" in path.read_bytes()]
    assert told == [], "only the ledger names those who were left out"
    manifest = read_manifest(tmp_path / "out")
    assert manifest.counts["video"] == {"kept": 2, "rejected": 0, "failed": 0, "opted_out": 2, "total": 4}
    assert manifest.opt_out_sha256 is not None

    light.light_build(tmp_path, out=str(tmp_path / "again"))
    assert light.corpus_hashes(tmp_path / "again") == whole


def test_a_corpus_that_was_rebuilt_without_equals_one_that_never_had_them(tmp_path: Path) -> None:
    light.make_videos(tmp_path / "first", 3)
    light.make_videos(tmp_path / "other", 3)
    light.light_build(tmp_path / "first")
    rule = f"opt_out=['id:{unit(tmp_path / 'first', 'v00001')}']"
    light.light_build(tmp_path / "first", rule)
    light.light_build(tmp_path / "other", rule)
    assert light.corpus_hashes(tmp_path / "first" / "out") == light.corpus_hashes(tmp_path / "other" / "out")


def test_forgetting_the_list_does_not_let_everybody_back_in(tmp_path: Path) -> None:
    light.make_videos(tmp_path, 2)
    light.light_build(tmp_path, "opt_out=['id:nobody']")
    before = light.corpus_hashes(tmp_path / "out")
    with pytest.raises(RecipeError, match="--rebuild-without FILE, or build to another place"):
        light.light_build(tmp_path)
    with pytest.raises(RecipeError, match="--rebuild-without FILE"):
        plan_build(light.recipe_of(tmp_path), tmp_path / "out")
    assert light.corpus_hashes(tmp_path / "out") == before
    assert light.light_build(tmp_path, "opt_out=['id:nobody', 'id:nobody-else']").records == 2


def test_a_licence_the_recipe_does_not_accept_rejects_the_video(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch = LocalSource.fetch

    def picky(self: LocalSource, video: Video, into: Path) -> Path:
        if "v00001" in video.video_id:
            raise LicenceError(f"{video.unit}: its licence is 'all rights reserved'. Add it to `licences`.")
        return fetch(self, video, into)

    monkeypatch.setattr(LocalSource, "fetch", picky)
    light.make_videos(tmp_path, 2)
    result = light.light_build(tmp_path, "tolerance.max_failed_fraction=0")
    entry = of_videos(tmp_path)["v00001"]
    assert outcome(entry) == ("rejected", "licence", "not_accepted") and "all rights reserved" in entry.message
    assert result.exit_code == 0 and result.totals.failures == []
    assert validate_corpus(tmp_path / "out") == []


def test_only_redistributable_builds_the_rest_and_says_so_in_the_manifest(tmp_path: Path) -> None:
    light.make_videos(tmp_path, 1)
    light.write_video(tmp_path / "free", "mine")
    free = f"sources=[{{kind: local, root: videos}}, {{kind: local, name: free, redistributable: true, root: {tmp_path / 'free' / 'videos'}}}]"  # noqa: E501
    light.light_build(tmp_path, free)
    assert not read_manifest(tmp_path / "out").redistributable and len(Corpus(tmp_path / "out")) == 2
    light.light_build(tmp_path, free, "only_redistributable=true")
    assert read_manifest(tmp_path / "out").redistributable and len(Corpus(tmp_path / "out")) == 1
    assert outcome(of_videos(tmp_path)["v00000"]) == ("rejected", "licence", "not_redistributable")
    assert validate_corpus(tmp_path / "out") == []


def test_the_command_line_reads_the_list_and_plan_knows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHARE_DATA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SHARE_DATA_HOME", str(tmp_path / "home"))
    light.make_videos(tmp_path, 3)
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(f"schema_version: 1\nname: x\nsources: [{{kind: local, root: {tmp_path / 'videos'}}}]\n")
    listed = tmp_path / "list.txt"
    listed.write_text("channel:nobody\n")
    command = ["build", str(recipe), "--dry-run", "--json", "--output", str(tmp_path / "out")]

    def videos(*options: str) -> int:
        result = CliRunner().invoke(app, [*command, *options])
        assert result.exit_code == 0, result.output
        return int(json.loads(result.stdout)["stages"][0]["total"])

    assert videos() == videos("--rebuild-without", str(listed)) == 3
    listed.write_text(f"sha256:{'0' * 64}\nid:{next(iter(LocalSource(_local(tmp_path)).list())).video_id}\n")
    assert videos("--rebuild-without", str(listed)) == 2
    assert videos("--only-redistributable") == 0
    listed.write_text("nobody\n")
    wrong = CliRunner().invoke(app, [*command, "--rebuild-without", str(listed)])
    assert isinstance(wrong.exception, RecipeError) and "line 1" in str(wrong.exception)


def _local(root: Path) -> LocalConfig:
    return LocalConfig(root=str(root / "videos"))


class Notes(Silent):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, text: str) -> None:
        self.lines.append(text)


def test_a_rule_that_names_nobody_is_told_for_it_may_be_misspelt(tmp_path: Path) -> None:
    light.make_videos(tmp_path, 2)
    notes = Notes()
    light.light_build(tmp_path, f"opt_out=['id:nobody', 'sha256:{'0' * 64}']", watch=notes)
    assert [line for line in notes.lines if "opt-out" in line] == ["opt-out rule 'id:nobody' names no video listed"]
