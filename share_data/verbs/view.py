"""`share-data view`."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from share_data.verbs.options import CorpusArgument
from share_data.verbs.printing import say

if TYPE_CHECKING:
    from share_data.view.session import Shown

EXAMPLE = "Examples: share-data view out/demo; share-data view out/demo 3 --html clip.html"
WhereOption = Annotated[
    str, typer.Option(help="Which records, e.g. 'confidence > 0.8 and labels.activity == \"walk\"'; default: all.")
]
SortOption = Annotated[str, typer.Option(help="A score or a column of numbers to sort by, e.g. confidence.")]
HighestOption = Annotated[bool, typer.Option("--highest", help="Sort the largest first.")]
BodyOption = Annotated[
    Path | None, typer.Option(help="The SMPL file a corpus was made with; without it joints are drawn.")
]


def view(
    corpus: CorpusArgument,
    record: Annotated[
        str, typer.Argument(help="A record's key, its number, or any part of its video's id; default: the first.")
    ] = "",
    where: WhereOption = "",
    sort: SortOption = "",
    highest: HighestOption = False,
    review: Annotated[
        Path, typer.Option(help="What is said of clips goes into this file, for `share-data audit --review`.")
    ] = Path("review.csv"),
    html: Annotated[
        Path | None, typer.Option(help="Write the record into this HTML file, which opens without a network.")
    ] = None,
    body: BodyOption = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free.")] = 8080,
    host: Annotated[
        str, typer.Option(help="Address to listen on. Whoever reaches it sees the corpus; there is no password.")
    ] = "127.0.0.1",
) -> None:
    """Look at records in a browser: scene, motion, camera, contacts, scores; say which are good."""
    from share_data.view.choice import choose, open_lean
    from share_data.view.judging import Judgements
    from share_data.view.session import Shown
    from share_data.view.thresholds import Thresholds

    opened = open_lean(corpus)
    chosen = choose(opened.index, where, sort, highest)
    row = opened.keys.index(opened.record(record).key) if record else int(chosen.rows[0])
    with closing(Thresholds(corpus)) as thresholds:
        shown = Shown(opened, thresholds, Judgements(review), body, row, where, sort, highest)
        _serve(shown, host, port) if html is None else _write(shown, html)


def _write(shown: "Shown", html: Path) -> None:
    from share_data.corpus.checking import checked
    from share_data.view.clip import clip_view
    from share_data.view.offline import write_offline

    record = checked(shown.corpus[shown.first], str(shown.corpus.storage.place))
    clip = clip_view(record, shown.body)
    size = write_offline(clip, shown.thresholds, html)
    say(f"{html}: {record.key}, {size / 1e6:.1f} MB" + (f"; {clip.why}" if clip.why else ""))
    if not record.metadata["redistributable"]:
        say(f"  this record may not be passed on ({record.metadata['licence']}), and neither may this file")


def _serve(shown: "Shown", host: str, port: int) -> None:
    from share_data.view.server import Viewer

    shown.judgements.said("")  # A file that is no review is told of now, and not at the first answer.
    with closing(Viewer(shown, host, port)) as viewer:
        say(f"{viewer.address}/?clip={shown.corpus.keys[shown.first]}")
        say(f"{len(shown.corpus)} record(s); answers go to {shown.judgements.path}; Ctrl-C ends it")
        try:
            viewer.wait()
        except KeyboardInterrupt:
            say("ended")
