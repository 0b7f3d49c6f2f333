"""Where MoGe's weights come from: names, files, the hub's cache, a hub (a local one), and no hub at all."""

import hashlib
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from pydantic import ValidationError

from share_data.errors import MissingDependencyError
from share_data.pipeline.geometry.moge import needs as moge_needs
from share_data.pipeline.geometry.moge.estimator import MoGeConfig, MoGeEstimator
from share_data.pipeline.geometry.moge.weights import choice_of, fetched, found, sha256_of
from share_data.store import content

constants = pytest.importorskip(
    "huggingface_hub.constants", reason="not installed: pip install 'huggingface-hub>=0.34'"
)

CONTENT = b"weights" * 1000
MODEL = "/Ruicheng/moge-2-vitl/resolve/main/model.pt"
FETCH = """
import sys
from share_data.errors import MissingDependencyError
from share_data.pipeline.geometry.moge.weights import choice_of, fetched
try:
    print(fetched(choice_of(sys.argv[1])))
except MissingDependencyError as error:
    print(f"refused: {error}")
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty SHARE_DATA_HOME and an empty cache of the hub."""
    monkeypatch.setenv("SHARE_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "home"


class Hub(BaseHTTPRequestHandler):
    """One model, served as the hub serves it."""

    def do_HEAD(self) -> None:
        there = self.path == MODEL
        self.send_response(200 if there else 404)
        self.send_header("Content-Length", str(len(CONTENT) if there else 0))
        self.send_header("X-Repo-Commit", "0" * 40)
        self.send_header("ETag", f'"{hashlib.sha256(CONTENT).hexdigest()}"')
        self.end_headers()

    def do_GET(self) -> None:
        self.do_HEAD()
        if self.path == MODEL:
            self.wfile.write(CONTENT)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def hub() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def environment(tmp_path: Path, **extra: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGING"))}
    return kept | {"HF_HOME": str(tmp_path / "cache"), **extra}


def fetch(weights: str, tmp_path: Path, **extra: str) -> str:
    """What a fresh process makes of `fetched`: the hub's settings are read when its package is imported."""
    command = [sys.executable, "-c", FETCH, weights]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=environment(tmp_path, **extra),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.strip()


def put(path: Path, data: bytes = CONTENT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("weights", "repo"),
    [
        ("vitl", "Ruicheng/moge-2-vitl"),
        ("vitl-normal", "Ruicheng/moge-2-vitl-normal"),
        ("vitb", "Ruicheng/moge-2-vitb-normal"),
        ("vits", "Ruicheng/moge-2-vits-normal"),
        ("vits-normal", "Ruicheng/moge-2-vits-normal"),
        ("someone/tuned-moge", "someone/tuned-moge"),
    ],
)
def test_names_and_hub_ids(weights: str, repo: str) -> None:
    assert choice_of(weights).repo == choice_of(weights).model == repo


@pytest.mark.parametrize("weights", ["./model.pt", "/data/moge", "models/moge.pt", "~/moge.pt"])
def test_paths_are_not_taken_for_hub_ids_and_do_not_tell_where_they_are(weights: str) -> None:
    choice = choice_of(weights)
    assert (choice.path, choice.repo) == (Path(weights).expanduser(), "")
    assert choice.model == "file"


def test_a_name_that_nobody_knows_is_refused_with_the_nearest() -> None:
    with pytest.raises(ValidationError, match=r"did you mean 'vitl-normal'.*vitb-normal.*owner/name"):
        MoGeConfig(weights="vitl-norml")
    with pytest.raises(ValidationError, match="unknown weights"):
        MoGeConfig(weights="a/b/../c")


def test_a_published_model_is_looked_for_below_home_then_in_the_hubs_cache(home: Path, tmp_path: Path) -> None:
    assert found(choice_of("vits")) is None
    snapshot = tmp_path / "hub" / "models--Ruicheng--moge-2-vits-normal"
    put(snapshot / "refs" / "main", b"1" * 40)
    cached = put(snapshot / "snapshots" / ("1" * 40) / "model.pt")
    assert found(choice_of("vits")) == found(choice_of("Ruicheng/moge-2-vits-normal")) == cached
    own = put(home / "models" / "moge-2-vits-normal" / "model.pt")
    assert fetched(choice_of("vits")) == own


def test_what_is_not_here_comes_from_the_hub_once(tmp_path: Path, hub: str) -> None:
    path = Path(fetch("vitl", tmp_path, HF_ENDPOINT=hub))
    assert path.read_bytes() == CONTENT
    assert fetch("vitl", tmp_path, HF_HUB_OFFLINE="1") == str(path)


def test_the_command_that_is_named_brings_them_where_they_are_looked_for(tmp_path: Path, hub: str) -> None:
    command = shlex.split(choice_of("vitl").remedy)
    program = Path(sys.executable).with_name(command[0])
    subprocess.run(
        [program, *command[1:]],
        env=environment(tmp_path, HF_ENDPOINT=hub),
        capture_output=True,
        check=True,
        timeout=60,
    )
    path = found(choice_of("vitl"))
    assert path is not None and path.read_bytes() == CONTENT


@pytest.mark.parametrize("without", [{"HF_HUB_OFFLINE": "1"}, {"HF_ENDPOINT": "http://127.0.0.1:9"}])
def test_without_a_network_the_error_names_the_command(tmp_path: Path, home: Path, without: dict[str, str]) -> None:
    told = fetch("vitl", tmp_path, **without)
    assert told.startswith("refused: MoGe weights Ruicheng/moge-2-vitl: not on this machine")
    assert told.endswith(f"\nhf download Ruicheng/moge-2-vitl model.pt --local-dir {home}/models/moge-2-vitl")


def test_a_model_that_the_hub_does_not_have(tmp_path: Path, hub: str) -> None:
    told = fetch("someone/moge", tmp_path, HF_ENDPOINT=hub)
    assert "404" in told and "./" not in told and told.endswith("hf download someone/moge model.pt")
    (tmp_path / "someone" / "moge").mkdir(parents=True)
    assert "To name the path, write ./someone/moge." in fetch("someone/moge", tmp_path, HF_ENDPOINT=hub)


def test_a_path_without_a_file_is_told_apart_from_a_folder(tmp_path: Path) -> None:
    with pytest.raises(MissingDependencyError, match=r"nothing\.pt: no such file.*to a name: vitl"):
        fetched(choice_of(str(tmp_path / "nothing.pt")))
    with pytest.raises(MissingDependencyError, match=r"is a folder; the file is .*/model\.pt"):
        fetched(choice_of(str(tmp_path)))


def test_a_path_that_no_file_can_have_is_told_and_not_raised(tmp_path: Path) -> None:
    config = MoGeConfig(weights=f"{tmp_path}/{'x' * 300}.pt")
    _, weights, _ = MoGeEstimator.needs(config)
    assert not weights.met and "xxx.pt" in weights.detail
    with pytest.raises(MissingDependencyError, match=r"MoGe weights: cannot be read .*File name too long"):
        _ = MoGeEstimator(config).info


def test_weights_are_read_once_and_again_when_they_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, read = put(tmp_path / "model.pt"), []
    monkeypatch.setattr(content, "file_sha256", lambda p: read.append(p) or hashlib.sha256(p.read_bytes()).hexdigest())
    first = [sha256_of(path), sha256_of(path)]
    assert first == [hashlib.sha256(CONTENT).hexdigest()] * 2 and read == [path]
    put(path, CONTENT + b"more")
    assert sha256_of(path) not in first


def test_needs_name_the_exact_commands(home: Path) -> None:
    _, weights, _ = MoGeEstimator.needs(MoGeConfig())
    assert not weights.met
    assert weights.remedy == f"hf download Ruicheng/moge-2-vitl model.pt --local-dir {home}/models/moge-2-vitl"
    path = put(home / "models" / "moge-2-vitl" / "model.pt")
    _, weights, _ = MoGeEstimator.needs(MoGeConfig())
    assert (weights.met, weights.detail, weights.remedy) == (True, str(path), "")


def test_a_gpu_is_needed_only_where_the_recipe_insists(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert [need.name for need in MoGeEstimator.needs(MoGeConfig(device="cpu"))] == ["MoGe package", "MoGe weights"]
    assert MoGeEstimator.needs(MoGeConfig())[-1].met
    assert not MoGeEstimator.needs(MoGeConfig(device="cuda"))[-1].met


def without_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *there: str) -> None:
    """Let only these files be found below the packages' names."""
    for name in there:
        put(tmp_path / "site" / name, b"")
    places = {name.split("/")[0]: tmp_path / "site" / name.split("/")[0] for name in there}
    monkeypatch.setattr(moge_needs, "_folder", places.get)


def test_a_package_that_is_absent_or_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_packages(tmp_path, monkeypatch)
    assert moge_needs.package_need().remedy == (
        "pip install 'huggingface-hub>=0.34'\npip install --no-deps dlr-moge==2.0.0 dlr-utils3d==1.3"
    )
    without_packages(tmp_path, monkeypatch, "moge/model/v1.py")
    assert "has no version 2" in moge_needs.package_need().detail
    put(tmp_path / "model.pt")
    with pytest.raises(MissingDependencyError, match="pip install --no-deps dlr-moge"):
        _ = MoGeEstimator(MoGeConfig(weights=str(tmp_path / "model.pt"))).info


def test_the_other_utils3d_is_told_from_the_right_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_packages(tmp_path, monkeypatch, "moge/model/v2.py", "utils3d/torch/maps.py", "huggingface_hub/__init__.py")
    need = moge_needs.package_need()
    assert "another package of that name" in need.detail
    assert need.remedy.startswith("pip uninstall --yes utils3d\npip install --no-deps")
    put(tmp_path / "site" / "utils3d" / "torch" / "maps.py", b"def depth_map_to_point_map(depth): ...")
    assert moge_needs.package_need().met
