"""KEY.json has the same keys and types in every record, and gives back what was put in."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from make_records import make_clip, make_reconstruction

from share_data.corpus.metadata_json import metadata_from_json, metadata_to_json
from share_data.corpus.record import RecordMetadata, to_sample
from share_data.records import EstimatorInfo
from share_data.store.hashing import canonical_json

TEXTS = st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.text('aé"\n'), max_size=3)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
SCORES = st.dictionaries(st.text("ab_", min_size=1), FINITE, max_size=3)
VALUES = st.text('a1"') | st.integers() | FINITE | st.booleans()
SETTINGS = st.dictionaries(st.text("ab_", min_size=1), VALUES, max_size=3)
BARE: dict[str, Any] = {"labels": {}, "scores": {}, "weights": {}, "settings": {}}


def metadata_of(labels: Any, scores: Any, weights: Any, settings: Any) -> dict[str, Any]:
    """The metadata of a record whose varying parts are these."""
    geometry = EstimatorInfo("sensor", 1, weights, settings)
    reconstruction = replace(make_reconstruction(points=1), scores=scores, geometry=geometry)
    return to_sample(make_clip(labels=labels), reconstruction)[0]


def stored(metadata: dict[str, Any]) -> dict[str, Any]:
    """The content of KEY.json."""
    found: dict[str, Any] = json.loads(canonical_json(metadata_to_json(metadata)))
    return found


def shape(value: Any) -> Any:
    """Keys and types of a JSON value; a list is what its items are, all alike."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    if isinstance(value, list):
        [only] = {json.dumps(shape(each), sort_keys=True) for each in value}
        return [json.loads(only)]
    return type(value).__name__


@settings(max_examples=50, deadline=None)
@given(labels=TEXTS, scores=SCORES, weights=TEXTS, settings=SETTINGS)
def test_every_record_has_the_same_keys_and_types(**varying: Any) -> None:
    assert shape(stored(metadata_of(**varying))) == shape(stored(metadata_of(**BARE)))


@settings(max_examples=50, deadline=None)
@given(labels=TEXTS, scores=SCORES, weights=TEXTS, settings=SETTINGS)
def test_what_is_read_is_what_was_stored(**varying: Any) -> None:
    metadata = metadata_of(**varying)
    found = metadata_from_json(stored(metadata))
    assert found == metadata
    for name, value in found["geometry"]["settings"].items():
        assert type(value) is type(varying["settings"][name])


def test_pairs_are_in_the_order_of_their_names_and_none_are_one_without() -> None:
    labels = {"subject": "p02", "activity": "walk"}
    pairs = [{"name": "activity", "value": "walk"}, {"name": "subject", "value": "p02"}]
    assert stored(metadata_of(**{**BARE, "labels": labels}))["labels"] == pairs
    bare = stored(metadata_of(**BARE))
    assert bare["labels"] == bare["geometry"]["settings"] == [{"name": "", "value": ""}]
    assert bare["scores"] == [{"name": "", "value": 0.0}]
    assert bare["picture_changes"] == [""]


def test_settings_are_json_text_so_that_one_type_holds_them_all() -> None:
    settings = {"a": 1, "b": 1.0, "c": True, "d": "1"}
    found = stored(metadata_of(**{**BARE, "settings": settings}))["geometry"]["settings"]
    assert [pair["value"] for pair in found] == ["1", "1.0", "true", '"1"']


def test_a_number_that_may_have_a_fraction_always_has_one() -> None:
    """`datasets` takes a column that starts with 2 for whole numbers, and 1.75 for 1."""
    clip = replace(make_clip(), times=np.arange(5))
    scores: dict[str, Any] = {"height_m": 2}
    reconstruction = replace(make_reconstruction(), scores=scores)
    found = stored(to_sample(clip, replace(reconstruction, intrinsics=replace(reconstruction.intrinsics, focal=60)))[0])
    fractional = [name for name, field in RecordMetadata.model_fields.items() if field.annotation is float]
    assert {"time_first", "time_last", "fps", "focal"} <= set(fractional)
    assert {name: type(found[name]) for name in fractional} == dict.fromkeys(fractional, float)
    assert type(found["scores"][0]["value"]) is float
