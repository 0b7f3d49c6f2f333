"""What every score of a record means: unit, direction, what it sees and what it cannot. `docs/quality.md` is its table.

A score that could not be measured is not among a record's `scores`, and null in its column of the index, which every
index has for every score of this list. It is never a good value.
"""

from dataclasses import dataclass
from typing import Literal

Better = Literal["lower", "higher", "neither"]


@dataclass(frozen=True, slots=True)
class Score:
    """One score.

    Attributes:
        name: as in a record's `scores`, and in the index after `score_`.
        unit: of its value.
        better: which way is better; `neither` for what only describes.
        sees: what it is, and sees.
        blind: what it cannot see, and when it is not measured.
    """

    name: str
    unit: str
    better: Better
    sees: str
    blind: str


_NO_MAP = "not measured where the point maps are made from the person (`ground_plane`)"
SCORES: tuple[Score, ...] = (
    Score(
        "confidence", "probability", "higher",
        "root, up and pose all within the bounds",
        "motions and hazards the fit never saw",
    ),
    Score(
        "depth_uncertainty_m", "m", "lower",
        "how far off the distance may be, from who chose focal and scale",
        "this clip's own error: two clips in three lie within",
    ),
    Score(
        "up_uncertainty_deg", "degrees", "lower",
        "how far off up may be, from who tells pitch and roll",
        "this clip's own error: two clips in three lie within",
    ),
    Score("valid_share", "share", "higher", "frames in which the person was seen", "another person taken for him"),
    Score(
        "person_lost",
        "share",
        "lower",
        "frames in which he was not seen, or the body lies elsewhere (IoU below 0.2)",
        "another person taken for him",
    ),
    Score("longest_lost_s", "s", "lower", "longest time without a sight of him", "another person taken for him"),
    Score(
        "frames_missing_share", "share", "lower",
        "frames that a steady rate would have and the file has not",
        "cuts whose times were closed up",
    ),
    Score("person_distance_m", "m", "neither", "camera to pelvis, median", "whether it is right"),
    Score(
        "mask_iou", "ratio", "higher",
        "rendered body over the person's mask, without what nearer scene hides",
        "anything along the ray: depth, scale, focal",
    ),
    Score(
        "body_seen_share", "share", "higher",
        "skin on the person's pixels: cut off by the edge, hidden by furniture",
        "whether what is missing is hidden or elsewhere",
    ),
    Score("depth_residual_m", "m", "neither", "median of body less point map, + is behind", _NO_MAP),
    Score("depth_residual_abs_m", "m", "lower", "the same of absolute values", _NO_MAP),
    Score(
        "placement_body_loss_m", "m", "lower",
        "Chamfer distance of body and human points, a keyframe",
        f"{_NO_MAP}, or the Chamfer distance is not the default",
    ),
    Score(
        "scale_disagreement_raw", "|log|", "lower",
        "size of the body against its size in the map, as estimated",
        f"which of them is wrong; {_NO_MAP}",
    ),
    Score(
        "scale_disagreement", "|log|", "lower",
        "the same after the scene was rescaled",
        f"which of them is wrong; {_NO_MAP}",
    ),
    Score("scale_log_factor", "|log|", "lower", "how much the scene was rescaled", _NO_MAP),
    Score("scale_map", "ratio", "neither", "the map's scale, posterior mean", _NO_MAP),
    Score("scale_sd", "log", "lower", "its posterior standard deviation", _NO_MAP),
    Score("scale_evidence_sigmas", "sd", "lower", "by how many standard deviations body and map disagree", _NO_MAP),
    Score("scale_certainty", "probability", "neither", "that a rescaling helps", _NO_MAP),
    Score("scale_applied", "0 or 1", "neither", "whether it was", _NO_MAP),
    Score("scale_body", "ratio", "neither", "the body's size over the true one, as estimated with the scale", _NO_MAP),
    Score("scale_source", "0 to 2", "neither", "whose keyframes told it: clip's, video's, camera's", _NO_MAP),
    Score("scale_clips", "clips", "neither", "of how many clips they are", _NO_MAP),
    Score(
        "keyframe_scale_spread", "ratio", "lower",
        "keyframes' scales against each other",
        f"an error all share; {_NO_MAP}",
    ),
    Score(
        "scene_disagreement", "ratio", "lower",
        "keyframes' depths against each other",
        f"an error all share; {_NO_MAP}",
    ),
    Score("scene_hole_fraction", "share", "lower", "of the picture without a scene point", "points that are wrong"),
    Score(
        "scene_hidden_fraction", "share", "lower",
        "of the picture behind the person at every keyframe",
        "what the rest hides",
    ),
    Score("scene_points", "number", "neither", "points of the scene", "whether they are right"),
    Score("backdrop_filled", "share", "neither", "points from the fixed camera's empty room", "clips without one"),
    Score("backdrop_residual", "|log|", "lower", "empty room against the clip's background", "clips without one"),
    Score(
        "penetration_mm", "mm", "lower",
        "the deeper foot in its nearest support beyond 5 mm, mean",
        "more than half a step on stairs; not measured where the feet alone tell the floor",
    ),
    Score(
        "floating_mm", "mm", "lower",
        "the body over its nearest support beyond 5 mm, mean: jumps, and hanging in the air",
        "supports no keyframe shows, more than half a step on stairs; not measured where the feet alone tell the floor",
    ),
    Score(
        "skating_m_s", "m/s", "lower",
        "speed along the floor of the skin that touches it",
        "slides on a step or a bed, or of who floats; not measured below 15 frames/s, without contact",
    ),
    Score(
        "jitter_10m_s3", "10 m/s³", "lower",
        "third difference of the joints at 15 positions a second",
        "slow errors, quick motion from noise; not measured below 15 frames/s",
    ),
    Score(
        "keyframe_jump", "ratio", "lower",
        "acceleration at keyframes over the median",
        "a smooth wrong path; not measured below three frames",
    ),
    Score(
        "flips_per_s", "1/s", "lower",
        "hips or shoulders turned by more than 90 degrees in 1/15 s",
        "who faces the wrong way throughout; not measured below 15 frames/s",
    ),
    Score(
        "upside_down", "share", "lower",
        "frames with head below hips below ankles, in the world or in the picture",
        "takes a handstand for a fault; not in the picture where the roll is told",
    ),
    Score(
        "lean_deg", "degrees", "lower",
        "stretched body against up, median",
        "who lies leans rightly; not measured where posture alone tells up, or nobody stands",
    ),
    Score(
        "beyond_joint_limits", "share", "lower",
        "frames with a joint turned further than joints turn",
        "poses that are possible and wrong",
    ),
    Score(
        "sides_mixed", "share", "lower",
        "frames with shoulders and hips facing opposite ways",
        "a body turned as a whole",
    ),
    Score("largest_beta", "sd", "lower", "largest shape coefficient", "a likely shape that is another's"),
    Score("body_height_m", "m", "neither", "stature of the body", "whether it is right"),
    Score("foot_height_m", "m", "neither", "where the feet stand over the floor", "which of them is wrong"),
    Score("focal_default", "0 or 1", "lower", "the focal is a guess: nobody told it", "how wrong it is"),
    Score(
        "pitch_source", "0 to 3", "higher",
        "who tells the camera's pitch: person, scene, source, recipe",
        "whether it is right",
    ),
    Score("roll_source", "0 to 3", "higher", "who tells its roll", "whether it is right"),
    Score("height_source", "0 to 3", "higher", "who tells its height", "whether it is right"),
    Score("floor_from_feet", "0 or 1", "lower", "the floor is where the feet are", "whether they stand on it"),
    Score("floor_support", "share", "higher", "level points that speak for the floor", _NO_MAP),
    Score("floor_feet_gap_m", "m", "neither", "the feet over the floor as the floor was chosen", _NO_MAP),
    Score(
        "placement_mean_offset_m", "m", "neither",
        "how far placement moved the person",
        "whether to the right place",
    ),
    Score("placement_root_loss_m2", "m²", "neither", "the objective's smoothness term", "no quality of its own"),
    Score(
        "reviewed", "0 or 1", "neither", "a person said that it is good, whatever filters say", "clips nobody judged"
    ),
    Score("placement_initial_loss", "m", "neither", "the objective before placement", "no quality of its own"),
)  # fmt: skip


def scores_markdown() -> str:
    """The list as a table for the documentation."""
    rows = [f"| `{each.name}` | {each.unit} | {each.better} | {each.sees} | {each.blind} |" for each in SCORES]
    head = ["| score | unit | better | what it sees | what it cannot see |", "| --- | --- | --- | --- | --- |"]
    return "\n".join([*head, *rows])
