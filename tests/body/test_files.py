"""SMPL model files: every layout gives the same arrays; a wrong file says what is wrong with it."""

import os
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bodies import smpl_arrays, write_official_pickle, write_plain_pickle
from scipy import sparse

from share_data.body import model_names
from share_data.body.files import find_model_file, read_label, read_model_file
from share_data.body.model_arrays import PARENTS
from share_data.body.model_names import gender_of
from share_data.errors import BodyModelError


@pytest.fixture(scope="module")
def arrays() -> dict[str, Any]:
    return smpl_arrays()


def test_every_layout_gives_the_same_arrays(tmp_path: Path, arrays: dict[str, Any]) -> None:
    np.savez(tmp_path / "model.npz", **arrays)
    paths = [
        tmp_path / "model.npz",
        write_plain_pickle(tmp_path / "plain.pkl", arrays),
        write_official_pickle(tmp_path / "official.pkl", arrays),
    ]
    for path in paths:
        found = read_model_file(path)
        for name in ("v_template", "shapedirs", "posedirs", "J_regressor", "weights", "f"):
            np.testing.assert_array_equal(getattr(found, name), arrays[name], err_msg=f"{path.name}: {name}")
        assert tuple(found.kintree_table[0]) == PARENTS
        assert found.f.dtype == np.int32


def test_only_the_first_ten_shape_directions_are_kept(tmp_path: Path, arrays: dict[str, Any]) -> None:
    wide = np.concatenate([arrays["shapedirs"], np.ones((6890, 3, 6), np.float32)], axis=2)
    np.savez(tmp_path / "wide.npz", **{**arrays, "shapedirs": wide})
    np.testing.assert_array_equal(read_model_file(tmp_path / "wide.npz").shapedirs, arrays["shapedirs"])


@pytest.mark.parametrize(
    ("gender", "names"),
    [
        ("neutral", ["SMPL_NEUTRAL.pkl", "smpl/SMPL_NEUTRAL.npz", "basicmodel_neutral_lbs_10_207_0_v1.1.0.pkl"]),
        ("male", ["SMPL_MALE.pkl", "basicmodel_m_lbs_10_207_0_v1.0.0.pkl", "basicmodel_m_lbs_10_207_0_v1.1.0.pkl"]),
        ("female", ["smpl/SMPL_FEMALE.pkl", "basicmodel_f_lbs_10_207_0_v1.0.0.pkl"]),
    ],
)
def test_the_file_of_a_gender_is_found_in_a_folder(tmp_path: Path, gender: str, names: list[str]) -> None:
    for index, name in enumerate(names):
        folder = tmp_path / str(index)
        (folder / name).parent.mkdir(parents=True)
        (folder / "SMPL_OTHER.pkl").touch()
        (folder / name).touch()
        assert find_model_file(folder, gender) == folder / name
        assert find_model_file(folder / name, "neutral") == folder / name


OFFICIAL = (
    "basicModel_neutral_lbs_10_207_0_v1.0.0.pkl",
    "basicmodel_m_lbs_10_207_0_v1.0.0.pkl",
    "basicModel_f_lbs_10_207_0_v1.0.0.pkl",
    "basicmodel_neutral_lbs_10_207_0_v1.1.0.pkl",
    "basicmodel_m_lbs_10_207_0_v1.1.0.pkl",
    "basicmodel_f_lbs_10_207_0_v1.1.0.pkl",
    "BASICMODEL_F_LBS_10_207_0_V1.1.0.PKL",
    "smpl_neutral.npz",
)


@pytest.mark.parametrize("name", OFFICIAL)
@pytest.mark.parametrize("above", ["", "smpl/models", "SMPL_python_v.1.1.0/smpl/models", "a/b/c/d/e"])
def test_official_names_are_found_in_any_folder_above_them(tmp_path: Path, name: str, above: str) -> None:
    path = tmp_path / above / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    (tmp_path / "readme.pkl").touch()
    for gender, letter in (("neutral", "n"), ("male", "m"), ("female", "f")):
        if name.split("_")[1][0].lower() == letter:
            assert find_model_file(tmp_path, gender) == path
            assert gender_of(find_model_file(path, gender).name) == gender
        else:
            with pytest.raises(BodyModelError, match=rf"{re.escape(str(tmp_path))}: .*{gender!r}.*found .*{name}"):
                find_model_file(tmp_path, gender)


def test_the_file_that_lies_nearest_is_taken(tmp_path: Path) -> None:
    for name in ("models/SMPL_MALE.pkl", "models/old/SMPL_MALE.pkl"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    assert find_model_file(tmp_path, "male") == tmp_path / "models" / "SMPL_MALE.pkl"


@pytest.mark.parametrize(
    "names",
    [
        ("SMPL_MALE.npz", "SMPL_MALE.pkl"),
        ("basicmodel_m_lbs_10_207_0_v1.0.0.pkl", "basicmodel_m_lbs_10_207_0_v1.1.0.pkl"),
        ("v1.0/smpl/basicmodel_m_lbs_10_207_0_v1.0.0.pkl", "v1.1/smpl/basicmodel_m_lbs_10_207_0_v1.1.0.pkl"),
    ],
)
def test_several_that_differ_are_named_and_copies_are_one(tmp_path: Path, names: tuple[str, str]) -> None:
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("the same")
    assert find_model_file(tmp_path, "male") == tmp_path / names[0]
    (tmp_path / names[0]).write_text("another")
    with pytest.raises(BodyModelError) as caught:
        find_model_file(tmp_path, "male")
    assert f"2 different SMPL models of gender 'male': {names[0]}, {names[1]}." in str(caught.value)
    assert "Give the path of one" in str(caught.value)


def test_a_file_of_another_gender_than_asked_for_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "basicmodel_m_lbs_10_207_0_v1.1.0.pkl"
    path.touch()
    with pytest.raises(BodyModelError, match=r"v1\.1\.0\.pkl: is the male model, and body\.gender is female"):
        find_model_file(path, "female")
    (tmp_path / "mine.pkl").touch()
    assert find_model_file(tmp_path / "mine.pkl", "female") == tmp_path / "mine.pkl", "its name tells nothing"


def test_folders_that_link_to_one_another_are_looked_through_once(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "up").symlink_to(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "a" / "smpl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BodyModelError, match=r"found no \.pkl and no \.npz file"):
        find_model_file(tmp_path / "a", "neutral")
    (tmp_path / "elsewhere" / "SMPL_NEUTRAL.pkl").touch()
    assert find_model_file(tmp_path / "a", "neutral") == tmp_path / "a" / "smpl" / "SMPL_NEUTRAL.pkl"


def test_a_whole_disk_is_not_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_names, "MOST_FOLDERS", 3)
    (tmp_path / "x" / "SMPL_NEUTRAL.pkl").mkdir(parents=True)
    for number in range(4):
        (tmp_path / str(number)).mkdir()
    with pytest.raises(BodyModelError, match=r"more than 3 folders.*nearer to it"):
        find_model_file(tmp_path, "neutral")


def test_a_folder_without_the_gender_says_what_was_looked_for_and_found(tmp_path: Path) -> None:
    (tmp_path / "SMPL_MALE.pkl").touch()
    with pytest.raises(BodyModelError, match=r"'female'.*SMPL_FEMALE\.pkl.*basicmodel_f_lbs.*found SMPL_MALE\.pkl"):
        find_model_file(tmp_path, "female")
    with pytest.raises(BodyModelError, match=r"nowhere.*No such file"):
        find_model_file(tmp_path / "nowhere", "male")


def test_a_pickle_that_runs_a_command_is_refused(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> Any:
            return os.system, (f"touch {tmp_path / 'mark'}",)

    path = tmp_path / "SMPL_NEUTRAL.pkl"
    path.write_bytes(pickle.dumps({"v_template": Evil()}))
    with pytest.raises(BodyModelError, match=r"SMPL_NEUTRAL\.pkl: refused.*system"):
        read_model_file(path)
    assert not (tmp_path / "mark").exists()


def with_(name: str, change: Callable[[Any], Any]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda arrays: {**arrays, name: change(arrays[name].copy())}


def first_set_to(value: float) -> Callable[[Any], Any]:
    def change(array: Any) -> Any:
        array[(0,) * array.ndim] = value
        return array

    return change


WRONG = {
    "lacks": (lambda a: {k: v for k, v in a.items() if k != "weights"}, "lacks weights; it holds J_regressor, f"),
    "posedirs of width 1": (with_("posedirs", lambda x: x[:, :, :1]), r"posedirs should have shape \(6890, 3, 207\)"),
    "posedirs flat": (with_("posedirs", lambda x: x.reshape(-1, 207)), r"found \(20670, 207\)"),
    "six betas": (with_("shapedirs", lambda x: x[:, :, :6]), "6 shape directions, at least 10"),
    "transposed": (with_("J_regressor", lambda x: x.T), r"J_regressor should have shape \(24, 6890\)"),
    "smplx skeleton": (with_("weights", lambda x: np.ones((6890, 55)) / 55), r"weights should have shape \(6890, 24\)"),
    "NaN": (with_("v_template", first_set_to(np.nan)), "v_template holds NaN or infinity"),
    "rows": (with_("weights", lambda x: x * 0.5), "the rows of weights should sum to one, found one off by 0.5"),
    "parents": (with_("kintree_table", lambda x: x[:, ::-1]), "kintree_table gives the parents"),
    "faces": (with_("f", first_set_to(6890)), "f should hold vertex numbers below 6890"),
    "text": (with_("v_template", lambda x: x.astype(str)), "v_template should be an array of numbers"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_arrays_are_named_with_what_was_expected(tmp_path: Path, arrays: dict[str, Any], name: str) -> None:
    change, message = WRONG[name]
    path = tmp_path / "model.npz"
    np.savez(path, **change({**arrays, "posedirs": np.zeros((6890, 3, 207), np.float16)}))
    with pytest.raises(BodyModelError, match=message) as caught:
        read_model_file(path)
    assert str(path) in str(caught.value)


def test_a_small_mesh_is_refused_before_smplx_reads_past_its_end(tmp_path: Path, arrays: dict[str, Any]) -> None:
    few = {**arrays, "f": arrays["f"] % 100, "posedirs": np.zeros((100, 3, 207))}
    for name in ("v_template", "shapedirs", "weights"):
        few[name] = arrays[name][:100]
    few["J_regressor"] = np.full((24, 100), 0.01)
    np.savez(tmp_path / "small.npz", **few)
    with pytest.raises(BodyModelError, match="100 vertices; an SMPL body has 6890"):
        read_model_file(tmp_path / "small.npz")


def test_an_npz_of_pickled_objects_is_refused(tmp_path: Path, arrays: dict[str, Any]) -> None:
    np.savez(tmp_path / "m.npz", **{**arrays, "J_regressor": np.array(sparse.csc_matrix(arrays["J_regressor"]))})
    with pytest.raises(BodyModelError, match="not a readable npz of plain arrays"):
        read_model_file(tmp_path / "m.npz")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"\x93NUMPY\x01\x00", b"no model"])
@pytest.mark.parametrize("suffix", [".npz", ".pkl"])
def test_damaged_files_are_named(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"SMPL_NEUTRAL{suffix}"
    path.write_bytes(content)
    with pytest.raises(BodyModelError, match="not a readable"):
        read_model_file(path)


def test_only_a_mannequin_has_a_label(tmp_path: Path, arrays: dict[str, Any]) -> None:
    np.savez(tmp_path / "smpl.npz", **arrays)
    np.savez(tmp_path / "built.npz", **arrays, mannequin=np.array("female"))
    assert read_label(tmp_path / "smpl.npz") == ""
    assert read_label(tmp_path / "built.npz") == "female"
    assert read_label(tmp_path / "SMPL_MALE.pkl") == ""
