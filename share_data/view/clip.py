"""One record as it is drawn: everything by frame, in the world of the corpus, ready to be sent."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from share_data.camera import Floats
from share_data.corpus.read import Record
from share_data.corpus.training.rotations import quaternions
from share_data.errors import BodyModelError
from share_data.export.base import same_body
from share_data.export.skeleton import PARENTS, world_turns
from share_data.records import Bools
from share_data.view.skin import Skin, skin_of

TOUCHING_M = 0.02
"""Skin this near to the scene touches it, for the eye."""
FEET = (7, 10, 8, 11)
"""The joints of `foot_contact`: left ankle and toes, right ankle and toes."""


@dataclass(frozen=True, slots=True)
class ClipView:
    """A record with T frames.

    Attributes:
        record: where it comes from.
        skin: the body's; None where its model is not here, `why` says which: its joints are drawn then.
        turns: (T, 24, 3, 3) rotations of the bones, rest axes to world.
        before: (T, 3) metres from where the person was placed to where the estimator had put him.
        on_floor: (T, 24) the joints of the feet that stand on the floor.
        touching: (T, 24) joints whose skin is nearer to the scene than `TOUCHING_M`.
    """

    record: Record
    skin: Skin | None
    why: str
    turns: Floats
    before: Floats
    on_floor: Bools
    touching: Bools

    def __len__(self) -> int:
        return len(self.times)

    @property
    def times(self) -> Floats:
        """(T,) seconds from the first frame."""
        times = self.record.arrays["times"]
        return np.asarray(times - times[0], np.float64)

    @property
    def joints(self) -> Floats:
        """(T, 24, 3) metres."""
        return self.record.arrays["joints"]

    @property
    def keyframes(self) -> NDArray[np.intp]:
        """(K,) numbers of the frames that the scene was made of."""
        return np.flatnonzero(self.record.arrays["keyframe"])

    @property
    def company(self) -> Bools | None:
        """(T,) frames in which somebody else may be in view; None for a record that does not tell."""
        return self.record.arrays.get("company")

    @property
    def metadata(self) -> dict[str, Any]:
        """The record's."""
        return self.record.metadata

    def bones(self, frame: int) -> Floats:
        """(23, 2, 3) metres: from parent to joint, for a body without a skin."""
        joints = self.joints[frame]
        return np.stack([joints[list(PARENTS[1:])], joints[1:]], axis=1)


def clip_view(record: Record, body: Path | None = None) -> ClipView:
    """What is drawn of a record.

    Args:
        record: checked.
        body: the model file that the corpus was made with, where that is not the built-in mannequin.
    """
    arrays = record.arrays
    pose = np.concatenate([arrays["global_orient"], arrays["body_pose"]], axis=1).reshape(-1, 24, 3)
    on_floor = np.zeros(arrays["joints"].shape[:2], bool)
    on_floor[:, list(FEET)] = arrays["foot_contact"]
    skin, why = _skin(record, body)
    return ClipView(
        record=record,
        skin=skin,
        why=why,
        turns=world_turns(quaternions(pose)),
        before=np.asarray(arrays["transl_initial"] - arrays["transl"], np.float64),
        on_floor=on_floor,
        touching=np.asarray(arrays["contact_distance"] <= TOUCHING_M),
    )


def _skin(record: Record, body: Path | None) -> tuple[Skin | None, str]:
    stamp = record.metadata["body"]
    try:
        model = same_body(str(body or ""), stamp["name"], stamp["gender"], stamp["sha256"])
    except BodyModelError as error:
        return None, str(error)
    return skin_of(model, record.arrays["betas"]), ""
