"""What a plan says of a changed recipe, of time and GPU-hours, and how it is shown."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from staged import (
    MEAN,
    build,
    everything,
    make_root,
    plan,
    recipe,
    shown,
    stage,
)
from typer.testing import CliRunner

from share_data.audit.plan_table import NO_RATE
from share_data.build.build import BuildOptions
from share_data.build.plan.changes import TOUCHES, changes
from share_data.build.rates import Rate, load_rates, measure_rates, save_rates
from share_data.cli import app, main
from share_data.recipe.model import Recipe
from share_data.recipe.reading import apply_override


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SHARE_DATA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SHARE_DATA_HOME", str(tmp_path / "home"))
    return make_root(tmp_path)


def test_every_field_of_the_recipe_says_what_depends_on_it() -> None:
    parts = {field.partition(".")[0] for field in TOUCHES}
    assert parts == set(Recipe.model_fields) - {"engine", "opt_out", "report", "schema_version"}


@pytest.mark.parametrize("override", ["clips.reject=[hlg]", "clips.max_lost_fraction=0.5"])
def test_what_only_decides_upon_videos_touches_nothing_but_the_shards(tmp_path: Path, override: str) -> None:
    (change,) = changes(recipe(tmp_path).resolved(), recipe(tmp_path, override).resolved())
    assert change.stages == ("pack",)


def changed(root: Path, *overrides: str) -> list[str]:
    return [str(change) for change in changes(recipe(root).resolved(), recipe(root, *overrides).resolved())]


def test_changes_name_list_items_and_say_no_more_than_the_kind_when_that_is_another(tmp_path: Path) -> None:
    assert changed(tmp_path) == []
    assert changed(tmp_path, "sources.local.licence=MIT") == ["sources.local.licence: 'CC0-1.0' -> 'MIT'"]
    assert changed(tmp_path, "camera.hfov_deg=70") == ["camera.hfov_deg: null -> 70.0"]
    (line,) = changed(tmp_path, "filters=[]")
    assert line.startswith("filters.single_person: {") and line.endswith("... -> (not there)")
    two = {"filters": [{"kind": "b"}, {"kind": "a"}], "humans": {"kind": "x", "more": 1}}
    swapped = {"filters": two["filters"][::-1], "humans": {"kind": "y", "other": 2}}
    assert [str(change) for change in changes(two, swapped)] == [
        'filters: ["b", "a"] -> ["a", "b"]',
        "humans.kind: 'x' -> 'y'",
    ]


def begin(gpus: float = 0, **sections: Any) -> dict[str, Any]:
    resolved: dict[str, Any] = {
        "sources": [{"kind": "local", "name": "mine"}],
        "humans": {"kind": "blazepose"},
        "geometry": {"kind": "ground_plane"},
        "placement": {"solver": "exact"},
    }
    return {"e": "begin", "t": 0, "recipe": resolved | sections, "gpus": gpus}


def done(step: str, frames: int, **seconds: float) -> list[dict[str, Any]]:
    """A job that took ten seconds, of which its stages measured some."""
    job = {"step": step, "unit": "mine/unit", "job": "00" * 16}
    return [{"e": "sent", "t": 100.0, **job}, {"e": "done", "t": 110.0, **job, "r": {}, "s": seconds, "n": frames}]


def test_rates_are_seconds_a_frame_by_stage_estimator_and_device() -> None:
    events = [
        begin(), *done("fetch", 0, mine=2.0), *done("fetch", 0, mine=4.0),
        *done("measure", 100, measure=3.0, mine=50.0),
        *done("reconstruct", 100, humans=5.0, reconstruct=1.0), *done("reconstruct", 300, humans=15.0),
        *done("pack", 400),
        begin(gpus=1, humans={"kind": "tram"}), *done("reconstruct", 10, humans=1.0, focal=2.0),
    ]  # fmt: skip
    assert measure_rates(events) == {
        "fetch/local": Rate(14.0, 2), "mine": Rate(6.0, 2), "measure": Rate(3.0, 100), "pack": Rate(10.0, 400),
        "humans/blazepose/cpu": Rate(20.0, 400), "reconstruct/exact/cpu": Rate(1.0, 100),
        "humans/tram/gpu": Rate(1.0, 10), "focal/ground_plane/gpu": Rate(2.0, 10),
    }  # fmt: skip


def test_a_build_leaves_its_rates_for_other_outputs(root: Path) -> None:
    build(root)
    assert load_rates(root / "cache")["humans/blazepose/cpu"] == Rate(2.0, 40)
    planned = plan(root, MEAN, out="second")
    assert stage(planned, "reconstruct").seconds == 2.0
    assert stage(planned, "humans").seconds == 0.0


def test_rates_that_cannot_be_kept_or_read_are_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    save_rates(tmp_path / "file", {"mine": Rate(1, 1)})
    for text in ("not json", "[]", '{"mine": [1e999, 1]}', '{"mine": 3}', '{"mine": [1, 0]}', '{"mine": [NaN, 1]}'):
        (tmp_path / "rates.json").write_text(text)
        assert load_rates(tmp_path) == {}
    save_rates(tmp_path, {"mine": Rate(1, 2)})
    save_rates(tmp_path, {"pack": Rate(3, 4)})
    assert load_rates(tmp_path) == {"mine": Rate(1, 2), "pack": Rate(3, 4)}


def test_time_and_gpu_hours_follow_from_rates_and_none_are_made_up(root: Path) -> None:
    options = BuildOptions("ray")
    shared = ("engine.workers=4", "engine.gpus_per_worker=0.5")
    build(root)
    planned = plan(root, "camera.hfov_deg=50", *shared, options=options)
    assert stage(planned, "humans").seconds is None, "measured on the CPU only"
    assert NO_RATE in shown(planned)
    save_rates(root / "cache", {f"{name}/gpu": Rate(900.0, 1) for name in _ON_GPU})
    planned = plan(root, "camera.hfov_deg=50", *shared, options=options)
    assert stage(planned, "humans").seconds == 4 * 10 * 900.0
    assert stage(planned, "humans").gpu_hours == 5.0
    assert planned.workers == 4
    assert planned.gpu_hours == 10.0, "whoever assembles holds no GPU"
    assert planned.seconds == pytest.approx(3 * 36000 / 4, abs=1)
    assert "7 h 30 min with 4 workers always busy, 10.00 GPU-hours" in shown(planned)


_ON_GPU = ("humans/blazepose", "geometry/ground_plane", "reconstruct/exact")


def test_nothing_in_a_plan_is_taken_for_markup(root: Path) -> None:
    build(root)
    hostile = "[/nope][red]\\x[link=file:/]"
    text = shown(plan(root, f"sources.local.licence={json.dumps(hostile)}", "sources.local.pattern='[b]*.mp4'"))
    assert repr(hostile) in text and "'[b]*.mp4'" in text
    assert "'/no[/red]where'" in shown(plan(root, "sources.local.root=/no[/red]where"))


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["share-data", *arguments])
    with pytest.raises(SystemExit) as leaving:
        main()
    return int(leaving.value.code or 0)


@pytest.fixture
def recipe_file(root: Path) -> Path:
    data: dict[str, Any] = recipe(root).model_dump(mode="json")
    apply_override(data, f"sources.0.root={root / 'videos'}")
    path = root / "recipe.yaml"
    path.write_text(yaml.safe_dump(data))
    return path


def test_the_verb_and_the_dry_run_say_the_same(
    root: Path, recipe_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    build(root)
    before = everything(root)
    common = (str(recipe_file), "--output", str(root / "out"), "--set", MEAN, "--json")
    said = []
    for verb in (("plan",), ("build", "--dry-run")):
        assert run(monkeypatch, *verb, *common) == 0
        said.append(json.loads(capsys.readouterr().out))
    assert said[0] == said[1]
    assert {each["stage"]: each["to_compute"] for each in said[0]["stages"]}["reconstruct"] == 4
    assert run(monkeypatch, "plan", *common[:-1]) == 0
    assert "what a build would do" in capsys.readouterr().out
    assert everything(root) == before


def test_the_verb_has_help_with_an_example() -> None:
    help_text = CliRunner().invoke(app, ["plan", "--help"]).output
    assert "Example" in help_text and "share-data plan" in help_text
