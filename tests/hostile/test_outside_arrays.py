"""Pickles, calibrations, skeletons and saved motions from strangers: refused by name, in little memory and time."""

import json
import os
import pickle
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bodies import chumpy_array, fake_chumpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loaders import assert_refused, load
from scipy import sparse
from smarthome_tree import skeleton_json

from share_data.body.pickles import restricted_load
from share_data.errors import CorpusError, ShareDataError, SourceError
from share_data.sources.rich.bodies import _translation
from share_data.sources.rich.calibration import read_calibration
from share_data.sources.rich.layout import read_array
from share_data.sources.smarthome.skeleton import read_skeleton

STRIDE = b"\x80\x02"


def doubled(kind: bytes) -> bytes:
    """A container of two of a container of two of ..., forty times: a trillion leaves in a few hundred bytes."""
    wrap = {b"list": (b"]", b"(", b"e"), b"tuple": (b")", b"", b"")}[kind]
    program = STRIDE + wrap[0] + b"q\x00"
    for level in range(40):
        get = b"h" + bytes([level])
        body = b"](" + get + get + b"e" if kind == b"list" else get + get + b"\x86"
        program += b"0" + body + b"q" + bytes([level + 1])
    return program


def sparse_with(**changed: Any) -> bytes:
    matrix = sparse.csc_matrix(np.eye(4))
    matrix.__dict__.update(changed)
    return pickle.dumps({"m": matrix}, protocol=2)


def selecting(entries: Any, operand: Any) -> bytes:
    with fake_chumpy() as (ch, select):
        picked = select()
        picked.__dict__.update(a=chumpy_array(ch, operand), idxs=entries)
        return pickle.dumps({"x": picked}, protocol=2)


def array_program(dtype: bytes, shape: bytes, data: bytes = b"U\x04abcd") -> bytes:
    """An array built by hand. dtype: its code; shape: the step that pushes it."""
    return (
        b"\x80\x02}U\x01xcnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01"
        + shape + b"cnumpy\ndtype\nU" + bytes([len(dtype)]) + dtype + b"K\x00K\x01\x87R\x89" + data + b"tbs."
    )  # fmt: skip


PICKLES: Mapping[str, tuple[bytes, str]] = {
    "a terabyte of bytes declared": (b"\x80\x04\x8e" + struct.pack("<Q", 1 << 40) + b"x.", "declares"),
    "a terabyte of text declared": (b"\x80\x04\x8d" + struct.pack("<Q", 1 << 40) + b"x.", "declares"),
    "a buffer of a gigabyte declared": (b"\x80\x05\x96" + struct.pack("<Q", 1 << 30) + b"x.", "declares"),
    "two gigabytes of a number": (b"\x80\x02\x8b" + struct.pack("<i", 2**31 - 1) + b"x.", "declares"),
    "a number of minus bytes": (b"\x80\x02\x8b" + struct.pack("<i", -5) + b"x.", "not a readable"),
    "a memo of four billion": (b"\x80\x02}r\xff\xff\xff\xff" + b"h\x07.", "not a readable"),
    "a call for a large buffer": (b"\x80\x02c__builtin__\nbytearray\nJ\x00\x00\x00\x40\x85R.", "not a readable"),
    "a call for a large array": (b"\x80\x02cnumpy\nndarray\nJ\x00\x00\x00\x40\x85\x85R.", "refused"),
    "a million lists": (b"\x80\x02" + b"]" * 1_000_000 + b".", "steps"),
    "a million marks": (b"\x80\x02" + b"(" * 1_000_000 + b".", "steps"),
    "lists that double": (doubled(b"list") + b"}U\x01xh\x28s.", ""),
    "a key of tuples that double": (STRIDE + b"}" + doubled(b"tuple")[2:] + b"K\x01s.", "as a key"),
    "a set of tuples that double": (b"\x80\x04\x8f(" + doubled(b"tuple")[2:] + b"\x90.", "as a key"),
    "a key of a huge number": (b"\x80\x02}\x8a\x10" + b"\x7f" * 16 + b"K\x01s.", "as a key"),
    "a list in itself": (b"\x80\x02}U\x01x]q\x00h\x00as.", "holds itself"),
    "a dictionary in itself": (b"\x80\x02}q\x00U\x01xh\x00s.", "holds itself"),
    "ten thousand lists deep": (b"\x80\x02}U\x01x" + b"]" * 10_000 + b"a" * 9_999 + b"s.", "not a readable"),
    "a function changed": (b"c_codecs\nencode\n(N}U\x0c__defaults__)stb.", "refused"),
    "a class changed": (b"c__builtin__\nset\n(N}U\x01x)stb.", "refused"),
    "an extension": (b"\x80\x02\x82\x01.", "refused"),
    "a persistent object": (b"Pabc\n.", "refused"),
    "a buffer from elsewhere": (b"\x80\x05\x97.", "refused"),
    "keywords": (b"\x80\x04c__builtin__\nset\n)}\x92.", "refused"),
    "copied values": (b"\x80\x02}2.", "refused"),
    "nothing on the stack": (b"\x80\x02.", "not a readable"),
    "more taken than there is": (b"\x80\x02\x87.", "not a readable"),
    "a key without a value": (b"\x80\x02}(K\x01u.", "without a value"),
    "an item into a number": (b"\x80\x02K\x01K\x02a.", "no list"),
    "a name that is a number": (b"\x80\x04K\x01K\x02\x93.", "no text"),
    "a call of a number": (b"\x80\x02K\x01)R.", "calls what is no name"),
    "an array of objects": (array_program(b"O8", b"K\x01\x85"), "not plain numbers"),
    "an array of structures": (array_program(b"V8", b"K\x01\x85"), "not plain numbers"),
    "an array of dates": (array_program(b"M8", b"K\x01\x85"), "not plain numbers"),
    "an array of nonsense": (array_program(b"f8,f8", b"K\x01\x85"), "not plain numbers"),
    "an array of a billion": (array_program(b"f4", b"J\x00\x00\x00\x40\x85"), "declares shape"),
    "an array that overflows": (array_program(b"f4", b"\x8a\x08" + b"\xff" * 7 + b"\x7f" + b"\x85"), "declares shape"),
    "an array of minus one": (array_program(b"f4", b"J\xff\xff\xff\xff\x85"), "shape is none"),
    "an array of no list": (array_program(b"f4", b"K\x01"), "none"),
    "an array without values": (array_program(b"f4", b"K\x01\x85", b"N"), "none"),
    "an array that is not built": (
        b"\x80\x02}U\x01xcnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87Rs.",
        "without values",
    ),
    "starts that do not fit": (sparse_with(indptr=np.array([0, 1], np.int32)), "indptr does not fit"),
    "starts beyond": (sparse_with(indptr=np.array([0, 1, 2, 3, 9], np.int32)), "indptr does not fit"),
    "starts that go back": (sparse_with(indptr=np.array([0, 3, 1, 2, 4], np.int32)), "goes back"),
    "starts before": (sparse_with(indptr=np.array([-4, 1, 2, 3, 4], np.int32)), "indptr does not fit"),
    "indices beyond": (sparse_with(indices=np.array([0, 1, 2, 4], np.int32)), "index beyond"),
    "indices before": (sparse_with(indices=np.array([0, 1, 2, -1], np.int32)), "index beyond"),
    "indices of fractions": (sparse_with(indices=np.arange(4.0)), "no numbers"),
    "fewer values than indices": (sparse_with(data=np.ones(2)), "does not fit"),
    "values of text": (sparse_with(data=np.array(list("abcd"))), "no numbers"),
    "values in a square": (sparse_with(data=np.ones((2, 2))), "no list of numbers"),
    "a shape of billions": (sparse_with(_shape=(4_000_000_000, 4)), "far larger than the file"),
    "a shape of three": (sparse_with(_shape=(4, 4, 4)), "shape"),
    "a shape below zero": (sparse_with(_shape=(-4, 4)), "shape"),
    "a shape of text": (sparse_with(_shape="44"), "shape"),
    "a selection far larger": (selecting(np.zeros(20_000_000, np.uint8), np.zeros(2, "S400")), "far larger"),
    "a selection beyond": (selecting(np.array([9]), np.zeros(2)), "not a readable"),
    "a selection by fractions": (selecting(np.array([0.5]), np.zeros(2)), "not a readable"),
}


@pytest.mark.parametrize("name", PICKLES)
def test_a_pickle_is_built_of_what_is_there(tmp_path: Path, name: str) -> None:
    program, told = PICKLES[name]
    path = tmp_path / "bad.pkl"
    path.write_bytes(program)
    if told:
        assert_refused(restricted_load, path, told)
    else:
        ended = load(restricted_load, path)
        assert not ended.bad and ended.megabytes < 100, ended


@settings(
    max_examples=150, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(program=st.binary(max_size=60), protocol=st.sampled_from([b"", b"\x80\x02", b"\x80\x04"]))
def test_any_bytes_end_in_a_dictionary_or_one_error(tmp_path: Path, program: bytes, protocol: bytes) -> None:
    path = tmp_path / "any.pkl"
    path.write_bytes(protocol + program)
    try:
        assert isinstance(restricted_load(path), dict)
    except ShareDataError as error:
        assert "any.pkl" in str(error)


GOOD_XML = """<?xml version="1.0"?><opencv_storage>
<CameraMatrix><data>1. 0. 0. 0.5 0. 1. 0. 0. 0. 0. 1. 0.</data></CameraMatrix>
<Intrinsics><data>3577. 0. 2061. 0. 3577. 1498. 0. 0. 1.</data></Intrinsics>
<Distortion><data>0.01 -0.03</data></Distortion></opencv_storage>"""

CALIBRATIONS: Mapping[str, tuple[Callable[[str], str | bytes], str]] = {
    "a camera in millimetres": (lambda x: x.replace("0.5", "5200."), "millimetres"),
    "a rotation that overflows": (lambda x: x.replace("1. 0. 0. 0.5", "1e200 0. 0. 0.5"), "not a rotation"),
    "a rotation of zero": (lambda x: x.replace("1. 0. 0. 0.5", "0. 0. 0. 0.5"), "not a rotation"),
    "a mirror": (lambda x: x.replace("1. 0. 0. 0.5", "-1. 0. 0. 0.5"), "not a rotation"),
    "a focal without end": (lambda x: x.replace("3577.", "1e300"), "focal length"),
    "a focal of nothing": (lambda x: x.replace("3577.", "1e-300"), "focal length"),
    "one focal negative": (lambda x: x.replace("3577. 1498", "-3577. 1498"), "focal length"),
    "a centre beyond": (lambda x: x.replace("2061.", "1e9"), "no camera matrix"),
    "a last row of others": (lambda x: x.replace("0. 0. 1.</data></Intr", "5. 5. 9.</data></Intr"), "no camera matrix"),
    "a lens of none": (lambda x: x.replace("0.01", "1e12"), "of no lens"),
    "entities in UTF-16": (
        lambda x: x.replace("?>", '?><!DOCTYPE a [<!ENTITY b "b">]>').encode("utf-16"),
        "not a readable XML",
    ),
    "in another encoding": (lambda x: x.replace("opencv", "ö").encode("latin-1"), "not a readable XML"),
    "a document type": (lambda x: x.replace("?>", "?><!DOCTYPE a>"), "declares no document type"),
    "two megabytes": (lambda x: x + " " * (2 << 20), "is small"),
    "a hundred thousand deep": (lambda x: "<a>" * 100_000, "not a readable XML"),
    "NUL": (lambda x: x.replace("<data>", "<data>\0", 1), "not a readable XML"),
    "words": (lambda x: x.replace("3577.", "wide", 1), "not a number"),
    "eleven numbers": (lambda x: x.replace("1. 0. 0. 0.5", "1. 0. 0."), "12 finite numbers"),
    "infinity": (lambda x: x.replace("0.01", "inf"), "finite"),
}


@pytest.mark.parametrize("name", CALIBRATIONS)
def test_a_calibration_is_of_a_camera(tmp_path: Path, name: str) -> None:
    change, told = CALIBRATIONS[name]
    content = change(GOOD_XML)
    path = tmp_path / "000.xml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert_refused(read_calibration, path, told)


def test_the_calibration_that_is_changed_is_a_good_one(tmp_path: Path) -> None:
    (tmp_path / "000.xml").write_text(GOOD_XML)
    assert read_calibration(tmp_path / "000.xml").focal == 3577


def skeleton_with(**changed: Any) -> str:
    data = skeleton_json([1])
    data["frames"][0][0].update(changed)
    return json.dumps(data)


SKELETONS: Mapping[str, str] = {
    "numbers as text": skeleton_with(pose2d=["1"] * 26),
    "truth values": skeleton_with(pose2d=[True] * 26),
    "a number beyond float": skeleton_with(pose2d=[10**400] * 26),
    "a number of five thousand digits": '{"frames": [[{"pose2d": [' + "9" * 5000 + "]}]]}",
    "a pose that is a number": skeleton_with(pose3d=3),
    "a pose that is a word": skeleton_with(pose3d="x" * 39),
    "a pose of lists": skeleton_with(pose2d=[[1.0]] * 26),
    "frames by name": '{"frames": {"a": 1}}',
    "three million empty lists": '{"frames": [' + "[]," * 3_000_000 + "[]]}",
    "a frame of a million people": '{"frames": [[' + "{}," * 1_000_000 + "{}]]}",
}


@pytest.mark.parametrize("name", SKELETONS)
def test_a_skeleton_is_of_numbers(tmp_path: Path, name: str) -> None:
    path = tmp_path / "bad_pose3d.json"
    path.write_text(SKELETONS[name])
    assert_refused(read_skeleton, path, "not a skeleton")


def joints(path: Path) -> Any:
    return read_array(path, "joints", CorpusError)


def person() -> Any:
    return np.random.default_rng(0).uniform(-0.8, 0.8, (100, 24, 3)) + np.array([0.0, 0.0, 5.0])


ARRAYS: Mapping[str, tuple[Any, str]] = {
    "millimetres": (person() * 1000, "millimetres"),
    "centimetres": (person() * 100, "centimetres"),
    "a place beyond": (person() + 1e9, "no place"),
    "no number": (np.where(np.arange(3) == 1, np.nan, person()), "not finite"),
    "integers": (person().astype(int), "expected joints"),
    "text": (person()[:3].astype("U8"), "expected joints"),
    "another shape": (person()[:, :22], "expected joints"),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_saved_motion_is_of_a_body_in_metres(tmp_path: Path, name: str) -> None:
    values, told = ARRAYS[name]
    np.save(tmp_path / "Gym_010_joints.npy", values)
    assert_refused(joints, tmp_path / "Gym_010_joints.npy", told)


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"PK\x05\x06" + bytes(18), pickle.dumps([1])])
def test_what_is_no_array_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "Gym_010_joints.npy").write_bytes(content)
    assert_refused(joints, tmp_path / "Gym_010_joints.npy", "not a readable .npy array", "Save it again")


@pytest.mark.parametrize("value", [[np.nan, 0, 0], [0, np.inf, 0], [0, 0, 1e300], [-4200.0, 100, 100]])
def test_a_body_beside_the_scene_is_named_with_its_place(tmp_path: Path, value: list[float]) -> None:
    (tmp_path / "001.pkl").write_bytes(pickle.dumps({"transl": np.array(value)}))
    assert_refused(_translation, tmp_path / "001.pkl", "transl is", "millimetres")


@pytest.mark.parametrize("loader", [joints, read_calibration, read_skeleton, restricted_load])
def test_a_pipe_is_never_waited_for(tmp_path: Path, loader: Callable[[Path], Any]) -> None:
    os.mkfifo(tmp_path / "pipe")
    ended = load(loader, tmp_path / "pipe")
    assert (not ended.bad and "not a regular file" in ended.error) or "not a readable" in ended.error, ended
    with pytest.raises((CorpusError, SourceError, ShareDataError)):
        loader(tmp_path / "nowhere")
