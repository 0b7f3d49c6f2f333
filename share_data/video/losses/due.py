"""Which pictures the packets of a stream have promised, and how many of them never come."""

from share_data.video.tally import Tally

_REORDERED = 16
"""Pictures that a decoder may hold back at most to bring them into order."""
_REGULAR = 25
"""So many pictures in step tell a constant rate, by which those that were never in the file can be counted too."""


class Due:
    """Pictures that are due, by place: a number that orders them as they are shown.

    one_each: each packet holds one picture, with its own place; else pictures are told from each other only while none
    is sound. step: what places differ by from one picture to the next, 0 where they say nothing of time.
    """

    def __init__(self, tally: Tally, one_each: bool, step: float) -> None:
        self._tally, self._one_each, self._step = tally, one_each, step
        self._places: list[int] = []
        self._shown: int | None = None
        # Up to this place pictures came in step, and so many have been shown since.
        self._even: int | None = None
        self._since = 0
        self._regular = 0
        self._broken = False
        self.sound = False

    def add(self, place: int) -> None:
        """A packet has been sent."""
        if self._one_each or not self.sound:
            self._places.append(place)

    def remove(self, place: int | None) -> None:
        """A packet will be counted otherwise."""
        if place in self._places:
            self._places.remove(place)

    def before(self, place: int) -> list[int]:
        """What was due before this picture and has not come."""
        return [other for other in self._places if other < place]

    def came(self, place: int | None) -> None:
        """A sound picture has come: those that belong before it will not."""
        if place is None:
            self.sound = True
            return
        if self._places:
            self._pass(place)
        if self.sound:
            self._watch_rate(place)
        elif self._broken:
            self._tally.missed = max(self._tally.missed, self._between(place))
        self._shown, self.sound, self._broken = place, True, False

    def _watch_rate(self, place: int) -> None:
        regular = self._shown is None or place - self._shown <= 1.75 * self._step
        self._regular = self._regular + 1 if regular else 0
        if self._regular >= _REGULAR:
            self._even, self._since = place, 0
        else:
            self._since += 1

    def _between(self, place: int) -> int:
        """How many pictures are missing before this place if the rate is constant, 0 where it is not known to be."""
        if self._even is None or self._since > _REORDERED:
            return 0
        return round((place - self._even) / self._step) - 1 - self._since

    def _pass(self, place: int) -> None:
        # Of a sound stream, what lies far back belongs to what was joined on behind.
        since = place - 2 * _REORDERED * max(self._step, 1) if self.sound else min(self._places)
        self._tally.missed += sum(since <= other < place for other in self._places)
        self._places = [other for other in self._places if other > place] if self._one_each else []

    def give_up(self) -> None:
        """Nothing that is due will come; the next sound picture is awaited."""
        self._tally.missed += len(self._places)
        self._places, self.sound, self._broken = [], False, True

    def end(self) -> None:
        """The file has ended."""
        last = max(self._places, default=None)
        self._tally.missed += len(self._places)
        if last is not None and self._broken:
            self._tally.missed = max(self._tally.missed, self._between(last) + 1)
