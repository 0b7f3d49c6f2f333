"""Records are chosen by a condition over the index's columns; nothing in it is evaluated as Python."""

import re

import pyarrow as pa
import pytest

from share_data.corpus.where import chosen_rows
from share_data.errors import CorpusError

INDEX = pa.table(
    {
        "key": ["a", "b", "c", "d"],
        "source": ["local", "local", "youtube", "rich"],
        "redistributable": [True, False, True, False],
        "n_frames": pa.array([10, 200, 90, 90], pa.int64()),
        "score_confidence": pa.array([0.9, 0.95, None, 0.2], pa.float64()),
        "labels_json": ['{"activity":"walk"}', '{"activity":"sit","sub-ject":"7"}', "{}", '{"activity":"walk"}'],
    }
)


@pytest.mark.parametrize(
    ("condition", "keys"),
    [
        ("", "abcd"),
        ("confidence > 0.8", "ab"),
        ("score_confidence>8e-1 and redistributable", "a"),
        ("not redistributable", "bd"),
        ("n_frames >= 90 and (source = 'local' or source == \"rich\")", "bd"),
        ("n_frames = 90 or n_frames = 10 and redistributable", "acd"),
        ("source in ('rich', 'youtube')", "cd"),
        ("source not in ['rich', 'youtube']", "ab"),
        ("labels.activity == 'walk'", "ad"),
        ("labels.sub-ject == '7'", "b"),
        ("labels.activity not in ('walk')", "b"),  # c has none
        ("not labels.activity == 'walk'", "bc"),
        ("redistributable == true and n_frames < 90.5", "ac"),
        ("confidence != 0.9", "bd"),
        ("1 < 2", "abcd"),
    ],
)
def test_a_condition_chooses_rows(condition: str, keys: str) -> None:
    assert [INDEX["key"][int(row)].as_py() for row in chosen_rows(INDEX, condition)] == list(keys)


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("confidens > 0.8", "did you mean 'confidence'"),
        ("zzz > 1", "There are key, source"),
        ("confidence >", "ends too early"),
        ("confidence", "a comparison is missing"),
        ("(confidence > 1", "')' is missing"),
        ("confidence > 1 redistributable", "one word too many"),
        ("source > 1", "cannot be compared"),
        ("source in (n_frames)", "numbers and quoted texts alone"),
        ("__import__('os').system('x')", "cannot be read"),
        ("exit()", "no column 'exit'"),
        ("key == key; 1", "cannot be read"),
        ("not " * 60 + "redistributable", "nested more than 50"),
        ("and", "stands where a name"),
    ],
)
def test_what_cannot_be_read_is_told(condition: str, told: str) -> None:
    with pytest.raises(CorpusError, match=re.escape(told)):
        chosen_rows(INDEX, condition)
