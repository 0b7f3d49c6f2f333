"""Where a new shot begins: PySceneDetect's content detector, at its usual threshold."""

from typing import Any

from share_data.video.picture import Image

_THRESHOLD = 27.0
"""Mean change in hue, saturation and luma, 0-255. No recipe's to choose: borders of clips would move with it."""


class CutWatch:
    """Fed with every frame of a video in turn."""

    def __init__(self) -> None:
        from scenedetect.detectors import ContentDetector

        # No minimum length here: the detector would swallow a cut near the start; short pieces are dropped by mining.
        self._detector: Any = ContentDetector(threshold=_THRESHOLD, min_scene_len=0)
        self._number = 0

    def is_cut(self, small: Image) -> bool:
        """Whether a new shot begins with this (h, w, 3) uint8 RGB image, reduced to about 256 pixels."""
        import cv2
        from scenedetect.common import FrameTimecode

        # The nominal rate only numbers the frames; true times are ours.
        at = FrameTimecode(self._number, fps=30.0)
        self._number += 1
        return bool(self._detector.process_frame(at, cv2.cvtColor(small, cv2.COLOR_RGB2BGR)))
