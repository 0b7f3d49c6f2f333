"""`share-data report`."""

from dataclasses import asdict
from typing import Annotated

import typer

from share_data.verbs.options import CorpusArgument, JsonFlag
from share_data.verbs.printing import emit, show

EXAMPLE = "Examples: share-data report out/demo --json; share-data report out/demo kitchen"


def report(
    corpus: CorpusArgument,
    video: Annotated[str | None, typer.Argument(help="Any part of a video's id: report on that video alone.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """What became of every source, video and clip: kept, rejected by filter and reason, failed by error."""
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
