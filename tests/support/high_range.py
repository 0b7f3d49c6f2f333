"""SDR pictures as the same light in HLG and PQ (BT.2100), for tests: 10-bit BT.2020 frames, white at 203 nits."""

import av
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

WHITE_NITS = 203.0
"""Diffuse white in HLG and PQ, by BT.2408."""
_TO_2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])
_LUMA = np.array([0.2627, 0.6780, 0.0593])


def light(picture: NDArray[np.uint8]) -> Floats:
    """(H, W, 3) nits in BT.2020 of an SDR picture on a BT.1886 display whose white is 203 nits."""
    return np.asarray((picture / 255.0) ** 2.4 @ _TO_2020.T * WHITE_NITS)


def hlg_signal(nits: Floats) -> Floats:
    """BT.2100 HLG of display light on a 1000-nit display: the system gamma of 1.2 undone, then the curve."""
    shown = nits / 1000
    scene = shown / np.maximum((shown @ _LUMA)[..., None], 1e-9) ** (0.2 / 1.2)
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    low, high = np.sqrt(3 * scene), a * np.log(np.maximum(12 * scene - b, 1e-9)) + c
    return np.clip(np.where(scene <= 1 / 12, low, high), 0, 1)


def pq_signal(nits: Floats) -> Floats:
    """SMPTE ST 2084."""
    y = np.clip(nits / 10000, 0, 1) ** 0.1593017578125
    return np.asarray(((0.8359375 + 18.8515625 * y) / (1 + 18.6875 * y)) ** 78.84375)


def frame_2020(signal: Floats, **tags: int) -> av.VideoFrame:
    """A limited-range yuv444p10le frame of BT.2020 R'G'B' in [0, 1], with these attributes set."""
    luma = signal @ _LUMA
    blue, red = (signal[..., 2] - luma) / 1.8814, (signal[..., 0] - luma) / 1.4746
    height, width = luma.shape
    frame = av.VideoFrame(width, height, "yuv444p10le")
    for plane, values in zip(frame.planes, (64 + 876 * luma, 512 + 896 * blue, 512 + 896 * red), strict=True):
        padded = np.zeros((height, plane.line_size // 2), np.uint16)
        padded[:, :width] = np.clip(np.round(values), 0, 1023)
        plane.update(padded.tobytes())
    frame.colorspace, frame.color_range, frame.color_primaries = 9, 1, 9
    for name, value in tags.items():
        setattr(frame, name, value)
    return frame
