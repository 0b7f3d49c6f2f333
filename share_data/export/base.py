"""What a format is: which body it needs, which rates its readers take, and the files it makes of a clip."""

import io
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from share_data.errors import CorpusError
from share_data.export.motion import ClipMotion, clip_motion

if TYPE_CHECKING:
    from share_data.body.model import BodyModel
    from share_data.corpus.read import Record
    from share_data.export.folder import ExportFolder

Needs = Literal["joints", "scene", "body", "smpl"]
File = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What a user chooses. fps: frames a second; body: path of an SMPL file; smplx: path of an SMPL-X file."""

    fps: float | None = None
    body: Path | None = None
    smplx: Path | None = None


class Format(ABC):
    """A format; a subclass a file in `share_data.export.formats`.

    Attributes:
        name: as registered.
        version: raised when its files change.
        needs: `joints` and `scene` of any corpus; `body`: the model the corpus was made with; `smpl`: that, and it is
            SMPL, whose shapes and vertices the mannequin does not have.
        fps: frames a second that its readers take, None: the clip's own.
        fixed: whether they take no other.
        own_times: whether it holds the frames' true times.
        says: what its readers do not get, or get in another way, for all clips.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    needs: ClassVar[Needs] = "joints"
    fps: ClassVar[float | None] = None
    fixed: ClassVar[bool] = False
    own_times: ClassVar[bool] = False
    says: ClassVar[tuple[str, ...]] = ()

    def __init__(self, options: ExportOptions) -> None:
        if self.fixed and options.fps not in (None, self.fps):
            raise CorpusError(
                f"{self.name}: its readers take {self.fps:g} frames a second and no other; leave --fps out."
            )
        if options.fps is not None and not 1 <= options.fps <= 1000:
            raise CorpusError(f"--fps {options.fps:g}: give a number from 1 to 1000.")
        self.options = options

    def require(self, manifest_body: Mapping[str, str]) -> None:
        """Look at what is needed before the first clip.

        Args:
            manifest_body: what the corpus says of its body model.

        Raises:
            CorpusError: the corpus has not what this format needs.
            BodyModelError: a model file is missing, cannot be used, or is another than the corpus was made with.
        """
        if self.needs == "body":
            self._body(manifest_body)

    def motion(self, record: "Record") -> ClipMotion:
        """A record at this format's rate. Raises LeftOutError."""
        return clip_motion(record, self.options.fps or self.fps, self.own_times)

    @abstractmethod
    def files(self, clip: ClipMotion, notes: dict[str, Any]) -> Iterator[File]:
        """The files of a clip: path below the export's folder, and content. Equal clips give equal bytes.

        Args:
            clip: as `motion` gives it.
            notes: what the list of clips is to say of it is added here.

        Raises:
            LeftOutError: it has no place in this format.
        """

    def close(self, folder: "ExportFolder") -> Mapping[str, Any]:
        """Write what is about all clips, once they are there; returns what the export's summary says of them."""
        return {}

    def body(self, record: "Record") -> "BodyModel":
        """The body model that a record was made with. Raises BodyModelError."""
        return self._body(record.metadata["body"])

    def _body(self, stamp: Mapping[str, str]) -> "BodyModel":
        return same_body(str(self.options.body or ""), stamp["name"], stamp["gender"], stamp["sha256"])


@cache
def same_body(path: str, name: str, gender: str, sha256: str) -> "BodyModel":
    """The model of a corpus: the built-in one, or the user's file. Raises BodyModelError where it is another."""
    from share_data.body.model import MANNEQUIN, load_body
    from share_data.errors import BodyModelError

    if not path and name != MANNEQUIN:
        raise BodyModelError(
            f"the corpus was made with an {name} {gender} model (sha256 {sha256[:12]}); give its path with --body"
        )
    body = load_body(path or MANNEQUIN, gender)
    if body.sha256 != sha256:
        raise BodyModelError(
            f"{path or 'the built-in mannequin'}: sha256 {body.sha256[:12]}, and the corpus was made with {name} "
            f"{gender} of sha256 {sha256[:12]}; give the path of that file with --body"
        )
    return body


def npy(array: NDArray[Any]) -> bytes:
    """An array as an npy file."""
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(array), allow_pickle=False)
    return buffer.getvalue()


def npz(arrays: Mapping[str, Any]) -> bytes:
    """Arrays, numbers and texts as an npz file: stored, the names in their order, no time in it."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **{name: np.asarray(value) for name, value in arrays.items()})
    return buffer.getvalue()
