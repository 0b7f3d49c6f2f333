"""What a pass over a video has met: counts, losses, and what its pictures are."""

from dataclasses import dataclass, field

from share_data.footage import PLAIN, Footage, Span


@dataclass(slots=True)
class Tally:
    """What a pass over a video has met so far.

    frames: delivered; pictures: what they are, less losses; spans: where frames were lost; missed: lost since the
    latest frame.
    """

    codec: str = ""
    frames: int = 0
    pictures: Footage = PLAIN
    spans: list[Span] = field(default_factory=list)
    missed: int = 0

    @property
    def lost(self) -> int:
        """Frames left out so far."""
        return self.missed + sum(span.frames for span in self.spans)

    @property
    def footage(self) -> Footage:
        """What the pictures are, with all losses so far."""
        return self.pictures.losing(self.spans)

    def came(self, before: float, now: float) -> None:
        """A frame has come at `now` seconds after one at `before`: what was missed lies between the two."""
        if self.missed:
            self.spans.append(Span(before, now, self.missed))
            self.missed = 0
