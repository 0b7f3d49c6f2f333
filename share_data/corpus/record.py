"""What a record holds: the metadata model, and a clip's reconstruction as metadata plus named arrays."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from share_data.corpus.layout import ARRAYS, FORMAT_VERSION, KEY_PATTERN
from share_data.records import Clip, EstimatorInfo, Reconstruction
from share_data.text import storable

Arrays = dict[str, NDArray[Any]]
Precision = Literal["float32", "0.1mm"]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_STEP = 1e-4
_DTYPES = {name: tuple(map(np.dtype, dtypes)) for name, (dtypes, _) in ARRAYS.items()}  # names compare slowly


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class EstimatorStamp(_Model):
    """Which estimator, which version, which weights, which settings."""

    kind: str
    version: int
    weights: dict[str, str] = Field(description="File name to SHA-256.")
    settings: dict[str, str | int | float | bool]


class RecordMetadata(_Model):
    """Everything about a record that is not an array."""

    key: str = Field(pattern=KEY_PATTERN)
    format_version: Literal[1] = FORMAT_VERSION
    source: str
    video_id: str
    uri: str
    title: str
    labels: dict[str, str] = Field(description="The source's own: activity, subject, camera, split.")
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
    time_scale: float = Field(gt=0, description="What `times` and all seconds here are the file's own times.")
    width: int = Field(ge=1, description="Of the upright image, pixels.")
    height: int = Field(ge=1)
    focal: float = Field(gt=0, description="Pixels of the upright image.")
    focal_source: str
    n_points: int = Field(ge=0)
    precision: Precision = Field(description="How `points` is stored; 0.1mm is uint16 steps from `points_offset`.")
    geometry_label: str = Field(description="Kind of geometry estimator: is the scene learned, sensed or assumed?")
    humans: EstimatorStamp
    geometry: EstimatorStamp
    body: dict[str, str] = Field(description="Name, gender, SHA-256 and licence of the body model.")
    scores: dict[str, float]


def to_sample(
    clip: Clip, reconstruction: Reconstruction, precision: Precision = "float32"
) -> tuple[dict[str, Any], Arrays]:
    """The metadata (JSON values, see RecordMetadata) and arrays (see `layout.ARRAYS`) of a clip's record.

    A scene wider than 6.55 m along an axis does not fit 0.1mm: that record is float32 and its metadata says so.
    Raises ValueError when the reconstruction is not what its docstring promises (shape, NaN, infinity).
    """
    motion, scene = reconstruction.motion, reconstruction.scene
    arrays: Arrays = {
        **{field.name: getattr(motion, field.name) for field in fields(motion)},
        "times": clip.times,
        **_stored_points(np.asarray(scene.points, np.float32), precision),
        "colors": scene.colors,
        "normals": scene.normals,
        "point_source": scene.point_source,
        "floor_plane": reconstruction.floor_plane,
        "intrinsics": reconstruction.intrinsics.matrix,
        "T_world_cam": reconstruction.T_world_cam,
    }
    arrays = {name: _typed(name, array) for name, array in arrays.items()}
    metadata = _metadata(clip, reconstruction, "0.1mm" if arrays["points"].dtype == np.uint16 else "float32")
    if problems := array_problems(metadata, arrays):
        raise ValueError(f"clip {clip.key}: {'; '.join(problems)}")
    return metadata.model_dump(mode="json"), arrays


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
        focal=float(camera.focal),
        focal_source=camera.source,
        n_points=len(reconstruction.scene.points),
        precision=precision,
        geometry_label=reconstruction.geometry.kind,
        humans=_stamp(reconstruction.humans),
        geometry=_stamp(reconstruction.geometry),
        body=_texts(reconstruction.body),
        scores={name: float(score) for name, score in sorted(reconstruction.scores.items())},
    )


def array_problems(metadata: RecordMetadata, arrays: Mapping[str, NDArray[Any]]) -> list[str]:
    """What is wrong with a record's arrays: names, dtypes, shapes, and values that are not finite."""
    problems = [f"array {name!r} is missing" for name in ARRAYS if name not in arrays]
    problems += [f"array {name!r} does not belong here" for name in arrays if name not in ARRAYS]
    sizes: dict[str | int, int] = {"T": metadata.n_frames, "N": metadata.n_points}
    for name in ARRAYS.keys() & arrays.keys():
        array, shape = arrays[name], tuple(sizes.get(symbol, symbol) for symbol in ARRAYS[name][1])
        if array.dtype not in _DTYPES[name]:
            problems.append(f"array {name!r} is {array.dtype.name}, not {' or '.join(ARRAYS[name][0])}")
        if array.shape != shape:
            problems.append(f"array {name!r} has shape {array.shape}, not {shape}")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            problems.append(f"array {name!r} holds NaN or infinity")
    if metadata.frame_stop - metadata.frame_start != metadata.n_frames:
        problems.append("n_frames is not frame_stop - frame_start")
    return sorted(problems)


def record_schema() -> dict[str, Any]:
    """JSON Schema of KEY.json; `x-arrays` lists the tensors of KEY.safetensors beside it."""
    arrays = {name: {"dtype": list(dtypes), "shape": list(shape)} for name, (dtypes, shape) in ARRAYS.items()}
    return {**RecordMetadata.model_json_schema(), "x-arrays": arrays}
