"""Which clips share a scale, and when their pool is complete: in any order, with any losses."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from share_data.build.scale.pools import MOST, ScalePools
from share_data.build.stages.scale_rows import are_rows, from_payload, from_rows, to_rows
from share_data.pipeline.scene.scale_evidence import KeyframeEvidence
from share_data.records import Video


class Jobs:
    """Clip n is called by `names`, and says n."""

    def __init__(self, names: str = "abcdefghijklmnopqrstuvwxyz" * 2) -> None:
        self.names = names

    def told(self, clip: int) -> Sequence[Sequence[float]]:
        return [[float(clip), 0.1, 200.0, 1.0, 1.7]]

    def key(self, clip: int) -> str:
        return self.names[clip]


def pools_of(*videos: tuple[str, int], by_camera: bool = True, names: str = Jobs().names) -> tuple[ScalePools, list]:
    """Opened videos, each of a camera with so many clips; and the clips that get ready."""
    made, ready = ScalePools(True, by_camera, Jobs(names)), []
    made.ready = ready.append
    for camera, _ in videos:
        made.add_video(Video("s", "x", "", camera=camera))
    for number, (_, clips) in enumerate(videos):
        made.opened(number, clips)
        for _ in range(clips):
            made.add_window(number, clips)
    return made, ready


def told(pools: ScalePools, clip: int) -> list[float]:
    """Whose evidence a clip is assembled with."""
    pooled = pools.pooled(clip)
    return [] if pooled is None else [row[0] for row in pooled["keyframes"]]


def test_a_videos_only_clip_waits_for_nobody() -> None:
    pools, _ = pools_of(("", 1), ("", 1))
    assert not pools.waits(0) and pools.pooled(0) is None and pools.pool_of(0) == ""


def test_no_clips_share_where_that_is_off() -> None:
    pools = ScalePools(False, True, Jobs())
    pools.add_video(Video("s", "x", ""))
    pools.opened(0, 2)
    pools.add_window(0, 2)
    assert not pools.waits(0)


@given(st.permutations(range(4)), st.sets(st.integers(0, 3)), st.permutations("abcd"))
def test_a_pool_is_the_clips_that_have_told_by_key_whatever_order_they_ended_in(order, lost, names) -> None:
    pools, ready = pools_of(("", 4), names="".join(names))
    for clip in order:
        assert not ready and pools.waits(clip)
        pools.ended(clip, told=clip not in lost)
    expected = sorted(set(range(4)) - lost, key=names.__getitem__)
    assert ready == expected
    for clip in ready:
        assert not pools.waits(clip)
        assert told(pools, clip) == (expected if len(expected) > 1 else [])


def test_a_cameras_videos_wait_for_each_other_and_others_do_not() -> None:
    pools, ready = pools_of(("c", 1), ("d", 2), ("c", 2))
    for clip in (1, 2):
        pools.ended(clip, told=True)
    assert ready == [1, 2]
    for clip in (0, 3, 4):
        assert ready == [1, 2]
        pools.ended(clip, told=True)
    assert ready == [1, 2, 0, 3, 4]
    assert [pools.pooled(clip)["source"] for clip in (0, 1)] == ["camera", "video"]
    assert pools.pool_of(0) == pools.pool_of(4) != pools.pool_of(1) == pools.pool_of(2)


def test_a_video_that_comes_to_nothing_holds_up_nobody() -> None:
    pools, ready = ScalePools(True, True, Jobs()), []
    pools.ready = ready.append
    for _ in range(2):
        pools.add_video(Video("s", "x", "", camera="c"))
    pools.opened(0, 1)
    pools.add_window(0, 1)
    pools.ended(0, told=True)
    assert not ready
    pools.opened(1, 0)
    assert ready == [0] and pools.pooled(0) is None


def test_cameras_are_not_pooled_where_the_recipe_does_not_pool_them() -> None:
    pools, _ = pools_of(("c", 1), ("c", 1), by_camera=False)
    assert not pools.waits(0)


def test_of_very_many_clips_the_first_tell_and_every_one_keeps_its_own() -> None:
    pools, _ = pools_of(("", MOST + 2))
    for clip in range(MOST + 2):
        pools.ended(clip, told=True)
    pooled = pools.pooled(MOST + 1)
    assert (pooled["clips"], len(pooled["keyframes"])) == (MOST, MOST)
    assert from_payload(pooled).own[0].log_ratio in {row[0] for row in pooled["own"]}


def test_evidence_comes_back_from_the_journal_as_it_was() -> None:
    evidence = (KeyframeEvidence(-0.1234567890123, 0.02, 1234, 0.71, 1.69), KeyframeEvidence(0.0, 0.0, 0))
    assert from_rows(to_rows(evidence)) == evidence
    assert are_rows(to_rows(evidence))


@pytest.mark.parametrize(
    "value",
    [None, {}, [1.0], [[0.0] * 4], [[0.0, 0.0, 1.0, 1.0, "1"]], [[float("nan"), 0.0, 1.0, 1.0, 1.0]],
     [[0.0, 0.0, 1.0, 1.0, 0.0]], [[1e9, 0.0, 1.0, 1.0, 1.0]], [[0.0, 0.0, -1.0, 1.0, 1.0]]],
)  # fmt: skip
def test_what_a_strange_journal_may_hold_is_no_evidence(value: object) -> None:
    assert not are_rows(value)
