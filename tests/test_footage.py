"""What a video's pictures are: losses are told apart up to a bound, counted truly, and stored as what is unusual."""

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from share_data.footage import MAX_SPANS, PLAIN, Footage, Span

ALL = Footage(
    times="nominal",
    frames_lost=3,
    lost=(Span(0.5, 0.7, 3),),
    display="mirrored",
    video_track="1 of 0, 1",
    transfer="hlg",
    interlaced=True,
    full_range=True,
    done=("tone-mapped",),
)


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(1, 9)), max_size=3 * MAX_SPANS))
def test_losses_are_bounded_in_length_and_true_in_number(places: list[tuple[int, int]]) -> None:
    ends = np.cumsum([gap for gap, _ in places]).tolist()
    spans = [Span(float(end) - 0.5, float(end), frames) for end, (_, frames) in zip(ends, places, strict=True)]
    footage = PLAIN.losing(spans)
    assert footage.frames_lost == sum(frames for _, frames in places) == sum(span.frames for span in footage.lost)
    assert len(footage.lost) <= MAX_SPANS
    assert all(a.end <= b.begin for a, b in zip(footage.lost, footage.lost[1:], strict=False))
    assert len(spans) > MAX_SPANS or list(footage.lost) == spans


def test_a_part_has_the_losses_between_its_frames_and_none_at_its_ends() -> None:
    footage = PLAIN.losing([Span(0.0, 1.0, 5), Span(1.2, 1.5, 2), Span(2.0, 3.0, 7)])
    part = footage.within(np.array([1.0, 1.2, 1.5, 2.0]))
    assert (part.frames_lost, part.lost) == (2, (Span(1.2, 1.5, 2),))


def test_only_what_is_unusual_is_stored_and_all_of_it_comes_back() -> None:
    assert PLAIN.to_json() == {}
    assert Footage.from_json({}) == PLAIN
    assert Footage.from_json(json.loads(json.dumps(ALL.to_json()))) == ALL


def test_it_says_in_words_what_is_unusual_and_where_frames_are_lost() -> None:
    assert (PLAIN.unusual(), PLAIN.losses()) == ([], "")
    assert {"frames_lost", "nominal_times", "hlg", "interlaced"} <= set(ALL.unusual())
    assert ALL.losses() == "3 frame(s) lost: 3 at 0.50-0.70 s"
