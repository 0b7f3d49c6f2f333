"""The two embedded networks as onnxruntime sessions whose output does not depend on the machine's core count."""

from functools import cache
from importlib.resources import as_file, files
from typing import Any

from share_data.store.hashing import file_sha256

MOVENET = "movenet-multipose_h.onnx"
BLAZEPOSE = "pose_landmark_full_h.onnx"


@cache
def session(name: str) -> Any:
    """A single-threaded CPU session of the asset `name`, made once a process.

    One thread, because a reduction split over threads adds up in another order and changes the last bits.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 3
    options.enable_mem_pattern = False  # It would plan one block for a whole run: 35 MB more for MoveNet, no faster.
    _share_memory()
    options.add_session_config_entry("session.use_env_allocators", "1")
    with as_file(files("share_data") / "assets" / name) as path:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


@cache
def _share_memory() -> None:
    """One arena for all sessions, which grows by what is asked for instead of by doubling."""
    from onnxruntime import OrtAllocatorType, OrtArenaCfg, OrtMemoryInfo, OrtMemType, create_and_register_allocator

    cpu = OrtMemoryInfo("Cpu", OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, OrtMemType.DEFAULT)
    create_and_register_allocator(cpu, OrtArenaCfg(0, 1, -1, -1))


@cache
def weights_sha256(name: str) -> str:
    """Hex SHA-256 of the asset `name`."""
    with as_file(files("share_data") / "assets" / name) as path:
        return file_sha256(path)
