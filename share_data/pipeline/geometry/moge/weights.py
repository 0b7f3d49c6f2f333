"""The weights of MoGe-2: named in a recipe, found on this machine, or fetched from the hub."""

import difflib
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from share_data.errors import MissingDependencyError
from share_data.store.content import content_sha256, is_file, unreadable_named
from share_data.store.paths import data_home

FILE = "model.pt"
MODELS = {
    "vitl": "Ruicheng/moge-2-vitl",
    "vitl-normal": "Ruicheng/moge-2-vitl-normal",
    "vitb-normal": "Ruicheng/moge-2-vitb-normal",
    "vits-normal": "Ruicheng/moge-2-vits-normal",
}
"""Published metric models by name (https://github.com/microsoft/MoGe): 326, 331, 104 and 35 million parameters."""
ALIASES = {"vitb": "vitb-normal", "vits": "vits-normal"}
"""The two smaller ones were published with a head for normals only."""
NAMES = ", ".join((*MODELS, *ALIASES))
HUB_ID = re.compile(r"(?!.*(?:--|\.\.))[A-Za-z0-9][A-Za-z0-9_.-]{0,95}/[A-Za-z0-9][A-Za-z0-9_.-]{0,95}(?<![.-])")
TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class WeightsChoice:
    """What a recipe's `weights` means.

    name: of a published model, else empty; repo: id on the hub, empty for a file; path: the file, else None.
    """

    name: str = ""
    repo: str = ""
    path: Path | None = None

    @property
    def model(self) -> str:
        """How results call the model. A file is known by its hash, and its place is nobody's business."""
        return self.repo or "file"

    @property
    def home(self) -> Path | None:
        """Where a published model lies when it was fetched by the command in `remedy`; None for any other."""
        return data_home() / "models" / f"moge-2-{self.name}" / FILE if self.name else None

    @property
    def remedy(self) -> str:
        """The command that brings the weights here, or what to change."""
        if self.path is not None:
            return f"Set geometry.weights to a file that is there, or to a name: {NAMES}."
        into = f" --local-dir {shlex.quote(str(self.home.parent))}" if self.home else ""
        return f"hf download {self.repo} {FILE}{into}"


def choice_of(weights: str) -> WeightsChoice:
    """Reads a recipe's `weights`: a name, a hub id `owner/name`, or a path, which ends in .pt or begins with / . or ~/

    Raises ValueError for anything else.
    """
    name = ALIASES.get(weights, weights)
    if name in MODELS:
        return WeightsChoice(name, MODELS[name])
    if weights.endswith(".pt") or weights.startswith(("/", ".", "~/")):
        return WeightsChoice(path=Path(weights).expanduser())
    if HUB_ID.fullmatch(weights):
        return WeightsChoice(repo=weights)
    near = difflib.get_close_matches(weights, [*MODELS, *ALIASES], n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise ValueError(
        f"unknown weights {weights!r}; {hint}Names are {NAMES}; else give a hub id (owner/name) or a path (./{FILE})."
    )


def found(choice: WeightsChoice) -> Path | None:
    """The file on this machine, or None; asks no network.

    A published model may lie below SHARE_DATA_HOME (see `WeightsChoice.home`) or in the hub's own cache.
    """
    if choice.path is not None:
        return choice.path if is_file(choice.path) else None
    if choice.home is not None and is_file(choice.home):
        return choice.home
    try:
        from huggingface_hub import try_to_load_from_cache
    except ImportError:
        return None
    cached = try_to_load_from_cache(choice.repo, FILE)
    return Path(cached) if isinstance(cached, str) else None


def fetched(choice: WeightsChoice) -> Path:
    """The file on this machine, downloaded into the hub's cache when it is not here.

    Raises MissingDependencyError for a path without a file, and when the hub cannot be asked or has no such model.
    """
    path = found(choice)
    if path is not None:
        return path
    if choice.path is not None:
        with unreadable_named("MoGe weights"):
            what = f"is a folder; the file is {choice.path / FILE}" if choice.path.is_dir() else "no such file"
        raise MissingDependencyError(f"MoGe weights {choice.path}: {what}. {choice.remedy}")
    return _downloaded(choice)


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of the weights. Raises MissingDependencyError when they cannot be read."""
    with unreadable_named("MoGe weights"):
        return content_sha256(path)


def _downloaded(choice: WeightsChoice) -> Path:
    from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url

    try:
        # Asked first, because a download goes on trying for some 20 seconds where there is no network.
        get_hf_file_metadata(hf_hub_url(choice.repo, FILE), timeout=TIMEOUT_S)
        return Path(hf_hub_download(choice.repo, FILE))
    except Exception as error:  # huggingface_hub lets those of its HTTP library through, and has changed it twice
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        hint = f"To name the path, write ./{choice.repo}. " if Path(choice.repo).exists() else ""
        raise MissingDependencyError(
            f"MoGe weights {choice.repo}: not on this machine, and the hub did not give them ({reason}). {hint}"
            f"Where there is a network:\n{choice.remedy}"
        ) from error
