"""How the background moves between two pictures: features outside the people, tracked, and the motions they agree on.

Tracked forward and backward (KLT) on locally normalised images, so that neither exposure nor a lamp looks like motion.
What lies on top of a picture (banners, a channel's mark, bars) stands still and is rich in corners, but it keeps to the
border: what moves is looked for a second time among the features that the first motion leaves over, and is judged by
the share of the picture's middle that goes with it.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.records import Bools

VERSION = 2
"""Raise it when other motions come out of the same pictures."""
# In pixels of pictures of at most 480 px on the longer side.
_SIGMA, _FLOOR, _GAIN = 6.0, 4.0, 40.0
_FEATURES, _MIN_DISTANCE, _QUALITY = 700, 5, 0.01
_WINDOW, _LEVELS = 17, 4
_STEPS, _CLOSE = 20, 0.03  # At each level, until a point moves less: no corner shifts by 0.002 % more.
_ROUND_TRIP, _AGREE = 0.6, 0.9
_DILATION = 0.02
TRUSTED = 40
"""Fewer features that agree do not fix a motion well enough for its effect on the corners to count."""
_GROUP = 10
"""Fewer of those left over are no motion of their own."""
_MIDDLE = 0.2
"""Width of the border on each side, share of the picture, that the middle leaves out: banners are lower than that."""
_PATCHES = 8
"""Patches along each side of the middle."""
_APART = 1.0
"""Pixels that a second motion must differ by, where its features are."""


@dataclass(frozen=True, slots=True)
class BackgroundMotion:
    """From one picture to another.

    corners: (4, 2) shift of the picture's corners, % of its diagonal; scale: change of scale, %; inliers: features that
    agree; cells: of a 3 x 3 grid that these cover; moving_share: of the patches of the picture's middle that have
    features, those that go with a second motion while the first stands still, 0 to 1.
    """

    corners: Floats
    scale: float
    inliers: int
    cells: int
    moving_share: float

    @property
    def trusted(self) -> bool:
        """Whether enough features agree."""
        return self.inliers >= TRUSTED

    @property
    def shift(self) -> float:
        """Of the corner that moves most, % of the diagonal."""
        return float(np.linalg.norm(self.corners, axis=1).max())


NOTHING_SEEN = BackgroundMotion(np.zeros((4, 2)), 0.0, 0, 0, 0.0)


class Reference:
    """A picture that others are compared with."""

    def __init__(self, grey: NDArray[np.uint8], boxes: Floats) -> None:
        """grey: (h, w) uint8; boxes: (n, 4 or more) x1 y1 x2 y2 of the people in it, pixels."""
        import cv2

        self._image = normalised(grey)
        corners = cv2.goodFeaturesToTrack(
            self._image, _FEATURES, _QUALITY, _MIN_DISTANCE, mask=free_of(grey.shape, boxes)
        )
        self._corners = np.zeros((0, 1, 2), np.float32) if corners is None else np.asarray(corners, np.float32)

    def motion(self, grey: NDArray[np.uint8], boxes: Floats) -> BackgroundMotion:
        """Of the background from this picture to another of the same size with its own people."""
        old, new = self.follow(grey, boxes)
        return _motion_of(old, new, (grey.shape[1], grey.shape[0]))

    def follow(self, grey: NDArray[np.uint8], boxes: Floats) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Features (n, 2) of this background, and where another picture shows them; the first pixel's middle is 0."""
        if len(self._corners) < 3:
            return np.zeros((0, 2), np.float32), np.zeros((0, 2), np.float32)
        return _tracked(self._image, normalised(grey), self._corners, free_of(grey.shape, boxes))


def normalised(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Contrast against the neighbourhood in units of its own spread: the same under any smooth change of exposure."""
    import cv2

    detail = grey.astype(np.float32)
    detail -= cv2.GaussianBlur(detail, (0, 0), _SIGMA)
    spread = np.sqrt(cv2.GaussianBlur(detail * detail, (0, 0), _SIGMA)) + _FLOOR
    return np.clip(np.rint(128 + _GAIN * detail / spread), 0, 255).astype(np.uint8)


def free_of(shape: tuple[int, ...], boxes: Floats) -> NDArray[np.uint8]:
    """(h, w) uint8: 255 outside the people's boxes, which are widened by 2 % of the long side; 0 inside."""
    free = np.full(shape, 255, np.uint8)
    margin = _DILATION * max(shape)
    for x1, y1, x2, y2 in boxes[:, :4]:
        top, left = max(0, int(y1 - margin)), max(0, int(x1 - margin))
        free[top : max(0, int(y2 + margin) + 1), left : max(0, int(x2 + margin) + 1)] = 0
    return free


def _tracked(
    first: NDArray[np.uint8], second: NDArray[np.uint8], start: NDArray[np.float32], free: NDArray[np.uint8]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Points (n, 2) of the first image and where they are in the second: only those that track back to their start."""
    import cv2

    ends = cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, _STEPS, _CLOSE
    track: Any = partial(cv2.calcOpticalFlowPyrLK, winSize=(_WINDOW, _WINDOW), maxLevel=_LEVELS, criteria=ends)
    there, found, _ = track(first, second, start, None)
    back, found_back, _ = track(second, first, there, None)
    old, new = start.reshape(-1, 2), there.reshape(-1, 2)
    returned = np.linalg.norm(back.reshape(-1, 2) - old, axis=1) < _ROUND_TRIP
    height, width = first.shape
    inside = ((new >= 0) & (new <= (width - 1, height - 1))).all(axis=1)
    x, y = np.clip(np.nan_to_num(new), 0, (width - 1, height - 1)).astype(int).T
    good = returned & inside & (found.ravel() == 1) & (found_back.ravel() == 1) & (free[y, x] > 0)
    return old[good], new[good]


def _similarity(old: Floats, new: Floats) -> tuple[Floats, Bools] | None:
    """(2, 3) similarity most points (n, 2) agree on, and which do, (n,) bool; None where there is none."""
    import cv2

    if len(old) < 3:
        return None
    # OpenCV's RANSAC seeds its own generator: the same points give the same fit.
    matrix, agree = cv2.estimateAffinePartial2D(old, new, method=cv2.RANSAC, ransacReprojThreshold=_AGREE)
    return None if matrix is None else (np.asarray(matrix, np.float64), np.asarray(agree).ravel() > 0)


def _motion_of(old: Floats, new: Floats, size: tuple[int, int]) -> BackgroundMotion:
    """size: width, height of the pictures."""
    fit = _similarity(old, new)
    if fit is None:
        return NOTHING_SEEN
    matrix, agree = fit
    width, height = size
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]], dtype=np.float64)
    shift = 100 * (corners @ matrix.T - corners[:, :2]) / np.hypot(width, height)
    scale = 100 * abs(np.hypot(matrix[0, 0], matrix[1, 0]) - 1)
    cells = np.unique((old[agree] * 3 // (width, height)).astype(int) @ [1, 3])
    share = _moving_share(old, new, matrix, agree, size) if agree.sum() >= TRUSTED else 0.0
    return BackgroundMotion(shift, float(scale), int(agree.sum()), len(cells), share)


def _moving_share(old: Floats, new: Floats, matrix: Floats, agree: Bools, size: tuple[int, int]) -> float:
    """See `BackgroundMotion.moving_share`."""
    rest = np.flatnonzero(~agree)
    second = _similarity(old[rest], new[rest]) if len(rest) >= _GROUP else None
    if second is None:
        return 0.0
    group = rest[second[1]]
    expected = old[group] @ matrix[:, :2].T + matrix[:, 2]
    group = group[np.linalg.norm(new[group] - expected, axis=1) >= _APART]
    if len(group) < _GROUP:
        return 0.0
    votes = np.zeros((2, _PATCHES**2))
    for row, points in enumerate((old[agree], old[group])):
        place = (points / size - _MIDDLE) / (1 - 2 * _MIDDLE)
        within = ((place >= 0) & (place < 1)).all(axis=1)
        np.add.at(votes[row], (place[within] * _PATCHES).astype(int) @ [1, _PATCHES], 1)
    textured = votes.sum(axis=0) > 0
    return float(np.mean(votes[1, textured] > votes[0, textured])) if textured.sum() >= 4 else 0.0
