"""Which video is fetched next."""

from share_data.build.fetch_queue import FetchQueue


def test_videos_of_a_source_come_in_their_order() -> None:
    queue = FetchQueue({})
    for number in range(3):
        queue.add("local", number)
    assert [queue.next() for _ in range(4)] == [0, 1, 2, None]


def test_a_limited_source_comes_first_and_takes_no_more_than_its_share() -> None:
    queue = FetchQueue({"site": 2})
    for number in range(4):
        queue.add("local", number)
        queue.add("site", 10 + number)
    assert [queue.next() for _ in range(6)] == [10, 11, 0, 1, 2, 3]
    assert queue.next() is None and len(queue) == 2, "the other two wait, and are not forgotten"
    queue.ended("site")
    assert [queue.next(), queue.next()] == [12, None]


def test_a_video_that_comes_back_waits_behind_the_others() -> None:
    queue = FetchQueue({"site": 1})
    queue.add("site", 1)
    queue.add("site", 2)
    assert queue.next() == 1
    queue.ended("site")
    queue.add("site", 1)
    assert queue.next() == 2
