"""`kind: auto` takes the best estimator that is ready, once, says so, and leaves no trace of itself."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import light
import pytest
import staged
import yaml
from command_line import called, shown
from fake_estimators import estimator, lacking, registered
from light import LightSpec, make_videos, recipe_of, write_video
from make_records import make_reconstruction
from pydantic import create_model
from staged import StagedStages

from share_data.audit.report import report_corpus
from share_data.build.auto import PassedOver, choose, resolve_auto
from share_data.build.build import BuildOptions, BuildResult, build_corpus
from share_data.build.plan.plan import plan_build
from share_data.build.stages.stages import Stages
from share_data.corpus.manifest import manifest_bytes
from share_data.corpus.opening import read_manifest
from share_data.corpus.read import Corpus
from share_data.corpus.validate import validate_corpus
from share_data.engine.watch import Silent
from share_data.errors import MissingDependencyError, RecipeError
from share_data.needs import Need
from share_data.pipeline.humans.blazepose.estimator import BlazePoseEstimator
from share_data.pipeline.scene.scale_evidence import PooledEvidence
from share_data.recipe.model import BodyConfig, Recipe, recipe_model
from share_data.recipe.reading import load_recipe, parse_recipe
from share_data.records import Clip
from share_data.store.store import Store

AUTO = ("humans.kind=auto", "geometry.kind=ground_plane")


@pytest.fixture(autouse=True)
def _recipes_forget_the_fakes() -> Iterator[None]:
    yield
    recipe_model.cache_clear()


class NamingStages(StagedStages):
    """Made-up stages whose records name the estimators of the recipe, as real ones do."""

    def reconstruct(self, clip: Clip, pooled: PooledEvidence | None = None) -> str:
        def made(*arguments: Any) -> Any:
            return replace(make_reconstruction(*arguments), humans=self.humans.info, geometry=self.geometry.info)

        with patch.object(staged, "make_reconstruction", made):
            return super().reconstruct(clip, pooled)


@dataclass(frozen=True, slots=True)
class NamingSpec(LightSpec):
    def stages(self) -> Stages:
        return NamingStages(parse_recipe(json.loads(self.recipe), "auto"), Store(Path(self.cache)))


class Notes(Silent):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, text: str) -> None:
        self.lines.append(text)


def recipe(root: Path, *overrides: str) -> Recipe:
    return recipe_of(root, *AUTO, *overrides)


def build(root: Path, monkeypatch: pytest.MonkeyPatch, *overrides: str) -> tuple[BuildResult, list[str]]:
    monkeypatch.setenv("SHARE_DATA_CACHE", str(root / "cache"))
    monkeypatch.setenv("SHARE_DATA_HOME", str(root / "home"))
    notes = Notes()
    result = build_corpus(recipe(root, *overrides), root / "out", notes, BuildOptions("inline"), NamingSpec.of)
    return result, [line for line in notes.lines if "humans" in line]


# What is taken.


def test_the_highest_rank_whose_needs_are_met_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    ready = estimator("fine", 5, lambda: [Need("weights", True, "here")])
    better = estimator("best", 9, lacking("none at /models/best.pt"))
    others = {"small": estimator("small", 0), "good": estimator("good", 3), "unranked": estimator("unranked")}
    registered(monkeypatch, "humans", fine=ready, best=better, **others)
    chosen = choose("humans", BodyConfig())
    assert chosen.kind == "fine"
    assert chosen.better == (PassedOver("best", "weights: none at /models/best.pt"),)


def test_an_estimator_of_smpls_own_shapes_is_passed_over_with_another_body(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    best = estimator("best", 9)
    best.needs_smpl_body = True
    registered(monkeypatch, "humans", best=best, small=estimator("small", 0))
    passed = choose("humans", BodyConfig())
    assert passed.kind == "small" and "mannequin" in passed.better[0].why
    (tmp_path / "SMPL_NEUTRAL.npz").touch()
    assert choose("humans", BodyConfig(model=str(tmp_path / "SMPL_NEUTRAL.npz"))).kind == "best"


def test_equal_ranks_go_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    registered(monkeypatch, "humans", a=estimator("a", 1), b=estimator("b", 1))
    assert choose("humans", BodyConfig()).kind == "a"


def test_one_that_does_not_import_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = RuntimeError("operator torchvision::nms does not exist")
    registered(monkeypatch, "humans", broken=broken, blazepose=BlazePoseEstimator)
    resolved, choices = resolve_auto(recipe(tmp_path))
    assert resolved.humans.kind == "blazepose"
    assert str(*choices) == ("humans: auto takes blazepose (broken: import: operator torchvision::nms does not exist)")
    with pytest.raises(MissingDependencyError, match=r"'broken' .*does not import: operator torchvision::nms"):
        recipe(tmp_path, "humans.kind=broken")


def test_one_whose_settings_have_no_default_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    demanding = estimator("demanding", 9)
    demanding.Config = create_model("Config", __base__=demanding.Config, folder=str)
    registered(monkeypatch, "humans", demanding=demanding, small=estimator("small", 0))
    assert str(choose("humans", BodyConfig())) == "humans: auto takes small (demanding: settings: some have no default)"


def test_many_unmet_needs_are_told_by_the_first_and_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing() -> list[Need]:
        return [Need(name, False, f"no {name} here") for name in ("checkout", "weights", "body")]

    registered(monkeypatch, "humans", best=estimator("best", 9, nothing), small=estimator("small", 0))
    assert "(best: checkout: no checkout here, and 2 more)" in str(choose("humans", BodyConfig()))


def test_with_nothing_ready_the_build_stops_and_says_what_each_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    registered(monkeypatch, "humans", best=estimator("best", 9, lacking("none at /m")), unranked=estimator("unranked"))
    with pytest.raises(MissingDependencyError, match=r"humans: auto finds .*\(best: weights: none at /m\).*doctor"):
        choose("humans", BodyConfig())


def test_an_estimator_named_in_the_recipe_stays(tmp_path: Path) -> None:
    named = recipe(tmp_path, "humans.kind=blazepose")
    assert resolve_auto(named) == (named, ())


def test_the_shipped_estimators_take_part_and_the_embedded_ones_are_always_ready() -> None:
    for part, ready in (("humans", "blazepose"), ("geometry", "ground_plane")):
        chosen = choose(part, BodyConfig())
        assert ready in {chosen.kind, *(passed.kind for passed in chosen.better)}


# In a recipe.


def test_auto_has_no_settings_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="unknown field 'min_seen'"):
        recipe(tmp_path, "humans.min_seen=0.5")


def test_a_recipe_with_auto_is_valid_whatever_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "auto.yaml"
    source = {"kind": "local", "root": "nowhere"}
    parts = {"humans": {"kind": "auto"}, "geometry": {"kind": "auto"}}
    path.write_text(yaml.safe_dump({"schema_version": 1, "name": "auto", "sources": [source], **parts}))
    assert called(monkeypatch, "validate", str(path)) == 0
    assert load_recipe(path).humans.kind == "auto"


# In a build.


def test_records_recipe_manifest_and_report_name_what_was_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered(monkeypatch, "humans", best=estimator("best", 9, lacking("none")), good=estimator("good", 3))
    make_videos(tmp_path, 3)
    result, notes = build(tmp_path, monkeypatch)
    assert notes == ["humans: auto takes good (best: weights: none)"]
    assert [choice.kind for choice in result.choices] == ["good"]
    assert json.loads((tmp_path / "out" / "recipe.json").read_text())["humans"] == {"kind": "good"}
    assert {record.metadata["humans"]["kind"] for record in Corpus(tmp_path / "out")} == {"good"}
    made = {"humans": {"good 3": 3}, "geometry": {"ground_plane 3": 3}}
    assert read_manifest(tmp_path / "out").estimators == made
    assert result.estimators == report_corpus(tmp_path / "out").estimators == made
    assert validate_corpus(tmp_path / "out") == []


def test_the_command_says_it_at_the_start_and_in_its_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHARE_DATA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SHARE_DATA_HOME", str(tmp_path / "home"))
    registered(monkeypatch, "humans", best=estimator("best", 9, lacking("none")), good=estimator("good", 3))
    path = tmp_path / "auto.yaml"
    source = {"kind": "local", "root": "nowhere"}
    path.write_text(yaml.safe_dump({"schema_version": 1, "name": "x", "sources": [source], "humans": {"kind": "auto"}}))
    assert called(monkeypatch, "build", str(path), "--output", str(tmp_path / "out"), "--json") == 1
    shown = capsys.readouterr()
    first = json.loads(shown.err.splitlines()[0])
    assert (first["event"], first["text"]) == ("note", "humans: auto takes good (best: weights: none)")
    better = [{"kind": "best", "why": "weights: none"}]
    assert json.loads(shown.out)["auto"] == [{"part": "humans", "kind": "good", "better": better}]


def test_a_corpus_by_auto_is_the_one_of_the_recipe_that_names_the_estimator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered(monkeypatch, "humans", good=estimator("good", 3))
    make_videos(tmp_path, 2)
    build(tmp_path, monkeypatch)
    by_auto = light.corpus_hashes(tmp_path / "out")
    _, notes = build(tmp_path, monkeypatch, "humans.kind=good")
    assert notes == [] and light.corpus_hashes(tmp_path / "out") == by_auto


def test_when_auto_takes_another_the_whole_corpus_is_made_anew_and_that_is_said_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_videos(tmp_path, 2)
    registered(monkeypatch, "humans", good=estimator("good", 3), best=estimator("best", 9, lacking("none")))
    build(tmp_path, monkeypatch)
    registered(monkeypatch, "humans", good=estimator("good", 3), best=estimator("best", 9))
    planned = plan_build(recipe(tmp_path), tmp_path / "out", BuildOptions("inline"), NamingSpec.of)
    _, notes = build(tmp_path, monkeypatch)
    said = [
        "humans: auto takes best",
        "humans: what is here was made with good. All of it is made anew with best: a corpus never mixes two. To stay "
        "with good: --set humans.kind=good",
    ]
    assert notes == said and list(planned.notes) == said
    assert read_manifest(tmp_path / "out").estimators["humans"] == {"best 3": 2}
    assert validate_corpus(tmp_path / "out") == []
    assert build(tmp_path, monkeypatch)[1] == said[:1]


def test_a_build_that_was_begun_with_another_counts_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registered(monkeypatch, "humans", good=estimator("good", 3), best=estimator("best", 9, lacking("none")))
    write_video(tmp_path, "only", fault="raise")
    assert build(tmp_path, monkeypatch)[0].records == 0
    write_video(tmp_path, "only")
    registered(monkeypatch, "humans", good=estimator("good", 3), best=estimator("best", 9))
    assert "what is here was made with good" in build(tmp_path, monkeypatch)[1][1]


def test_a_manifest_that_claims_another_estimator_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registered(monkeypatch, "humans", good=estimator("good", 3))
    make_videos(tmp_path, 2)
    build(tmp_path, monkeypatch)
    manifest = read_manifest(tmp_path / "out")
    for claim in ({}, manifest.estimators | {"humans": {"good 3": 1, "best 3": 1}}):
        (tmp_path / "out" / "manifest.json").write_bytes(
            manifest_bytes(manifest.model_copy(update={"estimators": claim}))
        )
        (problem,) = validate_corpus(tmp_path / "out")
        assert "disagrees with the manifest about the estimators" in str(problem)


def test_the_report_shows_what_made_the_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registered(monkeypatch, "humans", good=estimator("good", 3))
    make_videos(tmp_path, 2)
    build(tmp_path, monkeypatch)
    assert "humans by good 3 (2 record(s))" in shown(report_corpus(tmp_path / "out"))
