"""The runner, in a process of its own on a stand-in checkout, against what the checkout's own inference says."""

import ast
import json
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from media import texture
from tram_checkout import CHECKPOINT, make_checkout

from share_data.pipeline.humans.tram import runner as tram_runner

RUNNER = Path(tram_runner.__file__)
FOCAL, CENTRE = 400.0, np.array([158.0, 121.0])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_checkout(tmp_path / "tram")


@pytest.fixture
def vimo(root: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The runner's VIMO in this process, and no trace of the checkout's modules afterwards."""
    monkeypatch.setattr(sys, "path", [str(root), *sys.path])
    monkeypatch.chdir(root)
    yield tram_runner.Vimo(root, root / CHECKPOINT, track=False, trusted=False)
    for name in [name for name in sys.modules if name == "lib" or name.startswith("lib.")]:
        del sys.modules[name]


def write_frames(folder: Path, count: int) -> list[str]:
    """Different pictures; returns their paths."""
    folder.mkdir()
    paths = [folder / f"{number:08d}.tiff" for number in range(count)]
    for number, path in enumerate(paths):
        cv2.imwrite(str(path), texture(seed=number))
    return [str(path) for path in paths]


def boxes_of(count: int) -> np.ndarray:
    return np.array([[60 + k, 40, 160 + k, 200] for k in range(count)], np.float64)


def probe(root: Path, *flags: str) -> Any:
    command = [sys.executable, str(RUNNER), "--tram-root", str(root), "--probe", *flags]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def answers(root: Path, requests: str = "", *flags: str) -> list[Any]:
    """What a runner says on stdout: that it is ready, and a line for every request. Then its stdin is closed."""
    command = [sys.executable, str(RUNNER), "--tram-root", str(root), "--checkpoint", str(root / CHECKPOINT)]
    command += ["--work", str(root / "work"), *flags]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(requests)
        process.stdin.flush()
        return [json.loads(process.stdout.readline()) for _ in range(requests.count("\n") + 1)]


def test_it_is_python_3_10_and_imports_nothing_of_this_package() -> None:
    tree = ast.parse(RUNNER.read_text(), feature_version=(3, 10))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported - sys.stdlib_module_names == {"numpy", "torch"}


def test_a_probe_of_an_empty_folder_lists_what_is_missing(tmp_path: Path) -> None:
    found = probe(tmp_path)
    assert found["missing_files"] == [
        "lib/models/__init__.py",
        "lib/models/hmr_vimo.py",
        "lib/datasets/track_dataset.py",
        "lib/pipeline/tools.py",
        "data/smpl/smpl_mean_params.npz",
        "data/pretrain/vimo_checkpoint.pth.tar",
    ]
    assert found["packages"]["torch"] == torch.__version__
    assert set(found["missing_packages"]) <= {"torchvision", "timm", "einops", "yacs", "skimage"}
    assert found["cuda"]["build"] == (torch.version.cuda or "")


def test_a_probe_for_tracking_wants_more(root: Path) -> None:
    assert probe(root)["missing_files"] == []
    found = probe(root, "--track")
    assert "data/pretrain/sam_vit_h_4b8939.pth" in found["missing_files"]
    assert "data/pretrain/model_final_f05665.pkl" in found["missing_files"]
    assert "thirdparty/Tracking-Anything-with-DEVA/deva/model/network.py" in found["missing_files"]
    assert "detectron2" in found["missing_packages"]


@pytest.mark.parametrize("count", [16, 17, 23, 24, 41])
def test_features_computed_once_give_the_bits_of_features_computed_sixteen_times(
    vimo: Any, tmp_path: Path, count: int
) -> None:
    files, boxes = write_frames(tmp_path / "frames", count), boxes_of(count)
    images: list[int] = []
    vimo.model.backbone[0].register_forward_pre_hook(lambda _, args: images.append(len(args[0])))
    # `inference` does not hand its device on.
    vimo.model.inference_chunk = partial(vimo.model.inference_chunk, device="cpu")
    reference = vimo.model.inference(files, boxes, img_focal=FOCAL, img_center=CENTRE)
    assert sum(images) == 16 * (count - 15)
    images.clear()
    ours = vimo.motion(files, boxes, np.ones(count, bool), FOCAL, CENTRE)
    assert sum(images) == 16 * -(-count // 16)
    assert ours["frame"].tolist() == reference["frame"].tolist() == list(range(count))
    assert np.array_equal(ours["rotmat"], reference["pred_rotmat"].numpy())
    assert np.array_equal(ours["betas"], reference["pred_shape"].numpy())
    assert np.array_equal(ours["transl"], reference["pred_trans"].numpy()[:, 0])
    assert np.ptp(ours["rotmat"], axis=0).max() > 1e-4


def test_runs_shorter_than_sixteen_frames_are_left_out(vimo: Any, tmp_path: Path) -> None:
    valid = np.ones(60, bool)
    valid[[20, 36, 37]] = False  # runs of 20, 15 and 22 frames
    files = write_frames(tmp_path / "frames", 60)
    motion = vimo.motion(files, boxes_of(60), valid, FOCAL, CENTRE)
    assert motion["frame"].tolist() == [*range(20), *range(38, 60)]
    alone = vimo.motion(files[38:], boxes_of(60)[38:], np.ones(22, bool), FOCAL, CENTRE)
    assert np.array_equal(motion["rotmat"][20:], alone["rotmat"])


@pytest.mark.parametrize("seen", [0, 1, 15])
def test_where_nobody_is_seen_long_enough_nothing_is_said(vimo: Any, seen: int) -> None:
    valid = np.arange(40) < seen
    motion = vimo.motion([""] * 40, boxes_of(40), valid, FOCAL, CENTRE)
    shapes = {name: array.shape for name, array in motion.items()}
    assert shapes == {"frame": (0,), "rotmat": (0, 24, 3, 3), "betas": (0, 10), "transl": (0, 3)}


def test_depth_follows_the_focal_and_the_pixel_the_principal_point(vimo: Any, tmp_path: Path) -> None:
    files, valid = write_frames(tmp_path / "frames", 16), np.ones(16, bool)
    near = vimo.motion(files, boxes_of(16), valid, FOCAL, CENTRE)["transl"]
    far = vimo.motion(files, boxes_of(16), valid, 1.1 * FOCAL, CENTRE)["transl"]
    beside = vimo.motion(files, boxes_of(16), valid, FOCAL, CENTRE + np.array([40, 0]))["transl"]
    assert np.allclose(far[:, 2] / near[:, 2], 1.1, rtol=0.01)
    assert np.allclose((near - beside)[:, 0] / near[:, 2] * FOCAL, 40, rtol=0.03)


class Opener:
    """What a hostile checkpoint would do when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (open, (str(self.path), "w"))


def test_a_checkpoint_with_code_in_it_is_refused_until_it_is_trusted(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    weights = torch.load(make_checkout(tmp_path / "good") / CHECKPOINT, weights_only=True)
    root = make_checkout(tmp_path / "tram", weights | {"optimizer": Opener(trace)})
    (refused,) = answers(root)
    assert refused["setup"] and refused["error"] == "SetupError"
    assert "--set humans.trust_checkpoint=true" in refused["message"]
    assert not trace.exists()
    (ready,) = answers(root, "", "--trust-checkpoint")
    assert ready["ready"]["device"] == "cpu"
    assert trace.exists()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"state_dict": {}}, "is no VIMO checkpoint: it has no weights under 'model'"),
        ([torch.zeros(2)], "is no VIMO checkpoint"),
        ({"model": {}}, "lacks 18 of VIMO's weights, such as backbone.0.weight"),
        ({"model": {"head.bias": torch.zeros(5)}}, "does not fit this checkout of TRAM"),
    ],
)
def test_weights_that_do_not_fit_are_named(vimo: Any, tmp_path: Path, content: Any, told: str) -> None:
    torch.save(content, tmp_path / "other.pth")
    with pytest.raises(tram_runner.SetupError, match=told):
        tram_runner.load_weights(vimo.model, tmp_path / "other.pth", trusted=False)


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_a_download_that_was_cut_is_named(vimo: Any, root: Path, share: float) -> None:
    path = root / CHECKPOINT
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(tram_runner.SetupError, match=r"cannot be read .*: download it again"):
        tram_runner.load_weights(vimo.model, path, trusted=False)


def test_a_module_that_tram_lacks_is_a_matter_of_setup(root: Path) -> None:
    (root / "lib" / "models" / "__init__.py").write_text("import yacs_of_another_world")
    (told,) = answers(root)
    assert told["setup"] and told["message"] == "No module named 'yacs_of_another_world'"


def test_a_detector_from_elsewhere_is_not_downloaded(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "tram", tracking=True)
    tools = root / "lib" / "pipeline" / "tools.py"
    tools.write_text(tools.read_text().replace("model_final_f05665.pkl", "model_better.pkl"))
    with pytest.raises(
        tram_runner.SetupError, match=r"tools\.py has its detector's weights from elsewhere.*git checkout"
    ):
        tram_runner.install_pipeline(root, track=True)


def test_what_tram_prints_is_no_answer(root: Path) -> None:
    noisy = root / "lib" / "models" / "__init__.py"
    noisy.write_text("import os\nprint('loading')\nos.system('echo loading')\n" + noisy.read_text())
    (told,) = answers(root)
    assert set(told) == {"ready"}


def test_a_bad_request_is_an_error_and_the_next_one_is_answered(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "clip"
    folder.mkdir()
    write_frames(folder / "frames", 16)
    request = {"frames": 16, "focal": FOCAL, "centre": CENTRE.tolist(), "size": [320, 240]}
    (folder / "request.json").write_text(json.dumps(request))
    np.savez(folder / "people.npz", boxes=boxes_of(16), valid=np.ones(16, bool))
    lines = [json.dumps({"folder": str(path)}) for path in (tmp_path / "nowhere", folder)]
    ready, failed, done = answers(root, "\n".join([*lines, ""]))
    assert set(ready) == {"ready"}
    assert failed["error"] == "FileNotFoundError" and not failed["setup"]
    assert done == {"done": str(folder)}
    assert np.load(folder / "motion.npz")["frame"].tolist() == list(range(16))


def test_the_main_track_is_whose_boxes_are_largest_in_all() -> None:
    def track(sizes: list[int]) -> list[dict[str, Any]]:
        return [{"det": size > 0, "det_box": np.array([[5, 5, 5 + size, 5 + size, 0.9]])} for size in sizes]

    short_and_large, long_and_small = track([100, 100, 0]), track([20] * 40)
    assert tram_runner.main_track({1: long_and_small, 2: short_and_large}) is short_and_large
    assert tram_runner.main_track({1: long_and_small, 2: track([0] * 50)}) is long_and_small
    assert tram_runner.main_track({}) == []
