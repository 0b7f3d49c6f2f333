"""Pooled means with bootstrap intervals over clips, and the tables they are printed in."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from share_data.evaluation.statistics import Summary, bootstrap_difference, bootstrap_mean, summarise
from share_data.evaluation.tables import Column, Grid, Row, cell_text, grid_json, grid_markdown, render_grid

METRES = Column("mrpe", "MRPE", "m")


def clips(seed: int, number: int = 30, frames: int = 20) -> list[np.ndarray]:
    """Clips whose own means differ by 0.2 (sd), much more than their frames do."""
    rng = np.random.default_rng(seed)
    return [rng.normal(0.5 + level, 0.01, frames) for level in rng.normal(0, 0.2, number)]


def test_the_interval_is_that_of_the_clips_not_of_the_frames():
    low, high = bootstrap_mean(clips(1))
    assert high - low == pytest.approx(2 * 1.96 * 0.2 / np.sqrt(30), rel=0.25)
    frames = np.concatenate(clips(1))
    assert high - low > 3 * (2 * 1.96 * frames.std() / np.sqrt(len(frames)))


def test_the_interval_covers_the_true_mean_about_nineteen_times_in_twenty():
    hits = 0
    for seed in range(200):
        low, high = bootstrap_mean(clips(seed, frames=2), resamples=500)
        hits += low <= 0.5 <= high
    assert 176 <= hits <= 198  # 92 % expected of a percentile interval of 30 clips, ± 2 standard errors


def test_clip_means_with_weights_give_the_interval_of_the_frames():
    values = [np.array([1.0, 2, 3]), np.array([10.0]), np.array([4.0, 6])]
    assert bootstrap_mean(values) == pytest.approx(bootstrap_mean([2.0, 10, 5], [3, 1, 2]))


def test_two_clips_by_hand():
    # Resampled pairs are (0,0), (0,6), (6,0), (6,6): weights 3 and 1, so means 0, 1.5, 1.5 and 6.
    assert bootstrap_mean([0.0, 6.0], [3, 1]) == (0.0, 6.0)
    assert set(np.round([bootstrap_mean([0.0, 6.0], [3, 1], seed=s, resamples=1)[0] for s in range(40)], 9)) == {
        0,
        1.5,
        6,
    }


def test_same_values_same_interval_another_seed_another():
    assert bootstrap_mean(clips(3)) == bootstrap_mean(clips(3))
    assert bootstrap_mean(clips(3), seed=1) != bootstrap_mean(clips(3))


def test_thousands_of_clips_are_drawn_in_blocks(monkeypatch: pytest.MonkeyPatch):
    whole = bootstrap_mean(clips(4), resamples=1000)
    monkeypatch.setattr("share_data.evaluation.statistics._BLOCK", 100)
    assert bootstrap_mean(clips(4), resamples=1000) == whole


def test_pairing_takes_out_what_the_clips_have_in_common():
    first = clips(5)
    second = [
        clip - 0.03 + noise for clip, noise in zip(first, np.random.default_rng(0).normal(0, 0.005, 30), strict=True)
    ]
    low, high = bootstrap_difference(first, second)
    assert 0.025 < low < 0.03 < high < 0.035
    unpaired = bootstrap_mean(first), bootstrap_mean(second)
    assert unpaired[0][0] < unpaired[1][1], "each interval alone could not have told"


@given(st.lists(st.floats(-10, 10), min_size=2, max_size=8), st.integers(0, 9))
@settings(max_examples=30, deadline=None)
def test_an_interval_lies_within_the_clips_and_a_clip_differs_from_itself_by_nothing(means: list[float], seed: int):
    low, high = bootstrap_mean(means, np.ones(len(means)), seed=seed, resamples=200)
    assert min(means) - 1e-9 <= low <= high <= max(means) + 1e-9
    assert bootstrap_difference(means, means, np.ones(len(means)), seed=seed, resamples=200) == (0, 0)


def test_one_clip_has_no_interval_and_an_empty_one_does_not_count():
    assert np.isnan(bootstrap_mean([np.ones(5)])).all()
    assert summarise([np.array([1.0, 2, 3]), np.zeros(0)]) == Summary(2.0, 1.0, None, None, 3, 1)


def test_a_summary_pools_frames():
    found = summarise([np.array([1.0, 2, 3]), np.array([6.0])])
    assert (found.mean, found.frames, found.clips) == (3.0, 4, 2)
    assert found.sd == pytest.approx((14 / 3) ** 0.5)
    assert (found.low, found.high) == (2.0, 6.0)


@pytest.mark.parametrize("broken", [[np.array([1.0, np.nan]), np.ones(2)], [np.array([np.inf]), np.ones(1)]])
def test_errors_that_are_not_numbers_are_refused(broken: list[np.ndarray]):
    with pytest.raises(ValueError, match="finite"):
        summarise(broken)


def test_pairs_of_different_lengths_and_wrong_weights_are_refused():
    with pytest.raises(ValueError, match="same numbers of frames"):
        bootstrap_difference([np.ones(3), np.ones(2)], [np.ones(3), np.ones(3)])
    with pytest.raises(ValueError, match="one weight a clip"):
        bootstrap_mean([1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match="not negative"):
        bootstrap_mean([1.0, 2.0], [1.0, -1.0])


GRID = Grid(
    "errors",
    (METRES, Column("pa", "PA-MPJPE", "mm", 1000, 0), Column("note", "note")),
    (
        Row("SHARE [paper]", {"mrpe": Summary(0.44, 0.37, 0.31, 0.58), "note": "a|b"}),
        Row("ours", {"mrpe": Summary(0.2), "pa": Summary(0.0516, 0.01)}),
    ),
    "method",
    ("frames pooled",),
)


def test_cells_show_what_there_is():
    assert cell_text(Summary(0.444, 0.37, 0.31, 0.58, 3300, 33), METRES) == "0.44 ± 0.37 [0.31, 0.58]"
    assert cell_text(Summary(0.444), METRES) == "0.44"
    assert cell_text(Summary(0.444, low=0.3, high=0.5), METRES) == "0.44 [0.30, 0.50]"
    assert cell_text(None, METRES) == ""


def test_markdown_table():
    assert grid_markdown(GRID).splitlines() == [
        "**errors**",
        "",
        "| method | MRPE m | PA-MPJPE mm | note |",
        "| --- | ---: | ---: | ---: |",
        r"| SHARE [paper] | 0.44 ± 0.37 [0.31, 0.58] |  | a\|b |",
        "| ours | 0.20 | 52 ± 10 |  |",
        "",
        "frames pooled",
    ]


def test_terminal_table_keeps_brackets():
    console = Console(width=100, record=True, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    console.print(render_grid(GRID))
    text = console.export_text()
    assert "SHARE [paper]" in text and "[0.31, 0.58]" in text and "frames pooled" in text


def test_json_has_unrounded_metres():
    first, second = grid_json(GRID)["rows"]
    assert first["mrpe"]["low"] == 0.31 and first["note"] == "a|b"
    assert second["pa"] == {"mean": 0.0516, "sd": 0.01, "low": None, "high": None, "frames": None, "clips": None}
