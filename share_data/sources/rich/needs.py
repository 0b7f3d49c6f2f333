"""What a recipe needs of a copy of RICH, and how much of it is there."""

from collections.abc import Sequence
from pathlib import Path

from share_data.errors import SourceError
from share_data.needs import Need
from share_data.sources.rich.images import View, find_frames
from share_data.sources.rich.layout import RichTree, open_tree
from share_data.sources.rich.listing import SITE, Choice
from share_data.sources.rich.published import CLIP_FRAMES
from share_data.sources.rich.sequences import Split, published_sequences


def rich_needs(root: Path, choice: Choice) -> list[Need]:
    """One need for the calibrations and one for the images of each split; published clips need bodies as well."""
    try:
        tree = open_tree(root)
        scenes = sorted(path.name for path in (tree.root / "scan_calibration").iterdir() if path.is_dir())
        calibrations = Need("RICH calibrations", True, f"{tree.root}: {', '.join(scenes) or 'no scene'}")
    except SourceError as error:
        tree = RichTree(root)
        calibrations = Need("RICH calibrations", False, str(error), _get("scan_calibration", root))
    if choice.published:
        return [calibrations, *_published(tree, choice.published_views())]
    return [calibrations, *(_images(tree, split, choice.found_views(tree.root, split)) for split in choice.splits)]


def _images(tree: RichTree, split: Split, views: Sequence[View]) -> Need:
    """Met by any image folder of the split: a part of RICH is enough to build from."""
    sequences = len({view.sequence for view in views})
    released = [each for each in published_sequences().values() if each.split == split]
    detail = (
        f"{tree.root}: {sequences} of {len(released)} released sequences, {len(views)} of "
        f"{sum(len(each.views) for each in released)} camera folders"
    )
    return Need(f"RICH images, {split}", bool(views), detail, "" if views else _get(f"images of {split}", tree.root))


def _published(tree: RichTree, views: Sequence[View]) -> list[Need]:
    """Met when all of it is there: a part of the clips is another benchmark."""
    with_images = [view for view in views if find_frames(tree.root, view)]
    with_bodies = [view for view in views if view.clip and len(tree.body_frames(view.clip)) == CLIP_FRAMES]
    return [
        _all_of("images", views, with_images, tree.root, "images of test"),
        _all_of("bodies", views, with_bodies, tree.root, "bodies"),
    ]


def _all_of(what: str, views: Sequence[View], there: Sequence[View], root: Path, archive: str) -> Need:
    lacking = sorted({view.sequence for view in views if view not in there})
    detail = f"{root}: {what} for {len(there)} of {len(views)} clips"
    if lacking:
        detail += f", not for {', '.join(lacking)}"
    return Need(f"RICH {what}, published clips", not lacking, detail, _get(archive, root) if lacking else "")


def _get(archive: str, root: Path) -> str:
    return f"Register at {SITE}, download {archive}, and extract it into {root}"
