"""The RICH source on a folder, and what it lists there."""

from pathlib import Path

from share_data.records import Video
from share_data.sources.rich.source import RichConfig, RichSource

LUNGE = "test/Gym_010_lunge1"


def source(tree: Path, **fields: object) -> RichSource:
    return RichSource(RichConfig.model_validate({"root": str(tree), **fields}))


def videos(tree: Path, **fields: object) -> list[Video]:
    return list(source(tree, **fields).list())


def only(tree: Path, **fields: object) -> Video:
    (video,) = videos(tree, **fields)
    return video
