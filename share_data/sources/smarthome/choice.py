"""Which videos of a copy of Toyota Smarthome a recipe asks for, and what it is told when there are none."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from share_data.errors import SourceError
from share_data.sources.smarthome.config import SmarthomeConfig
from share_data.sources.smarthome.names import Recording
from share_data.sources.smarthome.published import ACCESS, FORMS, SPLITS, VIDEOS
from share_data.sources.smarthome.tree import Tree, read_tree

_GET = f"Set `root` to your copy. {ACCESS}"


class UnusableTreeError(SourceError):
    """The folder cannot give what the recipe asks for. cause: what was expected and found; remedy: what to do."""

    def __init__(self, cause: str, remedy: str) -> None:
        super().__init__(f"{cause} {remedy}")
        self.cause = cause
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Choice:
    """all: every video of the variant, by path; taken: those the filters let through, never none."""

    tree: Tree
    all: Mapping[str, Recording]
    taken: Mapping[str, Recording]


def choose(config: SmarthomeConfig) -> Choice:
    """Look through the recipe's root. Raises UnusableTreeError."""
    place = f"{config.label}: root {config.root!r}"
    try:
        tree = read_tree(Path(config.root).expanduser())
    except (SourceError, OSError, RuntimeError, ValueError) as error:  # Of a root that is no path, too.
        raise UnusableTreeError(f"{place}: {error}. Expected: {_expected(config)}.", _GET) from error
    videos = _of_variant(config, tree, place)
    taken = {path: recording for path, recording in videos.items() if config.takes(recording)}
    if not taken:
        splits = " ".join(SPLITS[next(iter(videos.values())).variant])
        raise UnusableTreeError(
            f"{place}: no video passes the filters. Found: {tree.summary()}.",
            f"Check split (here: {splits}), subsets, activities, cameras and subjects, or complete the copy. {ACCESS}",
        )
    return Choice(tree, videos, taken)


def _of_variant(config: SmarthomeConfig, tree: Tree, place: str) -> Mapping[str, Recording]:
    """Videos of the variant that is named, or is the only one. Raises UnusableTreeError."""
    present = {variant: videos for variant in FORMS if (videos := tree.of(variant))}
    if config.variant is None and len(present) > 1:
        raise UnusableTreeError(
            f"{place}: holds both variants, of which one is cut from the other. Found: {tree.summary()}.",
            "Set `variant` to trimmed or tsu.",
        )
    for variant, videos in present.items():
        if config.variant in (None, variant):
            return videos
    raise UnusableTreeError(
        f"{place}: no video of the dataset here or below. Expected: {_expected(config)}. Found: {tree.summary()}.",
        _GET,
    )


def _expected(config: SmarthomeConfig) -> str:
    wanted = [variant for variant in FORMS if config.variant in (None, variant)]
    return ", or ".join(f"the {VIDEOS[variant]:,} {variant} videos, named {FORMS[variant]}" for variant in wanted)
