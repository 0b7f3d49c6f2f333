"""`share-data report`."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from share_data.verbs.options import CorpusArgument, JsonFlag
from share_data.verbs.printing import emit, say, show

EXAMPLE = (
    "Examples: share-data report out/demo; share-data report s3://bucket/corpus --output here; "
    "share-data report out/demo kitchen --json"
)


def report(
    corpus: CorpusArgument,
    video: Annotated[str | None, typer.Argument(help="Any part of a video's id: report on that video alone.")] = None,
    output: Annotated[
        Path | None, typer.Option(help="Folder for report.html and report.json; default: the corpus' own.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """What became of every source, video and clip: kept, rejected by filter and reason, failed by error.

    Besides what is printed, a page is written that opens offline: report.html, with thresholds to move and clips to
    look at, and report.json with its numbers.
    """
    if video is not None:
        from share_data.audit.listing import find_clips, render_video

        entry, clips = find_clips(corpus, video)
        told = {"video": asdict(entry), "clips": [asdict(clip) for clip in clips]}
        return emit(told) if as_json else show(render_video(entry, clips))
    from share_data.audit.report import render_report, report_corpus

    result = report_corpus(corpus)
    if as_json:
        emit(result.to_json())
    else:
        show(render_report(result))
    _write_page(corpus, output)


def _write_page(corpus: str, output: Path | None) -> None:
    """Into `output`, or into the corpus' folder; of a corpus elsewhere or of an earlier version there is none."""
    from share_data.audit.page.contents import write_page
    from share_data.corpus.layout import MEASUREMENTS
    from share_data.corpus.opening import open_storage
    from share_data.corpus.storage import LocalStorage, size_of

    storage = open_storage(corpus)
    folder = output or (Path(storage.place) if isinstance(storage, LocalStorage) else None)
    if folder is None:
        return say("No page: the corpus is not in a folder. --output FOLDER says where to put it.", err=True)
    if size_of(storage, MEASUREMENTS) is None:
        return say("No page: a corpus of an earlier version; build it again, which computes nothing.", err=True)
    try:
        page, _ = write_page(corpus, folder)
    except OSError as error:
        why = error.strerror or error
        return say(f"No page: {folder} cannot be written to ({why}). --output FOLDER puts it elsewhere.", err=True)
    say(f"Page: {page}", err=True)
