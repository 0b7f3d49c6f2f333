"""Numbers of H.264 pictures: what is left out is missing; fields are halves of one picture."""

from dataclasses import dataclass

import av
import pytest

from share_data.video.losses.frame_numbers import FrameNumbers

BITS = 4
"""Of a number: they begin anew at 16."""


def _code(value: int) -> str:
    """An unsigned Exp-Golomb code."""
    bits = f"{value + 1:b}"
    return "0" * (len(bits) - 1) + bits


def _unit(head: int, bits: str) -> bytes:
    bits += "1" + "0" * (-(len(bits) + 1) % 8)
    payload = int(bits, 2).to_bytes(len(bits) // 8, "big")
    for third in range(4):
        payload = payload.replace(b"\0\0" + bytes([third]), b"\0\0\3" + bytes([third]))
    return b"\0\0\0\1" + bytes([head]) + payload


def _settings(*, gaps: bool = False, fields: bool = False) -> bytes:
    profile = f"{66:08b}{0:08b}{30:08b}"
    sizes = _code(7) + _code(5)
    return _unit(
        0x67, profile + _code(0) + _code(BITS - 4) + _code(2) + _code(1) + f"{gaps:d}" + sizes + f"{not fields:d}"
    )


@dataclass(frozen=True, slots=True)
class Slice:
    """A picture's first slice. field: "" for a whole frame, "top" or "bottom"; in_fields: whether there may be some."""

    number: int
    reference: bool = True
    instant: bool = False
    field: str = ""
    in_fields: bool = False

    def packet(self, *before: bytes) -> "av.Packet":
        """Its packet, behind other units."""
        bits = _code(0) + _code(5) + _code(0) + f"{self.number % 2**BITS:0{BITS}b}"
        if self.in_fields:
            bits += {"": "0", "top": "10", "bottom": "11"}[self.field]
        head = 0x65 if self.instant else 0x41 if self.reference else 0x01
        return av.Packet(b"".join(before) + _unit(head, bits + _code(0) * 40))


def _skipped(slices: list[Slice], settings: bytes) -> list[int]:
    numbers = FrameNumbers(None)
    found = []
    for place, each in enumerate(slices):
        found.append(numbers.skipped(each.packet(*([settings] if place == 0 else []))))
        numbers.accept()
    return found


FIRST = Slice(0, instant=True)


@pytest.mark.parametrize(
    ("numbers", "skipped"),
    [
        ([1, 2, 3], [0, 0, 0]),
        ([1, 3, 4], [0, 1, 0]),
        ([*range(1, 40)], [0] * 39),
        ([*range(1, 15), 18], [0] * 14 + [3]),
    ],
)
def test_numbers_left_out_are_missing_pictures(numbers: list[int], skipped: list[int]) -> None:
    assert _skipped([FIRST, *map(Slice, numbers)], _settings()) == [0, *skipped]


def test_pictures_nobody_refers_to_share_the_next_number() -> None:
    others = [Slice(1), Slice(2, reference=False), Slice(2, reference=False), Slice(2), Slice(3)]
    assert _skipped([FIRST, *others], _settings()) == [0] * 6
    assert _skipped([FIRST, Slice(2, reference=False), Slice(2)], _settings()) == [0, 1, 0]


def test_a_key_picture_begins_anew_and_gaps_may_be_meant() -> None:
    assert _skipped([FIRST, Slice(1), FIRST, Slice(1)], _settings()) == [0] * 4
    assert _skipped([FIRST, Slice(5), Slice(9)], _settings(gaps=True)) == [0] * 3


def test_what_is_not_accepted_is_not_believed() -> None:
    numbers = FrameNumbers(_settings())
    for each, accepted in ((FIRST, True), (Slice(9), False), (Slice(1), True)):
        skipped = numbers.skipped(each.packet())
        if accepted:
            numbers.accept()
            assert skipped == 0
        else:
            assert skipped == 8


def test_two_fields_are_one_picture() -> None:
    numbers = FrameNumbers(_settings(fields=True))
    fields = [Slice(n, instant=n == 0, field=f, in_fields=True) for n in range(3) for f in ("top", "bottom")]
    found = []
    for each in [*fields, Slice(3, in_fields=True), Slice(4, in_fields=True)]:
        assert numbers.skipped(each.packet()) == 0
        numbers.accept()
        found.append(numbers.second_field)
    assert found == [False, True] * 3 + [False, False]


def test_whether_others_refer_to_a_picture_is_told() -> None:
    numbers = FrameNumbers(_settings())
    for each in (FIRST, Slice(1), Slice(2, reference=False)):
        numbers.skipped(each.packet())
        assert numbers.reference == each.reference


@pytest.mark.parametrize("data", [b"", b"\0\0\1", b"\0\0\1\x41", b"\0\0\1\x67\x42", b"noise" * 9])
def test_what_is_no_picture_skips_nothing(data: bytes) -> None:
    numbers = FrameNumbers(_settings())
    numbers.skipped(FIRST.packet())
    numbers.accept()
    assert numbers.skipped(av.Packet(data)) == 0
