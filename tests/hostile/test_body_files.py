"""Body files from strangers: each is refused with the cause, in little memory, and nothing in it runs.

A table: what is done to a good file, and what the loader must say.
"""

import io
import os
import pickle
import struct
import zipfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bodies import smpl_arrays
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from loaders import assert_refused, assert_small, load
from scipy import sparse

from share_data.body.files import read_label, read_model_file
from share_data.errors import ShareDataError

Arrays = dict[str, Any]


@cache
def good() -> Mapping[str, Any]:
    """A good body's arrays; its pose directions in half the bytes, for speed."""
    arrays = smpl_arrays()
    return {**arrays, "posedirs": arrays["posedirs"].astype(np.float16)}


def scaled(name: str, factor: float) -> Callable[[Arrays], Arrays]:
    return lambda a: {**a, name: a[name].astype(np.float64) * factor}


def swapped(name: str, value: Callable[[Any], Any]) -> Callable[[Arrays], Arrays]:
    return lambda a: {**a, name: value(a[name])}


def spiked(name: str, value: float, dtype: Any = np.float64) -> Callable[[Arrays], Arrays]:
    def change(a: Arrays) -> Arrays:
        array = a[name].astype(dtype)
        array.flat[5] = value
        return {**a, name: array}

    return change


def in_unit(factor: float) -> Callable[[Arrays], Arrays]:
    return lambda a: {**a, **{n: a[n].astype(np.float64) * factor for n in ("v_template", "shapedirs", "posedirs")}}


def balanced(a: Arrays) -> Arrays:
    """Rows that sum to one, of entries so large that no sum of them means anything."""
    regressor = a["J_regressor"].astype(np.float64)
    regressor[3, :2] += (1e6, -1e6)
    return {**a, "J_regressor": regressor}


def far(a: Arrays) -> Arrays:
    regressor = np.zeros((24, 6890))
    top, low = a["v_template"][:, 1].argmax(), a["v_template"][:, 1].argmin()
    regressor[:, top], regressor[:, low] = 2, -1
    return {**a, "J_regressor": regressor}


VALUES: Mapping[str, tuple[Callable[[Arrays], Arrays], str]] = {
    "millimetres": (in_unit(1000), "in millimetres"),
    "centimetres": (in_unit(100), "in centimetres"),
    "template alone in millimetres": (scaled("v_template", 1000), "Divide v_template"),
    "template alone in centimetres": (scaled("v_template", 100), "in centimetres"),
    "a body of no size": (scaled("v_template", 0), "which no body is"),
    "a body of an ant": (scaled("v_template", 0.001), "which no body is"),
    "a body of a mountain": (scaled("v_template", 1e5), "which no body is"),
    "shapes in millimetres": (scaled("shapedirs", 1000), "shapedirs holds"),
    "poses in millimetres": (spiked("posedirs", 30), "posedirs holds"),
    "a body beside the world": (swapped("v_template", lambda x: x + 1e6), "v_template holds"),
    "template beyond float32": (spiked("v_template", 1e39), "v_template holds NaN or infinity"),
    "shapes beyond float32": (spiked("shapedirs", -1e300), "shapedirs holds NaN or infinity"),
    "poses beyond float32": (spiked("posedirs", 1e200), "posedirs holds NaN or infinity"),
    "infinity in poses": (spiked("posedirs", np.inf, np.float16), "posedirs holds NaN or infinity"),
    "NaN in shapes": (spiked("shapedirs", np.nan, np.float32), "shapedirs holds NaN or infinity"),
    "NaN in weights": (spiked("weights", np.nan), "weights holds NaN"),
    "NaN in the regressor": (spiked("J_regressor", np.nan), "J_regressor holds NaN"),
    "minus infinity": (spiked("v_template", -np.inf), "v_template holds NaN"),
    "negative weights": (spiked("weights", -3), "weights holds -3"),
    "weights of a thousand": (scaled("weights", 1000), "weights holds"),
    "no weight": (scaled("weights", 0), "rows of weights"),
    "joints that cancel": (balanced, "J_regressor holds"),
    "joints outside": (far, "outside the body"),
    "no joint": (scaled("J_regressor", 0), "rows of J_regressor"),
    "no face": (swapped("f", lambda f: f[:0]), "f holds no face"),
    "a face beyond": (spiked("f", 6890, np.int64), "f should hold vertex numbers"),
    "a face before": (spiked("f", -1, np.int64), "f should hold vertex numbers"),
    "faces of fractions": (swapped("f", lambda f: f.astype(float)), "f should hold vertex numbers"),
    "faces of four": (swapped("f", lambda f: np.tile(f, 2)[:, :4]), "f should have shape"),
    "a tree of NaN": (swapped("kintree_table", lambda k: np.full((2, 24), np.nan)), "kintree_table gives"),
    "a tree in a circle": (swapped("kintree_table", lambda k: np.zeros((2, 24), int)), "kintree_table gives"),
    "a tree of one": (swapped("kintree_table", lambda k: np.array(3)), "kintree_table should have shape"),
    "a number for a template": (swapped("v_template", lambda v: np.array(1.0)), "should have shape"),
    "an empty template": (swapped("v_template", lambda v: np.zeros((0, 3))), "should have shape"),
    "complex": (swapped("weights", lambda w: w.astype(np.complex64)), "should be an array of numbers"),
    "truth values": (swapped("weights", lambda w: w > 0), "should be an array of numbers"),
    "text": (swapped("v_template", lambda v: v[:9].astype("S8")), "should be an array of numbers"),
}


@pytest.mark.parametrize("name", VALUES)
def test_values_that_are_no_body_are_named(tmp_path: Path, name: str) -> None:
    change, told = VALUES[name]
    np.savez(tmp_path / "SMPL_NEUTRAL.npz", **change(dict(good())))
    assert_refused(read_model_file, tmp_path / "SMPL_NEUTRAL.npz", told)


def npy(header: str, data: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    text = header.encode("latin-1") + b"\n"
    size = struct.pack("<H" if version[0] == 1 else "<I", len(text))
    return b"\x93NUMPY" + version + size + text + data


def described(descr: str, shape: str, data: bytes = b"") -> bytes:
    return npy(f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}", data)


HEADERS: Mapping[str, tuple[bytes, str]] = {
    "a terabyte declared": (described("'<f8'", "(10000000000, 3)"), "declares"),
    "more than 64 bits": (described("'<f8'", "(99999999999999999999999, 3)"), "declares"),
    "a product that overflows": (described("'<f8'", "(4294967296, 4294967296)"), "declares"),
    "a negative side": (described("'<f8'", "(-1, 3)", bytes(24)), "is none"),
    "sides that cancel": (described("'<f8'", "(-2, -3)", bytes(48)), "is none"),
    "too little data": (described("'<f8'", "(6890, 3)", bytes(80)), "holds 80"),
    "too much data": (described("'<f8'", "(2, 3)", bytes(80)), "holds 80"),
    "forty axes": (described("'<f8'", str((1,) * 40), bytes(8)), "not a readable"),
    "objects": (described("'|O'", "(3,)", bytes(24)), "not plain numbers"),
    "structures": (described("[('x', '<f8'), ('y', '<f8')]", "(3,)", bytes(48)), "not plain numbers"),
    "structures of objects": (described("[('x', '|O')]", "(3,)", bytes(24)), "not plain numbers"),
    "arrays of arrays": (described("('<f8', (3,))", "(2,)", bytes(48)), "v_template"),
    "dates": (described("'<M8[s]'", "(3,)", bytes(24)), "not plain numbers"),
    "void": (described("'|V8'", "(3,)", bytes(24)), "not plain numbers"),
    "text of no size": (described("'<U0'", "(3,)"), "not plain numbers"),
    "an unknown type": (described("'<q9'", "(3,)", bytes(27)), "header cannot be read"),
    "a call in the header": (npy("__import__('os').getpid()"), "header cannot be read"),
    "a deep header": (npy("(" * 1500), "header cannot be read"),
    "a long header": (npy("{" + " " * 60_000 + "}"), "header cannot be read"),
    "a header of four GB": (b"\x93NUMPY\x02\x00\xff\xff\xff\xff{}", "header cannot be read"),
    "no header": (b"\x93NUMPY\x01\x00", "not a readable"),
    "version 3": (npy("{}", version=b"\x03\x00"), "version"),
    "version 9": (npy("{}", version=b"\x09\x00"), "not a readable"),
    "no array": (b"hello", "not a readable"),
    "nothing": (b"", "not a readable"),
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_is_held_against_what_is_there(tmp_path: Path, name: str) -> None:
    content, told = HEADERS[name]
    path = tmp_path / "SMPL_NEUTRAL.npz"
    np.savez(path, **{n: a for n, a in good().items() if n not in ("v_template", "posedirs")})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("v_template.npy", content)
    assert_refused(read_model_file, path, told)


def archived(path: Path, *members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path.read_bytes()


def encrypted(path: Path) -> bytes:
    data = bytearray(archived(path, ("v_template.npy", described("'<f8'", "(1,)", bytes(8)))))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def wrong_sum(path: Path) -> bytes:
    data = bytearray(archived(path, ("v_template.npy", described("'<f8'", "(1,)", bytes(8))), method=0))
    data[data.index(b"NUMPY") + 120] ^= 1
    data[14] ^= 1
    at = data.index(b"PK\x01\x02") + 16
    data[at] ^= 1
    return bytes(data)


def long_table(path: Path) -> bytes:
    return archived(path, *((f"{n:06d}" + "x" * 100, b"") for n in range(9000)))


MEGABYTES = 200 << 20
ARCHIVES: Mapping[str, tuple[Callable[[Path], bytes], str]] = {
    "a bomb": (
        lambda p: archived(p, ("v_template.npy", described("'|i1'", f"({MEGABYTES},)", bytes(MEGABYTES)))),
        "more than such a file can hold",
    ),
    "a bomb without a header": (lambda p: archived(p, ("v_template.npy", bytes(MEGABYTES))), "more than such a file"),
    "encrypted": (encrypted, "encrypted"),
    "a wrong checksum": (wrong_sum, "not a readable"),
    "bzip2": (lambda p: archived(p, ("v_template.npy", bytes(9)), method=zipfile.ZIP_BZIP2), "packed by method 12"),
    "lzma": (lambda p: archived(p, ("v_template.npy", bytes(9)), method=zipfile.ZIP_LZMA), "packed by method 14"),
    "a name twice": (lambda p: archived(p, ("f.npy", b"x"), ("f", b"y")), "twice"),
    "a table of a million bytes": (long_table, "table of contents"),
    "cut in the middle": (lambda p: archived(p, ("f.npy", os.urandom(999)))[:500], "cut off"),
    "its end alone": (lambda p: archived(p, ("f.npy", os.urandom(999)))[-22:], "not a readable"),
    "nothing in it": (lambda p: archived(p), "lacks v_template"),
    "other things in it": (lambda p: archived(p, ("\x1b[31mx.npy", b"")), "lacks v_template"),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_is_looked_at_before_it_is_unpacked(tmp_path: Path, name: str) -> None:
    make, told = ARCHIVES[name]
    path = tmp_path / "SMPL_NEUTRAL.npz"
    path.write_bytes(make(tmp_path / "made.zip"))
    assert_refused(read_model_file, path, told)


def test_a_pipe_and_a_folder_are_no_body_files(tmp_path: Path) -> None:
    for number, suffix in enumerate((".npz", ".pkl")):
        os.mkfifo(tmp_path / f"pipe{suffix}")
        (tmp_path / f"folder{number}{suffix}").mkdir()
        assert_refused(read_model_file, tmp_path / f"pipe{suffix}", "is a pipe, not a regular file")
        assert_refused(read_model_file, tmp_path / f"folder{number}{suffix}", "is a folder, not a regular file")


@pytest.mark.parametrize("label", [np.array("nobody"), np.array(["male", "female"]), np.array(7)])
def test_a_label_that_is_none_is_refused(tmp_path: Path, label: Any) -> None:
    np.savez(tmp_path / "m.npz", mannequin=label)
    assert_refused(read_label, tmp_path / "m.npz", "mannequin")


def test_a_good_file_of_every_layout_takes_little_memory(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", **good())
    np.savez_compressed(tmp_path / "b.npz", **{**good(), "posedirs": np.zeros((6890, 3, 207))})
    (tmp_path / "c.pkl").write_bytes(pickle.dumps(dict(good()), protocol=2))
    for name in ("a.npz", "b.npz", "c.pkl"):
        ended = load(read_model_file, tmp_path / name)
        assert not ended.bad and not ended.error, ended
        assert_small(ended, tmp_path / name)


@cache
def small_files() -> Mapping[str, bytes]:
    """Of the parts that are looked at before shapes: a few kilobytes, so that a flipped byte hits something."""
    arrays = {"v_template": np.zeros((5, 3)), "f": np.arange(6).reshape(2, 3), "weights": sparse.csc_matrix(np.eye(4))}
    buffer = io.BytesIO()
    np.savez(buffer, **{n: a for n, a in arrays.items() if n != "weights"})
    return {".npz": buffer.getvalue(), ".pkl": pickle.dumps(arrays, protocol=2), ".5.pkl": pickle.dumps(arrays, 5)}


@settings(
    max_examples=150, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    suffix=st.sampled_from([".npz", ".pkl", ".5.pkl"]),
    flips=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=6),
    kept=st.floats(0.2, 1),
)
@example(suffix=".pkl", flips=[(0.0, 128)], kept=1.0)
def test_a_good_file_with_bytes_changed_ends_in_one_clear_error(
    tmp_path: Path, suffix: str, flips: list[tuple[float, int]], kept: float
) -> None:
    data = bytearray(small_files()[suffix])
    for place, value in flips:
        data[int(place * len(data))] = value
    path = tmp_path / f"SMPL_NEUTRAL{suffix}"
    path.write_bytes(data[: int(kept * len(data)) + 1])
    with pytest.raises(ShareDataError, match="SMPL_NEUTRAL"):
        read_model_file(path)
