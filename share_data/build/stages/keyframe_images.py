"""A clip's keyframes, chosen and decoded once, however many stages ask for them."""

from collections.abc import Callable
from functools import cached_property

from share_data.records import Ints
from share_data.video.frames import ClipFrames
from share_data.video.picture import Image


class Keyframes:
    """Nothing is done before somebody asks.

    frames: the clip's; choose: gives the keyframes' (K,) ascending frame numbers.
    """

    def __init__(self, frames: ClipFrames, choose: Callable[[], Ints]) -> None:
        self._frames = frames
        self._choose = choose

    @cached_property
    def numbers(self) -> Ints:
        """(K,) ascending frame numbers."""
        return self._choose()

    @cached_property
    def images(self) -> list[Image]:
        """Their (H, W, 3) uint8 RGB images."""
        return self._frames.read(self.numbers.tolist())
