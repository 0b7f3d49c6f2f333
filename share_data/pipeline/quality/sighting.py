"""How much of the person and of the clip the camera saw."""

from collections.abc import Iterable

import numpy as np

from share_data.camera import Floats, Intrinsics, project
from share_data.records import Bools


def longest_lost_s(valid: Bools, times: Floats) -> float:
    """The longest time without a sight of the person, whose motion is made up meanwhile. Lower is better.

    From the last frame that shows him to the next; at an end of the clip from there to its end. It cannot see that
    somebody else was taken for him.

    >>> longest_lost_s(np.array([True, False, False, True, True]), np.arange(5) / 10)
    0.3

    Args:
        valid: (T,) bool, at least one frame.
        times: (T,) seconds, rising.

    Returns:
        Seconds; 0 where he is seen in every frame.
    """
    seen = np.flatnonzero(valid)
    if not len(seen):
        return float(times[-1] - times[0])
    inner = np.diff(times[seen])[np.diff(seen) > 1]
    ends = times[seen[0]] - times[0], times[-1] - times[seen[-1]]
    return round(float(max(*ends, *inner)), 6)


def frames_missing_share(times: Floats) -> float:
    """Share of the frames that a steady rate would have had and the file has not. Lower is better.

    >>> frames_missing_share(np.array([0.0, 0.1, 0.2, 0.4, 0.5]))
    0.16667

    Args:
        times: (T,) seconds, rising.

    Returns:
        In [0, 1); 0 for a video whose frames are evenly spaced. Of a rate that varies by design it says nothing.
    """
    if len(times) < 3:
        return 0.0
    steps = np.diff(times)
    due = np.maximum(np.round(steps / np.median(steps)), 1).sum() + 1
    return round(float(1 - len(times) / due), 5)


def body_seen_share(vertices: Floats, masks: Iterable[Bools], camera: Intrinsics) -> float | None:
    """Share of the body's skin, front and back, that lies on the person's pixels; mean over frames. Higher is better.

    It sees what the picture's edge cuts off and what stands before the person; it cannot tell them from a body that
    lies elsewhere than the person does.

    Args:
        vertices: (S, V, 3) placed, metres, camera frame.
        masks: S of (H, W) bool.
        camera: of any size of the same view.

    Returns:
        In [0, 1]; None without frames.
    """
    shares = [_share(body, mask, camera.scaled(*mask.shape[::-1])) for body, mask in zip(vertices, masks, strict=True)]
    return float(np.mean(shares)) if shares else None


def _share(body: Floats, mask: Bools, camera: Intrinsics) -> float:
    front = np.asarray(body[body[:, 2] > 0], dtype=np.float64)
    column, row = np.floor(project(front, camera)).astype(np.int64).T
    inside = (column >= 0) & (column < mask.shape[1]) & (row >= 0) & (row < mask.shape[0])
    return float(mask[row[inside], column[inside]].sum() / len(body))
