"""Human placement of SHARE (eqs. 4-9): translations that put the posed mesh into the point map.

The methods: `objective` (what is minimised), `solve_exact` and `solve_adam` (how), `anchoring` (the frames between
keyframes), `chamfer` and `visible` (which surfaces meet). Arrays in, arrays out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import Field

from share_data.camera import Floats
from share_data.errors import EstimationError
from share_data.pipeline.placement import solve_adam, solve_exact
from share_data.pipeline.placement.anchoring import Anchoring, Anchors
from share_data.pipeline.placement.objective import Objective
from share_data.pipeline.placement.visible import extent_share, visible_vertices
from share_data.records import Ints
from share_data.strict import StrictModel

LEAST_SHOWN = 0.12
"""Share of the body, by its size in the image, below which a keyframe does not say where the person is: the edge of an
image or of a door cuts points as no limb ends, and what is left can be pushed along it."""
ESTIMATE_POINTS = 500
"""Points and vertices a keyframe that the loss before placement is estimated from."""


class PlacementOptions(StrictModel):
    """How the person is placed in the point map. `PlacementOptions.paper()` is SHARE to the letter."""

    solver: Literal["exact", "adam"] = Field(
        default="exact",
        description="exact: the objective reduced to three unknowns a keyframe. adam: the paper's 600 steps, slow.",
    )
    anchoring: Anchoring = Field(
        default="blend",
        description="mean: frames between keyframes move by the mean of all (paper). blend: by an offset that follows "
        "the keyframes in time, without jumps.",
    )
    chamfer: Literal["symmetric", "visible"] = Field(
        default="visible",
        description="symmetric: all vertices against all points (paper). visible: only vertices that the camera sees; "
        "keyframes that hardly show the person are left out.",
    )
    squared: bool = Field(default=False, description="Squared Chamfer distances; the paper's are not.")
    device: Literal["cpu", "cuda"] = Field(default="cpu", description="Where the adam solver runs.")

    @classmethod
    def paper(cls, solver: Literal["exact", "adam"] = "exact") -> "PlacementOptions":
        """Eqs. 4-9 as published.

        >>> PlacementOptions.paper().anchoring, PlacementOptions().anchoring
        ('mean', 'blend')

        Args:
            solver: `adam` is the paper's, 600 steps; `exact` goes on to the minimum of the same objective, and sooner.
        """
        return cls(solver=solver, anchoring="mean", chamfer="symmetric")


@dataclass(frozen=True, slots=True)
class Placement:
    """How a person was placed.

    Attributes:
        offsets: (T, 3) float64 metres to add to the estimator's translations, in the frame of reference of the input.
        body_loss: Chamfer distances summed over keyframes, metres (square metres when squared), at the offsets, of all
            points and vertices used.
        root_loss: square metres, at the offsets.
        initial_loss: the sum of both with no keyframe moved, estimated from part of the points.
        evaluations: how often the objective was computed, in full or in part.
    """

    offsets: Floats
    body_loss: float
    root_loss: float
    initial_loss: float
    evaluations: int


def place_human(
    vertices: Floats,
    human_points: Sequence[Floats],
    roots: Floats,
    times: Floats,
    keyframes: Ints,
    options: PlacementOptions,
    faces: Ints | None = None,
) -> Placement:
    """Place a person in the point map, starting at the estimator's translations.

    Poses are frozen: every frame's body moves by one vector. All is in one frame of reference, for `visible` the
    camera's. `examples/place_in_point_map.py` is a call of it.

    Args:
        vertices: (K, V, 3) the mesh at the keyframes, metres, before placement.
        human_points: K of (P_k, 3), the point map under the person's mask, metres.
        roots: (T, 3) pelvis positions, metres, before placement.
        times: (T,) seconds, rising: when each frame was taken.
        keyframes: (K,) rising frame numbers below T.
        options: solver, anchoring and Chamfer distance; `PlacementOptions.paper()` is the paper's choice.
        faces: (F, 3) vertex numbers, needed for `chamfer="visible"`.

    Returns:
        The offsets of all frames, and the losses.

    Raises:
        EstimationError: a keyframe has no human points; with `chamfer="visible"`, none has.
        ValueError: the arguments do not fit together.
        MissingDependencyError: torch does not find the device asked for.

    Source: SHARE (arXiv 2510.15342), eqs. 4-9.
    """
    keyframes = np.asarray(keyframes)
    _check(vertices, human_points, keyframes, roots, np.asarray(times))
    if options.chamfer == "visible":
        telling = _telling(vertices, human_points)
        keyframes, human_points = keyframes[telling], [human_points[k] for k in telling]
        surfaces = _surfaces(np.asarray(vertices)[telling], faces, human_points)
    else:
        surfaces = list(vertices)
    _check_points(human_points, keyframes)
    anchors = Anchors(roots, times, keyframes, options.anchoring)
    objective = Objective(surfaces, human_points, anchors, options.squared)
    initial, _ = objective(np.zeros((len(keyframes), 3)), ESTIMATE_POINTS)
    offsets, value = _solved(objective, surfaces, human_points, anchors, options)
    root, _ = objective.root(offsets[keyframes])
    return Placement(offsets, value - root, root, initial, objective.evaluations)


def _solved(
    objective: Objective,
    surfaces: Sequence[Floats],
    human_points: Sequence[Floats],
    anchors: Anchors,
    options: PlacementOptions,
) -> tuple[Floats, float]:
    """Offsets (T, 3) in metres, and the objective's value there."""
    if options.solver == "exact":
        displacement, value = solve_exact.solve(objective, objective.starts())
        return anchors.offsets(displacement), value
    offsets = solve_adam.solve(
        surfaces, human_points, anchors.roots, anchors.smoothed, anchors.keyframes, options.squared, options.device
    )
    displacement = offsets[anchors.keyframes]
    value, _ = objective(displacement)
    return anchors.offsets(displacement) if options.anchoring == "blend" else offsets, value


def _telling(vertices: Floats, human_points: Sequence[Floats]) -> Ints:
    """Numbers of the keyframes that show enough of the person to place it, or of the best where none does."""
    shown = np.array([extent_share(v, p) for v, p in zip(vertices, human_points, strict=True)])
    return np.flatnonzero(shown >= min(LEAST_SHOWN, shown.max()))


def _surfaces(vertices: Floats, faces: Ints | None, human_points: Sequence[Floats]) -> list[Floats]:
    """What the camera sees of the mesh at each keyframe, K of (V_k, 3)."""
    if faces is None:
        raise ValueError("which vertices are visible cannot be told without faces")
    return [v[visible_vertices(v, faces, p)] for v, p in zip(vertices, human_points, strict=True)]


def _check(vertices: Floats, human_points: Sequence[Floats], keyframes: Ints, roots: Floats, times: Floats) -> None:
    frames = len(roots)
    if times.shape != (frames,) or (np.diff(times) <= 0).any():
        raise ValueError(f"times must be {frames} rising seconds, one a frame")
    if not len(vertices) == len(human_points) == len(keyframes) > 0:
        raise ValueError("vertices, human_points and keyframes must be as many")
    if (np.diff(keyframes) <= 0).any() or keyframes[0] < 0 or keyframes[-1] >= frames:
        raise ValueError(f"keyframes must be distinct, rising frame numbers below {frames}, found {keyframes.tolist()}")


def _check_points(human_points: Sequence[Floats], keyframes: Ints) -> None:
    for frame, points in zip(keyframes, human_points, strict=True):
        if len(points) == 0:
            raise EstimationError(
                f"keyframe {frame}: no valid depth under the person's mask. Choose a clip in which the person is "
                "seen whole at its keyframes."
            )
