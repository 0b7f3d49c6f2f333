"""A build that stopped half-way, with its stage store: made once by an older version and kept as a fixture.

`python tests/support/half_finished.py FILE.tar.xz` makes the file anew with the version at hand. That is right only
after a change that gives results other keys on purpose (a stage's version, a new recipe field that changes results).
"""

import contextlib
import io
import os
import signal
import sys
import tarfile
import tempfile
from pathlib import Path

import staged
from light import make_videos, recipe_of, write_video
from places import SUPPORT

from share_data.build.build import BuildOptions, BuildResult, InterruptedBuild, build_corpus
from share_data.engine.watch import Silent, Watcher

FILE = SUPPORT / "fixtures" / "half_finished_build.tar.xz"
CANDIDATES = 5
FINISHED = 2
"""So many of the candidates when the build was stopped. A sixth clip is rejected."""

MADE_AGAIN = ("lock", "journal.ballast")
"""Files of a workspace that the next build makes itself; the lock names the process that held it."""


class _Impatient(Silent):
    """Ask to stop after two reconstructions."""

    def __init__(self) -> None:
        self._ended = 0

    def advance(self, step: str, unit: str, outcome: str) -> None:
        self._ended += step == "reconstruct"
        if step == "reconstruct" and self._ended == FINISHED:
            os.kill(os.getpid(), signal.SIGINT)


def build(root: Path, watch: Watcher | None = None) -> BuildResult:
    """Build ROOT/videos into ROOT/out with made-up stages under their real keys; everything lies below ROOT."""
    os.environ["SHARE_DATA_CACHE"], os.environ["SHARE_DATA_HOME"] = str(root / "cache"), str(root / "home")
    recipe = recipe_of(root, "sources.0.root=videos", "output.samples_per_shard=2")
    with contextlib.chdir(root):
        return build_corpus(recipe, root / "out", watch or Silent(), BuildOptions("inline"), staged.StagedSpec.of)


def film(root: Path) -> None:
    """The videos of the build: six clips, one of which shows company."""
    make_videos(root, 1, clips=3, frames=6)
    write_video(root, "w", clips=2, frames=7)
    write_video(root, "x", clips=1, frames=8, flag="company")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        film(root)
        with contextlib.suppress(InterruptedBuild):
            build(root, _Impatient())
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:xz", format=tarfile.USTAR_FORMAT) as tar:
            for path in sorted(root.rglob("*")):
                if path.name in MADE_AGAIN:
                    continue
                entry = tar.gettarinfo(path, path.relative_to(root).as_posix())
                entry.uid = entry.gid = entry.mtime = 0
                entry.uname = entry.gname = ""
                with path.open("rb") if path.is_file() else contextlib.nullcontext() as handle:
                    tar.addfile(entry, handle)
        Path(sys.argv[1]).write_bytes(buffer.getvalue())


if __name__ == "__main__":
    main()
