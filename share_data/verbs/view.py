"""`share-data view`."""

from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from share_data.errors import CorpusError, ShareDataError
from share_data.verbs.options import CorpusArgument
from share_data.verbs.printing import say

if TYPE_CHECKING:
    from share_data.view.server import Viewer
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
    with ExitStack() as until:
        viewer = None if html is not None else until.enter_context(closing(_listening(corpus, host, port)))
        from share_data.corpus.read import Corpus
        from share_data.view.choice import choose
        from share_data.view.judging import Judgements
        from share_data.view.session import Shown
        from share_data.view.thresholds import Thresholds

        opened = Corpus(corpus, lean=True)
        chosen = choose(opened.index, where, sort, highest)
        row = opened.keys.index(opened.record(record).key) if record else int(chosen.rows[0])
        thresholds = until.enter_context(closing(Thresholds(corpus)))
        shown = Shown(opened, thresholds, Judgements(review), body, row, where, sort, highest)
        if viewer is not None:
            _serve(shown, viewer)
        elif html is not None:
            _write(shown, html)


def _listening(corpus: str, host: str, port: int) -> "Viewer":
    """The viewer of a corpus that is there, before it is opened: a browser takes as long to start the page."""
    from share_data.corpus.layout import INDEX
    from share_data.corpus.opening import open_storage
    from share_data.view.server import Viewer

    if open_storage(corpus).size(INDEX) is None:
        raise CorpusError(f"{corpus}: {INDEX} is not there. Give the folder or URL of a finished corpus.")
    viewer = Viewer(host, port)
    say(viewer.address)
    return viewer


def _write(shown: "Shown", html: Path) -> None:
    from share_data.view.offline import write_offline

    clip = shown.clip(shown.first)
    record = clip.record
    size = write_offline(clip, shown.thresholds, html)
    say(f"{html}: {record.key}, {size / 1e6:.1f} MB" + (f"; {clip.why}" if clip.why else ""))
    if not record.metadata["redistributable"]:
        say(f"  this record may not be passed on ({record.metadata['licence']}), and neither may this file")


def _serve(shown: "Shown", viewer: "Viewer") -> None:
    shown.judgements.said("")  # A file that is no review is told of now, and not at the first answer.
    with suppress(ShareDataError):  # It is told in the window.
        shown = replace(shown, opening=shown.clip(shown.first))
    viewer.show(shown)
    say(f"{len(shown.corpus)} record(s), beginning with {viewer.address}/?clip={shown.corpus.keys[shown.first]}")
    say(f"answers go to {shown.judgements.path}; Ctrl-C ends it")
    try:
        viewer.wait()
    except KeyboardInterrupt:
        say("ended")
