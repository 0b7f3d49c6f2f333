"""Toyota Smarthome: people at home, seen by seven fixed cameras, as trimmed clips or as untrimmed videos."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from share_data.errors import SourceError
from share_data.needs import Need
from share_data.records import Video
from share_data.sources.below_root import file_below, path_of, uri_of
from share_data.sources.smarthome.choice import Choice, UnusableTreeError, choose
from share_data.sources.smarthome.config import SmarthomeConfig
from share_data.sources.smarthome.names import Recording, read_name
from share_data.sources.smarthome.published import ATTRIBUTION, LICENCE
from share_data.sources.smarthome.skeleton import Skeleton, read_skeleton
from share_data.sources.smarthome.tempo import tempo_note
from share_data.sources.smarthome.tree import Found, spread
from share_data.text import safe_key, storable
from share_data.truth import GroundTruth


class SmarthomeSource:
    """Lists the videos that the recipe takes, and every video file that cannot be placed, which fails when fetched.

    A video's id is its published name, with dashes for dots. Nothing of this dataset may be passed on:
    `redistributable` is never true.
    """

    kind: ClassVar[str] = "smarthome"
    Config: ClassVar[Any] = SmarthomeConfig

    def __init__(self, config: SmarthomeConfig) -> None:
        self.config = config
        self._root = Path(config.root).expanduser()

    @classmethod
    def needs(cls, config: SmarthomeConfig) -> list[Need]:
        """The videos, and their skeletons where these are to be checked."""
        try:
            choice = choose(config)
        except UnusableTreeError as error:
            return [Need("Toyota Smarthome", False, error.cause, error.remedy)]
        needs = [Need("Toyota Smarthome", True, choice.tree.summary())]
        if config.time_scale == 1 and any(recording.variant == "tsu" for recording in choice.taken.values()):
            needs.append(Need("time_scale", True, tempo_note(config.label)))
        if config.check_skeletons:
            having = sum(recording.name in choice.tree.skeletons for recording in choice.taken.values())
            detail = f"{having:,} of {len(choice.taken):,} videos have one below root"
            remedy = "Unpack toyota_smarthome_skeleton_v1.2.zip below `root`, or leave check_skeletons out."
            needs.append(Need("Toyota Smarthome skeletons", having > 0, detail, "" if having else remedy))
        return needs

    def list(self) -> Iterator[Video]:
        """The chosen videos and those that cannot be placed, in the order of their paths. Raises UnusableTreeError."""
        for found in self._choice.tree.videos:
            if found.recording is None:
                yield self._unplaced(found)
            elif found.path in self._choice.taken:
                yield self._video(found.path, found.recording)

    def fetch(self, video: Video, into: Path) -> Path:
        """The file itself; nothing is copied. Raises SourceError when it cannot be placed, or has gone."""
        if "problem" in video.labels:
            problem = video.labels["problem"]
            raise SourceError(
                f"{video.unit}: {storable(path_of(video))}: {problem}. Rename the file, or move it out of "
                f"{self.config.root!r}."
            )
        return file_below(self._root, self.config.root, video, "unpack the dataset again")

    def held(self, video: Video, into: Path) -> Path | None:
        """The file, where it is there."""
        try:
            return self.fetch(video, into)
        except SourceError:
            return None

    def truth(self, video: Video) -> GroundTruth | None:
        """None: the skeletons of the dataset are estimates, too."""
        return None

    def siblings(self, video: Video, count: int) -> Sequence[Path]:
        """Up to `count` files by the video's camera, of as many people as possible, whatever the recipe's filters.

        They are the same for every video of a camera, so that what is pooled over them is, too. Raises
        UnusableTreeError.
        """
        same = {path: recording for path, recording in self._choice.all.items() if recording.camera == video.camera}
        return [path for name in spread(same, count) if (path := self._root / name).is_file()]

    def skeleton(self, video: Video) -> Skeleton | None:
        """The dataset's skeleton of this video, None where it is not below root.

        Raises SourceError for a broken one, and for a video that cannot be placed.
        """
        return self._skeleton(read_name(Path(path_of(video)).stem))

    @cached_property
    def _choice(self) -> Choice:
        return choose(self.config)

    def _skeleton(self, recording: Recording) -> Skeleton | None:
        path = self._choice.tree.skeletons.get(recording.name)
        return None if path is None else read_skeleton(self._root / path)

    def _video(self, path: str, recording: Recording) -> Video:
        return Video(
            source=self.config.label,
            video_id=safe_key(recording.name),
            uri=uri_of(path),
            licence=LICENCE,
            redistributable=False,
            attribution=ATTRIBUTION[recording.variant],
            title=recording.name,
            labels={"id": recording.name, **recording.labels, **self._checked(recording)},
            camera=recording.camera,
        )

    def _checked(self, recording: Recording) -> dict[str, str]:
        """Labels of the skeleton check, which stands in no video's way."""
        if not self.config.check_skeletons:
            return {}
        try:
            skeleton = self._skeleton(recording)
        except SourceError:
            return {"skeleton": "unreadable"}
        return {"skeleton": "absent"} if skeleton is None else {"skeleton": "read", **skeleton.labels()}

    def _unplaced(self, found: Found) -> Video:
        """Listed so that it is accounted for. No published name ends as its id does."""
        digest = hashlib.sha256(os.fsencode(found.path)).hexdigest()[:8]
        stem = Path(found.path).stem
        return Video(
            source=self.config.label,
            video_id=f"{safe_key(stem, 31)}-{digest}",
            uri=uri_of(found.path),
            licence=LICENCE,
            redistributable=False,
            title=storable(stem),
            labels={"problem": found.problem},
        )
