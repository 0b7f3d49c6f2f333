"""Three directions square to each other, and the focal at which a picture's straight edges are parallel to them.

Most edges of what people build run along three such directions (Coughlan and Yuille, ICCV 1999). Where the parallels
of two of them meet in the picture, neither of them at infinity, tells the focal: only at the right one are they
square (Caprile and Torre, IJCV 1990). Every edge belongs to one of the three or to none, by a mixture, so furniture
that stands askew, patterns and people count little.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from share_data.camera import Floats
from share_data.pipeline.world.picture_lines import Lines

SHARE = 0.2
"""Of the edges that run along one of the three directions; two in five run anyhow."""
FOCALS = np.geomspace(0.3, 2.4, 19)
"""Long sides, to start from: fields of view of the long side from 118 to 24 degrees."""
PRIOR, PRIOR_LOG_SD = 0.866, 0.4
"""Cameras' usual focal, 60 degrees, and how far they are from it."""
PAIRED, MEETING, APART_DEG = 60, 12, 3.0
"""Edges, the longest, that points where parallels meet are made from; such points kept; how far apart they are."""
TURNS = np.radians(np.arange(0.0, 90.0, 2.5))
ROUGH_SD = np.radians(1.0)
"""Beside the edges' own, while a frame is looked for by steps."""
STARTS, A_FOCAL, PARTS, STEPS = 4, 2, 5, 14

Start = tuple[float, Floats, float]
"""Nats, axes (3, 3) and focal."""


@dataclass(frozen=True, slots=True)
class SquareFrame:
    """One explanation of a picture's edges.

    Attributes:
        axes: (3, 3) unit rows, camera frame, square to each other.
        focal: long sides.
        log_sd: of the focal's logarithm, from the edges alone.
        nats: log likelihood over edges that run anyhow, less what so unusual a focal costs.
        shares: (3, n) the probability that an edge runs along an axis.
    """

    axes: Floats
    focal: float
    log_sd: float
    nats: float
    shares: Floats

    @property
    def support(self) -> Floats:
        """(3,) how many edges run along each of the axes."""
        return np.asarray(self.shares.sum(axis=1))


def square_frames(lines: Lines) -> list[SquareFrame]:
    """The best explanations by three square directions, best first; empty where no two edges meet."""
    points = _meeting_points(lines)
    if not len(points):
        return []
    begun = [_best_at(lines, points, float(focal)) for focal in FOCALS]
    starts = sorted((start for some in begun for start in some), key=lambda start: -start[0])[:STARTS]
    starts += [max((start for some in part for start in some), key=lambda start: start[0]) for part in _parts(begun)]
    frames = [settled(lines, axes, focal) for _, axes, focal in starts]
    return sorted(frames, key=lambda frame: -frame.nats)


def _parts(begun: list[list[Start]]) -> list[list[list[Start]]]:
    """Rivals may settle at quite other focals: the starts by the fifth of the focals they are of."""
    size = -(-len(begun) // PARTS)
    return [begun[first : first + size] for first in range(0, len(begun), size)]


def _densities(off: Floats, sd: Floats) -> Floats:
    """Of turns `off` (..., n), over that of edges which run anyhow."""
    return np.asarray(np.exp(-((off / sd) ** 2) / 2) * (np.sqrt(np.pi / 2) / sd))


def _nats(lines: Lines, axes: Floats, focal: Floats, sd: Floats) -> Floats:
    """(...,) axes: (..., 3, 3); focal: (...,)."""
    along = SHARE * _densities(lines.off(axes, focal), sd).sum(axis=-2)
    return np.asarray(np.log(along + 1 - 3 * SHARE).sum(axis=-1) - (np.log(focal / PRIOR) / PRIOR_LOG_SD) ** 2 / 2)


def _meeting_points(lines: Lines) -> Floats:
    """(m, 3) homogeneous, long sides: where many edges meet, the best first; each may be a direction's."""
    whole = np.concatenate([lines.ends, np.ones((len(lines), 2, 1))], axis=-1)
    first, second = np.triu_indices(min(len(lines), PAIRED), 1)
    through = np.cross(whole[:, 0], whole[:, 1])
    points = np.cross(through[first], through[second])
    size = np.linalg.norm(points, axis=1)
    points = points[size > 1e-9] / size[size > 1e-9, None]
    odds = _densities(lines.off(points, np.ones(())), lines.sd)
    best = np.argsort(-np.log1p(SHARE * (odds - 1)).sum(axis=1), kind="stable")
    kept: list[int] = []
    for point in best.tolist():
        if (np.abs(points[kept] @ points[point]) < np.cos(np.radians(APART_DEG))).all():
            kept.append(point)
        if len(kept) == MEETING:
            break
    return np.asarray(points[kept])


def _best_at(lines: Lines, points: Floats, focal: float) -> list[Start]:
    """The best frames that have one of the points on an axis."""
    first = points / [focal, focal, 1.0]
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    across = np.cross(first, np.eye(3)[np.abs(first).argmin(axis=1)])
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    beyond = np.cross(first, across)
    turn = TURNS[:, None]
    second = np.cos(turn) * across[:, None] + np.sin(turn) * beyond[:, None]
    frames = np.stack([np.broadcast_to(first[:, None], second.shape), second, np.cross(first[:, None], second)], axis=2)
    frames = frames.reshape(-1, 3, 3)
    nats = _nats(lines, frames, np.full(len(frames), focal), np.hypot(lines.sd, ROUGH_SD))
    return [(float(nats[each]), frames[each], focal) for each in np.argsort(-nats, kind="stable")[:A_FOCAL]]


def settled(lines: Lines, axes: Floats, focal: float, without: int | None = None) -> SquareFrame:
    """The nearest frame and focal that explain the edges best, by expectation and maximisation.

    Args:
        lines: the edges.
        axes: (3, 3) to start from, as `SquareFrame` has them.
        focal: to start from, long sides.
        without: an axis that no edge is to run along.
    """
    used = np.array([[axis != without] for axis in range(3)], dtype=np.float64)
    log_focal, shares, information = np.log(focal), np.zeros((3, len(lines))), np.eye(4)
    for _ in range(STEPS):
        off = lines.off(axes, np.exp(log_focal))
        along = SHARE * _densities(off, lines.sd) * used
        shares = along / (along.sum(axis=0) + 1 - 3 * SHARE)
        slopes = _slopes(lines, axes, log_focal)
        weights = shares / lines.sd**2
        information = np.einsum("akn,kn,bkn->ab", slopes, weights, slopes)
        information[3, 3] += PRIOR_LOG_SD**-2
        pull = np.einsum("akn,kn,kn->a", slopes, weights, off)
        pull[3] += (log_focal - np.log(PRIOR)) / PRIOR_LOG_SD**2
        step = -np.linalg.solve(information + 1e-6 * np.eye(4), pull)
        step *= min(1.0, 0.15 / max(float(np.linalg.norm(step)), 1e-12))
        axes = axes @ Rotation.from_rotvec(step[:3]).as_matrix().T
        log_focal = np.clip(log_focal + step[3], np.log(FOCALS[0]), np.log(FOCALS[-1]))
        if np.linalg.norm(step) < 1e-5:
            break
    information[3, 3] -= PRIOR_LOG_SD**-2
    left = np.linalg.pinv(information + 1e-9 * np.eye(4))[3, 3]
    nats = float(_nats(lines, axes, np.exp(log_focal), lines.sd))
    return SquareFrame(axes, float(np.exp(log_focal)), float(np.sqrt(max(left, 0))), nats, shares)


def _slopes(lines: Lines, axes: Floats, log_focal: float) -> Floats:
    """(4, 3, n): of the edges' turns by a turn of the axes about x, y and z, and by the focal's logarithm."""
    h = 1e-5
    steps = np.concatenate([np.eye(4), -np.eye(4)]) * h
    turned = axes @ Rotation.from_rotvec(steps[:, :3]).as_matrix().transpose(0, 2, 1)
    off = lines.off(turned, np.exp(log_focal + steps[:, 3]))
    return np.asarray((off[:4] - off[4:]) / (2 * h))
