"""How each library is held to an instruction set, and what it then says it uses; for determinism.py.

A library reads its environment variable when it is loaded, so that a hold is a process of its own. Two that have no
variable are told by `take_hold`. onnxruntime and the FMA of compiled C code can be held by nobody.
"""

import ctypes
import os
from dataclasses import dataclass
from pathlib import Path

X264_ASM = "DETERMINISM_X264_ASM"
LIBAV_CPU = "DETERMINISM_LIBAV_WITHOUT"
_BEYOND_AVX2 = "avx512+avx512icl"
UNHELD = "onnxruntime"


@dataclass(frozen=True, slots=True)
class Hold:
    """One library, held to one instruction set by environment variables."""

    library: str
    level: str
    environment: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """Library and instruction set."""
        return f"{self.library} {self.level}"


def holds() -> list[Hold]:
    """Every library held to AVX2, then every library held to less, as far as it goes."""
    from numpy._core._multiarray_umath import __cpu_dispatch__ as dispatched

    beyond = [name for name in dispatched if "AVX512" in name or "V4" in name]
    avx2 = {
        "numpy": ("NPY_DISABLE_CPU_FEATURES", " ".join(beyond)),
        "OpenBLAS": ("OPENBLAS_CORETYPE", "Haswell"),
        "torch": ("ATEN_CPU_CAPABILITY", "avx2"),
        "MKL": ("MKL_CBWR", "AVX2"),
        "oneDNN": ("ONEDNN_MAX_CPU_ISA", "AVX2"),
        "OpenCV": ("OPENCV_CPU_DISABLE", "AVX512-SKX"),
        "IPP of OpenCV": ("OPENCV_IPP", "avx2"),
        "Arrow": ("ARROW_USER_SIMD_LEVEL", "AVX2"),
        "libjpeg-turbo": ("JSIMD_FORCEAVX2", "1"),
        "glibc": ("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-AVX512F,-AVX512VL"),
        "x264": (X264_ASM, "AVX2"),
        "FFmpeg": (LIBAV_CPU, _BEYOND_AVX2),
    }
    less = [
        Hold("numpy", "its baseline", (("NPY_DISABLE_CPU_FEATURES", " ".join(dispatched)),)),
        Hold("OpenBLAS", "SSE4.2", (("OPENBLAS_CORETYPE", "Nehalem"),)),
        Hold("torch", "SSE2", (("ATEN_CPU_CAPABILITY", "default"),)),
        Hold("MKL", "SSE2", (("MKL_CBWR", "COMPATIBLE"),)),
        Hold("oneDNN", "SSE4.1", (("ONEDNN_MAX_CPU_ISA", "SSE41"),)),
        Hold("OpenCV", "SSE3", (("OPENCV_CPU_DISABLE", "AVX512-SKX,AVX2,FMA3,AVX,FP16,SSE4.2,POPCNT,SSE4.1,SSSE3"),)),
        Hold("IPP of OpenCV", "SSE4.2", (("OPENCV_IPP", "sse42"),)),
        Hold("Arrow", "no more than its baseline", (("ARROW_USER_SIMD_LEVEL", "NONE"),)),
        Hold("libjpeg-turbo", "plain C", (("JSIMD_FORCENONE", "1"),)),
        Hold("glibc", "SSE4.2", (("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX2,-FMA,-FMA4,-AVX"),)),
        Hold("x264", "plain C", ((X264_ASM, "0"),)),
        Hold("FFmpeg", "SSE4.2", ((LIBAV_CPU, f"{_BEYOND_AVX2}+avx2+fma3+fma4+xop+avx+bmi1+bmi2"),)),
        Hold("FFmpeg", "plain C", ((LIBAV_CPU, "all"),)),
    ]
    return [*(Hold(library, "AVX2", (setting,)) for library, setting in avx2.items()), *less]


def take_hold() -> None:
    """Hold x264 and FFmpeg as the environment says. Called once, before anything is encoded or decoded."""
    from share_data.video import encode

    if asm := os.environ.get(X264_ASM):
        encode.X264["x264-params"] += f":asm={asm}"
    if names := os.environ.get(LIBAV_CPU):
        libavutil, unwanted = _libavutil(), ctypes.c_uint(0)
        if names != "all" and libavutil.av_parse_cpu_caps(ctypes.byref(unwanted), names.encode()) < 0:
            raise ValueError(f"FFmpeg does not know all of {names}")
        left = 0 if names == "all" else libavutil.av_get_cpu_flags() & ~unwanted.value
        libavutil.av_force_cpu_flags(ctypes.c_int(left))


def _libavutil() -> ctypes.CDLL:
    """The one that PyAV brings: OpenCV has one of its own."""
    import av

    return ctypes.CDLL(str(next((Path(av.__file__).parents[1] / "av.libs").glob("libavutil*"))))


def said() -> dict[str, str]:
    """What the libraries of this process say they use, by library."""
    import cv2
    import pyarrow as pa
    import threadpoolctl
    import torch
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    blas = {each.get("architecture", "") for each in threadpoolctl.threadpool_info() if each["user_api"] == "blas"}
    used = [part.strip("*") for part in cv2.getCPUFeaturesLine().split() if part[0] == "*" and part[-1] != "?"]
    return {
        "numpy": " ".join(name for name in __cpu_dispatch__ if __cpu_features__[name]) or "baseline",
        "OpenBLAS": " ".join(sorted(blas)),
        "torch": torch.backends.cpu.get_cpu_capability(),
        "OpenCV": used[-1] if used else "baseline",
        "Arrow": str(pa.runtime_info().simd_level),
        "FFmpeg": f"flags {_libavutil().av_get_cpu_flags():#x}",
    }


def processor() -> tuple[str, str]:
    """The processor's name, and the best instruction set it has of those that matter here."""
    lines = dict(line.split(":", 1) for line in Path("/proc/cpuinfo").read_text().splitlines() if ":" in line)
    about = {key.strip(): value.strip() for key, value in lines.items()}
    flags = about.get("flags", "").split()
    best = next((name for name in ("avx512f", "avx2", "avx", "sse4_2") if name in flags), "sse2")
    return about.get("model name", "unknown"), {"avx512f": "AVX-512", "sse4_2": "SSE4.2"}.get(best, best.upper())
