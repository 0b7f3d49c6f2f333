"""The recipe: one file says what a corpus is made of. Frozen, strict, no unknown fields, no duck typing.

Sources, filters and estimators bring their own configuration models through the registry, so `recipe_model()` is built
from what is installed; `Recipe` is the static view of it.
"""

from collections import Counter
from collections.abc import Mapping
from functools import cache, reduce
from operator import or_
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, create_model, field_validator, model_validator

from share_data import registry
from share_data.errors import MissingDependencyError
from share_data.filters.base import FilterConfig
from share_data.filters.static_camera import StaticCamera
from share_data.ledger.judgements import Word, read_judgements, words_of
from share_data.ledger.opt_out import checked_rule
from share_data.pipeline.camera.config import CameraConfig
from share_data.pipeline.keyframes import KeyframesConfig
from share_data.pipeline.placement.place import PlacementOptions
from share_data.pipeline.scene.fusion import SceneConfig
from share_data.pipeline.scene.scale import ScaleConfig
from share_data.scan.clips import ClipsConfig
from share_data.sources.base import SourceConfig
from share_data.sources.spellings import spellings
from share_data.store.hashing import bytes_sha256, canonical_json
from share_data.strict import StrictModel

DEFAULT_FILTERS = ("static_camera", "single_person", "continuous", "keyframe_overlap", "reconstruction_quality")
"""In this order the first filter to object gives the most telling reason."""


class BodyConfig(StrictModel):
    """Which SMPL-format body the motion is expressed in."""

    model: str = Field(
        "mannequin", description="'mannequin' (built in, CC0) or the path of your own SMPL file or folder."
    )
    gender: Literal["neutral", "male", "female"] = "neutral"


class OutputConfig(StrictModel):
    """Where the corpus goes and how it is cut."""

    path: str = Field("", description="Corpus folder; default: out/<name>.")
    formats: tuple[Literal["webdataset", "parquet"], ...] = Field(
        ("webdataset",), description="'webdataset' is always written; 'parquet' adds the same records as Parquet."
    )
    samples_per_shard: int = Field(256, ge=1, description="Candidates a shard; those that fail leave it smaller.")
    max_bytes: int = Field(0, ge=0, description="Largest tar in bytes: a shard beyond it is cut in parts; 0: no limit.")
    precision: Literal["float32", "0.1mm"] = Field("float32", description="Storage of scene points; 0.1mm is uint16.")

    @model_validator(mode="after")
    def _tars_always(self) -> Self:
        if "webdataset" not in self.formats:
            raise ValueError("formats must contain 'webdataset': the index and the manifest refer to its shards")
        return self


class EngineConfig(StrictModel):
    """Who does the work. Nothing here changes a byte of the corpus, so it is not part of what a corpus keeps."""

    workers: int = Field(0, ge=0, description="Workers that reconstruct; 0: one a GPU share, without GPUs one a core.")
    gpus_per_worker: float = Field(
        0.0, ge=0, description="GPUs of each of them: 1, a fraction such as 0.5 to share one, 0 for the CPU."
    )
    cpu_workers: int = Field(
        0,
        ge=0,
        description="Beside GPU workers, for all that takes no GPU (fetch, measure, find the person, assemble, pack); "
        "they see none; 0: the cores that are left.",
    )
    cpu_fallback: bool = Field(
        False, description="Use the CPU, with a warning, where gpus_per_worker asks for a GPU that is not there."
    )
    deadline_s: float = Field(600.0, gt=0, description="Seconds a clip may take, plus deadline_per_frame_s a frame.")
    deadline_per_frame_s: float = Field(10.0, ge=0)
    deadline_fetch_s: float = Field(7200.0, gt=0, description="Seconds that fetching a video or packing may take.")

    @model_validator(mode="after")
    def _whole_gpus(self) -> Self:
        if self.gpus_per_worker > 1 and self.gpus_per_worker % 1:
            raise ValueError(f"gpus_per_worker above 1 must be a whole number, got {self.gpus_per_worker}")
        return self


class ReportConfig(StrictModel):
    """What is kept for reports beside a corpus. Nothing here changes a byte of it."""

    thumbnails: bool = Field(
        True, description="Keep a picture of every clip that is not kept, beside the corpus, for its report."
    )


class ToleranceConfig(StrictModel):
    """How much may fail before a build counts as failed (exit 1 instead of 3)."""

    max_failed_fraction: float = Field(0.1, ge=0, le=1, description="Of all videos and clips listed.")


class EstimatorConfig(StrictModel):
    """What every human or geometry estimator's configuration has."""

    kind: str


class AutoConfig(EstimatorConfig):
    """The best estimator that is installed with its weights where a build starts; corpora name the one it was."""

    kind: Literal["auto"] = "auto"


def _words(value: Any) -> Any:
    """A review as a recipe keeps it; of a file, what it says now. Raises RecipeError."""
    return words_of(read_judgements(Path(value)).values()) if isinstance(value, str) else value


Words = Annotated[Mapping[str, Word], BeforeValidator(_words, json_schema_input_type=str | Mapping[str, Word])]


class Recipe(StrictModel):
    """A whole corpus. Read with `share_data.recipe.reading.load_recipe`."""

    schema_version: Literal[1] = Field(description="Version of this format.")
    name: str = Field(pattern=r"^[A-Za-z0-9_-]{1,60}$", description="Name of the corpus.")
    sources: tuple[SourceConfig, ...] = Field(min_length=1)
    only_redistributable: bool = Field(
        False, description="Use only videos whose licence allows passing the frames on; the others are rejected."
    )
    opt_out: tuple[str, ...] = Field(
        (),
        description="What to leave out: id:VIDEO, channel:CHANNEL or sha256:HEX; a file: build --rebuild-without.",
    )
    body: BodyConfig = BodyConfig()
    camera: CameraConfig = CameraConfig()
    clips: ClipsConfig = ClipsConfig()
    filters: tuple[FilterConfig, ...] = ()
    review: Words = Field(
        {},
        description="A person's word, which outranks every score: a review.csv of `share-data audit --sample`, or good "
        "or bad by clip. Of a file, a corpus keeps what it said.",
    )
    humans: Any = None
    geometry: Any = None
    keyframes: KeyframesConfig = KeyframesConfig()
    scene: SceneConfig = SceneConfig()
    scale: ScaleConfig = ScaleConfig()
    placement: PlacementOptions = PlacementOptions()
    output: OutputConfig = OutputConfig()
    engine: EngineConfig = EngineConfig()
    report: ReportConfig = ReportConfig()
    tolerance: ToleranceConfig = ToleranceConfig()

    @field_validator("opt_out")
    @classmethod
    def _known_rules(cls, rules: tuple[str, ...]) -> tuple[str, ...]:
        known = spellings()
        return tuple(checked_rule(rule, known) for rule in rules)

    @model_validator(mode="after")
    def _unique_names(self) -> Self:
        for what, names in {
            "sources": [source.label for source in self.sources],
            "filters": [filter_.kind for filter_ in self.filters],
        }.items():
            twice = sorted(name for name, times in Counter(names).items() if times > 1)
            if twice:
                raise ValueError(f"{what}: {', '.join(twice)} appears more than once; give each its own name")
        return self

    @model_validator(mode="after")
    def _sway_is_measured(self) -> Self:
        if self.camera.stabilise and StaticCamera.kind not in [filter_.kind for filter_ in self.filters]:
            raise ValueError(f"camera.stabilise: {StaticCamera.kind} tells which cameras sway; add it to the filters")
        return self

    @property
    def corpus_path(self) -> str:
        """Folder the corpus is written to."""
        return self.output.path or f"out/{self.name}"

    def resolved(self) -> dict[str, Any]:
        """What a corpus keeps of its recipe: every field, defaults filled in, less those that change no byte of it.

        These are `output.path`, `engine` and `report`. `opt_out` is left out, too: who asked to be left out is
        nobody's business, and the manifest has the hash of that list alone.
        """
        kept = self.model_dump(
            mode="json", exclude={"output": {"path"}, "engine": True, "report": True, "opt_out": True}
        )
        return kept if self.review else {name: value for name, value in kept.items() if name != "review"}

    @property
    def sha256(self) -> str:
        """Hash of the resolved recipe."""
        return bytes_sha256(canonical_json(self.resolved()))


def _union(group: registry.Group, *others: type[StrictModel]) -> Any:
    configs = [*(_config(group, kind) for kind in registry.kinds(group)), *others]
    if len(configs) == 1:
        return configs[0]
    return Annotated[reduce(or_, configs), Field(discriminator="kind")]


def _config(group: registry.Group, kind: str) -> Any:
    """The configuration of `kind`. Where that does not import, a stand-in: only a recipe that names it is refused."""
    try:
        return registry.load(group, kind).Config
    except MissingDependencyError as error:
        message = str(error)

    def refuse(_: Any) -> Any:
        raise MissingDependencyError(message)

    checks: Any = {"refuse": model_validator(mode="before")(refuse)}
    fields: dict[str, Any] = {"kind": (Literal.__getitem__(kind), ...)}
    return create_model(f"Missing_{kind}", __doc__=message, __validators__=checks, **fields)


def _many(item: Any) -> Any:
    return tuple.__class_getitem__((item, ...))


@cache
def recipe_model() -> type[Recipe]:
    """`Recipe` with the configuration models of everything that is registered here."""

    def built_in(group: registry.Group, kind: str) -> Any:
        return registry.load(group, kind).Config(kind=kind)

    filters = tuple(built_in("filters", kind) for kind in DEFAULT_FILTERS)
    fields: dict[str, Any] = {
        "sources": (_many(_union("sources")), Field(min_length=1)),
        "filters": (
            _many(_union("filters")),
            Field(
                filters,
                description="Filters, in the order they are applied; default: the four that ship.",
            ),
        ),
        "humans": (_union("humans", AutoConfig), built_in("humans", "blazepose")),
        "geometry": (_union("geometry", AutoConfig), built_in("geometry", "ground_plane")),
    }
    return create_model("Recipe", __base__=Recipe, __doc__=Recipe.__doc__, **fields)
