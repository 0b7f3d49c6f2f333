"""Each score against errors of known size: monotone where it claims to see, null or unmoved where it cannot."""

import injected
import numpy as np
import pytest
from places import REPOSITORY
from scipy.spatial.transform import Rotation

ROWS = injected.rows()
SEEN = [row for row in ROWS if row.sees]


@pytest.mark.parametrize("row", SEEN, ids=lambda row: f"{row.fault}-{row.score}")
def test_a_larger_error_never_scores_better_and_the_largest_scores_worse(row):
    found = row.found()
    assert None not in found
    assert (np.diff(found) >= -1e-3 * max(found)).all(), found
    assert found[-1] > found[0]


def test_slides_heights_and_tilts_come_out_in_their_own_unit():
    by_name = {(row.fault, row.score): row for row in ROWS}
    assert by_name["slides", "skating_m_s"].found()[3:] == pytest.approx([0.2, 0.3, 0.5], rel=0.1)
    for fault, score in (("floats over the floor", "floating_mm"), ("floats over a stair", "floating_mm")):
        assert by_name[fault, score].found()[2:] == pytest.approx([45, 95, 195], abs=12)
    assert by_name["sinks into the floor", "penetration_mm"].found()[2:] == pytest.approx([45, 95, 195], abs=12)
    # Half-way down a stair of 40 cm the floor is as near.
    assert by_name["sinks into a stair", "penetration_mm"].found()[2:4] == pytest.approx([45, 95], abs=12)
    assert by_name["up tilted", "lean_deg"].found()[3:] == pytest.approx([30, 60, 90], abs=4)
    assert by_name["front for back", "flips_per_s"].found() == pytest.approx([0, 1, 2, 4], abs=0.6)


def test_a_true_walk_over_floor_and_stair_has_no_fault():
    for stair in (0.0, 0.4):
        found = injected.supported(0.0, stair)
        assert found["floating_mm"] < 10
        assert found["penetration_mm"] < 10


def test_noise_is_the_same_fault_at_every_rate():
    worst = [row.found()[-1] for row in ROWS if row.fault.startswith("noise") and row.sees]
    assert max(worst) < 2 * min(worst)


def test_what_no_camera_can_see_no_score_claims_to():
    blind = [row for row in ROWS if not row.sees]
    assert {row.score for row in blind} == {"mask_iou", "jitter_10m_s3"}
    for row in blind:
        found = row.found()
        assert found == [None] * len(found) if row.score == "jitter_10m_s3" else min(found) > 0.97


def test_pictures_upside_down_are_seen_where_the_world_is_upright():
    joints, turned = injected.walk().joints, injected.LEVEL @ np.diag([-1.0, -1, 1, 1])
    valid = injected.walk().valid
    assert injected.upside_down(joints, injected.LEVEL, valid, roll_told=False) == 0
    assert injected.upside_down(joints, turned, valid, roll_told=False) == 1
    assert injected.upside_down(joints, turned, valid, roll_told=True) == 0


@pytest.mark.parametrize("pitch_deg", [0, 20, 45])
def test_who_lies_with_the_head_towards_the_camera_is_not_upside_down(pitch_deg):
    lying = Rotation.from_euler("x", 90, degrees=True).apply(injected.walk().joints.reshape(-1, 3))
    joints = lying.reshape(-1, 24, 3)
    head = np.sign((joints[:, 15] - joints[:, 0]).mean(axis=0)[1])
    joints = joints * [1, -head, 1]  # the head to smaller y, where the camera is
    camera = injected.LEVEL.copy()
    camera[:3, :3] = Rotation.from_euler("x", -pitch_deg, degrees=True).as_matrix() @ camera[:3, :3]
    assert injected.upside_down(joints, camera, injected.walk().valid, roll_told=False) == 0


def test_the_documentation_has_the_table_as_the_benchmark_prints_it():
    text = (REPOSITORY / "docs" / "quality.md").read_text(encoding="utf-8")
    for row in ROWS:
        assert f"| {row.fault}, {row.unit} | `{row.score}` |" in text
