"""Depth as a video, matched to the colour video's frames by time."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from share_data.camera import Floats
from share_data.errors import EstimationError
from share_data.pipeline.geometry.sensor.files import GREY, LOSSLESS, MAX_LAG_S, Raw
from share_data.store.content import content_sha256
from share_data.video.decode import decode
from share_data.video.picture import Decoded
from share_data.video.tally import Tally


@dataclass(frozen=True, slots=True)
class DepthVideo:
    """A video whose frames are matched to the clip's by time. times: (T,) of the clip's frames, seconds."""

    path: Path
    name: str
    times: Floats

    def sha256(self) -> str:
        """Of the whole video."""
        try:
            return content_sha256(self.path)
        except OSError as error:
            raise EstimationError(f"{self.name}: cannot be read ({error.strerror}).") from error

    def read(self, frames: Sequence[int]) -> list[Raw]:
        """Depth at the times of these frames of the clip, from the frames nearest in time; the earlier of two."""
        wanted = self.times[list(frames)]
        lag = np.full(len(wanted), np.nextafter(MAX_LAG_S, np.inf))
        nearest: list[Raw | None] = [None] * len(wanted)
        with closing(decode(self.path, Tally())) as stream:
            for decoded in stream:
                if decoded.time > wanted.max() + MAX_LAG_S:
                    break
                away = np.abs(wanted - decoded.time)
                nearer = away < lag
                if nearer.any():
                    raw = self._raw(decoded)
                    nearest = [raw if better else old for better, old in zip(nearer, nearest, strict=True)]
                    lag = np.minimum(away, lag)
        found = [raw for raw in nearest if raw is not None]
        if len(found) < len(frames):
            late = ", ".join(f"{time:.2f}" for time, raw in zip(wanted, nearest, strict=True) if raw is None)
            raise EstimationError(
                f"{self.name}: no depth within {MAX_LAG_S} s of the keyframe(s) at {late} s. Depth and video must "
                "begin together and last as long."
            )
        return found

    def _raw(self, decoded: Decoded) -> Raw:
        if decoded.frame.format.name not in GREY or decoded.framing.aspect != 1:
            found = f"{decoded.frame.format.name} with pixels of shape {decoded.framing.aspect}"
            raise EstimationError(f"{self.name}: {found}, not 16-bit grey with square ones. {LOSSLESS}")
        return np.asarray(decoded.upright(decoded.frame.to_ndarray()), dtype=np.uint16)
