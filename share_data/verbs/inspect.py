"""`share-data inspect`."""

from pathlib import Path
from typing import Annotated

import typer

from share_data.verbs.options import CorpusArgument, JsonFlag
from share_data.verbs.printing import emit, show

EXAMPLE = "Example: share-data inspect out/footwork 0 --image look.png --video clips/footwork.mp4 --frames 0,40,80"


def inspect(
    corpus: CorpusArgument,
    record: Annotated[str, typer.Argument(help="Key of a record, or its number in the index.")] = "0",
    image: Annotated[
        Path | None, typer.Option(help="Write the mesh on its frames and a top view here (PNG or JPEG).")
    ] = None,
    video: Annotated[Path | None, typer.Option(help="The clip's video; without it the stored preview is used.")] = None,
    frames: Annotated[
        str, typer.Option(help="Frames of the clip to draw, comma-separated; default: first, middle, last.")
    ] = "",
    as_json: JsonFlag = False,
) -> None:
    """Look at one record, in the terminal or as a picture."""
    from share_data.audit.inspect import describe, write_sheet
    from share_data.corpus.read import Corpus

    found = Corpus(corpus).record(int(record) if record.isdecimal() else record)
    if image is not None:
        write_sheet(found, image, video, _frame_numbers(frames))
    if as_json:
        emit(found.metadata)
    else:
        show(describe(found))
        if image is not None:
            typer.echo(f"{image}: written")


def _frame_numbers(text: str) -> list[int] | None:
    if not text:
        return None
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is not a comma-separated list of frame numbers", param_hint="--frames"
        ) from None
