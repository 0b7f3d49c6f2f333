"""Ray's sockets fit wherever TMPDIR is: in a folder of our own, which is gone afterwards."""

import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import light
import pytest

from share_data.build.build import BuildOptions
from share_data.engine import ray_folder
from share_data.engine.ray_folder import MOST_BYTES, SOCKET_BYTES, short_folder
from share_data.errors import EngineError


@pytest.fixture
def batch_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """TMPDIR as batch systems set it."""
    folder = tmp_path / "people" / "somebody" / "slurm_jobdir" / "1355700" / "tmp.node0016"
    folder.mkdir(parents=True)
    set_tmpdir(monkeypatch, folder)
    return folder


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The one short folder that there is."""
    with tempfile.TemporaryDirectory(prefix="s-", dir="/tmp") as folder:
        monkeypatch.setattr(ray_folder, "SHORT", (Path(folder),))
        yield Path(folder)


def set_tmpdir(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)  # Else it goes on with what TMPDIR was before.


def test_the_folder_lies_in_tmpdir_is_this_users_alone_and_is_gone_afterwards(
    short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ray_folder, "SHORT", ())
    set_tmpdir(monkeypatch, short)
    with short_folder() as folder, short_folder() as other:
        assert folder.parent == short and folder != other
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / "session" / "logs").mkdir(parents=True)
        (folder / "session" / "logs" / "raylet.out").write_text("log")
    assert not any(short.iterdir())


def test_below_the_longest_tmpdir_that_is_used_a_socket_just_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory(prefix="s-", dir="/tmp") as base:
        for length, used in ((MOST_BYTES, True), (MOST_BYTES + 1, False)):
            long = Path(base) / ("x" * (length - len(base) - 1))
            long.mkdir()
            set_tmpdir(monkeypatch, long)
            with short_folder() as folder:
                assert (folder.parent == long) == used
                socket = folder / "session_2026-01-31_23-59-59_123456_4194304" / "sockets" / "plasma_store"
                assert len(str(socket)) <= SOCKET_BYTES and (len(str(socket)) == SOCKET_BYTES) == used


def test_where_no_short_folder_can_be_had_tmpdir_is_named(
    batch_job: Path, short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ray_folder, "SHORT", (short / "gone",))
    length = len(str(batch_job))
    with pytest.raises(EngineError) as caught, short_folder():
        pass
    assert f"{batch_job}: {length} bytes; {short / 'gone'}: No such file or directory" in str(caught.value)
    assert "Set TMPDIR to a short one" in str(caught.value)


@pytest.mark.xdist_group("ray")
def test_ray_builds_under_a_long_tmpdir_and_leaves_nothing_behind(tmp_path: Path, batch_job: Path, short: Path) -> None:
    light.make_videos(tmp_path, 4)
    result = light.light_build(tmp_path, "engine.workers=2", options=BuildOptions("ray"))
    assert (result.exit_code, result.records) == (0, 4)
    assert not any(batch_job.iterdir()) and not any(short.iterdir())
