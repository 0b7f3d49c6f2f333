"""The audit of a built corpus: what it forecasts is what a build then does, and nothing is computed for it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import light
import pytest
from audited import GRADED, graded_build
from command_line import called

from share_data.audit.whatif.audit import Asked, Audit, audit
from share_data.audit.whatif.table import measurements_of
from share_data.errors import RecipeError
from share_data.ledger.ledger import read_ledger

LOOSE = "filters.single_person.max_company_s=1.0"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("audited")
    graded_build(root)
    return root


def asked(root: Path, **what: object) -> Audit:
    with measurements_of(root / "out") as table:
        return audit(table, Asked(**what))  # type: ignore[arg-type]


def outcomes(root: Path) -> dict[str, str]:
    return {e.unit: e.status for e in read_ledger(root / "out" / "ledger.parquet") if e.level == "clip"}


def test_the_books_are_the_ledgers(built: Path) -> None:
    found = asked(built)
    ledger = outcomes(built)
    assert found.clips == len(ledger) and found.flips == []
    assert found.before.clips["kept"] == sum(status == "kept" for status in ledger.values()) == 8
    assert {(r.filter, r.reason): r.clips for r in found.reasons_before} == {
        ("mine", "too_short"): 8,
        ("single_person", "multiple_people"): 3,
        ("reconstruction_quality", "mask_differs"): 1,
    }  # fmt: skip


def test_a_flip_is_told_with_the_score_that_flipped_it(built: Path) -> None:
    found = asked(built, overrides=["filters.reconstruction_quality.min_mask_iou=0.8"])
    (flip,) = found.flips
    assert "fair" in flip.unit and (flip.before, flip.after) == ("kept", "rejected")
    assert (flip.filter, flip.score, flip.value, flip.asked, flip.threshold) == (
        "reconstruction_quality", "mask_iou", 0.7, ">=", 0.8,
    )  # fmt: skip


def test_the_forecast_is_what_the_build_then_does_clip_by_clip(built: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    shutil.copytree(built, root, symlinks=True)
    changes = [LOOSE, "filters.reconstruction_quality.min_mask_iou=0.8"]
    found = asked(built, overrides=changes)
    light.light_build(root, GRADED, *changes)
    before, after = outcomes(built), outcomes(root)
    flipped = {flip.unit: flip.after for flip in found.flips}
    for unit, status in after.items():
        forecast = flipped.get(unit, before[unit])
        assert forecast in (status, "to be measured")
    assert sum(then == "to be measured" for then in flipped.values()) == 2
    assert found.after.clips["to be measured"] == 2 and found.cost is not None and found.cost.clips == 2


def test_a_filter_can_be_left_out(built: Path) -> None:
    found = asked(built, without=["single_person"])
    assert {flip.after for flip in found.flips} == {"to be measured"}
    assert {flip.filter for flip in found.flips} == {"single_person"}
    with pytest.raises(RecipeError, match="no such filter"):
        asked(built, without=["many_people"])


def test_a_sweep_keeps_what_each_of_its_thresholds_keeps(built: Path) -> None:
    path = "filters.reconstruction_quality.min_mask_iou"
    for step in asked(built, sweep=f"{path}=0:1:6").sweep:
        one = asked(built, overrides=[f"{path}={step.threshold}"])
        assert step.result == one.after


@pytest.mark.parametrize("clips", [9, 8, 7])
def test_the_smallest_change_that_reaches_a_target_reaches_it_and_no_smaller_one_does(built: Path, clips: int) -> None:
    reached = {reach.path: reach for reach in asked(built, clips=clips).reaches}
    reach = reached["filters.reconstruction_quality.min_mask_iou"]
    assert reach.needed is not None
    after = asked(built, overrides=[f"{reach.path}={reach.needed!r}"]).after.clips
    assert after["kept"] + after["to be measured"] == reach.clips >= clips
    stricter = asked(built, overrides=[f"{reach.path}={min(1.0, reach.needed + 1e-9)!r}"]).after.clips
    assert stricter["kept"] + stricter["to be measured"] < clips
    assert (reached["filters.keyframe_overlap.max_hole"].needed is None) == (clips == 9)


def test_the_nearest_to_a_threshold_come_first(built: Path) -> None:
    near = asked(built, borderline=3).borderline
    assert len(near) == 3
    assert [abs(each.distance) for each in near] == sorted(abs(each.distance) for each in near)


def test_what_asks_for_nothing_at_all_is_not_near_for_having_it(built: Path) -> None:
    near = asked(built, overrides=["filters.single_person.max_company_s=0"], borderline=20).borderline
    assert near and not [each for each in near if each.score == "company_s" and each.value == 0]


def test_nothing_is_decoded_computed_or_scheduled_for_an_audit(built: Path) -> None:
    program = (
        "import sys\nimport av\nfrom share_data.cli import app\nav.open = None\n"
        f"app(['audit', {str(built / 'out')!r}, '--set', {LOOSE!r}], standalone_mode=False)\n"
        "idle = {'ray', 'torch', 'onnxruntime', 'share_data.build.stages.stages', 'share_data.engine.loop'}\n"
        "print('loaded:', sorted(idle & sys.modules.keys()))"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[-1] == "loaded: []"


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("clips.min_seconds=2", "share-data plan"),
        ("filters.single_person.max_compny_s=1", "max_company_s"),
        ("filters.singel_person.max_company=1", "single_person"),
        ("filters.single_person.min_presence=2", "less than or equal to 1"),
    ],
)
def test_a_wrong_change_is_answered_with_what_is_right(built: Path, override: str, told: str) -> None:
    with pytest.raises(RecipeError, match=told):
        asked(built, overrides=[override])


def test_the_verb_prints_tables_json_and_csv(
    built: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(built / "out")
    assert called(monkeypatch, "audit", out, "--set", LOOSE, "--borderline", "2", "--target", "9") == 0
    shown = capsys.readouterr().out
    assert "multiple_people" in shown and "nearest to a threshold" in shown
    assert called(monkeypatch, "audit", out, "--set", LOOSE, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["after"]["clips"]["to be measured"] == len(told["flips"]) == 2
    assert called(monkeypatch, "audit", out, "--set", LOOSE, "--csv") == 0
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_a_recipe_is_asked_about_the_corpus_that_lies_where_it_says(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    filters = [{"kind": "single_person", "max_company_s": 1.0}, {"kind": "reconstruction_quality"}]
    recipe = {
        "schema_version": 1, "name": "asked", "sources": [{"kind": "local", "root": "videos"}], "filters": filters,
        "output": {"path": str(built / "out")},
    }  # fmt: skip
    (tmp_path / "recipe.yaml").write_text(json.dumps(recipe))
    assert called(monkeypatch, "audit", str(tmp_path / "recipe.yaml"), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["before"]["clips"]["kept"] == 8
    assert told["after"]["clips"]["to be measured"] == 3
