"""`doctor --recipe` names, thing by thing, what a recipe needs of this machine; its exit code says if all is there."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from command_line import called
from fake_estimators import estimator, lacking, registered
from places import RECIPES

from share_data.doctor.check import Check
from share_data.doctor.recipe import check_body, check_gpu, check_output, recipe_checks
from share_data.recipe.model import BodyConfig, EngineConfig, Recipe, recipe_model
from share_data.recipe.reading import load_recipe, parse_recipe

FILES = sorted(RECIPES.glob("*.yaml"))
DEMO = next(path for path in FILES if path.name == "demo.yaml")


@pytest.fixture(autouse=True)
def _folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SHARE_DATA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SHARE_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    yield
    recipe_model.cache_clear()


def recipe(root: str = ".", **sections: Any) -> Recipe:
    data = {"schema_version": 1, "name": "mine", "sources": [{"kind": "local", "root": root}]}
    return parse_recipe(data | sections, "test")


def found(checked: Recipe, start: str) -> list[Check]:
    return [check for check in recipe_checks(checked) if check.name.startswith(start)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_shipped_recipe_is_looked_at_and_what_it_lacks_has_a_remedy(path: Path) -> None:
    loaded = load_recipe(path)
    checks = recipe_checks(loaded)
    named = " ".join(check.name for check in checks)
    for source in loaded.sources:
        assert f"sources {source.label}" in named
    for part in (f"humans {loaded.humans.kind}", f"geometry {loaded.geometry.kind}", "body model", "output", "GPU"):
        assert part in named
    assert all(check.remedy for check in checks if check.status == "missing")
    assert list(Path().iterdir()) == []


def test_nothing_is_missing_for_the_demo(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert called(monkeypatch, "doctor", "--recipe", str(DEMO), "--json") == 0
    checks = json.loads(capsys.readouterr().out)
    assert {check["status"] for check in checks} <= {"ok", "optional"}
    assert {"name", "status", "detail", "remedy"} == set(checks[0])


def test_what_is_missing_is_exit_1_with_the_remedy_on_a_line_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump({"schema_version": 1, "name": "x", "sources": [{"kind": "local", "root": "gone"}]}))
    assert called(monkeypatch, "doctor", "--recipe", str(path)) == 1
    assert "\n  Name your own: --set sources.local.root=/path/to/videos\n" in capsys.readouterr().out
    assert called(monkeypatch, "doctor", "--recipe", str(path), "--set", f"sources.local.root={tmp_path}") == 0


def test_a_bad_recipe_is_exit_2(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert called(monkeypatch, "doctor", "--recipe", str(tmp_path / "none.yaml")) == 2


def test_what_a_named_estimator_lacks_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    registered(monkeypatch, "humans", best=estimator("best", 9, lacking("none at /models")))
    assert found(recipe(humans={"kind": "best"}), "humans") == [
        Check("humans best: package", "ok", "here"),
        Check("humans best: weights", "missing", "none at /models", "fetch them"),
    ]


def test_auto_says_what_it_takes_and_what_the_better_ones_lack(monkeypatch: pytest.MonkeyPatch) -> None:
    registered(
        monkeypatch, "humans", best=estimator("best", 9, lacking("none at /models")), good=estimator("good", 3),
        worse=estimator("worse", 1, lacking("whatever")),
    )  # fmt: skip
    assert found(recipe(humans={"kind": "auto"}), "humans") == [
        Check("humans auto", "ok", "takes good now"),
        Check("humans best: weights", "optional", "none at /models", "fetch them"),
    ]


def test_auto_with_nothing_ready_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    registered(monkeypatch, "humans", best=estimator("best", 9, lacking("none at /models")))
    lines = found(recipe(humans={"kind": "auto"}), "humans")
    assert [(line.name, line.status) for line in lines] == [
        ("humans auto", "missing"), ("humans best: weights", "missing")
    ]  # fmt: skip


def test_a_plugin_without_needs_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(recipe(), "geometry") == [Check("geometry ground_plane", "ok", "nothing else is needed")]


def test_a_body_model_that_is_not_there_is_missing() -> None:
    assert check_body(BodyConfig()).status == "ok"
    absent = check_body(BodyConfig(model="/no/SMPL_NEUTRAL.pkl"))
    assert (
        absent.status == "missing" and "/no/SMPL_NEUTRAL.pkl" in absent.detail and "smpl.is.tue.mpg.de" in absent.remedy
    )


@pytest.mark.parametrize(
    ("gpus", "wishes", "status"),
    [
        (0, EngineConfig(), "ok"),
        (0, EngineConfig(gpus_per_worker=1.0), "missing"),
        (0, EngineConfig(gpus_per_worker=1.0, cpu_fallback=True), "optional"),
        (2, EngineConfig(gpus_per_worker=0.5, workers=4), "ok"),
        (2, EngineConfig(gpus_per_worker=1.0, workers=4), "optional"),
        (1, EngineConfig(gpus_per_worker=2.0), "missing"),
    ],
)
def test_gpus_are_compared_with_what_the_engine_asks_for(
    gpus: int, wishes: EngineConfig, status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.device_count", lambda: gpus)
    assert check_gpu(wishes).status == status


def test_an_output_folder_is_tried_and_not_made(tmp_path: Path) -> None:
    assert check_output(str(tmp_path / "a" / "b")).status == "ok"
    (tmp_path / "file").touch()
    assert check_output(str(tmp_path / "file" / "out")).status == "missing"
    assert not (tmp_path / "a").exists()


def test_an_output_url_needs_the_package_of_its_store(monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_output("s3://bucket/corpus").status == "ok"
    assert check_output("nonesuch://bucket/corpus").status == "missing"

    def absent(protocol: str) -> None:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr("fsspec.get_filesystem_class", absent)
    assert check_output("s3://bucket/corpus").remedy == "pip install 'share-data[s3]'"
