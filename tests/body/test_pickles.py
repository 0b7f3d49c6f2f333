"""Pickles from outside: data comes through, whatever could run does not."""

import collections
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bodies import chumpy_array, fake_chumpy
from scipy import sparse

from share_data.body.pickle_steps import Standin
from share_data.body.pickles import restricted_load
from share_data.errors import ArrayFileError


class Calls:
    """Pickles into a call of `function(*arguments)`."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


def write(path: Path, content: Any, protocol: int = 2) -> Path:
    path.write_bytes(pickle.dumps(content, protocol=protocol))
    return path


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_arrays_and_containers_come_back_as_they_were(tmp_path: Path, protocol: int) -> None:
    content = {
        "float": np.arange(6.0).reshape(2, 3),
        "fortran": np.asfortranarray(np.arange(6, dtype=np.uint32).reshape(2, 3)),
        "flags": np.array([True, False]),
        "scalar": np.float32(1.5),
        "text": "smplå",
        "bytes": b"\x00\xff",
        "nested": [(1, 2.5, None), {"a": {1, 2}}],
        "ordered": collections.OrderedDict(b=1, a=2),
    }
    found = restricted_load(write(tmp_path / "data.pkl", content, protocol))
    assert found.keys() == content.keys()
    for name in ("float", "fortran", "flags", "scalar"):
        np.testing.assert_array_equal(found[name], content[name])
        assert found[name].dtype == content[name].dtype  # type: ignore[attr-defined]
    for name in ("text", "bytes", "nested", "ordered"):
        assert found[name] == content[name]


@pytest.mark.parametrize("kind", [sparse.csc_matrix, sparse.csr_matrix, sparse.csc_array])
def test_sparse_matrices_are_rebuilt(tmp_path: Path, kind: Any) -> None:
    matrix = kind(np.array([[0.0, 2.0, 0.0], [1.0, 0.0, 0.0]]))
    found = restricted_load(write(tmp_path / "data.pkl", {"m": matrix}))["m"]
    assert type(found) is kind
    np.testing.assert_array_equal(found.toarray(), matrix.toarray())


def test_chumpy_objects_are_read_without_chumpy(tmp_path: Path) -> None:
    with fake_chumpy() as (ch, select):
        picked = select()
        picked.__dict__.update(a=chumpy_array(ch, np.arange(4.0)), idxs=np.array([3, 0]), preferred_shape=(2, 1))
        product = select()
        product.__dict__.update(b=1)
        path = write(tmp_path / "data.pkl", {"picked": picked, "product": product})
    found = restricted_load(path)
    np.testing.assert_array_equal(found["picked"], [[3.0], [0.0]])
    assert isinstance(found["product"], Standin)
    assert found["product"].label == "chumpy.reordering.Select"


def test_a_pickle_that_runs_a_command_is_refused_and_runs_nothing(tmp_path: Path) -> None:
    import os

    mark = tmp_path / "mark"
    path = write(tmp_path / "evil.pkl", {"v_template": Calls(os.system, f"touch {mark}")})
    with pytest.raises(ArrayFileError, match=r"evil\.pkl: refused, because it names posix\.system"):
        restricted_load(path)
    assert not mark.exists()


@pytest.mark.parametrize(
    ("program", "named"),
    [
        (b"cbuiltins\neval\n(S'1'\ntR.", "builtins.eval"),
        (b"c__builtin__\ngetattr\n(S'1'\ntR.", "__builtin__.getattr"),
        (b"cbuiltins\nset.__init__\n.", "builtins.set.__init__"),
        (b"cnumpy\nload\n(S'x'\ntR.", "numpy.load"),
        (b"cnumpy.core.multiarray\nfromfile\n.", "numpy.core.multiarray.fromfile"),
        (b"cscipy.sparse._csc\nnp\n.", "scipy.sparse._csc.np"),
        (b"cshare_data.body.pickles\nrestricted_load\n.", "share_data.body.pickles.restricted_load"),
        (b"ccopy_reg\n_reconstructor\n(cnumpy\nndarray\nc__builtin__\nobject\nNtR.", "copyreg._reconstructor"),
        (b"c_codecs\nencode\n(S'x'\nS'rot13'\ntR.", "_codecs.encode"),
    ],
)
def test_names_off_the_list_are_refused(tmp_path: Path, program: bytes, named: str) -> None:
    path = tmp_path / "evil.pkl"
    path.write_bytes(program)
    with pytest.raises(ArrayFileError, match="refused") as caught:
        restricted_load(path)
    assert named in str(caught.value)


def test_a_pickle_cannot_change_a_class_for_the_next_one(tmp_path: Path) -> None:
    """BUILD with a pair as its state sets attributes, on classes too."""
    poison = tmp_path / "poison.pkl"
    poison.write_bytes(b"cchumpy.ch\nCh\n(N(dS'__setstate__'\nc__builtin__\nset\nstb.")
    with pytest.raises(ArrayFileError):
        restricted_load(poison)
    with fake_chumpy() as (ch, _):
        path = write(tmp_path / "data.pkl", {"x": chumpy_array(ch, np.ones(2))})
    np.testing.assert_array_equal(restricted_load(path)["x"], np.ones(2))


def test_damaged_files_are_named(tmp_path: Path) -> None:
    whole = pickle.dumps({"x": np.arange(100)}, protocol=2)
    path = tmp_path / "half.pkl"
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(ArrayFileError, match=r"half\.pkl: not a readable pickle"):
            restricted_load(path)


def test_other_content_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArrayFileError, match="should hold a dictionary, found list"):
        restricted_load(write(tmp_path / "list.pkl", [1, 2]))
    with pytest.raises(ArrayFileError, match="cannot be read"):
        restricted_load(tmp_path / "missing.pkl")
