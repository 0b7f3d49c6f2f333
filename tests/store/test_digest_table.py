"""The digest table is a dictionary, in less memory."""

import hashlib
import sys

from hypothesis import given, settings
from hypothesis import strategies as st

from share_data.store.digest_table import DigestTable

# Few different ones, so that they meet again; many with the same beginning, so that they collide.
DIGESTS = st.integers(0, 40).map(
    lambda n: bytes(8) + n.to_bytes(8, "big") if n % 2 else hashlib.md5(bytes([n])).digest()
)
STEPS = st.lists(st.tuples(DIGESTS, st.none() | st.integers(0, 2**62)), max_size=200)


@given(STEPS)
@settings(max_examples=100, deadline=None)
def test_it_holds_what_a_dictionary_would(steps: list[tuple[bytes, int | None]]) -> None:
    table, expected = DigestTable(), dict[bytes, int]()
    for digest, value in steps:
        if value is None:
            table.remove(digest)
            expected.pop(digest, None)
        else:
            table.set(digest, value)
            expected[digest] = value
        assert (digest in table) == (digest in expected)
    assert all(table.get(digest) == expected.get(digest) for digest, _ in steps)


def test_a_hundred_thousand_entries_are_found_again_and_take_a_few_megabytes() -> None:
    table = DigestTable()
    digests = [hashlib.md5(str(n).encode()).digest() for n in range(100_000)]
    for number, digest in enumerate(digests):
        table.set(digest, number)
    assert [table.get(digest) for digest in digests] == list(range(100_000))
    assert hashlib.md5(b"other").digest() not in table
    assert sys.getsizeof(table._keys) + sys.getsizeof(table._values) < 7e6
