"""A recipe is strict, says what is wrong where, and can be overridden from the command line."""

import re
from pathlib import Path

import pytest
import yaml
from places import RECIPES

from share_data.errors import RecipeError
from share_data.pipeline.placement.place import PlacementOptions
from share_data.pipeline.scene.fusion import SceneConfig
from share_data.recipe.model import DEFAULT_FILTERS
from share_data.recipe.reading import load_recipe, parse_recipe

GOOD = {"schema_version": 1, "name": "mine", "sources": [{"kind": "local", "root": "videos", "licence": "CC-BY-4.0"}]}


def written(tmp_path: Path, data: object) -> Path:
    path = tmp_path / "recipe.yaml"
    path.write_text(data if isinstance(data, str) else yaml.safe_dump(data))
    return path


def test_a_short_recipe_gets_every_default(tmp_path: Path) -> None:
    recipe = load_recipe(written(tmp_path, GOOD))
    assert recipe.corpus_path == "out/mine"
    assert recipe.body.model == "mannequin"
    assert recipe.humans.kind == "blazepose" and recipe.geometry.kind == "ground_plane"
    assert {f.kind for f in recipe.filters} == set(DEFAULT_FILTERS)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"nmae": "x"}, ["unknown field 'nmae'", "did you mean 'name'", "allowed here: body"]),
        ({"camera": {"hfov": 60}}, ["camera: unknown field 'hfov'", "did you mean 'hfov_deg'"]),
        (
            {"camera": {"default_hfov_deg": 60.0}},
            ["1 wrong field", "camera: 'default_hfov_deg' is now 'default_fov_deg', and is of the picture's long side"],
        ),
        (
            {"camera": {"default_hfov": 60.0}},
            ["camera: unknown field 'default_hfov'", "did you mean 'default_fov_deg'"],
        ),
        ({"camera": {"hfov_deg": 200}}, ["camera.hfov_deg = 200", "less than 179"]),
        ({"camera": {"hfov_deg": 60.0, "focal_px": 700.0}}, ["camera", "not both"]),
        ({"camera": {"hfov_deg": float("nan")}}, ["camera.hfov_deg"]),
        ({"sources": []}, ["sources", "at least 1 item"]),
        ({"sources": [{"kind": "locl", "root": "x"}]}, ["sources.0", "'local'", "'synthetic'"]),
        ({"sources": [{"kind": "local"}]}, ["sources.0.root", "required"]),
        ({"sources": [{"kind": "local", "root": 3}]}, ["sources.0.root = 3", "valid string"]),
        ({"sources": [dict(GOOD["sources"][0]), dict(GOOD["sources"][0])]}, ["sources: local appears more than once"]),
        ({"humans": {"kind": "tarm"}}, ["humans", "blazepose"]),
        ({"output": {"formats": ["parquet"]}}, ["output", "webdataset"]),
        ({"output": {"samples_per_shard": 0}}, ["output.samples_per_shard = 0", "greater than or equal to 1"]),
        ({"name": "../x"}, ["name", "pattern"]),
        ({"schema_version": 2}, ["schema_version = 2", "1"]),
        ({"filters": [{"kind": "static_camera"}, {"kind": "static_camera"}]}, ["static_camera appears more than once"]),
    ],
)
def test_a_wrong_field_is_named_with_its_value_and_what_is_allowed(
    tmp_path: Path, change: dict[str, object], expected: list[str]
) -> None:
    with pytest.raises(RecipeError) as caught:
        load_recipe(written(tmp_path, GOOD | change))
    message = str(caught.value)
    assert "recipe.yaml" in message
    for part in expected:
        assert part in message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a\n- b\n", "a recipe is a mapping"),
        ("a: [\n", "is not YAML"),
        ("!!python/object/apply:os.system [id]", "only plain mappings and lists"),
        ("name: x\nname: y\n", "'name' stands twice"),
        ("a: &a [1]\nb: [*a, *a]\n", "aliases"),
        ("a: &a [*a]\n", "aliases"),
        ("[" * 3000, "is not YAML"),
    ],
)
def test_a_file_that_is_no_recipe_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(RecipeError, match=expected):
        load_recipe(written(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"nowhere\.yaml: cannot be read"):
        load_recipe(tmp_path / "nowhere.yaml")


def test_set_reaches_sections_lists_by_number_and_lists_by_kind(tmp_path: Path) -> None:
    data = GOOD | {"filters": [{"kind": "static_camera"}]}
    overrides = [
        "camera.hfov_deg=75.5",
        "sources.0.root=../clips",
        "sources.local.licence=CC0-1.0",
        "clips.max_seconds=4",
    ]
    recipe = load_recipe(written(tmp_path, data), overrides)
    assert recipe.camera.hfov_deg == 75.5
    assert recipe.sources[0].root == "../clips" and recipe.sources[0].licence == "CC0-1.0"
    assert recipe.clips.max_seconds == 4


@pytest.mark.parametrize(
    "override", ["camera", "=3", "sources.9.root=x", "name.x.y=1", "camera.hfov_deg=[", "sources=3"]
)
def test_a_bad_override_is_a_recipe_error(tmp_path: Path, override: str) -> None:
    with pytest.raises(RecipeError):
        load_recipe(written(tmp_path, GOOD), [override])


@pytest.mark.parametrize(
    ("override", "told"),
    [
        (
            "filters.static_cam.x=1",
            "no item 'static_cam' in this list; did you mean 'static_camera'? it has: ",
        ),
        ("sources.locl.root=x", "no item 'locl' in this list; did you mean 'local'? it has: local."),
        ("sources.7.root=x", "no item '7' in this list; it has: local."),
    ],
)
def test_an_item_that_is_not_there_gets_the_nearest_one_that_is(tmp_path: Path, override: str, told: str) -> None:
    with pytest.raises(RecipeError, match=re.escape(told)):
        load_recipe(written(tmp_path, GOOD), [override])


@pytest.mark.parametrize("section", ["sources", "filters"])
def test_a_misspelt_field_of_an_item_is_one_error(tmp_path: Path, section: str) -> None:
    kind = {"sources": "local", "filters": "static_camera"}[section]
    wrong = GOOD | {section: [{"kind": kind, "roott": "x"}]}
    with pytest.raises(RecipeError) as caught:
        load_recipe(written(tmp_path, wrong))
    first, *lines = str(caught.value).splitlines()
    assert first.endswith("1 wrong field(s)") and len(lines) == 1
    assert f"{section}.0: unknown field 'roott'" in lines[0]


def test_the_hash_ignores_where_the_corpus_goes_and_nothing_else() -> None:
    base = parse_recipe(dict(GOOD), "x")
    moved = parse_recipe(GOOD | {"output": {"path": "elsewhere"}}, "x")
    other = parse_recipe(GOOD | {"clips": {"max_seconds": 3.5}}, "x")
    assert base.sha256 == moved.sha256 != other.sha256


def test_a_resolved_recipe_reads_back_as_itself() -> None:
    recipe = parse_recipe(dict(GOOD), "x")
    assert parse_recipe(recipe.resolved(), "resolved").sha256 == recipe.sha256


def test_the_papers_recipe_is_what_the_code_calls_the_paper() -> None:
    recipe = load_recipe(RECIPES / "share_paper.yaml")
    assert recipe.scene == SceneConfig.paper()
    assert recipe.placement == PlacementOptions.paper()
    assert recipe.keyframes.count == 2 and not recipe.scale.reconcile


def test_one_threshold_can_be_set_without_naming_the_filters(tmp_path: Path) -> None:
    recipe = load_recipe(written(tmp_path, GOOD), ["filters.static_camera.max_corner_shift_pct=0.2"])
    assert [f.kind for f in recipe.filters] == list(DEFAULT_FILTERS)
    assert recipe.filters[0].max_corner_shift_pct == 0.2


@pytest.mark.parametrize(("field", "now"), [("min_frames", "min_seconds"), ("max_frames", "max_seconds")])
def test_clip_lengths_in_frames_are_answered_with_the_field_in_seconds(field: str, now: str) -> None:
    with pytest.raises(RecipeError, match=f"clips: '{field}' is now clips.{now}"):
        parse_recipe(GOOD | {"clips": {field: 60}}, "x")
