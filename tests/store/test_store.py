"""The stage store keeps results exactly, finds them by what they were made from, and never hands out a damaged one."""

import errno
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from make_records import make_reconstruction

from share_data.build.codecs import from_artifact, list_from_artifact, to_artifact
from share_data.camera import Intrinsics
from share_data.errors import DiskFullError
from share_data.filters.base import Observation
from share_data.masks import MaskStack
from share_data.records import EstimatorInfo, PersonTrack, PointMap, Reconstruction
from share_data.store.atomic import temporary_name
from share_data.store.store import Artifact, DamagedArtifactError, Store, decode, encode, stage_key

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
DTYPES = st.sampled_from(["float32", "float64", "uint8", "uint16", "int32", "int64", "bool"])
ARRAYS = DTYPES.flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
)
ARTIFACTS = st.builds(
    Artifact, st.dictionaries(st.text("xyz"), JSON, max_size=3), st.dictionaries(st.text("abc."), ARRAYS, max_size=4)
)
ARTIFACT = Artifact({"frames": 3}, {"transl": np.arange(9, dtype=np.float32).reshape(3, 3)})


def assert_same(left: Artifact, right: Artifact) -> None:
    assert dict(left.meta) == dict(right.meta)
    assert left.arrays.keys() == right.arrays.keys()
    for name, array in left.arrays.items():
        assert (array.dtype, array.shape, array.tobytes()) == (
            right.arrays[name].dtype,
            right.arrays[name].shape,
            right.arrays[name].tobytes(),
        )


@given(ARTIFACTS)
@settings(max_examples=40, deadline=None)
def test_any_artifact_comes_back_exactly(artifact: Artifact) -> None:
    assert_same(decode(encode(artifact)), artifact)


@given(ARTIFACTS)
@settings(max_examples=40, deadline=None)
def test_equal_artifacts_give_equal_bytes_whatever_their_order(artifact: Artifact) -> None:
    backwards = Artifact(dict(reversed(artifact.meta.items())), dict(reversed(artifact.arrays.items())))
    assert encode(backwards) == encode(artifact)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_no_flipped_bit_and_no_cut_goes_unnoticed(data: st.DataObject) -> None:
    good = encode(ARTIFACT)
    damaged = bytearray(good)
    place = data.draw(st.integers(0, len(good) - 1))
    damaged[place] ^= 1 << data.draw(st.integers(0, 7))
    for bad in (bytes(damaged), good[:place]):
        try:
            assert_same(decode(bad), ARTIFACT)  # A flip in the header's padding changes nothing.
        except DamagedArtifactError:
            continue


def test_arrays_of_another_memory_layout_are_stored_by_value() -> None:
    array = np.arange(12, dtype=">f4").reshape(3, 4)
    stored = decode(encode(Artifact({}, {"a": array.T[::2]}))).arrays["a"]
    np.testing.assert_array_equal(stored, array.T[::2])
    assert stored.flags.writeable


def test_what_cannot_be_stored_is_refused() -> None:
    with pytest.raises(ValueError, match="reserved"):
        encode(Artifact({}, {"__meta__": np.zeros(1)}))
    with pytest.raises(ValueError):
        encode(Artifact({"score": float("nan")}))
    with pytest.raises(TypeError, match="Path cannot be stored"):
        to_artifact(Path("clip.mp4"))


@pytest.mark.parametrize(
    "other",
    [
        ("humans", 1, {"a": 1}, {}),
        ("scene", 2, {"a": 1}, {}),
        ("scene", 1, {"a": 2}, {}),
        ("scene", 1, {"a": 1}, {"b": 1}),
    ],
)
def test_the_key_changes_with_everything_it_is_made_of(other: tuple[str, int, Any, Any]) -> None:
    assert stage_key(*other) != stage_key("scene", 1, {"a": 1}, {})
    assert stage_key("scene", 1, {"a": 1, "b": 2}, {}) == stage_key("scene", 1, {"b": 2, "a": 1}, {})


def test_put_then_get(tmp_path: Path) -> None:
    store, key = Store(tmp_path), stage_key("humans", 1, "clip", {})
    assert store.get("humans", key) is None
    store.put("humans", key, ARTIFACT)
    stored = store.get("humans", key)
    assert stored is not None
    assert_same(stored, ARTIFACT)
    assert store.get("scene", key) is None
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [store.path("humans", key)]


@pytest.mark.parametrize("cut", [0, 5, 100, -1])
def test_a_truncated_file_counts_as_absent_and_is_removed(
    tmp_path: Path, cut: int, caplog: pytest.LogCaptureFixture
) -> None:
    store, key = Store(tmp_path), stage_key("humans", 1, "clip", {})
    store.put("humans", key, ARTIFACT)
    path = store.path("humans", key)
    path.write_bytes(path.read_bytes()[:cut])
    assert store.get("humans", key) is None
    assert not path.exists()
    assert "damaged" in caplog.text


def test_a_killed_writer_leaves_nothing_that_is_read_and_collect_removes_it(tmp_path: Path) -> None:
    store, key = Store(tmp_path), stage_key("humans", 1, "clip", {})
    code = f"""
from pathlib import Path
from share_data.store.atomic import temporary_name
path = temporary_name(Path({str(tmp_path)!r}) / ".partial")
path.parent.mkdir()
path.write_bytes(b"half")
print(path)
"""
    writer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    stray = Path(writer.stdout.strip())
    mine = temporary_name(stray.parent)
    mine.write_bytes(b"still being written")
    assert store.get("humans", key) is None
    store.put("humans", key, ARTIFACT)
    assert store.collect() == 1
    assert not stray.exists() and mine.exists()
    assert store.get("humans", key) is not None


def test_a_failed_write_keeps_the_old_result_and_names_the_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, key = Store(tmp_path), stage_key("humans", 1, "clip", {})
    store.put("humans", key, ARTIFACT)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    other = replace(ARTIFACT, meta={"frames": 4})
    with pytest.raises(DiskFullError, match=rf"{key}.*{len(encode(other))} bytes"):
        store.put("humans", key, other)
    stored = store.get("humans", key)
    assert stored is not None and stored.meta == ARTIFACT.meta
    assert list(tmp_path.rglob("*.tmp")) == []


def person_track(frames: int = 4) -> PersonTrack:
    rng = np.random.default_rng(1)
    masks = MaskStack.pack([rng.random((6, 11)) > 0.5 for _ in range(frames)])
    motion = [rng.normal(size=shape).astype(np.float32) for shape in [(frames, 3), (frames, 69), (10,), (frames, 3)]]
    boxes = rng.random((frames, 4)).astype(np.float32)
    info = EstimatorInfo("blazepose", 3, {"net.onnx": "ab"}, {"threshold": 0.1, "steps": 7, "robust": True})
    valid = rng.random(frames) > 0.5
    return PersonTrack(*motion, boxes, valid, np.ones(frames, np.float32), masks, Intrinsics(50, 5, 3, 11, 6), info)


def point_maps() -> list[PointMap]:
    camera, info = Intrinsics.centred(50.5, 11, 6, "recipe"), EstimatorInfo("ground_plane", 1)
    return [PointMap(np.full((6, 11), z, np.float32), np.ones((6, 11), bool), camera, info) for z in (1.5, 2.5)]


def test_a_person_track_a_reconstruction_and_point_maps_come_back_exactly(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for number, value in enumerate((person_track(), make_reconstruction(), point_maps())):
        store.put("any", f"{number:064x}", to_artifact(value))
    track, reconstruction, maps = (store.get("any", f"{number:064x}") for number in range(3))
    assert track and reconstruction and maps
    assert_same(to_artifact(from_artifact(track, PersonTrack)), to_artifact(person_track()))
    assert_same(to_artifact(from_artifact(reconstruction, Reconstruction)), to_artifact(make_reconstruction()))
    assert_same(to_artifact(list_from_artifact(maps, PointMap)), to_artifact(point_maps()))
    assert from_artifact(track, PersonTrack).estimator == person_track().estimator
    assert from_artifact(track, PersonTrack).intrinsics == person_track().intrinsics


def test_an_observation_without_a_person_in_a_keyframe_comes_back(tmp_path: Path) -> None:
    people = (np.zeros((0, 5), np.float32), np.ones((1, 5), np.float32))
    seen = Observation(
        np.array([0, 4]),
        np.array([0.0, 0.1]),
        np.zeros((2, 3, 4), np.uint8),
        people,
        np.array([0, 4]),
        (None, np.eye(2) > 0),
    )
    back = from_artifact(decode(encode(to_artifact(seen))), Observation)
    assert back.masks[0] is None
    assert [array.shape for array in back.people] == [(0, 5), (1, 5)]
    assert_same(to_artifact(back), to_artifact(seen))


def test_an_artifact_of_another_type_is_refused() -> None:
    with pytest.raises(TypeError, match="PersonTrack"):
        from_artifact(to_artifact(person_track()), Reconstruction)
    with pytest.raises(TypeError, match="PersonTrack"):
        list_from_artifact(to_artifact([person_track()]), PointMap)
