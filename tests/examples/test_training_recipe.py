"""The training recipe runs: alone, killed and gone on with, and as two processes."""

import json
import os
import runpy
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from places import REPOSITORY
from training_corpora import training_corpus

RECIPE = REPOSITORY / "recipes" / "training" / "motion_diffusion.py"
SIZES = {"steps": 30, "batch": 4, "window": 6, "points": 32, "width": 16, "layers": 1, "workers": 1, "save-every": 10}
SMALL = [word for name, value in SIZES.items() for word in (f"--{name}", str(value))]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("training") / "corpus"
    training_corpus(place, 16)
    return place


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, *map(str, arguments)]


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}


def train(corpus: Path, output: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """In this process; what it found."""
    monkeypatch.setattr(sys, "argv", list(map(str, (RECIPE, corpus, "--output", output, *SMALL))))
    runpy.run_path(str(RECIPE), run_name="__main__")
    return dict(json.loads((output / "result.json").read_text()))


def test_thirty_steps_end_in_a_model_and_pictures_and_a_killed_run_continues_its_curve(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calm = train(corpus, tmp_path / "calm", monkeypatch)
    assert len(calm["losses"]) == 30 and np.isfinite(calm["losses"]).all()
    assert np.mean(calm["losses"][-8:]) < np.mean(calm["losses"][:8])
    for picture in ("loss.png", "motion.png"):
        image = cv2.imread(str(tmp_path / "calm" / picture))
        assert image is not None and len(np.unique(image)) > 2
    assert {"held_out", "held_out_other_scenes", "mean_motion", "generated", "true"} <= calm.keys()

    killed = tmp_path / "killed"
    process = subprocess.Popen(
        command(RECIPE, corpus, "--output", killed, *SMALL), env=environment(), stdout=subprocess.DEVNULL
    )
    end = time.monotonic() + 200
    while not (killed / "checkpoint.pt").exists() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=30)
    assert len(torch.load(killed / "checkpoint.pt", weights_only=True)["losses"]) in (10, 20, 30)
    assert train(corpus, killed, monkeypatch)["losses"] == pytest.approx(calm["losses"], abs=1e-6)


def test_two_processes_train_one_model(corpus: Path, tmp_path: Path) -> None:
    """As torchrun starts them: over gloo, each with its own part of every step."""
    output = tmp_path / "two"
    torchrun = ("-m", "torch.distributed.run", "--nproc-per-node", "2", "--standalone")
    arguments = [*SMALL, "--steps", "6", "--save-every", "3", "--workers", "0"]
    done = subprocess.run(
        command(*torchrun, RECIPE, corpus, "--output", output, *arguments),
        capture_output=True, text=True, env=environment(), timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    state = torch.load(output / "checkpoint.pt", weights_only=True)
    assert len(state["losses"]) == 6 and state["loader"]["epoch"] >= 2
