"""`share-data inspect`."""

from pathlib import Path
from typing import Annotated

import typer

from share_data.text import plain_line
from share_data.verbs.options import CorpusArgument, JsonFlag
from share_data.verbs.printing import emit, say, show

EXAMPLE = "Example: share-data inspect out/footwork 0 --image look.png --video clips/footwork.mp4 --frames 0,40,80"


def inspect(
    corpus: CorpusArgument,
    record: Annotated[
        str, typer.Argument(help="A record's key, its number in the index, or any part of its video's id.")
    ] = "0",
    image: Annotated[
        Path | None, typer.Option(help="Write the mesh on its frames and a top view here (PNG or JPEG).")
    ] = None,
    video: Annotated[
        Path | None, typer.Option(help="The clip's video; default: where its source has it, else the stored preview.")
    ] = None,
    frames: Annotated[
        str, typer.Option(help="Frames of the clip to draw, comma-separated; default: first, middle, last.")
    ] = "",
    as_json: JsonFlag = False,
) -> None:
    """Look at one record, in the terminal or as a picture."""
    from share_data.audit.find_video import video_to_draw_on
    from share_data.audit.inspect import describe, write_sheet
    from share_data.corpus.checking import checked
    from share_data.corpus.read import Corpus

    chosen = _frame_numbers(frames)
    opened = Corpus(corpus)
    found = opened.record(record)
    checked(found, f"{corpus}: record {plain_line(found.key)}")
    if image is not None:
        video = video or video_to_draw_on(found, opened.storage)
        write_sheet(found, image, video, chosen)
    if as_json:
        emit(found.metadata)
    else:
        show(describe(found))
        if image is not None:
            say(f"{image}: written, {_drawn_on(video)}")


def _drawn_on(video: Path | None) -> str:
    if video is None:
        return "on the stored preview; for its frames give --video, which was not found from here"
    return f"on frames of {plain_line(video)}"


def _frame_numbers(text: str) -> list[int] | None:
    if not text:
        return None
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is not a comma-separated list of frame numbers", param_hint="--frames"
        ) from None
