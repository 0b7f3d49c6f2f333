"""The cheap stages, which every video and clip goes through: mining its clips, and measuring them for the filters."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from share_data.build.codecs import from_artifact, to_artifact
from share_data.build.stages.judging import Judging
from share_data.build.stages.keys import how_read, identity_of, turned_by
from share_data.build.stages.scans import Scans
from share_data.build.stages.stage_base import StageBase
from share_data.filters.base import Filter, Need, Observation, need_of
from share_data.filters.single_person import company_in
from share_data.filters.static_camera import SWAY, StaticCamera, sways
from share_data.recipe.model import Recipe
from share_data.records import Bools, Clip, Measurement, Video
from share_data.scan import clips as mining
from share_data.scan.clips import Mined
from share_data.scan.fingerprint import Fingerprint, fingerprint
from share_data.scan.observe import observation_of
from share_data.scan.steady.steadying import Steadied, as_steadied, steady
from share_data.scan.thumbnail import thumbnail
from share_data.store.hashing import file_sha256
from share_data.store.seeds import seeded
from share_data.store.store import Artifact, Store
from share_data.video.frames import ClipFrames

_VIDEOS = 128
"""Videos whose windows are kept at hand; reconstruction and packing go through clips in hash order."""


class Measuring(StageBase):
    """What decides which clips are candidates. Thresholds come in last, in `judging`."""

    def __init__(self, recipe: Recipe, store: Store) -> None:
        super().__init__(recipe, store)
        self._mined = lru_cache(maxsize=_VIDEOS)(self._load_mined)
        self.judging = Judging(recipe)

    @property
    def filters(self) -> list[Filter]:
        """The recipe's filters that measure clips, in its order."""
        return self.judging.filters

    def mine(self, video: Video, path: Path, sha256: str | None = None) -> Mined:
        """The clips of a fetched video, and what was dropped of it.

        sha256: the file's, where it is known already. Raises VideoError.
        """
        content = sha256 or file_sha256(path)
        key = self.keys.mine(content, how_read(video))
        stored = self.store.get("mine", key)
        if stored is not None:
            return Mined.from_artifact(stored, video, path)
        scan, pictures = self.scans.read(video, path, content)
        mined = mining.mine(scan, pictures, video, path, content, self.recipe.clips, self.recipe.camera.stabilise)
        self.store.put("mine", key, mined.to_artifact())
        return mined

    def clip(self, video: Video, path: Path, sha256: str, window: tuple[int, int]) -> Clip:
        """The clip of these frames [start, stop) of a fetched video. Raises VideoError."""
        mined = self._mined(video.unit, video.video_track, video.time_scale, path, sha256)
        clip = next(clip for clip in mined.clips if (clip.start, clip.stop) == window)
        return replace(clip, video=video, path=path)

    def _load_mined(self, unit: str, track: int | None, time_scale: float, path: Path, sha256: str) -> Mined:
        """The windows of a video, whoever it belongs to: the store knows them by content."""
        return self.mine(Video("", unit, "", video_track=track, time_scale=time_scale), path, sha256)

    def measure(self, clip: Clip) -> list[Measurement]:
        """Every filter's numbers; the clip is looked at once, and only if a number is missing.

        Filters that decode the clip's frames see them as later stages do: turned back, where they are.
        """
        later = [each for each in self.filters if self._sees_turned(each)]
        filmed = self._measured(clip, [each for each in self.filters if each not in later])
        made = {
            each.filter: as_steadied(each, self._steady(clip)) if self._turns_back(each) else each for each in filmed
        }
        turned = any(SWAY in each.scores for each in made.values())
        shown = replace(clip, stabilising=self._steady(clip).transforms) if later and turned else clip
        made |= {each.filter: each for each in self._measured(shown, later)}
        return [made[each.kind] for each in self.filters]

    def _measured(self, clip: Clip, filters: Sequence[Filter]) -> list[Measurement]:
        """These filters' numbers about a clip as it stands, from the store where they are there."""
        keys = {filter_.kind: self.keys.measurement(filter_, identity_of(clip)) for filter_ in filters}
        stored = {kind: self.store.get(f"measure-{kind}", key) for kind, key in keys.items()}
        if any(artifact is None for artifact in stored.values()):
            with self._timed("measure"), seeded(next(iter(keys.values()))):
                missing = [each for each in filters if stored[each.kind] is None]
                observation = self._observe(clip, {need_of(each) for each in missing})
                made = {each.kind: to_artifact(each.measure(observation)) for each in missing}
            for kind, artifact in made.items():
                self.store.put(f"measure-{kind}", keys[kind], artifact)
            stored |= made
        return [from_artifact(artifact, Measurement) for artifact in stored.values() if artifact is not None]

    def stored_scores(self, pixels: dict[str, Any]) -> dict[str, dict[str, float]] | None:
        """What is stored of a clip's scores, None where any is missing. pixels: see `identity`."""
        found, shown = {}, pixels
        for filter_ in sorted(self.filters, key=self._sees_turned):
            looked_at = shown if self._sees_turned(filter_) else pixels
            stored = self.store.get(f"measure-{filter_.kind}", self.keys.measurement(filter_, looked_at))
            if stored is None:
                return None
            measured = from_artifact(stored, Measurement)
            if self._turns_back(measured):
                kept = self.store.get("steady", self.keys.steady(pixels))
                if kept is None:
                    return None
                made = Steadied.from_artifact(kept)
                measured = as_steadied(measured, made)
                shown = pixels | turned_by(made.transforms)
            found[filter_.kind] = dict(measured.scores)
        return {filter_.kind: found[filter_.kind] for filter_ in self.filters}

    def steadied(self, clip: Clip) -> Clip:
        """The clip as it is reconstructed: turned back, where the recipe asks for that and its camera sways."""
        if self.recipe.camera.stabilise:
            self.measure(clip)
        return self.steadied_before(clip) or clip

    def steadied_before(self, clip: Clip) -> Clip | None:
        """The same, None where what that takes is not stored."""
        if not self.recipe.camera.stabilise:
            return clip
        scores = self.stored_scores(identity_of(clip))
        if scores is None:
            return None
        swaying = SWAY in scores[StaticCamera.kind]
        return replace(clip, stabilising=self._steady(clip).transforms) if swaying else clip

    def _turns_back(self, measured: Measurement) -> bool:
        return self.recipe.camera.stabilise and measured.filter == StaticCamera.kind and sways(measured.scores)

    def _sees_turned(self, filter_: Filter) -> bool:
        """Whether a filter sees what later stages see, and not what was filmed: by that the camera is judged."""
        return self.recipe.camera.stabilise and need_of(filter_) == "frames" and filter_.kind != StaticCamera.kind

    def _steady(self, clip: Clip) -> Steadied:
        key = self.keys.steady(identity_of(clip))
        stored = self.store.get("steady", key)
        if stored is not None:
            return Steadied.from_artifact(stored)
        with self._timed("measure"):
            made = steady(frames_of(clip), self._observe(clip, {"samples"}))
        self.store.put("steady", key, made.to_artifact())
        return made

    def fingerprint(self, clip: Clip) -> Fingerprint:
        """What tells the clip's footage apart from all other footage."""
        key = self.keys.fingerprint(identity_of(clip))
        stored = self.store.get("fingerprint", key)
        if stored is None:
            with self._timed("measure"):
                taken = fingerprint(clip, *self.scans.read(clip.video, clip.path, clip.sha256))
            stored = Artifact({"told": taken.to_json()})
            self.store.put("fingerprint", key, stored)
        return Fingerprint.from_json(stored.meta["told"])

    def picture(self, clip: Clip) -> None:
        """Keep a thumbnail of a clip, or of a piece that became none, where the recipe wants them."""
        key = self.keys.thumbnail(identity_of(clip))
        if self.recipe.report.thumbnails and not self.store.has("thumbnail", key):
            with self._timed("measure"):
                jpeg = thumbnail(clip, *self.scans.read(clip.video, clip.path, clip.sha256))
            self.store.put("thumbnail", key, Artifact({}, {"jpeg": np.frombuffer(jpeg, np.uint8)}))

    def stored_picture(self, pixels: Mapping[str, Any]) -> bytes:
        """A clip's thumbnail; empty where none is stored. pixels: see `identity`."""
        stored = self.store.get("thumbnail", self.keys.thumbnail(dict(pixels)))
        return b"" if stored is None else stored.arrays["jpeg"].tobytes()

    def company(self, clip: Clip) -> Bools:
        """(T,) frames in which somebody else of size may be in view beside the clip's person."""
        return company_in(self._observe(clip, {"samples"}))

    @cached_property
    def scans(self) -> Scans:
        """What one look at each video has found."""
        return Scans(self.store, self.keys, self.recipe.clips.max_seconds, lambda: self._timed("mine"))

    def _observe(self, clip: Clip, needs: set[Need]) -> Observation:
        scan, pictures = self.scans.read(clip.video, clip.path, clip.sha256)
        seen = observation_of(clip, scan, pictures if needs & {"samples", "frames"} else None)
        return replace(seen, frames=frames_of(clip)) if "frames" in needs else seen


def frames_of(clip: Clip) -> ClipFrames:
    """The clip's frames, decoded each time they are asked for."""
    size = clip.width, clip.height
    return ClipFrames(clip.path, clip.start, clip.stop, *size, clip.video.video_track, clip.index, clip.stabilising)
