"""What a record holds: the metadata model, and a clip's reconstruction as metadata plus named arrays."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from share_data.corpus.json_schema import open_schema, stored_as_pairs
from share_data.corpus.layout import ARRAYS, FORMAT_VERSION, KEY_PATTERN, LAST_TENSOR, OPTIONAL
from share_data.footage import Footage, TimesSource, Transfer
from share_data.records import Clip, EstimatorInfo, Reconstruction
from share_data.store.draws import shuffled, text_seed
from share_data.text import storable

Arrays = dict[str, NDArray[Any]]
Precision = Literal["float32", "0.1mm"]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Texts = Annotated[dict[str, str], stored_as_pairs("string")]
Numbers = Annotated[dict[str, float], stored_as_pairs("number")]
Settings = Annotated[dict[str, str | int | float | bool], stored_as_pairs("string")]
_STEP = 1e-4
_PER_POINT = [name for name, (_, shape) in ARRAYS.items() if shape[:1] == ("N",)]
_DTYPES = {name: tuple(map(np.dtype, dtypes)) for name, (dtypes, _) in ARRAYS.items()}  # names compare slowly


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class EstimatorStamp(_Model):
    """Which estimator, which version, which weights, which settings."""

    kind: str
    version: int
    weights: Texts = Field(description="File name to SHA-256.")
    settings: Settings = Field(description="By name; each value as JSON text.")


class BodyStamp(_Model):
    """Which body model."""

    name: str
    gender: str
    sha256: Sha256
    licence: str


class RecordMetadata(_Model):
    """Everything about a record that is not an array. KEY.json holds it as `metadata_json` says."""

    key: str = Field(pattern=KEY_PATTERN)
    format_version: Literal[2] = FORMAT_VERSION
    source: str
    video_id: str
    uri: str
    title: str
    labels: Texts = Field(description="The source's own: activity, subject, camera, split.")
    licence: str
    redistributable: bool
    attribution: str
    video_sha256: Sha256
    frame_start: int = Field(ge=0, description="First frame, in decoding order.")
    frame_stop: int = Field(ge=1, description="One past the last frame.")
    n_frames: int = Field(ge=1)
    time_first: float = Field(description="Presentation time of the first frame, seconds.")
    time_last: float
    fps: float = Field(ge=0, description="Mean over the clip, from its timestamps.")
    time_scale: float = Field(gt=0, description="True seconds a second of the file; all seconds here are true ones.")
    width: int = Field(ge=1, le=1_000_000, description="Of the upright image, pixels.")
    height: int = Field(ge=1, le=1_000_000)
    times_source: TimesSource = Field(description="Of `times`: stored in the file, or nominal: frame number / rate.")
    frames_lost: int = Field(ge=0, description="Frames left out within the clip: damaged, or missing in the file.")
    display: str = Field(description="How the stored picture was turned or mirrored to be upright.")
    video_track: str = Field(description="Which track was taken among which; empty where the file has one.")
    transfer: Transfer = Field(description="Standard dynamic range, or one of the high ones.")
    interlaced: bool
    picture_changes: list[str] = Field(description="What else was done to the pictures, in words.")
    focal: float = Field(ge=1e-3, le=1e9, description="Pixels of the upright image.")
    focal_source: str = Field(
        description="Who says so: recipe, source, geometry, edges (straight ones in the picture), camera (the pictures "
        "of all its videos), lens, default. lens: the 35 mm equivalent in the file, by the diagonal; where the picture "
        "is a crop of what the lens shows (16:9 of a 4:3 sensor: 9 %, stabilised: usually 10 to 20 % more) the true "
        "focal is longer by as much. default: a guess."
    )
    n_points: int = Field(ge=0)
    precision: Precision = Field(description="How `points` is stored; 0.1mm is uint16 steps from `points_offset`.")
    geometry_label: str = Field(description="Kind of geometry estimator: is the scene learned, sensed or assumed?")
    humans: EstimatorStamp
    geometry: EstimatorStamp
    body: BodyStamp
    scores: Numbers


def to_sample(
    clip: Clip, reconstruction: Reconstruction, precision: Precision = "float32"
) -> tuple[dict[str, Any], Arrays]:
    """A clip's record, as it is written to a shard.

    A scene wider than 6.55 m along an axis does not fit 0.1mm: that record is float32 and its metadata says so.

    Scene points lie in an order drawn by the clip's key (`layout.SHUFFLED_POINTS`).

    Args:
        clip: whose record it is.
        reconstruction: of that clip, world frame.
        precision: how `points` is stored.

    Returns:
        The metadata (see RecordMetadata, as a dict) and the arrays (see `layout.ARRAYS`).

    Raises:
        ValueError: the reconstruction is not what its docstring promises (shape, NaN, infinity).
    """
    motion, scene = reconstruction.motion, reconstruction.scene
    arrays: Arrays = {
        **{field.name: array for field in fields(motion) if (array := getattr(motion, field.name)) is not None},
        "times": clip.times,
        **_stored_points(np.asarray(scene.points, np.float32), precision),
        "colors": scene.colors,
        "normals": scene.normals,
        "point_source": scene.point_source,
        "floor_plane": reconstruction.floor_plane,
        "intrinsics": reconstruction.intrinsics.matrix,
        "T_world_cam": reconstruction.T_world_cam,
    }
    if clip.stabilising is not None:
        arrays["stabilising"] = clip.stabilising
    arrays = {name: _typed(name, array) for name, array in arrays.items()}
    order = shuffled(text_seed(clip.key), len(arrays["points"]))
    arrays |= {name: np.ascontiguousarray(arrays[name][order]) for name in _PER_POINT}
    metadata = _metadata(clip, reconstruction, "0.1mm" if arrays["points"].dtype == np.uint16 else "float32")
    found = metadata.model_dump(mode="json")
    if problems := array_problems(found, arrays):
        raise ValueError(f"clip {clip.key}: {'; '.join(problems)}")
    return found, arrays


def _typed(name: str, array: NDArray[Any]) -> NDArray[Any]:
    """C-contiguous, in the dtype of the record; `points` has been given its own already."""
    return np.ascontiguousarray(array, dtype=None if name == "points" else _DTYPES[name][0])


def _stored_points(points: NDArray[np.float32], precision: Precision) -> Arrays:
    """points (N, 3), scale (1,), offset (3,) with metres = points * scale + offset, whatever the precision."""
    low = points.min(axis=0) if len(points) else np.zeros(3, np.float32)
    steps = np.round((points.astype(np.float64) - low) / _STEP)
    if precision == "float32" or steps.max(initial=0) > np.iinfo(np.uint16).max:
        return {"points": points, "points_scale": np.ones(1), "points_offset": np.zeros(3)}
    return {"points": steps.astype(np.uint16), "points_scale": np.array([_STEP]), "points_offset": low}


def _stamp(info: EstimatorInfo) -> EstimatorStamp:
    return EstimatorStamp(
        kind=info.kind, version=info.version, weights=_texts(info.weights), settings=dict(info.settings)
    )


def _texts(texts: Mapping[str, str]) -> dict[str, str]:
    return {storable(name): storable(text) for name, text in sorted(texts.items())}


def _metadata(clip: Clip, reconstruction: Reconstruction, precision: Precision) -> RecordMetadata:
    video, camera = clip.video, reconstruction.intrinsics
    return RecordMetadata(
        key=clip.key,
        source=storable(video.source),
        video_id=storable(video.video_id),
        uri=storable(video.uri),
        title=storable(video.title),
        labels=_texts(video.labels),
        licence=storable(video.licence),
        redistributable=video.redistributable,
        attribution=storable(video.attribution),
        video_sha256=clip.sha256,
        frame_start=clip.start,
        frame_stop=clip.stop,
        n_frames=len(clip),
        time_first=float(clip.times[0]),
        time_last=float(clip.times[-1]),
        fps=clip.fps,
        time_scale=clip.video.time_scale,
        width=clip.width,
        height=clip.height,
        **_pictures(clip.footage),
        focal=float(camera.focal),
        focal_source=camera.source,
        n_points=len(reconstruction.scene.points),
        precision=precision,
        geometry_label=reconstruction.geometry.kind,
        humans=_stamp(reconstruction.humans),
        geometry=_stamp(reconstruction.geometry),
        body=BodyStamp(**_texts(reconstruction.body)),
        scores={name: float(score) for name, score in sorted(reconstruction.scores.items())},
    )


def _pictures(footage: Footage) -> dict[str, Any]:
    return {
        "times_source": footage.times,
        "frames_lost": footage.frames_lost,
        "display": footage.display,
        "video_track": storable(footage.video_track),
        "transfer": footage.transfer,
        "interlaced": footage.interlaced,
        "picture_changes": [storable(change) for change in footage.done],
    }


def array_problems(metadata: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> list[str]:
    """What is wrong with a record's arrays: names, dtypes, shapes, and values that are not finite.

    Args:
        metadata: sound; its `n_frames` and `n_points` tell T and N.
        arrays: by name.

    Returns:
        A sentence a problem, sorted; empty for a sound record.
    """
    problems = [f"array {name!r} is missing" for name in ARRAYS if name not in arrays and name not in OPTIONAL]
    problems += [f"array {name!r} does not belong here" for name in arrays if name not in ARRAYS]
    sizes: dict[str | int, int] = {"T": metadata["n_frames"], "N": metadata["n_points"]}
    for name in ARRAYS.keys() & arrays.keys():
        array, shape = arrays[name], tuple(sizes.get(symbol, symbol) for symbol in ARRAYS[name][1])
        if array.dtype not in _DTYPES[name]:
            problems.append(f"array {name!r} is {array.dtype.name}, not {' or '.join(ARRAYS[name][0])}")
        if array.shape != shape:
            problems.append(f"array {name!r} has shape {array.shape}, not {shape}")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            problems.append(f"array {name!r} holds NaN or infinity")
    if metadata["frame_stop"] - metadata["frame_start"] != metadata["n_frames"]:
        problems.append("n_frames is not frame_stop - frame_start")
    return sorted(problems)


def record_schema() -> dict[str, Any]:
    """JSON Schema of KEY.json; `x-arrays` lists the tensors of KEY.safetensors beside it. Later additions fit it."""
    arrays: dict[str, Any] = {
        name: {"dtype": list(dtypes), "shape": list(shape), **({"optional": True} if name in OPTIONAL else {})}
        for name, (dtypes, shape) in ARRAYS.items()
    }
    arrays[LAST_TENSOR] = {"dtype": ["bool"], "shape": [1]}
    return {**open_schema(RecordMetadata), "x-arrays": arrays}
