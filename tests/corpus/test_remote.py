"""A corpus in an object store is the one in a folder: same bytes, same readers, whole at every moment."""

import json
import multiprocessing
import pickle
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import chaos
import light
import numpy as np
import object_store
import pytest
from object_store import bucket, connect_anew, first_pose, last_written, local_corpus, new_url, objects, publish

from share_data.audit.listing import find_clips, list_clips, list_records
from share_data.audit.report import report_corpus
from share_data.cli import main
from share_data.corpus.layout import is_object_name, object_name
from share_data.corpus.manifest import manifest_bytes
from share_data.corpus.objects import Objects
from share_data.corpus.opening import open_storage, read_manifest
from share_data.corpus.read import Corpus
from share_data.corpus.validate import validate_corpus
from share_data.corpus.write.remote_target import RemoteTarget
from share_data.corpus.write.target import target_of
from share_data.errors import CorpusError, MissingDependencyError
from share_data.store.hashing import bytes_sha256

pytestmark = pytest.mark.xdist_group("remote")


@pytest.fixture(scope="module", autouse=True)
def server() -> Iterator[None]:
    with object_store.s3_server():
        yield


@pytest.fixture
def url() -> str:
    return new_url()


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("local")
    local_corpus(folder, 5)
    return folder


@pytest.fixture(scope="module")
def shared(server: None, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A corpus that no test changes."""
    where = new_url()
    publish(where, tmp_path_factory.mktemp("work"), 5)
    return where


def put(url: str, name: str, data: bytes) -> None:
    bucket().pipe_file(f"{url.removeprefix('s3://')}/{name}", data)


def edit_manifest(url: str, change: Callable[[dict[str, Any]], object]) -> None:
    manifest = json.loads(objects(url)["manifest.json"])
    change(manifest)
    put(url, "manifest.json", json.dumps(manifest).encode())


# Writing.


def test_the_files_are_byte_for_byte_those_of_a_local_corpus(shared: str, local: Path) -> None:
    manifest, storage = read_manifest(shared), open_storage(shared)
    assert {entry.path: storage.read(entry.path) for entry in manifest.files} == {
        path.relative_to(local).as_posix(): path.read_bytes()
        for path in local.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert manifest_bytes(manifest.without_objects()) == (local / "manifest.json").read_bytes()
    assert b'"object"' not in (local / "manifest.json").read_bytes()


def test_objects_are_named_by_their_content(shared: str, local: Path) -> None:
    listed = {object_name(entry.path, entry.sha256) for entry in read_manifest(local).files}
    assert set(objects(shared)) == listed | {"manifest.json"}
    first = read_manifest(local).file("shards/000000.tar")
    assert f"shards/000000-{first.sha256[:16]}.tar" in listed


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        (f"shards/000012_03-{'0f' * 8}.tar", True),
        (f"recipe-{'0f' * 8}.json", True),
        ("shards/000012.tar", False),
        (f"shards/000012-{'0f' * 8}.zip", False),
        (f"shards/000012-{'0F' * 8}.tar", False),
        (f"shards/mine-{'0f' * 8}.tar", False),
        (f"manifest-{'0f' * 8}.json", False),
    ],
)
def test_an_objects_name_tells_whether_a_build_gave_it(name: str, ours: bool) -> None:
    assert is_object_name(name) == ours


def test_a_corpus_may_lie_at_the_top_of_a_bucket(tmp_path: Path, url: str) -> None:
    top = url.removesuffix("/corpora/mine")
    publish(top + "/", tmp_path, 2)
    assert validate_corpus(top) == []


def test_what_is_delivered_is_held_and_needs_no_room_here(tmp_path: Path, url: str) -> None:
    manifest = publish(url, tmp_path, 3)
    target = RemoteTarget(url, tmp_path)
    assert not list(tmp_path.rglob("*.tar"))
    assert all(target.holds(tmp_path / entry.path, entry) for entry in manifest.files)
    shard = manifest.file("shards/000000.tar")
    bucket().rm_file(f"{url.removeprefix('s3://')}/{object_name(shard.path, shard.sha256)}")
    assert not RemoteTarget(url, tmp_path).holds(tmp_path / shard.path, shard)
    assert target.published() == manifest


def test_a_replaced_corpus_takes_its_own_old_objects_along_and_no_others(tmp_path: Path, url: str) -> None:
    publish(url, tmp_path, 5)
    foreign = {"notes.txt": b"mine", "shards/readme": b"mine", "index.parquet": b"mine", "shards/000007.tar": b"mine"}
    for name, data in foreign.items():
        put(url, name, data)
    manifest = publish(url, tmp_path, 2)
    assert set(objects(url)) == foreign.keys() | {"manifest.json"} | {
        object_name(entry.path, entry.sha256) for entry in manifest.files
    }
    assert foreign.items() <= objects(url).items()
    assert {problem.file for problem in validate_corpus(url)} == {"shards/readme", "shards/000007.tar"}


class Killed(BaseException):
    """Stands for a process that ends between two requests."""


# Five files (the recipe is there already), the manifest, the removal of what is old.
@pytest.mark.parametrize("requests", range(8))
def test_a_build_killed_at_any_request_leaves_a_whole_corpus(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch, requests: int
) -> None:
    publish(url, tmp_path, 3)
    before, left = Corpus(url).keys, iter(range(requests))
    with monkeypatch.context() as patch:
        patch.setattr(RemoteTarget, "check", lambda self: None)
        for name in ("upload", "write", "remove"):
            whole = getattr(Objects, name)

            def dying(self: Objects, *args: Any, whole: Any = whole) -> None:
                if next(left, None) is None:
                    raise Killed
                whole(self, *args)

            patch.setattr(Objects, name, dying)
        try:
            publish(url, tmp_path, 1)
        except Killed:
            assert requests < 7
    assert validate_corpus(url) == []
    assert (Corpus(url).keys == before) == (requests < 6)
    manifest = publish(url, tmp_path, 1)
    assert validate_corpus(url) == []
    assert len(objects(url)) == len(manifest.files) + 1


def test_a_manifest_never_lists_what_somebody_has_removed_meanwhile(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(url, tmp_path, 5)
    before = objects(url)
    monkeypatch.setattr(Objects, "upload", lambda *_: None)
    with pytest.raises(CorpusError, match=r"index-\w+\.parquet: has gone since it was uploaded"):
        publish(url, tmp_path, 3)
    assert objects(url) == before


def test_another_programs_manifest_is_not_replaced(tmp_path: Path, url: str) -> None:
    put(url, "manifest.json", b'{"name": "a web page"}')
    with pytest.raises(CorpusError, match=rf"{url}/manifest\.json: not a manifest.* move it away"):
        publish(url, tmp_path, 2)
    assert set(objects(url)) == {"manifest.json"}


def test_a_url_has_one_workspace_on_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHARE_DATA_HOME", str(tmp_path))
    first, second, other = (target_of(url).workspace for url in ("s3://b/mine", "s3://b/mine/", "s3://b/other"))
    assert first == second != other
    assert first.is_relative_to(tmp_path / "builds")


# Reading.


def test_records_are_those_of_the_local_corpus_by_one_request_each(
    shared: str, local: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    read = Objects.read
    monkeypatch.setattr(Objects, "read", lambda self, name, *part: asked.append(name) or read(self, name, *part))
    remote, expected = Corpus(shared), Corpus(local)
    assert remote.keys == expected.keys
    asked.clear()
    for number in (3, 0, -1):
        found, truth = remote[number], expected[number]
        assert (found.metadata, found.preview) == (truth.metadata, truth.preview)
        assert found.arrays.keys() == truth.arrays.keys()
        assert all(np.array_equal(found.arrays[name], truth.arrays[name]) for name in truth.arrays)
    assert len(asked) == 3


@pytest.mark.parametrize("how", ["fork", "spawn"])
def test_a_corpus_travels_to_worker_processes(shared: str, local: Path, how: str) -> None:
    corpus = Corpus(shared)
    assert first_pose(corpus) == first_pose(pickle.loads(pickle.dumps(corpus))) == first_pose(Corpus(local))
    with ProcessPoolExecutor(2, multiprocessing.get_context(how)) as pool:
        assert list(pool.map(first_pose, [corpus] * 4)) == [first_pose(corpus)] * 4


def test_a_record_outside_its_shard_is_refused_without_a_request(shared: str) -> None:
    storage = open_storage(shared)
    length = read_manifest(shared).file("shards/000000.tar").bytes
    for part in [(length - 1, 2), (-5, 3), (0, -1)]:
        with pytest.raises(ValueError, match="ends too early"):
            storage.read_parts("shards/000000.tar", [part, (0, 4)])
    with pytest.raises(FileNotFoundError):
        storage.read("shards/000099.tar")


def test_parts_far_apart_are_read_one_by_one(shared: str, local: Path) -> None:
    parts = [(0, 100), (20000, 30), (7, 0)]
    whole = (local / "shards" / "000000.tar").read_bytes()
    found = open_storage(shared).read_parts("shards/000000.tar", parts)
    assert found == [whole[start : start + size] for start, size in parts]


def test_a_corpus_copied_from_a_folder_is_read_too(local: Path, url: str) -> None:
    for path in local.rglob("*"):
        if path.is_file():
            put(url, path.relative_to(local).as_posix(), path.read_bytes())
    assert validate_corpus(url) == []
    assert Corpus(url)[1].key == Corpus(local)[1].key


def test_the_report_is_that_of_the_local_corpus(shared: str, local: Path) -> None:
    assert report_corpus(shared) == report_corpus(local)
    assert list_records(shared) == list_records(local)
    assert list_clips(shared) == list_clips(local)
    assert find_clips(shared, "video-3") == find_clips(local, "video-3")


# Validation.


def test_a_sound_corpus_is_validated_a_file_at_a_time(shared: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folders: list[Path] = []
    download = Objects.download

    def watched(self: Objects, name: str, file: Path) -> None:
        download(self, name, file)
        folder = file.parent.parent if file.parent.name in ("shards", "records") else file.parent
        folders.append(folder)
        assert len({path.stem for path in folder.rglob("0*")}) <= 1
        assert sum(earlier.exists() for earlier in set(folders)) == 1

    monkeypatch.setattr(Objects, "download", watched)
    assert validate_corpus(shared) == []
    assert len(folders) == len(read_manifest(shared).files)
    assert not any(folder.exists() for folder in folders)


@pytest.mark.parametrize(
    ("path", "harm"),
    [
        ("shards/000001.tar", "flip"),
        ("shards/000001.tar", "cut"),
        ("shards/000001.tar", "delete"),
        ("records/000000.parquet", "flip"),
        ("index.parquet", "flip"),
        ("ledger.parquet", "delete"),
        ("recipe.json", "cut"),
    ],
)
def test_a_damaged_object_is_named_by_its_file(tmp_path: Path, url: str, path: str, harm: str) -> None:
    entry = publish(url, tmp_path, 3).file(path)
    name = object_name(path, entry.sha256)
    data = bytearray(objects(url)[name])
    if harm == "flip":
        data[len(data) // 2] ^= 1
    if harm == "delete":
        bucket().rm_file(f"{url.removeprefix('s3://')}/{name}")
    else:
        put(url, name, bytes(data[:-1] if harm == "cut" else data))
    assert [problem.file for problem in validate_corpus(url)] == [path]


def test_objects_of_a_build_under_way_are_no_problem(tmp_path: Path, url: str) -> None:
    publish(url, tmp_path, 2)
    put(url, f"shards/000000-{'0' * 16}.tar", b"of the next corpus")
    assert validate_corpus(url) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"object": "../../secret"}, "is not the object of"),
        ({"object": "s3://elsewhere/shards/000000.tar"}, "is not the object of"),
        ({"object": f"shards/000000-{'0' * 16}.tar"}, "is not the object of"),
        ({"path": "../secret", "object": None}, "is not a file of a corpus"),
    ],
)
def test_a_hostile_manifest_is_not_followed(
    tmp_path: Path, url: str, change: dict[str, str | None], message: str
) -> None:
    publish(url, tmp_path, 2)
    edit_manifest(url, lambda manifest: manifest["files"][-1].update(change))
    [problem] = validate_corpus(url)
    assert problem.file == "manifest.json" and message in problem.message
    for reader in (Corpus, report_corpus):
        with pytest.raises(CorpusError, match=message):
            reader(url)


# What can be wrong with a place.


@pytest.mark.parametrize("place", ["s3://", "file:///tmp/x", "s3://bucket/a*", "s3:///", "://x"])
def test_a_url_that_can_be_no_corpus_is_refused(place: str, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="not a place for a corpus"):
        RemoteTarget(place, tmp_path)


def test_an_unknown_kind_of_url_is_named() -> None:
    with pytest.raises(CorpusError, match="Protocol not known: xyz"):
        Corpus("xyz://somewhere/else")


def test_a_missing_bucket_is_named(tmp_path: Path) -> None:
    place = "s3://no-such-bucket-anywhere/mine"
    with pytest.raises(CorpusError, match=rf"{place}.*: there is no such bucket\. Create it"):
        RemoteTarget(place, tmp_path).check()
    with pytest.raises(CorpusError, match="no such bucket"):
        Corpus(place)
    [problem] = validate_corpus(place)
    assert "no such bucket" in problem.message


def test_an_empty_place_is_no_corpus(url: str) -> None:
    for reader in (Corpus, report_corpus):
        with pytest.raises(CorpusError, match=r"manifest\.json: cannot be read .* Is this a finished corpus"):
            reader(url)


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1", r"Check the network and the endpoint"),
        ("AWS_ACCESS_KEY_ID", None, r"no credentials were found\. Set AWS_ACCESS_KEY_ID"),
    ],
)
def test_a_store_that_cannot_be_reached_is_one_clear_error(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str | None, message: str
) -> None:
    with monkeypatch.context() as patch:
        patch.delenv(variable)
        if value:
            patch.setenv(variable, value)
        connect_anew()
        with pytest.raises(CorpusError, match=f"{url}/manifest.json: .*{message}"):
            RemoteTarget(url, tmp_path).check()
    connect_anew()


def test_a_refusal_is_told_with_the_rights_it_takes(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(*_: Any, **__: Any) -> bytes:
        raise PermissionError("Access Denied")

    with monkeypatch.context() as patch:
        patch.setattr("s3fs.S3FileSystem._cat_file", refused)
        connect_anew()
        with pytest.raises(CorpusError, match=r"manifest\.json: access denied \(Access Denied\).*list and get"):
            Corpus(url)
    connect_anew()


def test_the_package_for_s3_is_asked_for_when_it_is_not_there() -> None:
    script = "import sys; sys.modules['s3fs'] = None; from share_data.corpus.read import Corpus; Corpus('s3://b/mine')"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert MissingDependencyError.__name__ in run.stderr
    assert "pip install 'share-data[s3]'" in run.stderr


# A build.


def finish(process: subprocess.Popen[str]) -> None:
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors


def test_a_build_killed_twice_ends_with_the_same_bytes(tmp_path: Path, url: str) -> None:
    calm, siege = tmp_path / "calm", tmp_path / "siege"
    for root in (calm, siege):
        light.make_videos(root, 16, clips=2, seconds=0.05)
    options = ("--set", "output.samples_per_shard=2", "--out")
    finish(chaos.start(calm, *options, str(calm / "out")))

    def among_the_clips() -> bool:
        return any((siege / "cache").glob("reconstruct/*/*"))

    def among_the_shards() -> bool:
        return any(name.startswith("shards/") for name in last_written(url))

    for moment in (among_the_clips, among_the_shards):
        process = chaos.start(siege, *options, url)
        chaos.wait_for(lambda moment=moment, process=process: moment() or process.poll() is not None)
        time.sleep(random.uniform(0, 0.3))
        process.kill()
        _, errors = process.communicate()
        assert process.returncode == -signal.SIGKILL, errors
        assert "manifest.json" not in last_written(url)
    finish(chaos.start(siege, *options, url))

    assert validate_corpus(url) == []
    storage, manifest = open_storage(url), read_manifest(url).without_objects()
    remote = {entry.path: bytes_sha256(storage.read(entry.path)) for entry in manifest.files}
    assert remote | {"manifest.json": bytes_sha256(manifest_bytes(manifest))} == light.corpus_hashes(calm / "out")
    assert not any(siege.rglob("*.tar"))
    written = last_written(url)
    finish(chaos.start(siege, *options, url))
    assert last_written(url) == written


# The command line.


@pytest.mark.parametrize("verb", ["validate", "report", "inspect"])
def test_the_verbs_take_urls(
    verb: str, shared: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["share-data", verb, shared, "--json"])
    try:
        main()
    except SystemExit as leaving:
        assert not leaving.code
    assert json.loads(capsys.readouterr().out)


def test_a_damaged_corpus_is_exit_1(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(url, tmp_path, 2)
    edit_manifest(url, lambda manifest: manifest.update(records=7))
    monkeypatch.setattr(sys, "argv", ["share-data", "validate", url])
    with pytest.raises(SystemExit) as leaving:
        main()
    assert leaving.value.code == 1
    assert "index.parquet: has 2 records, the manifest 7" in capsys.readouterr().out
