"""What is told of a moment, and of whom."""

from dataclasses import replace

import numpy as np
import samples

from share_data.view import panel
from share_data.view.clip import clip_view
from share_data.view.thresholds import Line


def test_a_moment_says_who_was_seen_and_who_else() -> None:
    record = samples.record_of(samples.walk(3))
    others = {"valid": np.array([True, False, True]), "company": np.array([False, False, True])}
    clip = clip_view(replace(record, arrays=record.arrays | others))
    told = [panel.moment(clip, frame) for frame in range(3)]
    assert ["keyframe" in each for each in told] == [True, False, True]
    assert ["not seen" in each for each in told] == [False, True, False]
    assert ["somebody else" in each for each in told] == [False, False, True]
    older = {name: array for name, array in record.arrays.items() if name != "company"}
    assert "somebody else" not in panel.moment(clip_view(replace(record, arrays=older)), 2)


def test_what_was_not_measured_passes_nothing() -> None:
    told = panel.scores(
        [Line("<b>", None, "m", ">= 1"), Line("b", 2.0, "m", ">= 1"), Line("c", 0.5, "m", ">= 1", False)]
    )
    assert "&lt;b&gt;" in told and told.count("✓") == 1 and told.count("✗") == 1 and "not measured" in told
