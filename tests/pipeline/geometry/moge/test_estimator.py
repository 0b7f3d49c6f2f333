"""MoGe's real network from crafted checkpoints: what it sees is known, and the adapter must hand on exactly that."""

import math
import pickle
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from moge_checkpoints import HFOV_DEG, TINY, checkpoint, crafted, write_checkpoint

from share_data.build.build import build_corpus
from share_data.camera import Intrinsics
from share_data.corpus.read import Corpus
from share_data.engine.watch import Silent
from share_data.errors import EstimationError, MissingDependencyError
from share_data.pipeline.camera.focal import median_focal
from share_data.pipeline.geometry.base import PersonSurface
from share_data.pipeline.geometry.moge.estimator import MoGeConfig, MoGeEstimator
from share_data.pipeline.geometry.moge.model import BATCH, MoGeNetwork, Prediction
from share_data.recipe.reading import parse_recipe
from share_data.records import PointMap
from share_data.store.hashing import file_sha256

WIDTH, HEIGHT = 640, 360
FOCAL = WIDTH / 2 / math.tan(math.radians(HFOV_DEG / 2))
CAMERA = Intrinsics.centred(FOCAL, WIDTH, HEIGHT)
TOKENS = 256


def images(count: int = 2, width: int = WIDTH, height: int = HEIGHT) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, 40 * (k + 2), (height, width, 3), dtype=np.uint8) for k in range(count)]


def person(count: int = 2) -> PersonSurface:
    """Of a person the estimator knows only when the keyframes are: frames 0, 9, 18, ..."""
    nothing = np.zeros((0, 3), np.float32)
    return PersonSurface(nothing, nothing, nothing, (), nothing, nothing, tuple(range(0, 9 * count, 9)))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("moge") / "model.pt")


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., MoGeEstimator]:
    """An estimator of a checkpoint crafted like this."""

    def make(fields: dict[str, Any] | None = None, **how: Any) -> MoGeEstimator:
        return estimator(write_checkpoint(tmp_path / "crafted.pt", **how), **(fields or {}))

    return make


def estimator(path: Path, **fields: Any) -> MoGeEstimator:
    return MoGeEstimator(MoGeConfig(weights=str(path), num_tokens=TOKENS, **fields))


def surface(camera: Intrinsics, depth_m: float = 3.0, slope: float = 0.3) -> np.ndarray:
    """(H, W) metres: the depth that the crafted network sees."""
    below = (np.arange(camera.height) + 0.5 - camera.height / 2) / (math.hypot(camera.width, camera.height) / 2)
    return np.repeat((depth_m * np.exp(slope * below))[:, None], camera.width, axis=1)


@pytest.mark.parametrize(("width", "height"), [(640, 360), (360, 640), (480, 480)])
def test_focal_and_depth_are_those_of_the_surface(made: Callable[..., MoGeEstimator], width: int, height: int) -> None:
    moge = made(aspect=width / height)
    focal = width / 2 / math.tan(math.radians(HFOV_DEG / 2))
    shown = images(2, width, height)
    assert moge.focal(shown) == pytest.approx([focal] * 2, rel=0.005)
    camera = Intrinsics.centred(focal, width, height, "recipe")
    maps = moge.estimate(shown, camera, person())
    for point_map in maps:
        np.testing.assert_allclose(point_map.depth, surface(camera), rtol=0.005)
        assert point_map.depth.dtype == np.float32 and point_map.valid.all() and not point_map.from_person
        assert point_map.intrinsics == camera


def test_all_keyframes_are_fitted_to_the_one_focal_that_is_shared(path: Path) -> None:
    """Taken for 70 degrees instead of 60, the same surface is nearer: about 2 % a degree."""
    wide = Intrinsics.from_hfov(70, WIDTH, HEIGHT, "recipe")
    for point_map in estimator(path).estimate(images(), wide, person()):
        assert point_map.intrinsics == wide
        assert point_map.depth[HEIGHT // 2, WIDTH // 2] == pytest.approx(2.49, abs=0.03)


def test_large_images_are_shrunk_and_the_focal_is_that_of_the_whole_image(path: Path) -> None:
    moge, large = estimator(path), images(2, 3840, 2160)
    assert moge.focal(large) == pytest.approx([6 * FOCAL] * 2, rel=0.005)
    point_map = moge.estimate(large, CAMERA.scaled(3840, 2160), person())[0]
    assert point_map.depth.shape == (1080, 1920)
    assert point_map.intrinsics == CAMERA.scaled(1920, 1080)
    np.testing.assert_allclose(point_map.depth, surface(point_map.intrinsics), rtol=0.005)


def test_an_image_of_nothing_has_no_focal_and_fails_the_clip(made: Callable[..., MoGeEstimator]) -> None:
    moge = made(mask=-10.0)
    focals = moge.focal(images())
    assert all(math.isnan(focal) for focal in focals) and median_focal(focals) is None
    with pytest.raises(EstimationError, match=r"keyframe 0: metric depth in 0\.0% of the image \(needed: 10%\)"):
        moge.estimate(images(), CAMERA, person())


def test_no_infinity_gets_out_of_an_image_with_sky(made: Callable[..., MoGeEstimator]) -> None:
    half = made(mask=0.0, mask_slope=100.0)
    for point_map in half.estimate(images(), CAMERA, person()):
        assert not point_map.valid[: HEIGHT // 2 - 2].any() and point_map.valid[HEIGHT // 2 + 2 :].all()
        assert (point_map.depth[~point_map.valid] == 0).all() and np.isfinite(point_map.depth).all()
        np.testing.assert_allclose(point_map.depth[point_map.valid], surface(CAMERA)[point_map.valid], rtol=0.005)
    with pytest.raises(EstimationError, match=r"needed: 60%.*lower geometry\.min_valid"):
        made({"min_valid": 0.6}, mask=0.0, mask_slope=100.0).estimate(images(), CAMERA, person())


def test_just_the_rims_of_a_step_in_depth_fly(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wall at 4 m, and before it at 3 m a cupboard whose last column is 199."""
    step = np.full((HEIGHT, WIDTH), 3.0, np.float32)
    step[:, 200:] = 4.0
    moge = estimator(path)
    monkeypatch.setattr(moge._network, "predict", lambda *_: [Prediction(step, FOCAL)])
    point_map = moge.estimate(images(1), CAMERA, person(1))[0]
    rims = np.isin(np.arange(WIDTH), [199, 200])
    np.testing.assert_array_equal(point_map.valid, np.tile(~rims, (HEIGHT, 1)))
    np.testing.assert_array_equal(point_map.depth, np.where(rims, 0, step))


def test_flying_pixels_are_left_out_unless_asked_for(made: Callable[..., MoGeEstimator]) -> None:
    """A surface so steep that depth changes by more than a few per thousand from row to row."""
    steep = {"slope": 3.0}
    kept = made({"edge_rtol": None}, **steep).estimate(images(1), CAMERA, person(1))[0]
    assert kept.valid.all()
    with pytest.raises(EstimationError, match="metric depth in 0"):
        made({"edge_rtol": 0.005}, **steep).estimate(images(1), CAMERA, person(1))


@pytest.mark.parametrize("count", [2, BATCH + 1])
def test_batches_equal_singles(made: Callable[..., MoGeEstimator], count: int) -> None:
    moge, shown = made(scale_from_image=True), images(count)
    together = moge.estimate(shown, CAMERA, person(count))
    alone = [moge.estimate([image], CAMERA, person(1))[0] for image in shown]
    assert len({float(point_map.depth[0, 0]) for point_map in together}) == count
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_allclose(one.depth, other.depth, rtol=1e-5)
    np.testing.assert_allclose(moge.focal(shown), [moge.focal([image])[0] for image in shown], rtol=1e-5)


def test_results_do_not_depend_on_the_number_of_threads(path: Path) -> None:
    before = torch.get_num_threads()
    moge, results = estimator(path), []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            results.append(moge.estimate(images(), CAMERA, person()))
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(one.depth, other.depth)


def test_the_network_is_given_what_it_was_trained_on_and_full_precision_on_a_cpu(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network, calls = MoGeNetwork(path, "cpu"), []
    infer = network._model.infer
    monkeypatch.setattr(network._model, "infer", lambda image, **how: calls.append((image, how)) or infer(image, **how))
    shown = images(1)
    network.predict(shown, TOKENS, 50.0)
    ((image, how),) = calls
    np.testing.assert_array_equal(image[0].numpy(), shown[0].transpose(2, 0, 1).astype(np.float32) / 255)
    assert how == {"num_tokens": TOKENS, "fov_x": 50.0, "use_fp16": False}
    assert not network._model.training and network.dtype == "float32"


@pytest.mark.parametrize(
    ("camera", "why"),
    [
        (Intrinsics.centred(1e6, WIDTH, HEIGHT, "recipe"), r"focal of 1e\+06 pixels \(recipe\)"),
        (Intrinsics.centred(1.0, WIDTH, HEIGHT), "out of the range of 1 to 179"),
        (Intrinsics(FOCAL, 300.0, 180.0, WIDTH, HEIGHT), "principal point lies 20 pixels"),
    ],
)
def test_a_camera_that_moge_does_not_know_is_refused(path: Path, camera: Intrinsics, why: str) -> None:
    with pytest.raises(EstimationError, match=why):
        estimator(path).estimate(images(), camera, person())


def test_records_say_which_weights_and_how(path: Path) -> None:
    moge = estimator(path)
    assert moge.info.weights == {"model.pt": file_sha256(path)}
    assert moge.info.settings == {
        "model": "file", "package": version("dlr-moge"), "num_tokens": TOKENS, "device": "auto", "edge_rtol": 0.04,
        "min_valid": 0.1,
    }  # fmt: skip
    stamp = MoGeEstimator(moge.config.model_copy(update={"device": "cpu"})).estimate(images(), CAMERA, person())[0]
    assert stamp.estimator.settings["device"] == "cpu" and stamp.estimator.settings["dtype"] == "float32"
    assert stamp.estimator.weights == moge.info.weights


def test_weights_that_change_after_their_hash_was_taken_are_not_used(tmp_path: Path) -> None:
    moge = estimator(write_checkpoint(tmp_path / "model.pt"))
    before = moge.info
    write_checkpoint(tmp_path / "model.pt", depth_m=4.0)
    with pytest.raises(MissingDependencyError, match=r"model\.pt has changed since this build began\. Build again"):
        moge.estimate(images(), CAMERA, person())
    assert moge.info == before != estimator(tmp_path / "model.pt").info


def test_a_driver_that_only_makes_keys_loads_nothing(path: Path) -> None:
    code = (
        "import sys\n"
        "from share_data.pipeline.geometry.moge.estimator import MoGeConfig, MoGeEstimator\n"
        f"print(MoGeEstimator(MoGeConfig(weights={str(path)!r})).info.kind)\n"
        "print([name for name in ('torch', 'moge', 'cv2') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "moge\n[]\n"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_gpu_computes_in_half_precision_and_sees_the_same(path: Path) -> None:
    point_map = estimator(path).estimate(images(1), CAMERA, person(1))[0]
    np.testing.assert_allclose(point_map.depth, surface(CAMERA), rtol=0.01)
    assert (point_map.estimator.settings["device"], point_map.estimator.settings["dtype"]) == ("cuda", "float16")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_gpu_that_is_not_there_is_a_problem_of_the_set_up(path: Path) -> None:
    with pytest.raises(MissingDependencyError, match="device is cuda, but torch finds no CUDA"):
        estimator(path, device="cuda").focal(images())


class Runs:
    """A pickle that would leave a file behind when it is loaded freely."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.trace,)


def changed(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    content = checkpoint()
    change(content)
    return content


BROKEN = {
    "lacks 2 of its weights (mask_head.output_blocks.4.bias": changed(
        lambda c: [c["model"].pop(f"mask_head.output_blocks.4.{name}") for name in ("weight", "bias")]
    ),
    "has no scale_head: depths have no scale": changed(lambda c: c["model_config"].pop("scale_head")),
    "is of MoGe 1": changed(lambda c: c["model_config"].update(encoder="dinov2_vitl14")),
    "has no DINOv2 encoder": changed(lambda c: c["model_config"]["encoder"].update(backbone="Weights")),
    "describes no MoGe-2 network": changed(lambda c: c["model_config"]["neck"].pop("dim_in")),
    "not of the size its model_config says": changed(
        lambda c: c["model"].update({"scale_head.0.weight": c["model"]["scale_head.0.weight"][:4].clone()})
    ),
    "holds no `model_config`": {"state_dict": {}},
}


@pytest.mark.parametrize("why", BROKEN)
def test_a_checkpoint_that_is_not_whole_or_not_metric_is_refused(tmp_path: Path, why: str) -> None:
    torch.save(BROKEN[why], tmp_path / "model.pt")
    with pytest.raises(MissingDependencyError) as caught:
        estimator(tmp_path / "model.pt").focal(images())
    assert why in str(caught.value) and "hf download Ruicheng/moge-2-vitl" in str(caught.value)


def test_a_file_of_something_else_is_refused_and_runs_nothing(tmp_path: Path) -> None:
    path, trace = tmp_path / "model.pt", tmp_path / "ran"
    for write in (
        lambda: path.write_text("not found"),
        lambda: path.write_bytes(pickle.dumps(Runs(trace))),
        lambda: torch.save({"model_config": Runs(trace), "model": {}}, path),
    ):
        write()
        with pytest.raises(MissingDependencyError, match="cannot be read as one"):
            estimator(path).focal(images())
    assert not trace.exists()


def test_weights_in_half_precision_and_a_head_for_normals_change_nothing(tmp_path: Path, path: Path) -> None:
    config = TINY | {"normal_head": TINY["points_head"]}
    half = {name: weight.half() for name, weight in crafted(config).state_dict().items()}
    torch.save({"model_config": config, "model": half}, tmp_path / "half.pt")
    one, other = (estimator(each).estimate(images(1), CAMERA, person(1))[0] for each in (path, tmp_path / "half.pt"))
    assert isinstance(one, PointMap)
    np.testing.assert_allclose(one.depth, other.depth, rtol=2e-3)


def test_a_corpus_is_built_with_its_focal_and_its_depth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHARE_DATA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SHARE_DATA_HOME", str(tmp_path / "home"))
    moge = estimator(write_checkpoint(tmp_path / "model.pt", slope=-1.2, depth_m=4.0), device="cpu")
    clip = {"action": "walk", "frames": 30, "fps": 10, "width": 320, "height": 180}
    recipe = {
        "schema_version": 1,
        "name": "learned",
        "sources": [{"kind": "synthetic", "seed": 7, "calibrated": False, "clips": [clip]}],
        "filters": [],
        "geometry": moge.config.model_dump(mode="json"),
    }
    result = build_corpus(parse_recipe(recipe, "test"), tmp_path / "out", Silent())
    assert (result.exit_code, result.records) == (0, 1), result.totals.failures
    (record,) = Corpus(tmp_path / "out")
    assert record.metadata["geometry"] == {
        "kind": "moge",
        "version": moge.info.version,
        "weights": dict(moge.info.weights),
        "settings": dict(moge.info.settings) | {"dtype": "float32"},
    }
    assert record.metadata["focal_source"] == "geometry"
    assert record.metadata["focal"] == pytest.approx(FOCAL / 2, rel=0.005)
