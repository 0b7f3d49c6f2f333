"""Which clip of a footage stays depends on no order: neither of measuring, nor of reconstructing, nor of failing."""

from array import array
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from share_data.build.catalogue import CANDIDATE, FAILED, KEPT, REJECTED, UNFIT
from share_data.build.duplicates.copies import Copies
from share_data.filters.duplicates import rank, stand_ins
from share_data.scan.fingerprint import Fingerprint

ENDS = (KEPT, KEPT, KEPT, UNFIT, FAILED)


class Jobs:
    """Clips of one video each. footages: of each clip, or None where it shows nothing that can be told apart."""

    def __init__(self, footages: list[int | None], confidences: list[float]) -> None:
        self.footages, self.confidences = footages, confidences

    def key(self, clip: int) -> str:
        return f"c{clip}"

    def video_of(self, clip: int) -> int:
        return clip

    def pixels(self, clip: int) -> dict[str, Any]:
        return {"clip": clip}

    def said(self, clip: int) -> str:
        return ""

    def seconds(self, clip: int) -> float:
        return 2.0

    def measure(self, clip: int) -> str:
        return f"measure {clip}"

    def reconstruct(self, clip: int) -> str:
        return f"reconstruct {clip}"

    def result(self, digest: str) -> dict[str, Any]:
        step, clip = digest.split()
        if step == "reconstruct":
            return {"scores": {"confidence": self.confidences[int(clip)]}}
        return {"fingerprint": self.fingerprint(int(clip)).to_json()}

    def fingerprint(self, clip: int) -> Fingerprint:
        footage = self.footages[clip]
        rng = np.random.default_rng(footage or 0)
        motion = rng.integers(0, 256, (20, 12)).astype(np.uint8)
        pictures = [int(each) for each in rng.integers(0, 2**63, 2)]
        return Fingerprint(None, None, motion) if footage is None else Fingerprint(*pictures, motion)


@st.composite
def builds(draw: st.DrawFn) -> tuple[list[int | None], list[float], list[int], list[int], int]:
    """Footages, confidences, ends, an order of ending, and how many have ended when all are measured."""
    count = draw(st.integers(1, 8))
    footages = draw(st.lists(st.sampled_from([None, 1, 2]), min_size=count, max_size=count))
    confidences = draw(st.lists(st.sampled_from([0.1, 0.5, 0.9]), min_size=count, max_size=count))
    ends = draw(st.lists(st.sampled_from((*ENDS, REJECTED)), min_size=count, max_size=count))
    order = draw(st.permutations([clip for clip, end in enumerate(ends) if end != REJECTED]))
    return footages, confidences, ends, order, draw(st.integers(0, len(order)))


@settings(max_examples=60, deadline=None)
@given(builds(), st.booleans())
def test_what_stays_is_the_best_of_what_all_else_keeps(
    build: tuple[list[int | None], list[float], list[int], list[int], int], unique: bool
) -> None:
    footages, confidences, ends, order, early = build
    jobs: Any = Jobs(footages, confidences)
    states = array("b", [REJECTED if end == REJECTED else CANDIDATE for end in ends])
    copies = Copies(unique, jobs, states)
    for clip in range(len(ends)):
        copies.footage.add(clip, {"fingerprint": jobs.fingerprint(clip).to_json()})
    settled: list[int] = []
    for clip in order[:early]:
        states[clip] = ends[clip]
    copies.find()
    settled += [clip for clip in order[:early] if states[clip] != CANDIDATE]
    for clip in order[early:]:
        states[clip] = ends[clip]
        settled += copies.ended(clip)
    copies.name()
    kept = [clip for clip, end in enumerate(ends) if end == KEPT]
    same = {clip: [k for k in kept if footages[k] == footages[clip] is not None and k != clip] for clip in kept}
    ranked = sorted(kept, key=lambda clip: rank("", confidences[clip], 2.0, jobs.key(clip)))
    wanted = stand_ins(ranked, same)
    assert copies.better == wanted
    assert sorted(settled) == sorted(order)
    assert list(states) == [UNFIT if unique and clip in wanted else end for clip, end in enumerate(ends)]
