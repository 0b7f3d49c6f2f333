"""Keys of a recipe's stages: what each result is made from. Thresholds never enter one, and neither does the layout.

Cheap: weights are hashed, not loaded, so that a driver without a GPU can tell what is stored and what is not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache, cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from share_data.camera import Floats, Intrinsics
from share_data.filters.base import Filter
from share_data.filters.single_person import SinglePerson
from share_data.pipeline import keyframes
from share_data.pipeline.camera.pose import UNKNOWN, CameraPose
from share_data.pipeline.quality.confidence import table_sha256
from share_data.pipeline.scene.scale import ScaleConfig
from share_data.recipe.model import Recipe
from share_data.records import Clip, EstimatorInfo, Video
from share_data.scan import clips as mining
from share_data.scan import fingerprint, thumbnail
from share_data.scan.events import find as events
from share_data.scan.sampling import step_of
from share_data.scan.steady import steadying
from share_data.store.hashing import bytes_sha256, canonical_json
from share_data.store.store import stage_key
from share_data.video.index import DECODING

RECONSTRUCT_VERSION = 9
"""Of `pipeline.reconstruct`. Here, because a driver needs it and nothing else of what a reconstruction imports."""

FOCAL_VERSION = 2
"""Of `focal_in` and `edge_focal`. A principal point, which moves what they see, is the video's."""


def identity(sha256: str, start: int, stop: int, read: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any]:
    """What a clip's pixels and times are: the video's content, the frame range, and how it is read, see `how_read`."""
    return {"video": sha256, "start": start, "stop": stop, "decoding": DECODING, **read}


def identity_of(clip: Clip) -> dict[str, Any]:
    """What a clip's pixels and times are, for keys; turned back, they are other pixels."""
    return identity(clip.sha256, clip.start, clip.stop, how_read(clip.video) | turned_by(clip.stabilising))


def turned_by(transforms: Floats | None) -> dict[str, Any]:
    """What it adds to a clip's identity that its frames are turned back. transforms: (T, 3, 3) float32, or None."""
    return {} if transforms is None else {"stabilising": bytes_sha256(transforms.tobytes())}


def how_read(video: Video) -> dict[str, Any]:
    """How a video's file is read where its source says otherwise than usual: another track, other times."""
    track = {} if video.video_track is None else {"track": video.video_track}
    return track if video.time_scale == 1 else track | {"time_scale": video.time_scale}


def job_digest(step: str, inputs: Any) -> str:
    """32 hex digits for everything that decides a job's result. inputs: JSON values."""
    return bytes_sha256(canonical_json([step, inputs]))[:32]


class StageKeys:
    """Keys of stored results.

    humans, geometry: the estimators' stamps; body: the body model's SHA-256; scale: settled, see `ScaleConfig`.
    """

    def __init__(
        self, recipe: Recipe, humans: EstimatorInfo, geometry: EstimatorInfo, body: str, scale: ScaleConfig
    ) -> None:
        self._recipe = recipe
        self._scale = scale
        self._humans = asdict(humans)
        self._geometry = asdict(geometry)
        self._body = body
        self._measuring = lru_cache(maxsize=4)(self._measure_with)
        self._source = cache(self._source_of)

    def scan(self, sha256: str, read: Mapping[str, Any] = MappingProxyType({})) -> str:
        """Key of what one look at a video finds. read: see `how_read`."""
        return stage_key("scan", DECODING, sha256, self._observer | dict(read))

    def samples(self, scan_key: str, piece: int) -> str:
        """Key of a piece of the images that a look at a video has kept."""
        return stage_key("samples", 1, scan_key, piece)

    def mine(self, sha256: str, read: Mapping[str, Any] = MappingProxyType({})) -> str:
        """Key of a video's clips. read: see `how_read`."""
        cutting = self._recipe.clips.model_dump(mode="json", exclude={"max_lost_fraction", "reject"})
        cutting |= {"events": events.VERSION} | ({"may_sway": True} if self._recipe.camera.stabilise else {})
        return stage_key("mine", mining.VERSION, self.scan(sha256, read), cutting)

    def measurement(self, filter_: Filter, clip: dict[str, Any]) -> str:
        """Key of one filter's numbers about a clip (see `identity`)."""
        return stage_key(f"measure-{filter_.kind}", filter_.version, clip, self._observer)

    def steady(self, clip: dict[str, Any]) -> str:
        """Key of how a clip's camera turned in every frame."""
        return stage_key("steady", steadying.VERSION, clip, self._observer)

    def fingerprint(self, clip: dict[str, Any]) -> str:
        """Key of what tells a clip's footage apart."""
        return stage_key("fingerprint", fingerprint.VERSION, clip, self._observer)

    def thumbnail(self, clip: dict[str, Any]) -> str:
        """Key of a clip's picture for reports."""
        return stage_key("thumbnail", thumbnail.VERSION, clip, self._observer)

    def focal(self, clip: dict[str, Any]) -> str:
        """Key of what a clip's pictures tell of the focal: the geometry estimator, else straight edges."""
        params = {"geometry": self._geometry, "keyframes": self._recipe.keyframes.count}
        return stage_key("focal", FOCAL_VERSION, clip, params)

    def picture_focal(self, picture: str) -> str:
        """Key of what a single picture tells of it. picture: hash of the pixels."""
        return stage_key("focal", FOCAL_VERSION, {"picture": picture}, {"geometry": self._geometry})

    def person(self, clip: dict[str, Any]) -> str:
        """Key of where a clip's main person is, which takes no focal."""
        from share_data.pipeline.humans.main_person import finder_stamp, finder_weights

        return stage_key("person", 2, clip, {"finder": finder_stamp(), "weights": finder_weights()})

    def humans(self, clip: dict[str, Any], intrinsics: Intrinsics) -> str:
        """Key of the person's track."""
        params = {"humans": self._humans, "body": self._body, "intrinsics": asdict(intrinsics)}
        return stage_key("humans", 2, clip, params)

    def geometry(self, humans_key: str, estimator: EstimatorInfo | None = None, pose: CameraPose = UNKNOWN) -> str:
        """Key of the point maps. estimator: the stamp of the clip's own, see `estimator_of`; pose: what an estimator
        that sees no scene is told of the camera."""
        stamp = self._geometry if estimator is None else asdict(estimator)
        chosen = [keyframes.VERSION, self._recipe.keyframes.model_dump(mode="json")]
        params = {"geometry": stamp, "keyframes": chosen, **pose.told()}
        return stage_key("geometry", 1, humans_key, params)

    def backdrop(self, pictures: Sequence[str], intrinsics: Intrinsics) -> str:
        """Key of a fixed camera's empty room. pictures: hashes of the pixels it is made from."""
        params = {"geometry": self._geometry, "intrinsics": asdict(intrinsics)}
        return stage_key("backdrop", 1, {"pictures": sorted(pictures)}, params)

    def scale_evidence(self, geometry_key: str) -> str:
        """Key of what a clip's keyframes say of the scale."""
        return stage_key("scale", 1, geometry_key, {"scene": self._assembly["scene"]})

    def reconstruct(
        self, geometry_key: str, backdrop_key: str = "", pose: CameraPose = UNKNOWN, scale_pool: str = ""
    ) -> str:
        """Key of the reconstruction.

        backdrop_key: empty where it gets none; pose: what is known of its camera; scale_pool: hash of the evidence that
        it shares its scale by, empty where its own tells.
        """
        inputs = [geometry_key, backdrop_key] if backdrop_key else geometry_key
        shared = {"scale_pool": scale_pool} if scale_pool else {}
        return stage_key("reconstruct", RECONSTRUCT_VERSION, inputs, self._assembly | pose.told() | shared)

    def measure_digest(self, filters: list[Filter], clip: dict[str, Any], key: str) -> str:
        """Digest of the job that measures a clip with all these filters. key: the clip's, for two may be copies."""
        aside = [["fingerprint", fingerprint.VERSION]]
        aside += [["thumbnail", thumbnail.VERSION]] if self._recipe.report.thumbnails else []
        aside += [["steady", steadying.VERSION]] if self._recipe.camera.stabilise else []
        return job_digest("measure", [key, clip, self._measuring(tuple(filters)), *aside])

    def reconstruct_digest(self, clip: dict[str, Any], video: Video, key: str, pool: str = "", beside: str = "") -> str:
        """Digest of the job that reconstructs a clip; its focal may be the source's or has yet to be estimated.

        pool: which files are pooled for its camera, see `CameraPool.stamp`; beside: see `Stages.beside`.
        """
        more: list[Any] = [pool, self._recipe.scene.backdrop] if pool else []
        more += [{"beside": beside}] if beside else []
        more += [asdict(video.calibration)] if video.calibration else []
        return job_digest("reconstruct", [key, clip, video.focal_px, self.whole, *more])

    def fetch_digest(self, video: Video) -> str:
        """Digest of the job that fetches a video and finds its clips."""
        told = {name: value for name, value in asdict(video).items() if name not in ("video_track", "time_scale")}
        told |= how_read(video)
        if video.calibration is None:
            del told["calibration"]
        return job_digest("fetch", [told, self._source(video.source), self._mining])

    def _measure_with(self, filters: tuple[Filter, ...]) -> str:
        """What the numbers of these filters are made from, less the clip, hashed."""
        return bytes_sha256(canonical_json([[f.kind, f.version, self._observer] for f in filters]))

    def _source_of(self, label: str) -> str:
        """A source's whole configuration, hashed: another root may hold other files of the same names."""
        told = []
        for config in self._recipe.sources:
            if config.label == label:
                root = Path(getattr(config, "root", "")).absolute()  # Relative to where the build runs.
                fields = config.model_dump(mode="json", exclude={"time_scale"})  # The videos have it.
                told = [fields, str(root)]
        return bytes_sha256(canonical_json(told))

    @cached_property
    def _mining(self) -> str:
        return self.mine("")

    @cached_property
    def _observer(self) -> dict[str, Any]:
        from share_data.pipeline.humans.people import PeopleFinder
        from share_data.scan.scanned import VERSION

        step = step_of(self._recipe.clips.max_seconds)
        return {"scan": VERSION, "step": step, "finder": dict(PeopleFinder().weights)}

    @cached_property
    def _assembly(self) -> dict[str, Any]:
        told = {part: getattr(self._recipe, part).model_dump(mode="json") for part in ("scene", "placement")}
        told["confidence"] = table_sha256()
        told["company"] = [SinglePerson.version, self._observer]
        told["scale"] = self._scale.model_dump(mode="json")
        told["scene"].pop("backdrop")  # It is in the keys of clips that get one, by its own key.
        return told

    @cached_property
    def whole(self) -> str:
        """Everything that reconstructions depend on but the clip."""
        camera = self._recipe.camera.model_dump(mode="json", exclude={"pool", "stabilise"})
        if self._recipe.camera.stabilise:
            camera["stabilise"] = steadying.VERSION
        estimators = {"humans": self._humans, "body": self._body, "geometry": self.geometry("")}
        return bytes_sha256(canonical_json([camera, estimators, self.reconstruct("")]))
