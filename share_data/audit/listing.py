"""What a corpus holds, line by line: its records, or every clip that was looked at, with its outcome."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from share_data.audit.report import STYLES
from share_data.corpus.finding import matching, told
from share_data.corpus.layout import LEDGER
from share_data.corpus.read import Corpus
from share_data.corpus.storage import size_of
from share_data.errors import CorpusError
from share_data.ledger.ledger import Entry, read_ledger
from share_data.text import plain_line

LONGEST_MESSAGE = 2000


@dataclass(frozen=True, slots=True)
class RecordLine:
    """A record. number: its position in the corpus; seconds: that it lasts; frames [frame_start, frame_stop)."""

    number: int
    key: str
    source: str
    video_id: str
    title: str
    frame_start: int
    frame_stop: int
    seconds: float
    fps: float
    points: int

    def cells(self) -> dict[str, str]:
        """What a table shows of it. The key is long: the number names the record as well."""
        frames = f"{self.frame_start} to {self.frame_stop - 1}"
        return {
            "": str(self.number), "source": self.source, "video": self.video_id, "title": self.title, "frames": frames,
            "seconds": f"{self.seconds:.2f}", "fps": f"{self.fps:.2f}", "points": str(self.points),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class ClipLine:
    """A clip of the ledger. number: of its record, None where it has none; reason: why not, or the error's class.

    message: of the error, on one line.
    """

    number: int | None
    key: str
    video: str
    outcome: str
    stage: str
    reason: str
    message: str

    def cells(self) -> dict[str, str]:
        """What a table shows of it."""
        number = "" if self.number is None else str(self.number)
        return {
            "": number, "video": self.video, "outcome": self.outcome, "stage": self.stage, "reason": self.reason,
            "message": self.message, "key": self.key,
        }  # fmt: skip


Line = RecordLine | ClipLine


def list_records(corpus: Path | str) -> list[RecordLine]:
    """The records of a corpus in a folder or below a URL, in its order. Raises CorpusError."""
    names = ("key", "source", "video_id", "title", "frame_start", "frame_stop", "time_first", "time_last", "fps")
    rows = Corpus(corpus).index.select([*names, "n_points"]).to_pylist()
    return [
        RecordLine(
            number=number,
            key=plain_line(row["key"]),
            source=plain_line(row["source"]),
            video_id=plain_line(row["video_id"]),
            title=plain_line(row["title"]),
            frame_start=row["frame_start"],
            frame_stop=row["frame_stop"],
            seconds=row["time_last"] - row["time_first"],
            fps=row["fps"],
            points=row["n_points"],
        )
        for number, row in enumerate(rows)
    ]


def list_clips(corpus: Path | str) -> list[ClipLine]:
    """Every clip that was looked at, in the order of the ledger: by name. Raises CorpusError."""
    return _clips(Corpus(corpus), lambda entry: entry.level == "clip")


def find_clips(corpus: Path | str, part: str) -> tuple[Entry, list[ClipLine]]:
    """What became of the one video that has `part` in its id, in letters of either case, and of its clips.

    Raises CorpusError for none or several, which are named.
    """
    opened = Corpus(corpus)
    videos = [entry for entry in _entries(opened) if entry.level == "video"]
    names = [entry.unit if "/" in part else entry.unit.removeprefix(f"{entry.parent}/") for entry in videos]
    chosen = matching(part, names)
    found = [video for video, name in zip(videos, names, strict=True) if name in chosen]
    if len(found) != 1:
        those = [plain_line(video.unit) for video in found]
        raise CorpusError(f"{corpus}: {told(part, 'video', those, 'another part of the id')}")
    return found[0], _clips(opened, lambda entry: entry.level == "clip" and entry.parent == found[0].unit)


def _clips(corpus: Corpus, wanted: Callable[[Entry], bool]) -> list[ClipLine]:
    numbers = {key: number for number, key in enumerate(corpus.keys)}
    return [
        ClipLine(
            number=numbers.get(entry.unit),
            key=plain_line(entry.unit),
            video=plain_line(entry.parent),
            outcome=plain_line(entry.status),
            stage=plain_line(entry.stage),
            reason=plain_line(entry.reason or entry.error_class),
            message=plain_line(entry.message, LONGEST_MESSAGE),
        )
        for entry in _entries(corpus)
        if wanted(entry)
    ]


def _entries(corpus: Corpus) -> Iterator[Entry]:
    if size_of(corpus.storage, LEDGER) is None:
        raise CorpusError(f"{corpus.storage.place}: no {LEDGER} here. Give the folder or URL that a build wrote to.")
    with corpus.storage.local(LEDGER) as files:
        yield from read_ledger(files.folder / LEDGER)


def render_lines(lines: Sequence[Line], title: str) -> RenderableType:
    """The title and a table, less the columns in which nothing stands. Nothing in them is taken for markup."""
    rows = [line.cells() for line in lines]
    table = Table()
    headings = [name for name in (rows[0] if rows else {}) if any(row[name] for row in rows)]
    for name in headings:
        number = name in ("", "seconds", "fps", "points")
        table.add_column(name, justify="right" if number else "left", no_wrap=number, overflow="fold")
    for row in rows:
        table.add_row(*(Text(row[name], STYLES.get(row[name], "")) for name in headings))
    return Group(Text(plain_line(title), "italic"), table)


def render_video(video: Entry, clips: Sequence[ClipLine]) -> RenderableType:
    """What became of a video and of its clips."""
    told_why = (video.reason or video.error_class, video.message)
    why = ": ".join(plain_line(text, LONGEST_MESSAGE) for text in told_why if text)
    stage = f" ({plain_line(video.stage)})" if video.stage else ""
    head = Text(f"{plain_line(video.unit)}: ").append(video.status, STYLES[video.status]).append(stage)
    return Group(head.append(f" {why}" if why else ""), render_lines(clips, f"{len(clips)} clip(s)"))
