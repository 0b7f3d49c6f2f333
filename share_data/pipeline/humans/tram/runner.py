"""Runs in TRAM's own Python, in the user's checkout of it: the poses of clips, one request after another.

TRAM (Wang et al., ECCV 2024, github.com/yufu-wang/tram) pins old versions of everything, calls its package `lib` and
finds its data relative to its own folder, so it gets a process of its own. Of it VIMO is run, and with `--track` what
finds the person: ViTDet, SAM and DEVA. Its SLAM, made for cameras that move, is not.

    python tram_runner.py --tram-root DIR --probe                      what is here and what is missing, as JSON
    python tram_runner.py --tram-root DIR --checkpoint F --work DIR    a line of JSON in, a line of JSON out

The first line out is {"ready": {...}} or an error. A request is {"folder": F}, where F holds `request.json` (frames: T;
focal: px; centre: [cx, cy] px; size: [width, height] px), the images `frames/00000000.tiff` and so on, all of that size
and perhaps black where nobody looks, and `people.npz` (boxes (T, 4) px, valid (T,)), which `--track` makes itself. The
answer is {"done": F}, where F now holds `motion.npz`, or an error. No file has pickles in it.

Python 3.10; needs the standard library, numpy, torch and what TRAM needs, nothing of this package.
"""

import argparse
import ast
import contextlib
import ctypes
import hashlib
import importlib
import importlib.metadata
import importlib.util
import json
import os
import pickle
import platform
import queue
import re
import shutil
import sys
import threading
import traceback
import types
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

CHECKPOINT = "data/pretrain/vimo_checkpoint.pth.tar"
CODE = (
    "lib/models/__init__.py",
    "lib/models/hmr_vimo.py",
    "lib/datasets/track_dataset.py",
    "lib/pipeline/tools.py",
    "data/smpl/smpl_mean_params.npz",
)
TRACK_CODE = (
    "lib/pipeline/deva_track.py",
    "lib/utils/utils_detectron2.py",
    "data/pretrain/cascade_mask_rcnn_vitdet_h_75ep.py",
    "thirdparty/Tracking-Anything-with-DEVA/deva/model/network.py",
)
DETECTOR = "data/pretrain/model_final_f05665.pkl"
TRACK_WEIGHTS = ("data/pretrain/sam_vit_h_4b8939.pth", "data/pretrain/DEVA-propagation.pth", DETECTOR)
DETECTOR_URL = (
    f"https://dl.fbaipublicfiles.com/detectron2/ViTDet/COCO/cascade_mask_rcnn_vitdet_h/f328730692/{Path(DETECTOR).name}"
)
"""Where TRAM itself has its detector's weights from, each time its cache lacks them."""
PACKAGES = {
    "numpy": ("numpy",),
    "torch": ("torch",),
    "torchvision": ("torchvision",),
    "timm": ("timm",),
    "einops": ("einops",),
    "yacs": ("yacs",),
    "smplx": ("smplx",),
    "skimage": ("scikit-image",),
    "cv2": ("opencv-python-headless", "opencv-python", "opencv-contrib-python"),
    "tqdm": ("tqdm",),
}
"""Module to import: the distributions that may bring it."""
TRACK_PACKAGES = {
    "detectron2": ("detectron2",),
    "segment_anything": ("segment-anything",),
    "pycocotools": ("pycocotools",),
    "omegaconf": ("omegaconf",),
}
TESTED = "git checkout 4861c112f3c148201326680a50c9199650da6088"
WINDOW = 16
"""Frames that VIMO looks at together."""
WINDOWS_AT_ONCE = 8
CROPPERS = 4
"""Threads that read and crop images: a crop takes longer than a GPU needs for the frame."""
KEPT = ("pred_rotmat", "pred_shape", "trans_full")
REPAIRS = (
    ("mask = np.zeros_like(mask)", "mask = np.zeros(img_cv2.shape[:2], np.uint8)"),
    ("subj['seg_box'] = seg_box.numpy()", "subj['seg_box'] = None"),
    (DETECTOR_URL, DETECTOR),
)
"""Text in the checkout, and what is run instead. The first two fail when the first frames show nobody, for then neither
variable is set (`seg_box` is not used here); the third would fetch weights during a build, hashed by nobody."""


class SetupError(Exception):
    """Something is missing from the checkout, its Python or the checkpoint: no clip can be done."""


def main() -> None:
    """Read the command line and do what it says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tram-root", type=_place, required=True)
    parser.add_argument("--checkpoint", type=_place)
    parser.add_argument("--work", type=_place)
    parser.add_argument("--track", action="store_true")
    parser.add_argument("--trust-checkpoint", action="store_true")
    parser.add_argument("--probe", action="store_true")
    options = parser.parse_args()
    if options.probe:
        print(json.dumps(probe(options.tram_root, options.track)))
        return
    if options.checkpoint is None or options.work is None:
        parser.error("--checkpoint and --work are needed to serve")
    sys.path[0] = str(options.tram_root)  # In place of this file's folder, whose modules are none of TRAM's business.
    os.chdir(options.tram_root)
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as replies:
        os.dup2(2, 1)  # Whatever TRAM prints goes to stderr.
        serve(options, replies)


def _place(text: str) -> Path:
    return Path(text).absolute()


def probe(root: Path, track: bool) -> dict[str, Any]:
    """Versions, CUDA, and what is missing, without importing anything slow."""
    files = [*CODE, CHECKPOINT, *((*TRACK_CODE, *TRACK_WEIGHTS) if track else ())]
    packages = {
        name: _version(name, names) for name, names in {**PACKAGES, **(TRACK_PACKAGES if track else {})}.items()
    }
    return {
        "python": platform.python_version(),
        "packages": {name: version for name, version in packages.items() if version},
        "cuda": _cuda(),
        "missing_files": [name for name in files if not (root / name).is_file()],
        "missing_packages": [name for name, version in packages.items() if not version],
    }


def _version(module: str, distributions: tuple[str, ...]) -> str:
    """Version of the package that a module comes from; empty when there is no such module here."""
    if importlib.util.find_spec(module) is None:
        return ""
    for name in distributions:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            return importlib.metadata.version(name)
    return "unknown"


def _cuda() -> dict[str, Any]:
    """The CUDA that torch was built for (empty: none), and the devices that the driver shows."""
    spec = importlib.util.find_spec("torch")
    build = ""
    if spec is not None and spec.origin is not None:
        with contextlib.suppress(OSError):
            text = (Path(spec.origin).parent / "version.py").read_text(encoding="utf-8")
            found = re.search(r"^cuda\b.*=\s*'([^']+)'", text, re.MULTILINE)
            build = found[1] if found else ""
    count = ctypes.c_int(0)
    with contextlib.suppress(OSError):
        driver = ctypes.CDLL("libcuda.so.1")
        if driver.cuInit(0) == 0:
            driver.cuDeviceGetCount(ctypes.byref(count))
    return {"build": build, "devices": count.value}


def serve(options: argparse.Namespace, replies: Any) -> None:
    """Load VIMO, then answer requests until stdin is closed, which ends the process at once."""
    requests: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_listen, args=(requests, options.work), daemon=True).start()
    try:
        import torch

        torch.set_num_threads(1)  # Sums that are split over threads add up in another order.
        vimo = Vimo(options.tram_root, options.checkpoint, options.track, options.trust_checkpoint)
    except Exception as error:
        _say(replies, _told(error))
        return
    _say(replies, {"ready": vimo.meta})
    while True:
        folder = Path(requests.get()["folder"])
        try:
            vimo.answer(folder)
        except Exception as error:
            _say(replies, _told(error))
        else:
            _say(replies, {"done": str(folder)})


def _listen(requests: "queue.Queue[dict[str, Any]]", work: Path) -> None:
    """Queue what comes in. When nothing more can come, whoever asked is gone, and so are the reasons to go on."""
    for line in sys.stdin:
        requests.put(json.loads(line))
    shutil.rmtree(work, ignore_errors=True)
    os._exit(0)


def _say(replies: Any, answer: dict[str, Any]) -> None:
    replies.write(json.dumps(answer) + "\n")
    replies.flush()


def _told(error: Exception) -> dict[str, Any]:
    """An exception as an answer. `setup`: no other clip would fare better."""
    return {
        "error": type(error).__name__,
        "message": str(error),
        "setup": isinstance(error, SetupError | ImportError),
        "traceback": "".join(traceback.format_exception(type(error), error, error.__traceback__)),
    }


class Vimo:
    """VIMO with its weights, on the GPU where there is one."""

    def __init__(self, root: Path, checkpoint: Path, track: bool, trusted: bool) -> None:
        """Raises SetupError or ImportError."""
        import torch

        if track:
            require_cuda()
        self.tools = install_pipeline(root, track)
        self.track = track
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model = build_model(self.device)
        load_weights(self.model, checkpoint, trusted)
        self.dataset = importlib.import_module("lib.datasets.track_dataset").TrackDataset
        self.meta = {
            "checkpoint": file_sha256(checkpoint),
            "device": torch.cuda.get_device_name() if self.device == "cuda" else "cpu",
            "python": platform.python_version(),
            "torch": torch.__version__,
        }

    def answer(self, folder: Path) -> None:
        """Do the request in `folder`."""
        import numpy as np

        request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
        files = [str(folder / "frames" / f"{number:08d}.tiff") for number in range(request["frames"])]
        if self.track:
            np.savez(folder / "people.npz", **follow(self.tools, files, folder, request["size"]))
        with np.load(folder / "people.npz", allow_pickle=False) as people:
            boxes, valid = people["boxes"], people["valid"]
        np.savez(folder / "motion.npz", **self.motion(files, boxes, valid, request["focal"], request["centre"]))

    def motion(self, files: list[str], boxes: Any, valid: Any, focal: float, centre: Any) -> dict[str, Any]:
        """What VIMO says of every run of 16 valid frames or more.

        files: T paths; boxes: (T, 4) px; valid: (T,) bool; focal, centre: of the images, px. Returns arrays: frame (N,)
        int64; rotmat (N, 24, 3, 3), the root's in the camera frame; betas (N, 10); transl (N, 3) metres: float32.
        """
        import numpy as np

        numbers = np.flatnonzero(valid)
        runs, _ = self.tools.parse_chunks(numbers, boxes[numbers], min_len=WINDOW)
        parts = [self._run([files[number] for number in run], boxes[run], focal, np.asarray(centre)) for run in runs]
        shapes = {"pred_rotmat": (0, 24, 3, 3), "pred_shape": (0, 10), "trans_full": (0, 3)}
        rotmat, betas, transl = (
            np.concatenate([np.zeros(shape, np.float32), *(part[name] for part in parts)])
            for name, shape in shapes.items()
        )
        frame = np.concatenate([np.zeros(0, np.int64), *runs])
        return {"frame": frame, "rotmat": rotmat, "betas": betas, "transl": transl}

    def _run(self, files: list[str], boxes: Any, focal: float, centre: Any) -> dict[str, Any]:
        """One run of n >= 16 consecutive frames: each taken from the window that has it in the middle, as upstream.

        Upstream's `inference_chunk` runs the backbone on all 16 frames of each of the n - 15 windows; its features
        depend on one frame only, so here it runs once a frame, and the answers are the same to the last bit.
        """
        import numpy as np
        import torch

        data = self.dataset(files, boxes, img_focal=focal, img_center=centre, normalization=True, dilate=1.2)
        last = len(files) - WINDOW
        pieces = []
        with torch.no_grad():
            features, columns = self._features(data)
            for first in range(0, last + 1, WINDOWS_AT_ONCE):
                starts = range(first, min(first + WINDOWS_AT_ONCE, last + 1))
                rows = torch.tensor([start + k for start in starts for k in range(WINDOW)])
                out = self._forward(features, columns, rows)
                taken = [k for k, row in enumerate(rows.tolist()) if home(row, last) == first + k // WINDOW]
                pieces.append({name: out[name][taken].cpu().numpy() for name in KEPT})
        joined = {name: np.concatenate([piece[name] for piece in pieces]) for name in KEPT}
        return {**joined, "trans_full": joined["trans_full"].reshape(-1, 3)}

    def _features(self, data: Any) -> tuple[Any, dict[str, Any]]:
        """Backbone features (n, C, h, w) of n frames, and what else the data has of them, on the device.

        16 images a batch, as upstream, for the same kernels; the last batch begins earlier rather than be short.
        """
        import torch

        with ThreadPoolExecutor(CROPPERS) as pool:
            items = list(pool.map(data.__getitem__, range(len(data))))
        names = ("center", "scale", "img_focal", "img_center")
        columns = {name: torch.stack([item[name] for item in items]).to(self.device) for name in names}
        last, features = len(items) - WINDOW, None
        for start in sorted({*range(0, last, WINDOW), last}):
            images = torch.stack([item["img"] for item in items[start : start + WINDOW]]).to(self.device)
            with torch.amp.autocast("cuda", enabled=self.device == "cuda"):
                found = self.model.backbone(images[:, :, :, 32:-32]).float()
            features = found.new_empty((len(items), *found.shape[1:])) if features is None else features
            features[start : start + WINDOW] = found
        return features, columns

    def _forward(self, features: Any, columns: dict[str, Any], rows: Any) -> dict[str, Any]:
        """VIMO on whole windows of frames `rows`, whose features are known."""
        batch = {name: column[rows] for name, column in columns.items()}
        batch["img"] = features.new_empty((len(rows), 1, 1, 1))  # Its length is all that is looked at.
        known = features[rows]
        self.model.backbone.forward = lambda image: known
        try:
            out, _ = self.model.forward(batch)
        finally:
            del self.model.backbone.forward
        return dict(out)


def home(frame: int, last: int) -> int:
    """The window, named by its first frame, that a frame of a run is taken from; last: the last window of the run."""
    return min(max(frame - WINDOW // 2, 0), last)


def install_pipeline(root: Path, track: bool) -> Any:
    """`lib.pipeline.tools` of the checkout, as VIMO imports it.

    Importing it as it is takes detectron2, SAM, DEVA and a GPU, of which VIMO needs nothing but the function
    `parse_chunks`. With `track` it is run whole, mended as `REPAIRS` says; its package, which draws, never is. Raises
    SetupError where mending does not help.
    """
    import numpy as np

    path = root / "lib" / "pipeline" / "tools.py"
    source = path.read_text(encoding="utf-8")
    for fault, mended in REPAIRS:
        source = source.replace(fault, mended)
    if track and DETECTOR not in source:
        raise SetupError(f"{path} has its detector's weights from elsewhere. Get the one known here: {TESTED}")
    package, tools = types.ModuleType("lib.pipeline"), types.ModuleType("lib.pipeline.tools")
    package.__path__ = [str(root / "lib" / "pipeline")]
    sys.modules.update({"lib.pipeline": package, "lib.pipeline.tools": tools})
    tree = ast.parse(source)
    if not track:
        tree.body = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "parse_chunks"]
        tools.__dict__["np"] = np
    exec(compile(tree, str(path), "exec"), tools.__dict__)
    if track:
        keep_networks(tools)
    return tools


def keep_networks(tools: Any) -> None:
    """Have `detect_segment_track`, which loads ViTDet and SAM anew for every clip, load each of them once."""
    tools.DefaultPredictor_Lazy = once(tools.DefaultPredictor_Lazy)
    tools.sam_model_registry = {name: once(build) for name, build in tools.sam_model_registry.items()}


def once(make: Any) -> Any:
    """`make`, but what it makes the first time is what it returns every time, whatever it is given."""
    made: list[Any] = []

    def kept(*args: Any, **named: Any) -> Any:
        if not made:
            made.append(make(*args, **named))
        return made[0]

    return kept


def require_cuda() -> None:
    """Raises SetupError where torch sees no CUDA device: TRAM's tracking goes nowhere without one."""
    import torch

    if not torch.cuda.is_available():
        raise SetupError(
            f"humans.track needs a CUDA device, and torch {torch.__version__} sees none here. Give workers a GPU "
            "(engine.gpus_per_worker: 1), or set humans.track to false"
        )


def build_model(device: str) -> Any:
    """VIMO as upstream builds it, less SMPL: none of its answers depends on it, and its pickle need not be run."""
    import torch

    models, vimo = importlib.import_module("lib.models"), importlib.import_module("lib.models.hmr_vimo")
    vimo.__dict__["SMPL"] = torch.nn.Identity
    model = models.get_hmr_vimo(checkpoint=None, device=device)
    model.smpl.query = lambda out: types.SimpleNamespace(joints=out["pred_cam"].new_zeros((len(out["pred_cam"]), 1, 3)))
    return model


def load_weights(model: Any, checkpoint: Path, trusted: bool) -> None:
    """Load VIMO's weights, all of them; upstream takes what fits and says nothing of the rest. Raises SetupError."""
    import torch

    try:
        content = torch.load(checkpoint, map_location="cpu", weights_only=not trusted)
    except pickle.UnpicklingError as error:
        raise SetupError(
            f"{checkpoint} holds more than tensors, and loading that runs code. If you trust where you have it from: "
            f"--set humans.trust_checkpoint=true ({str(error).splitlines()[0]})"
        ) from error
    except (OSError, EOFError, RuntimeError, ValueError) as error:
        raise SetupError(f"{checkpoint} cannot be read ({error}): download it again") from error
    state = content.get("model") if isinstance(content, dict) else None
    if not isinstance(state, dict):
        raise SetupError(f"{checkpoint} is no VIMO checkpoint: it has no weights under 'model'")
    try:
        missing, _ = model.load_state_dict(state, strict=False)
    except RuntimeError as error:
        raise SetupError(f"{checkpoint} does not fit this checkout of TRAM: {error}") from error
    lacking = [name for name, _ in model.named_parameters() if name in missing]
    if lacking:
        raise SetupError(f"{checkpoint} lacks {len(lacking)} of VIMO's weights, such as {lacking[0]}")


def follow(tools: Any, files: list[str], folder: Path, size: list[int]) -> dict[str, Any]:
    """The main person, by TRAM's own detection, segmentation and tracking.

    size: (width, height) px. Returns arrays: boxes (T, 4) float64 px, valid (T,) bool, confidence (T,) float32, masks
    (T, height, ceil(width / 8)) uint8, packed. Where the person is not valid, box and confidence are zero.
    """
    import numpy as np

    codec = importlib.import_module("pycocotools.mask")
    _, _, tracks = tools.detect_segment_track(
        files, str(folder), thresh=0.25, min_size=100, device="cuda", save_vos=False
    )
    boxes, confidence = np.zeros((len(files), 4)), np.zeros(len(files), np.float32)
    masks = np.zeros((len(files), size[1], (size[0] + 7) // 8), np.uint8)
    for seen in main_track(tracks.item()):
        masks[seen["frame"]] = np.packbits(codec.decode(seen["rle"]).astype(bool), axis=1)
        if seen["det"]:
            boxes[seen["frame"]], confidence[seen["frame"]] = seen["det_box"][0, :4], seen["det_box"][0, 4]
    return {"boxes": boxes, "valid": confidence > 0, "confidence": confidence, "masks": masks}


def main_track(tracks: dict[Any, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The person that the clip is about: whose boxes are the largest in all. Empty where nobody was tracked."""

    def area(seen: dict[str, Any]) -> float:
        left, top, right, bottom = seen["det_box"][0, :4]
        return float((right - left) * (bottom - top)) if seen["det"] else 0.0

    return max(tracks.values(), key=lambda track: sum(map(area, track)), default=[])


def file_sha256(path: Path) -> str:
    """Hex SHA-256 of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while piece := handle.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


if __name__ == "__main__":
    main()
