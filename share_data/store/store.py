"""Content-addressed stage store: one file for each expensive result, found by what it was made from."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from share_data.store.atomic import atomic_write, collect_temporary, own_file
from share_data.store.hashing import bytes_sha256, canonical_json

_META = "__meta__"
_DIGEST = "__sha256__"
PARTIAL = ".partial"
"""Folder of a store in which files lie until they are whole."""
_log = logging.getLogger(__name__)


class DamagedArtifactError(Exception):
    """The bytes of a stored artifact are not what was written."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """The result of a stage: `meta` is any JSON object, `arrays` are numpy arrays of any shape and numeric dtype."""

    meta: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)


def stage_key(stage: str, version: int, inputs: Any, params: Any) -> str:
    """Hex key of a result: what went in, what changes the outcome, and the stage's code version. Never a threshold.

    inputs, params: JSON values. Raises ValueError for NaN, TypeError for what JSON cannot hold.
    """
    return bytes_sha256(canonical_json({"stage": stage, "version": version, "inputs": inputs, "params": params}))


@lru_cache(maxsize=4096)
def _heading(name: str, dtype: np.dtype[Any], shape: tuple[int, ...]) -> bytes:
    """What a digest says of an array before its values; the same few come again and again."""
    return canonical_json([name, dtype.name, list(shape)])


def _digest(tensors: Mapping[str, NDArray[Any]]) -> NDArray[np.uint8]:
    """(32,) uint8 SHA-256 over names, dtypes, shapes and values."""
    hasher = sha256()
    for name in sorted(tensors):
        array = tensors[name]
        hasher.update(_heading(name, array.dtype, array.shape))
        hasher.update(array.data)
    return np.frombuffer(hasher.digest(), dtype=np.uint8)


def encode(artifact: Artifact) -> bytes:
    """The file of an artifact: safetensors, its JSON as the uint8 tensor `__meta__`; equal artifacts give equal bytes.

    safetensors' own metadata is not used: its keys are written in no fixed order.
    """
    meta = np.frombuffer(canonical_json(dict(artifact.meta)), dtype=np.uint8)
    # safetensors writes memory as it lies: a transposed or sliced array would be stored scrambled.
    tensors = {
        name: np.asarray(array, dtype=array.dtype.newbyteorder("="), order="C")
        for name, array in artifact.arrays.items()
    }
    if reserved := tensors.keys() & {_META, _DIGEST}:
        raise ValueError(f"array names {sorted(reserved)} are reserved")
    tensors[_META] = meta
    return save_tensors(tensors | {_DIGEST: _digest(tensors)})


def decode(data: bytes) -> Artifact:
    """Inverse of `encode`. Raises DamagedArtifactError for bytes that are cut off or changed anywhere."""
    try:
        tensors = load_tensors(data)
    except SafetensorError as error:
        raise DamagedArtifactError(str(error)) from error
    stored = tensors.pop(_DIGEST, None)
    if stored is None or _META not in tensors or not np.array_equal(stored, _digest(tensors)):
        raise DamagedArtifactError("its checksum does not match")
    return Artifact(json.loads(tensors.pop(_META).tobytes()), tensors)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


class Store:
    """Results on disk under `root`, one folder a stage. Safe with many writers: a file is whole or absent."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.written = 0
        """Bytes this object has put on the disk."""

    def path(self, stage: str, key: str) -> Path:
        """Where the artifact of `key` (see `stage_key`) lies or would lie."""
        return Path(f"{self.root}/{stage}/{key[:2]}/{key}.safetensors")  # once a look-up: cheaper than four `/`

    def get(self, stage: str, key: str) -> Artifact | None:
        """The stored artifact, or None. A damaged file is logged, removed and counts as absent.

        Raises MachineError when it cannot be read.
        """
        path = self.path(stage, key)
        try:
            with own_file(path):
                data = _content(path)
            return None if data is None else decode(data)
        except DamagedArtifactError as error:
            _log.warning("stored result %s is damaged (%s): removed, it will be computed again", path, error)
            path.unlink(missing_ok=True)
            return None

    def has(self, stage: str, key: str) -> bool:
        """Whether a file of this key is there; unlike `get` it is not read, so it may still turn out damaged."""
        return self.path(stage, key).exists()

    def put(self, stage: str, key: str, artifact: Artifact) -> None:
        """Store an artifact durably. Raises DiskFullError, MachineError."""
        data = encode(artifact)
        atomic_write(self.path(stage, key), data, self.root / PARTIAL)
        self.written += len(data)

    def collect(self) -> int:
        """Remove the temporary files of writers that are gone; returns how many. Others may write meanwhile."""
        return collect_temporary(self.root / PARTIAL)
