"""A good corpus and a good workspace, changed at random: every verb ends in a result or in one clear error.

Nothing is written outside the build's own folders; a verb that only reads changes nothing at all.
"""

import json
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import light
import pytest
from hostile import Ending, assert_ended_well, run_verb, tree
from hostile_corpora import Spoil, fifo, folder, link, seal, written
from hostile_verbs import LOOKERS, READERS, run_on
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import Mutation, copied, mutate, mutations

from share_data.build import build as building
from share_data.corpus.write.target import LocalTarget

STATE = ".share-data"
JOURNAL, LOCK = f"{STATE}/journal.jsonl", f"{STATE}/lock"
OWN = ("out", "cache", "home", "ending")
tried = partial(
    settings,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
)


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build that was killed just after it put its publication on record: a recipe, videos, store and workspace.

    A copy of it, to be put back at `root_of` it: its journal knows videos by where they are.
    """
    root = tmp_path_factory.mktemp("packed") / "root"
    light.make_videos(root, 2, clips=2)
    light.write_video(root, "bad", fault="raise")
    (root / "outside").mkdir()
    (root / "outside" / "secret").write_text("not yours")
    recipe = light.recipe_of(root, "sources.0.root=videos", "output.samples_per_shard=2")
    (root / "recipe.json").write_text(json.dumps(recipe.resolved()))

    def killed(_: LocalTarget) -> None:
        raise KeyboardInterrupt

    real = LocalTarget.publish
    with pytest.MonkeyPatch.context() as patch:

        def publish(target: LocalTarget, *what: object) -> None:
            patch.setattr(LocalTarget, "_finish", killed)
            real(target, *what)  # type: ignore[arg-type]

        patch.setattr(LocalTarget, "publish", publish)
        with pytest.raises(KeyboardInterrupt):
            light.light_build(root, "output.samples_per_shard=2")
    return copied(root, root.parent / "packed")


@pytest.fixture(scope="module")
def unpublished(packed: Path) -> Path:
    """The same build, killed a moment before: shards and sidecars are there, tables and publication are not."""
    folder = copied(packed, packed.parent / "unpublished")
    (folder / "out" / STATE / "publication.json").unlink()
    return folder


def root_of(state: Path) -> Path:
    """Where it was built."""
    return state.parent / "root"


@pytest.fixture(autouse=True)
def _light(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The verb `build` with stages that make up their results."""
    monkeypatch.setattr(building, "build_corpus", partial(building.build_corpus, make_spec=light.LightSpec.of))
    yield


def run_in(root: Path, verb: str) -> Ending:
    """A verb over ROOT/out; only a build changes anything, and only its own folders."""
    arguments = {
        "build": ("build", "recipe.json", "--output", "out", "--engine", "inline"),
        "plan": ("plan", "recipe.json", "--output", "out"),
        "status": ("status", "out", "--json"),
        "validate": ("validate", "out"),
    }[verb]
    own = OWN if verb == "build" else OWN[1:]
    before = foreign(root, own)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHARE_DATA_CACHE", str(root / "cache"))
        patch.setenv("SHARE_DATA_HOME", str(root / "home"))
        ending = run_verb(root / "ending", *arguments, cwd=root)
    assert_ended_well(ending, codes=(0, 1, 2, 3) if verb in ("build", "plan") else (0, 1, 2))
    assert foreign(root, own) == before, f"{verb} wrote where it has nothing to write"
    return ending


def foreign(root: Path, own: tuple[str, ...]) -> dict[str, bytes | str]:
    """All below ROOT that is not in folders of its own; of `cache`, `home` and `ending` it matters to nobody."""
    return {name: what for name, what in tree(root).items() if name.split("/")[0] not in own}


def names(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


@pytest.mark.parametrize("verb", [*READERS, *LOOKERS, "validate"])
def test_a_changed_corpus_is_read_or_refused(good: Path, tmp_path: Path, verb: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("not yours")

    @tried(max_examples=3 if verb in ("render", "view") else 6)  # These draw a body, which takes a second.
    @given(mutations, st.booleans())
    def holds(mutation: Mutation, sealed: bool) -> None:
        corpus = copied(good, tmp_path / "corpus")
        changed = mutate(corpus, names(good), outside, mutation)
        if sealed and changed not in ("", "manifest.json"):
            seal(corpus)
        run_on(corpus, verb, tmp_path)
        assert names(outside) == ["secret"] and (outside / "secret").read_text() == "not yours"

    holds()


@pytest.mark.parametrize("state", ["packed", "unpublished"])
@pytest.mark.parametrize(("verb", "examples"), [("build", 12), ("plan", 6), ("status", 6), ("validate", 3)])
def test_a_changed_workspace_is_gone_on_with_or_refused(
    request: pytest.FixtureRequest, verb: str, examples: int, state: str
) -> None:
    good: Path = request.getfixturevalue(state)
    files = [name for name in names(good / "out") if not name.endswith((".ballast", ".txt"))]

    @tried(max_examples=examples)
    @given(mutations)
    def holds(mutation: Mutation) -> None:
        root = copied(good, root_of(good))
        mutate(root / "out", files, root / "outside", mutation)
        run_in(root, verb)

    holds()


def line(number: int, change: Callable[[dict], object]) -> Spoil:
    """A line of the journal changed."""

    def spoil(out: Path) -> None:
        lines = (out / JOURNAL).read_text().splitlines()
        event = json.loads(lines[number])
        change(event)
        lines[number] = json.dumps(event)
        (out / JOURNAL).write_text("\n".join(lines) + "\n")

    return spoil


def sidecar(change: Callable[[Path], object]) -> Spoil:
    """The first shard's sidecar spoilt."""
    return lambda out: change(min((out / STATE / "shards").iterdir()))


def head(**values: object) -> Spoil:
    """Fields of the sidecar's first line."""

    def change(path: Path) -> None:
        first, *rest = path.read_text().splitlines()
        path.write_text("\n".join([json.dumps(json.loads(first) | values), *rest]) + "\n")

    return sidecar(change)


ABOVE = {"path": "../../outside/secret", "sha256": "0" * 64, "bytes": 9, "records": 1}
DEEP = "[" * 100_000 + "]" * 100_000 + "\n"
JOURNALS: dict[str, Spoil] = {
    "text": written(JOURNAL, "no journal\n"),
    "zeros": written(JOURNAL, bytes(4096) + b"\n"),
    "too deep": written(JOURNAL, DEEP),
    "not UTF-8": written(JOURNAL, b'{"e": "\xff"}\n'),
    "a number": written(JOURNAL, "5\n"),
    "a list": written(JOURNAL, "[]\n"),
    "events of no kind": written(JOURNAL, "{}\n"),
    "a kind that is a list": written(JOURNAL, '{"e": []}\n'),
    "a pipe": fifo(JOURNAL),
    "a folder": folder(JOURNAL),
    "a device": link(JOURNAL, "/dev/zero"),
    "a beginning without a recipe": line(0, lambda event: event.pop("recipe")),
    "a beginning at no time": line(0, lambda event: event.update(t="noon")),
    "a recipe that is a list": line(0, lambda event: event.update(recipe=[1])),
    "a listing of less than nothing": line(3, lambda event: event.update(videos=-1)),
    "a step that is none": line(4, lambda event: event.update(step="rm")),
    "a job that is a path": line(4, lambda event: event.update(job="../../x")),
    "a result that is a list": line(5, lambda event: event.update(r=[])),
    "a count that is text": line(5, lambda event: event.update(n="many")),
    "seconds that are text": line(5, lambda event: event.update(s={"mine": "long"})),
}
# What only a build looks into: results, and what belongs to it alone.
FOR_BUILDS: dict[str, tuple[Spoil, tuple[int, ...]]] = {
    "a clip that ends before it begins": (line(5, lambda event: event["r"].update(clips=[[5, 0]])), (0, 1, 3)),
    "clips that are text": (line(5, lambda event: event["r"].update(clips=["a"])), (1,)),
    "a path that is a number": (line(5, lambda event: event["r"].update(path=5)), (1,)),
    "scores that are text": (line(13, lambda event: event["r"].update(scores="high")), (1,)),
    "a key that is a path": (line(28, lambda event: event["r"].update(key="../../../outside/secret")), (1,)),
    "lock text": (written(LOCK, "mine"), (0, 3)),
    "lock of nobody": (written(LOCK, '{"pid": "x", "since": "then"}'), (0, 3)),
    "lock a pipe": (fifo(LOCK), (1,)),
    "lock a folder": (folder(LOCK), (1,)),
    "lock a link out": (link(LOCK, "../../outside/secret"), (1,)),
    "sidecar empty": (sidecar(lambda path: path.write_text("")), (0, 1, 3)),
    "sidecar text": (sidecar(lambda path: path.write_text("no rows\n")), (0, 1, 3)),
    "sidecar too deep": (sidecar(lambda path: path.write_text(DEEP)), (0, 1, 3)),
    "sidecar without rows": (sidecar(lambda path: os.truncate(path, path.read_bytes().index(b"\n") + 1)), (0, 1, 3)),
    "sidecar that names a file above": (head(files=[ABOVE]), (0, 1, 3)),
    "sidecar with files that are text": (head(files="shards"), (0, 1, 3)),
    "sidecar with keys that are numbers": (head(keys=[1, 2]), (0, 1, 3)),
    "sidecar with columns that are numbers": (head(columns=[1]), (0, 1, 3)),
    "sidecar a pipe": (sidecar(lambda path: (path.unlink(), os.mkfifo(path))), (1,)),
    "sidecar a folder": (sidecar(lambda path: (path.unlink(), path.mkdir())), (0, 1, 3)),
}  # fmt: skip


@pytest.mark.parametrize("verb", ["build", "status", "plan"])
@pytest.mark.parametrize("name", JOURNALS)
def test_a_spoilt_journal_is_named(unpublished: Path, name: str, verb: str) -> None:
    root = copied(unpublished, root_of(unpublished))
    JOURNALS[name](root / "out")
    ending = run_in(root, verb)
    assert ending.code == 1 and "journal.jsonl" in ending.text, ending.text


@pytest.mark.parametrize("name", FOR_BUILDS)
def test_what_is_spoilt_for_a_build_is_made_again_or_named(unpublished: Path, name: str) -> None:
    spoil, codes = FOR_BUILDS[name]
    root = copied(unpublished, root_of(unpublished))
    spoil(root / "out")
    ending = run_in(root, "build")
    assert ending.code in codes, ending.text
    assert ending.code != 1 or any(file in ending.text for file in (STATE, "journal.jsonl")), ending.text
