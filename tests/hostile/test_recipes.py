"""Recipes and `--set` with mistakes of every kind: the field, its value, what is allowed, one line a mistake."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from hostile import assert_ended_well, run_verb

from share_data.errors import RecipeError
from share_data.ledger.opt_out import OptOut
from share_data.recipe.reading import load_recipe

GOOD = "schema_version: 1\nname: mine\nsources:\n- {kind: local, root: videos}\n"


def with_(more: str) -> bytes:
    return (GOOD + more).encode()


FILES: Mapping[str, tuple[bytes, str]] = {
    "a day that is none": (with_("output: {path: 2024-13-45}"), ""),
    "a time that is none": (with_("output: {path: 2024-01-01 99:99:99}"), ""),
    "a number of ten thousand digits": (with_("keyframes: {count: " + "9" * 10_000 + "}"), "keyframes.count = "),
    "a number of 65 bits": (with_("keyframes: {count: 99999999999999999999}"), "64 bits"),
    "a number of minus 65 bits": (with_("keyframes: {count: -99999999999999999999}"), "64 bits"),
    "a number beyond float": (with_("camera: {hfov_deg: 1e999}"), "camera.hfov_deg"),
    "infinity": (with_("camera: {hfov_deg: .inf}"), "camera.hfov_deg"),
    "no number": (with_("camera: {hfov_deg: .nan}"), "camera.hfov_deg"),
    "a word as a number": (with_("keyframes: {count: !!int many}"), "keyframes.count = 'many': no int"),
    "a word as a float": (with_("camera: {hfov_deg: !!float wide}"), "camera.hfov_deg = 'wide': no float"),
    "a word as truth": (with_("only_redistributable: !!bool perhaps"), "only_redistributable = 'perhaps'"),
    "base 64": (with_("body: {model: !!binary YWJj}"), "body.model"),
    "a set": (with_("opt_out: !!set {a, b}"), "opt_out"),
    "pairs": (with_("opt_out: !!pairs [a: 1]"), "opt_out"),
    "an object": (with_("body: {model: !!python/name:os.system }"), "body.model"),
    "a tag of one's own": (with_("body: {model: !mine x}"), "body.model"),
    "NUL": (with_('body: {model: "a\\0b"}'), "body.model = "),
    "an escape": (with_('body: {model: "a\\eb"}'), "control character"),
    "half a character": (with_('body: {model: "\\ud800"}'), "recipe.yaml"),
    "NUL in the file": (with_("body: {model: a\0b}"), "not YAML"),
    "no UTF-8": (with_("body: {model: ") + b"\xff}", "not YAML"),
    "UTF-16": (GOOD.encode("utf-16"), "not YAML"),
    "a hundred thousand lists": (with_("opt_out: " + "[" * 20_000), "deeper than 32"),
    "a hundred thousand mappings": (with_("opt_out: " + "{a: " * 20_000), "deeper than 32"),
    "forty lists": (with_("opt_out: " + "[" * 40 + "]" * 40), "deeper than 32"),
    "an anchor used": (with_("body: &b {}\ncamera: *b"), "aliases"),
    "lists that double": (with_("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]"), "aliases"),
    "a merge": (with_("body: {<<: {model: mannequin}}"), "unknown field '<<'"),
    "a name twice": (with_("name: other"), "'name' stands twice"),
    "a field twice": (with_("camera: {hfov_deg: 60.0, hfov_deg: 70.0}"), "camera: 'hfov_deg' stands twice"),
    "a number as a name": (with_("3: x"), "unknown field '3'"),
    "a list as a name": (with_("? [a, b]\n: x"), "a field's name is plain text"),
    "a mapping as a name": (with_("? {a: b}\n: x"), "a field's name is plain text"),
    "nothing as a name": (with_("? \n: x"), "unknown field"),
    "two documents": (with_("---\nname: x"), "not YAML"),
    "nothing": (b"", "is a mapping"),
    "a word": (b"hello", "is a mapping"),
    "a list": (b"- a", "is a mapping"),
    "a tab": (with_("body:\n\tmodel: x"), "not YAML"),
    "a section of nothing": (with_("camera:"), "camera"),
    "a section that is a list": (with_("camera: []"), "camera"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_recipe_with_a_mistake_names_it(tmp_path: Path, name: str) -> None:
    content, told = FILES[name]
    path = tmp_path / "recipe.yaml"
    path.write_bytes(content)
    if not told:  # What looks like a date is what somebody calls a folder.
        assert load_recipe(path).output.path.startswith("2024-")
        return
    with pytest.raises(RecipeError) as caught:
        load_recipe(path)
    message = str(caught.value)
    assert told in message and "recipe.yaml" in message, message
    assert len(message) < 1500 and message.replace("\n", "").isprintable(), message
    assert len(message.splitlines()) <= 2, f"one mistake, one line: {message}"


OVERRIDES: Mapping[str, str] = {
    "keyframes.count=2024-13-45": "keyframes.count",
    "keyframes.count=" + "9" * 5000: "keyframes.count = ",
    "keyframes.count=99999999999999999999": "64 bits",
    "keyframes.count=!!int x": "no int",
    "keyframes.count=!!python/name:os.system ": "keyframes.count = '': the tag",
    "camera.hfov_deg=1e999": "camera.hfov_deg",
    "camera.hfov_deg=[": "not YAML",
    "camera.hfov_deg=" + "[" * 5000: "deeper than 32",
    "camera.hfov_deg=" + "{a: " * 5000: "deeper than 32",
    "camera=&a {hfov_deg: *a}": "aliases",
    "camera=[&a x, *a]": "aliases",
    "camera={hfov_deg: 60.0, hfov_deg: 70.0}": "'hfov_deg' stands twice",
    "camera={? [a] : 1}": "plain text",
    'body.model="a\\0b"': "NUL",
    'body.model="\\ud800"': "--set",
    "body.model=a\0b": "not YAML",
    "body.model=\udcff": "not YAML",
    "body\0.model=x": "expected path.to.field=value",
    ".".join("a" * 5000) + "=1": "expected path.to.field=value",
    "...=1": "unknown field",
    "sources.٣.root=x": "no item",
    "sources.99999999999999999999.root=x": "no item",
    "sources.-1.root=x": "no item",
    "filters.0.0.0=1": "unknown field",
    "a=--- 1\n--- 2": "not YAML",
}


@pytest.mark.parametrize("override", OVERRIDES, ids=range(len(OVERRIDES)))
def test_a_set_with_a_mistake_names_it(tmp_path: Path, override: str) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(GOOD)
    with pytest.raises(RecipeError) as caught:
        load_recipe(path, [override])
    message = str(caught.value)
    assert OVERRIDES[override] in message, message
    assert len(message) < 1500 and message.replace("\n", "").isprintable(), message
    assert len(message.splitlines()) <= 2, f"one mistake, one line: {message}"


def test_two_mistakes_are_two_lines(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(GOOD + 'camera: {hfov_deg: !!float x}\nbody: {model: "a\\0b"}\n')
    with pytest.raises(RecipeError) as caught:
        load_recipe(path)
    first, *lines = str(caught.value).splitlines()
    assert "2 wrong field(s)" in first and len(lines) == 2
    assert "camera.hfov_deg" in lines[0] and "line 5" in lines[0] and "body.model" in lines[1]


@pytest.mark.parametrize("verb", ["plan", "build", "validate"])
def test_every_verb_ends_with_exit_code_2(tmp_path: Path, verb: str) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(GOOD + "keyframes: {count: 99999999999999999999}\n")
    ended = run_verb(tmp_path / "run", verb, str(path))
    assert_ended_well(ended, codes=(2,))
    assert "keyframes.count" in ended.err and "64 bits" in ended.err


def test_many_keys_in_one_section_are_read_in_no_time(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(GOOD + "opt_out: {" + ", ".join(f"k{n}: 1" for n in range(5_000)) + "}\n")
    with pytest.raises(RecipeError, match=r"1 wrong field\(s\)\n  opt_out = "):
        load_recipe(path)


def test_rules_that_name_nothing_are_counted_with_ten_examples(tmp_path: Path) -> None:
    rules = "\n".join(f"id:nobody{n:06d}" for n in range(20_000))
    (tmp_path / "out.txt").write_text(rules)
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos" / "a.mp4").write_bytes(b"no video")
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(GOOD) | {"sources": [{"kind": "local", "root": "videos"}]}))
    command = ("build", str(path), "--output", str(tmp_path / "o"), "--rebuild-without", str(tmp_path / "out.txt"))
    ended = run_verb(tmp_path / "run", *command, cwd=tmp_path)
    assert_ended_well(ended, codes=(1, 3))
    assert "20,000 opt-out rules name no video listed, such as 'id:nobody000000'" in ended.err
    assert ended.err.count("id:nobody") == 10, ended.err[:3000]


def test_a_few_rules_that_name_nothing_are_all_named() -> None:
    assert OptOut.of(["id:a", "id:b"], ()).unmatched([]) == ["id:a", "id:b"]


@pytest.mark.parametrize("name", ["nowhere.yaml", "a\0b.yaml", "x" * 300 + ".yaml", "."])
def test_a_recipe_that_is_no_file_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(RecipeError, match=r"cannot be read|not YAML"):
        load_recipe(tmp_path / name)


def test_a_recipe_without_end_is_refused() -> None:
    with pytest.raises(RecipeError, match="larger than 64 MB"):
        load_recipe(Path(os.sep) / "dev" / "zero")
