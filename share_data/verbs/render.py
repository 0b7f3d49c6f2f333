"""`share-data render`."""

import re
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from share_data.text import plain_line
from share_data.verbs.options import CorpusArgument
from share_data.verbs.printing import say
from share_data.verbs.view import BodyOption, HighestOption, SortOption, WhereOption

if TYPE_CHECKING:
    from share_data.corpus.read import Corpus

EXAMPLE = (
    "Examples: share-data render out/demo 3 clip.mp4; "
    "share-data render out/demo worst.mp4 --grid 4x4 --where 'confidence < 0.5' --sort confidence"
)


def render(
    corpus: CorpusArgument,
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="[RECORD] FILE",
            help="A record's key, number, or part of its video's id, and the .mp4; or the file.",
        ),
    ],
    grid: Annotated[
        str, typer.Option(metavar="ROWSxCOLUMNS", help="Many records side by side: .mp4, .png or .jpg.")
    ] = "",
    where: WhereOption = "",
    sort: SortOption = "",
    highest: HighestOption = False,
    video: Annotated[
        Path | None, typer.Option(help="The record's video; default: where its source has it, else white.")
    ] = None,
    body: BodyOption = None,
) -> None:
    """A record as a film, the mesh over its frames beside the clip from above; or many records in one."""
    from share_data.corpus.read import Corpus
    from share_data.view.choice import choose

    if len(names) > 2 or (grid and len(names) > 1):
        raise typer.BadParameter("give a record and a file, or with --grid the file alone")
    target, opened = Path(names[-1]), Corpus(corpus, lean=True)
    if grid:
        shape = _shape(grid)
        from share_data.view.grid import write_grid

        count = write_grid(opened, choose(opened.index, where, sort, highest), shape, target, body)
        say(f"{target}: {count} record(s)")
    else:
        row = int(choose(opened.index, where, sort, highest).rows[0])
        _film(opened, names[0] if len(names) > 1 else str(row), target, video, body)


def _film(opened: "Corpus", name: str, target: Path, video: Path | None, body: Path | None) -> None:
    from share_data.audit.contact_sheet import required_video
    from share_data.audit.find_video import find_video
    from share_data.corpus.checking import checked
    from share_data.view.film import write_film
    from share_data.view.thresholds import Thresholds

    record = opened.record(name)
    checked(record, f"{opened.storage.place}: record {plain_line(record.key)}")
    found = find_video(record, opened.storage) if video is None else required_video(record, video)
    with closing(Thresholds(opened.storage.place)) as thresholds:
        count = write_film(record, target, found, thresholds.lines(record.metadata), body)
    on = "on white; its video was not found from here: give --video" if found is None else f"on {plain_line(found)}"
    say(f"{target}: {count} frame(s) of {record.key}, {on}")
    if found is not None and not record.metadata["redistributable"]:
        say(f"  this record may not be passed on ({plain_line(record.metadata['licence'])}), and neither may this film")


def _shape(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,3})x(\d{1,3})", text)
    if found is None:
        raise typer.BadParameter(f"{text!r} is not rows x columns, e.g. 4x4", param_hint="--grid")
    return int(found[1]), int(found[2])
