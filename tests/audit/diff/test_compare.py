"""What differs between two corpora: each clip with the one cause that explains it, and the exit codes of `diff`."""

import json
import shutil
from pathlib import Path

import light
import pytest
from command_line import called

from share_data.audit.diff.compare import Diff, compare

GRADED = "filters=[{kind: single_person}, {kind: reconstruction_quality}]"
LOOSE = "filters.single_person.max_company_s=1.0"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Videos and a corpus of them at out/first."""
    folder = tmp_path_factory.mktemp("compared")
    light.make_videos(folder, 2, iou=0.9)
    light.write_video(folder, "fair", iou=0.6)
    light.write_video(folder, "crowd", flag="company")
    build(folder, "first", GRADED)
    return folder


def build(root: Path, name: str, *overrides: str) -> Path:
    light.light_build(root, *overrides, out=str(root / "out" / name))
    return root / "out" / name


def told(found: Diff) -> dict[str, tuple[str, str, str]]:
    """By video."""
    names = {each.unit.split("_")[1].rsplit("-", 1)[0]: each for each in found.differences}
    return {name: (each.change, each.why, each.detail) for name, each in names.items()}


def test_a_corpus_is_like_itself(root: Path) -> None:
    found = compare(root / "out" / "first", root / "out" / "first")
    assert (found.same, found.differences, found.recipe) == (3, [], [])


def test_thresholds_are_why_clips_come_and_go(root: Path) -> None:
    strict = build(root, "other", GRADED, LOOSE, "filters.reconstruction_quality.min_mask_iou=0.8")
    found = compare(root / "out" / "first", strict)
    changes = told(found)
    assert changes["crowd"] == ("came", "threshold", "filters.single_person.max_company_s: 0.3 -> 1.0 (company_s 1)")
    assert changes["fair"][:2] == ("went", "threshold")
    assert "min_mask_iou: 0.5 -> 0.8 (mask_iou 0.6)" in changes["fair"][2]
    assert found.same == 2 and len(found.recipe) == 2
    assert [(each.change, each.why, each.clips) for each in found.sums] == [
        ("came", "threshold", 1), ("went", "threshold", 1),
    ]  # fmt: skip
    assert sum(each.seconds for each in found.sums) > 0


def test_a_filter_that_was_left_out_and_a_video_that_is_new_are_named(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root / "videos", tmp_path / "videos")
    shutil.copytree(root / "cache", tmp_path / "cache")
    light.write_video(tmp_path, "new")
    later = build(tmp_path, "later", "filters=[{kind: reconstruction_quality}]")
    changes = told(compare(root / "out" / "first", later))
    assert changes["crowd"] == ("came", "filter", "single_person left out")
    assert changes["new"][:2] == ("came", "source")


def test_a_record_of_other_settings_is_changed_by_them(root: Path) -> None:
    exact = build(root, "exact", GRADED, "output.precision=0.1mm")
    found = compare(root / "out" / "first", exact)
    assert {(each.change, each.why) for each in found.differences} == {("changed", "recipe")}
    assert found.same == 0


@pytest.mark.parametrize(("second", "code"), [("first", 0), ("other", 1), ("gone", 2)])
def test_it_exits_as_diff_does(
    root: Path, second: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    build(root, "other", GRADED, LOOSE)
    places = str(root / "out" / "first"), str(root / "out" / second)
    assert called(monkeypatch, "diff", *places, "--json") == code
    if code < 2:
        assert len(json.loads(capsys.readouterr().out)["differences"]) == code
