"""The user's TRAM: where it lies, what it is run with, and what of it makes a result."""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from share_data.pipeline.humans.tram import runner as tram_runner
from share_data.pipeline.humans.tram.runner import CHECKPOINT, CODE, TRACK_CODE, TRACK_WEIGHTS
from share_data.store.content import content_sha256, is_file
from share_data.store.paths import data_home, place_of

RUNNER = Path(tram_runner.__file__)
_DEVA = "thirdparty/Tracking-Anything-with-DEVA/deva"


@dataclass(frozen=True, slots=True)
class Checkout:
    """A TRAM checkout and the Python it runs in. track: whether its own detection and tracking is used as well."""

    root: Path
    python: str
    track: bool

    @classmethod
    def at(cls, root: str, python: str, track: bool) -> "Checkout":
        """Empty texts mean the defaults: $SHARE_DATA_HOME/tram, and $SHARE_TRAM_PYTHON or the Python that runs this."""
        program = python or os.environ.get("SHARE_TRAM_PYTHON") or sys.executable
        if os.sep in program:  # Else it is looked for on the PATH.
            program = str(place_of(program))
        return cls(place_of(root or str(data_home() / "tram")), program, track)

    @property
    def code(self) -> tuple[str, ...]:
        """Files that must be there, relative to the root, less the weights."""
        return CODE + TRACK_CODE * self.track

    @property
    def weights(self) -> tuple[str, ...]:
        """Weight files, relative to the root."""
        return (CHECKPOINT, *TRACK_WEIGHTS * self.track)

    def missing(self, names: Sequence[str]) -> list[str]:
        """Those of the files that are not there."""
        return [name for name in names if not is_file(self.root / name)]

    def weights_sha256(self) -> dict[str, str]:
        """Hex SHA-256 of each weight file by its name. Raises OSError."""
        return {Path(name).name: content_sha256(self.root / name) for name in self.weights}

    def code_sha256(self) -> str:
        """Hex SHA-256 of the checkout's Python files that can be run, and what else `code` names. Raises OSError."""
        folders = ("lib", _DEVA) if self.track else ("lib",)
        modules = [path for folder in folders for path in (self.root / folder).rglob("*.py")]
        digest = sha256()
        for path in sorted({*modules, *(self.root / name for name in self.code)}):
            content = path.read_bytes()
            digest.update(f"{path.relative_to(self.root).as_posix()}\0{len(content)}\0".encode() + content)
        return digest.hexdigest()

    def command(self, trusted: bool) -> list[str]:
        """The runner's command line. trusted: load a checkpoint that holds more than tensors."""
        flags = ["--track"] * self.track + ["--trust-checkpoint"] * trusted
        return [*self.probe, "--checkpoint", str(self.root / CHECKPOINT), *flags]

    @property
    def probe(self) -> list[str]:
        """The beginning of every command line of the runner."""
        return [self.python, str(RUNNER), "--tram-root", str(self.root)]
