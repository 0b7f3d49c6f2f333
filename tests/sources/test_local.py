"""The local source: which files, in which order, under which names."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from share_data.errors import SourceError
from share_data.records import Video
from share_data.sources.local import LocalConfig, LocalSource


def _source(root: Path, **fields: object) -> LocalSource:
    return LocalSource(LocalConfig.model_validate({"root": str(root), **fields}))


def _touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def _uris(root: Path, **fields: object) -> list[str]:
    return [video.uri for video in _source(root, **fields).list()]


def test_folder_lists_videos_of_every_usual_suffix_in_path_order(tmp_path: Path) -> None:
    _touch(tmp_path, "b.MP4", "a/z.webm", "a/c.mov", "notes.txt", ".hidden.mp4", "a/._c.mov", "d.mkv/inside.avi")
    assert _uris(tmp_path) == ["file:a/c.mov", "file:a/z.webm", "file:b.MP4", "file:d.mkv/inside.avi"]


def test_pattern_and_recursive_narrow_the_choice(tmp_path: Path) -> None:
    _touch(tmp_path, "a.mp4", "b.mov", "sub/c.mp4")
    assert _uris(tmp_path, pattern="*.mp4") == ["file:a.mp4", "file:sub/c.mp4"]
    assert _uris(tmp_path, recursive=False) == ["file:a.mp4", "file:b.mov"]
    assert _uris(tmp_path, pattern="sub/*", recursive=False) == ["file:sub/c.mp4"]


def test_root_may_be_one_file_and_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _touch(tmp_path, "a.mp4", "b.mp4")
    monkeypatch.chdir(tmp_path)
    source = LocalSource(LocalConfig(root="b.mp4"))
    (video,) = source.list()
    assert video.uri == "file:b.mp4"
    assert source.fetch(video, tmp_path / "work").resolve() == (tmp_path / "b.mp4").resolve()


def test_names_are_safe_unique_stable_and_free_of_places(tmp_path: Path) -> None:
    names = ["a.mp4", "a.mov", "a b.mp4", "a.b.mp4", "a-b.mp4", "größe/日本.mp4", "a/b.mp4", "x" * 120 + ".mp4"]
    for root in (tmp_path / "one", tmp_path / "two"):
        _touch(root, *names)
    first = list(_source(tmp_path / "one").list())
    assert first == list(_source(tmp_path / "two").list())
    assert len({video.video_id for video in first}) == len(names)
    assert all(set(video.video_id) <= set("-_") | set(map(chr, range(48, 123))) for video in first)
    assert all(len(video.video_id) <= 40 for video in first)
    assert all(str(tmp_path) not in repr(video) for video in first)


def test_every_listed_video_can_be_fetched_without_a_copy(tmp_path: Path) -> None:
    _touch(tmp_path, "a b%20.mp4", "größe.mp4", "sub/c.mp4")
    source = _source(tmp_path)
    fetched = [source.fetch(video, tmp_path / "into") for video in source.list()]
    assert sorted(fetched) == sorted(path for path in tmp_path.rglob("*.mp4"))
    assert not (tmp_path / "into").exists()


@pytest.mark.skipif(os.name != "posix", reason="file names are bytes on POSIX only")
def test_undecodable_names_are_listed_and_storable(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff.mp4")).touch()
    source = _source(tmp_path)
    (video,) = source.list()
    f"{video.title}{video.uri}{video.video_id}".encode()
    assert source.fetch(video, tmp_path).exists()


def test_links_are_followed_to_files_and_dangling_ones_fail_by_name(tmp_path: Path) -> None:
    _touch(tmp_path, "elsewhere/a.mp4", "root/b.mp4")
    (tmp_path / "root/a.mp4").symlink_to(tmp_path / "elsewhere/a.mp4")
    (tmp_path / "root/gone.mp4").symlink_to(tmp_path / "nowhere.mp4")
    (tmp_path / "root/loop").symlink_to(tmp_path / "root")
    source = _source(tmp_path / "root")
    videos = list(source.list())
    assert [video.uri for video in videos] == ["file:a.mp4", "file:b.mp4", "file:gone.mp4"]
    with pytest.raises(SourceError, match=r"gone\.mp4"):
        source.fetch(videos[2], tmp_path)


@pytest.mark.parametrize("uri", ["file:../secret.mp4", "file:/etc/passwd", "file:%2e%2e/secret.mp4"])
def test_an_uri_that_leaves_root_is_refused(tmp_path: Path, uri: str) -> None:
    _touch(tmp_path, "root/a.mp4", "secret.mp4")
    with pytest.raises(SourceError, match="no file below root"):
        _source(tmp_path / "root").fetch(Video("local", "x", uri), tmp_path)


def test_nothing_to_read_names_root_pattern_and_remedy(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"missing.*does not exist.*Check `root`"):
        list(_source(tmp_path / "missing").list())
    _touch(tmp_path, "a.txt")
    with pytest.raises(SourceError, match=r"matches \*\.mp4\. Check"):
        list(_source(tmp_path, pattern="*.mp4").list())
    with pytest.raises(SourceError, match=r"is no glob|no file in"):
        list(_source(tmp_path, pattern="**x").list())


@pytest.mark.parametrize("fields", [{"pattern": "../*.mp4"}, {"pattern": "/*.mp4"}, {"focal_px": -9.0}])
def test_configurations_that_make_no_sense_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        LocalConfig.model_validate({"root": ".", **fields})


def test_rights_and_calibration_reach_every_video(tmp_path: Path) -> None:
    _touch(tmp_path, "a.mp4")
    rights = {"licence": "CC-BY-4.0", "redistributable": True, "attribution": "A. Nobody", "name": "mine"}
    (video,) = _source(tmp_path, focal_px=700.0, **rights).list()
    assert (video.source, video.licence, video.redistributable) == ("mine", "CC-BY-4.0", True)
    assert (video.attribution, video.focal_px) == ("A. Nobody", 700.0)


def test_a_pipe_is_no_video(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.mp4")
    source = _source(tmp_path)
    with pytest.raises(SourceError, match="no file below root"):
        source.fetch(next(source.list()), tmp_path)
