"""File names and folders of every kind: each ends as a row of its own, and stops nothing else."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hostile import assert_ended_well, run_verb
from media import write_video

from share_data.errors import SourceError
from share_data.records import Video
from share_data.sources import below_root
from share_data.sources.local import LocalConfig, LocalSource
from share_data.sources.smarthome.source import SmarthomeConfig, SmarthomeSource
from share_data.store.hashing import canonical_json
from share_data.text import file_text

NAMES = [
    b"plain.mp4", b"bad\xff.mp4", b"bad\xfe.mp4", b"\xff\xfe\xfd.mp4", b"\xc3.mp4", b"latin\xf6.mp4",
    "größe日本.mp4".encode(),
    b"\xed\xa0\x80.mp4", b"new\nline.mp4", b"tab\t.mp4", b"esc\x1b[31m.mp4", b"bell\x07.mp4", b"a'b\"c`d.mp4",
    b"%ff.mp4",
    b"#x?y.mp4", b"-rf.mp4", b"[bold]x[/bold].mp4", b" .mp4", b"con.mp4", b"\xe2\x80\xae4pm.mp4", b"e\xcc\x81.mp4",
    b"\xc3\xa9.mp4", b"x" * 200 + b".mp4", b"a\\b.mp4", b"file:x.mp4", b"~.mp4", b"$HOME.mp4",
]  # fmt: skip


def local(root: Path, **fields: Any) -> LocalSource:
    return LocalSource(LocalConfig.model_validate({"root": str(root), **fields}))


def put(root: Path, name: bytes) -> Path:
    path = Path(os.fsdecode(os.fsencode(root) + b"/" + name))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_name_is_storable_where_it_enters_and_leads_back_to_its_file(tmp_path: Path, name: bytes) -> None:
    path = put(tmp_path, name)
    source = local(tmp_path)
    (video,) = source.list()
    stored = json.loads(canonical_json({"id": video.video_id, "uri": video.uri, "title": video.title}))
    assert stored["uri"].isascii() and stored["id"].isascii()
    video.title.encode("utf-8")
    assert source.fetch(video, tmp_path) == path
    assert json.loads(canonical_json({"path": str(path)}))["path"] == str(path), "a journal gives the same file back"


def test_names_of_any_bytes_have_ids_of_their_own(tmp_path: Path) -> None:
    for name in NAMES:
        put(tmp_path, name)
    videos = list(local(tmp_path).list())
    assert len({video.video_id for video in videos}) == len(videos) == len(NAMES)


def test_names_with_the_same_short_hash_have_ids_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import hashlib

    whole = hashlib.sha256

    class Short:
        """As sha256, but all begin alike: what a search through a few thousand names finds."""

        def __init__(self, data: bytes) -> None:
            self._data = data

        def hexdigest(self) -> str:
            return "0" * 8 + whole(self._data).hexdigest()[8:]

    for name in (b"a b.mp4", b"a!b.mp4", b"c.mp4"):
        put(tmp_path, name)
    monkeypatch.setattr(hashlib, "sha256", Short)
    ids = [video.video_id for video in local(tmp_path).list()]
    assert len(set(ids)) == 3 and all(len(name) <= 40 for name in ids)
    assert ids[-1].endswith("c-00000000"), "who shares with nobody keeps the short one"


@pytest.mark.parametrize("raw", [b"a\xff", "größe".encode(), b"\xed\xa0\x80", b"x"])
def test_text_of_a_name_does_not_depend_on_the_locale(raw: bytes) -> None:
    assert file_text(os.fsdecode(raw)) == raw.decode("utf-8", "backslashreplace")


def denied(monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    """A folder that may not be listed: even for root, who may list all."""
    allowed = os.scandir

    def scandir(path: Any = ".") -> Any:
        if str(path).endswith(folder):
            raise PermissionError(13, "Permission denied", str(path))
        return allowed(path)

    monkeypatch.setattr(os, "scandir", scandir)


@pytest.mark.parametrize(
    ("fields", "listed"),
    [
        ({}, True),
        ({"pattern": "*.mp4"}, True),
        ({"recursive": False}, False),
        ({"recursive": False, "pattern": "locked/*.mp4"}, True),
        ({"recursive": False, "pattern": "other/*.mp4"}, False),
    ],
)
def test_a_folder_that_cannot_be_read_is_a_row_where_it_is_looked_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fields: dict[str, Any], listed: bool
) -> None:
    for name in (b"a.mp4", b"locked/b.mp4", b"other/c.mp4"):
        put(tmp_path, name)
    denied(monkeypatch, "locked")
    source = local(tmp_path, **fields)
    closed = [video for video in source.list() if "problem" in video.labels]
    assert len(closed) == listed
    for video in closed:
        assert video.uri == "file:locked"
        with pytest.raises(SourceError, match=r"locked: the folder cannot be read \(Permission denied\).*chmod"):
            source.fetch(video, tmp_path)


def test_a_root_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, b"locked/b.mp4")
    denied(monkeypatch, "locked")
    with pytest.raises(SourceError, match=r"the folder cannot be read \(Permission denied\).*chmod"):
        list(local(tmp_path / "locked").list())
    with pytest.raises(SourceError, match=r"the folder cannot be read"):
        list(SmarthomeSource(SmarthomeConfig(root=str(tmp_path / "locked"))).list())


def test_a_folder_that_goes_while_it_is_listed_is_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, b"sub/a.mp4")
    monkeypatch.setattr(below_root.os, "scandir", lambda path: (_ for _ in ()).throw(OSError(5, "I/O error", path)))
    assert list(below_root.unreadable(tmp_path)) == [("", "I/O error")]


@pytest.mark.parametrize("kind", ["dangling", "loop", "to a folder", "pipe", "folder"])
def test_what_is_no_file_stops_nothing_else(tmp_path: Path, kind: str) -> None:
    put(tmp_path, b"good.mp4")
    odd = tmp_path / "odd.mp4"
    if kind == "pipe":
        os.mkfifo(odd)
    elif kind == "folder":
        odd.mkdir()
    else:
        odd.symlink_to({"dangling": "nowhere", "loop": "odd.mp4", "to a folder": "."}[kind])
    source = local(tmp_path)
    videos: list[Video] = list(source.list())
    assert videos[0].title == "good" and source.fetch(videos[0], tmp_path).exists()
    for video in videos[1:]:
        with pytest.raises(SourceError, match=r"odd\.mp4 is no file below root.*Check the file or link"):
            source.fetch(video, tmp_path)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recipe and a folder with a video under three names, one of them no UTF-8, and two links to nothing."""
    root = tmp_path_factory.mktemp("mixed")
    rng = np.random.default_rng(0)
    (root / "videos").mkdir()
    write_video(root / "videos" / "a.mp4", [rng.integers(0, 255, (96, 128, 3), np.uint8) for _ in range(8)])
    for name in (b"bad\xff\x1b[31m.mp4", "größe日.mp4".encode()):
        put(root / "videos", name).write_bytes((root / "videos" / "a.mp4").read_bytes())
    (root / "videos" / "loop.mp4").symlink_to("loop.mp4")
    (root / "r.yaml").write_text("schema_version: 1\nname: mine\nsources:\n- {kind: local, root: videos}\n")
    return root


def test_a_build_goes_through_all_names_and_says_so(mixed: Path) -> None:
    for verb in (("plan", "r.yaml"), ("build", "r.yaml"), ("list", "out/mine"), ("report", "out/mine", "--json")):
        ended = run_verb(mixed / f"run_{verb[0]}", *verb, cwd=mixed, seconds=60)
        assert_ended_well(ended, codes=(0, 3))
    report = json.loads(ended.out)
    assert [failure["message"] for failure in report["failures"]] != [] and len(report["failures"]) == 1


@pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"LC_ALL": "en_US.ISO-8859-1"}])
def test_under_any_locale_names_are_the_same(mixed: Path, locale: dict[str, str]) -> None:
    environment = {**os.environ, **locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "-c", "from share_data.cli import main; main()", "plan", "r.yaml", "--json"]
    ended = subprocess.run(command, cwd=mixed, env=environment, capture_output=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr.decode("utf-8", "replace")[-2000:]
    assert b"Traceback" not in ended.stderr
    json.loads(ended.stdout.decode("utf-8"))
