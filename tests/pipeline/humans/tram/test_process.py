"""The life of TRAM's process: one for many clips, gone with its owner, and what is told when it dies."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from media import Image, write_video
from synthetic_clips import take_of
from tram_checkout import estimator, make_checkout, smpl_body

from share_data.body.model import BodyModel
from share_data.build.blame import trouble
from share_data.camera import Intrinsics
from share_data.engine.jobs import Job
from share_data.errors import MissingDependencyError, VideoError
from share_data.pipeline.humans.tram.estimator import TramEstimator
from share_data.pipeline.humans.tram.process import TramProcess, TramProcessError
from share_data.records import PersonTrack
from share_data.synthetic.film import shoot
from share_data.video.frames import ClipFrames

CAMERA = Intrinsics.centred(270.0, 320, 180)
FRAMES = 16
SLOW = "import time\nprint('here', flush=True)\ntime.sleep(600)\n"


@pytest.fixture(scope="module")
def body(tmp_path_factory: pytest.TempPathFactory) -> BodyModel:
    return smpl_body(tmp_path_factory.mktemp("smpl"))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> ClipFrames:
    images: list[Image] = list(shoot(take_of("walk", frames=40)))[:FRAMES]
    path = write_video(tmp_path_factory.mktemp("clip") / "clip.mp4", images)
    return ClipFrames(path, 0, FRAMES, 320, 180)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout; temporary folders of the test are made beside it."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    return make_checkout(tmp_path / "tram")


@pytest.fixture
def tram(root: Path, body: BodyModel) -> Iterator[TramEstimator]:
    made = estimator(root, body)
    yield made
    if made._process is not None:
        made._process.close()


def estimate(tram: TramEstimator, clip: ClipFrames) -> PersonTrack:
    return tram.estimate(clip, np.arange(FRAMES) / 30, CAMERA)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def fail(*_: object) -> None:
    raise VideoError("clip.mp4: is cut off")


def sabotage(root: Path, line: str) -> Callable[[], int]:
    """Have the checkout run `line` for every crop; the function returned undoes it."""
    path = root / "lib" / "datasets" / "track_dataset.py"
    whole = path.read_text()
    path.write_text(whole.replace("        image = cv2.imread", f"        {line}\n        image = cv2.imread"))
    return lambda: path.write_text(whole)


def test_a_process_that_dies_between_clips_is_replaced(tram: TramEstimator, clip: ClipFrames) -> None:
    first = estimate(tram, clip)
    before = tram._process.pid
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: not tram._process.alive)
    again = estimate(tram, clip)
    assert tram._process.pid != before
    assert again.transl.tobytes() == first.transl.tobytes()


def test_a_death_during_a_clip_is_told_with_its_last_words_and_the_next_clip_goes_on(
    tram: TramEstimator, root: Path, clip: ClipFrames
) -> None:
    undo = sabotage(root, "import os; os.write(2, b'no more of this\\n'); os._exit(3)")
    with pytest.raises(TramProcessError, match=r"TRAM's process ended with code 3\. It said: .*no more of this"):
        estimate(tram, clip)
    undo()
    assert estimate(tram, clip).valid.all()


def test_an_error_inside_is_told_with_its_traceback(tram: TramEstimator, root: Path, clip: ClipFrames) -> None:
    sabotage(root, "raise ZeroDivisionError('crop of nothing')")
    with pytest.raises(TramProcessError, match="TRAM: ZeroDivisionError: crop of nothing") as told:
        estimate(tram, clip)
    assert "track_dataset.py" in told.value.__notes__[0]
    assert trouble(told.value, Job("reconstruct", "x", "x", {})) == "error"


def test_what_fails_before_it_is_asked_leaves_it_running(
    tram: TramEstimator, clip: ClipFrames, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clip's damaged video, or a full disk: the next clip need not wait for the weights again."""
    first = estimate(tram, clip)
    before = tram._process.pid
    with monkeypatch.context() as patched:
        patched.setattr("share_data.pipeline.humans.tram.exchange.write_part", fail)
        with pytest.raises(VideoError, match="cut off"):
            estimate(tram, clip)
    assert estimate(tram, clip).transl.tobytes() == first.transl.tobytes()
    assert tram._process.pid == before


def test_a_full_gpu_is_recognised_as_such(tram: TramEstimator, root: Path, clip: ClipFrames) -> None:
    sabotage(root, "raise torch.OutOfMemoryError('CUDA out of memory. Tried to allocate 2 GiB')")
    with pytest.raises(TramProcessError) as told:
        estimate(tram, clip)
    assert trouble(told.value, Job("reconstruct", "x", "x", {})) == "memory"
    assert tram._process is None  # and with it all that it held


def test_letting_go_of_the_estimator_ends_the_process_and_removes_its_files(
    root: Path, body: BodyModel, clip: ClipFrames, tmp_path: Path
) -> None:
    tram = estimator(root, body)
    estimate(tram, clip)
    pid = tram._process.pid
    (work,) = (tmp_path / "temporary").iterdir()
    assert list(work.iterdir()) == []  # A clip's frames are gone as soon as it is done.
    del tram
    assert not alive(pid)
    assert not work.exists()


OWNER = """
import sys, time
from pathlib import Path
from share_data.pipeline.humans.tram.checkout import Checkout
from share_data.pipeline.humans.tram.process import TramProcess
process = TramProcess(Checkout.at(sys.argv[1], "", False).command(False), Path(sys.argv[1]))
with process.folder() as folder:
    if sys.argv[2] == "loaded":
        process.meta
    print(process.pid, folder, flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("state", ["loading", "loaded"])
def test_a_killed_owner_takes_the_process_and_its_files_along(root: Path, state: str, tmp_path: Path) -> None:
    if state == "loading":
        (root / "lib" / "models" / "__init__.py").write_text(SLOW)
    command = [sys.executable, "-c", OWNER, str(root), state]
    environment = os.environ | {"TMPDIR": str(tmp_path / "temporary")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as owner:
        assert owner.stdout is not None
        pid, folder = owner.stdout.readline().split()
        assert alive(int(pid)) and Path(folder).is_dir()
        owner.kill()
    wait_until(lambda: not alive(int(pid)))
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_process_that_does_not_listen_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("share_data.pipeline.humans.tram.process._GRACE_S", 0.2)
    deaf = TramProcess([sys.executable, "-c", "import time; time.sleep(600)"], tmp_path)
    assert deaf.alive
    deaf.close()
    assert not deaf.alive


def test_it_sees_the_gpus_that_its_owner_sees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5")
    report = json.dumps({"ready": {"gpus": "?"}})
    code = f"import os; print({report!r}.replace('?', os.environ['CUDA_VISIBLE_DEVICES']))"
    process = TramProcess([sys.executable, "-c", code], tmp_path)
    assert process.meta == {"gpus": "5"}
    process.close()


def test_a_python_is_found_from_where_the_build_runs(
    root: Path, body: BodyModel, clip: ClipFrames, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (tmp_path / "env" / "python").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    tram = estimator(root, body, python="env/python")
    assert estimate(tram, clip).valid.all()
    tram._process.close()


def test_a_python_that_is_not_there_is_named(root: Path, body: BodyModel, clip: ClipFrames) -> None:
    with pytest.raises(MissingDependencyError, match=r"/no/python cannot be run .*--set humans\.python=PATH"):
        estimate(estimator(root, body, python="/no/python"), clip)
