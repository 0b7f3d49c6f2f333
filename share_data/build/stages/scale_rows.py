"""What keyframes say of the scale as numbers in a journal, five a keyframe."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from share_data.pipeline.scene.scale_evidence import KeyframeEvidence, PooledEvidence
from share_data.store.hashing import bytes_sha256, canonical_json

Rows = Sequence[Sequence[float]]
"""One [log_ratio, spread, pixels, upright, height] a keyframe."""


def to_rows(evidence: Iterable[KeyframeEvidence]) -> list[list[float]]:
    """The numbers of each keyframe."""
    return [[each.log_ratio, each.spread, float(each.pixels), each.upright, each.height] for each in evidence]


def from_rows(rows: Rows) -> tuple[KeyframeEvidence, ...]:
    """What `to_rows` was given."""
    return tuple(
        KeyframeEvidence(ratio, spread, int(pixels), upright, height) for ratio, spread, pixels, upright, height in rows
    )


def are_rows(value: Any) -> bool:
    """Whether this, out of a journal that may be somebody else's, can be what `to_rows` gives."""
    return isinstance(value, list) and all(
        isinstance(row, list)
        and len(row) == 5
        and all(type(number) is float and math.isfinite(number) for number in row)
        and 0 <= row[2] <= 1e12
        and min(row[3:]) > 0
        and abs(row[0]) <= 50
        for row in value
    )


def from_payload(told: Mapping[str, Any]) -> PooledEvidence:
    """What `ScalePools.pooled` puts into a job."""
    return PooledEvidence(told["source"], told["clips"], from_rows(told["keyframes"]), from_rows(told["own"]))


def pool_hash(source: str, clips: int, keyframes: Rows) -> str:
    """What names a pool: whose and which keyframes it holds. Those of the clip itself follow from its maps."""
    return bytes_sha256(canonical_json([source, clips, [list(row) for row in keyframes]]))


def scale_pool(pooled: PooledEvidence) -> str:
    """The same of evidence that has arrived."""
    return pool_hash(pooled.source, pooled.clips, to_rows(pooled.keyframes))
