"""`share-data export`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from share_data.text import plain_line
from share_data.verbs.options import CorpusArgument, JsonFlag
from share_data.verbs.printing import counted, emit, say

EXAMPLE = (
    "Examples: share-data export out/demo joints_height --output retarget; "
    "share-data export out/mine amass --output amass --where 'confidence > 0.8' --smplx SMPLX_NEUTRAL.npz"
)


def export(
    corpus: CorpusArgument,
    form: Annotated[str, typer.Argument(metavar="FORMAT", help="See docs/exports.md; a wrong name lists them all.")],
    output: Annotated[Path, typer.Option(help="An empty folder, or one where this export was stopped.")],
    where: Annotated[
        str, typer.Option(help="Which records, e.g. 'confidence > 0.8 and labels.activity == \"walk\"'; default: all.")
    ] = "",
    fps: Annotated[
        float | None,
        typer.Option(help="Frames a second; default: what the format's readers take, else the clip's own."),
    ] = None,
    body: Annotated[
        Path | None, typer.Option(help="The SMPL file a corpus was made with, for formats that hold a mesh.")
    ] = None,
    smplx: Annotated[Path | None, typer.Option(help="Your SMPLX_NEUTRAL.npz, for formats of SMPL-X.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """The corpus in the files of another tool; run again after a stop, it goes on where it was."""
    from share_data.corpus.read import Corpus
    from share_data.export.base import ExportOptions
    from share_data.export.run import export_corpus, format_of

    chosen = format_of(form, ExportOptions(fps, body, smplx))
    told = export_corpus(Corpus(corpus), chosen, output, where, counted("clips", quiet=as_json))
    if as_json:
        emit(told)
    else:
        _show(told, output)


def _show(told: dict[str, Any], output: Path) -> None:
    say(
        f"{output}: {told.get('clips', 0)} clip(s), {told.get('frames', 0)} frames, {told.get('clips_resampled', 0)} "
        f"clip(s) resampled, {told.get('frames_unseen', 0)} frames without a person in sight"
    )
    for reason, count in told["left_out"].items():
        say(f"  left out: {count} clip(s): {plain_line(reason)}")
    for line in told["says"]:
        say(f"  {plain_line(line)}")
