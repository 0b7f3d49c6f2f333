"""`share-data list`."""

import csv
import sys
from dataclasses import asdict, fields
from typing import Annotated

import typer

from share_data.verbs.options import CorpusArgument, JsonFlag
from share_data.verbs.printing import emit, show

EXAMPLE = "Examples: share-data list out/demo; share-data list out/demo --all --csv > clips.csv"


def list_corpus(
    corpus: CorpusArgument,
    every: Annotated[
        bool, typer.Option("--all", help="Every clip that was looked at, with its outcome, stage and reason.")
    ] = False,
    as_json: JsonFlag = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the lines as CSV on stdout, with a header.")] = False,
) -> None:
    """The records of a corpus, a line each, with the numbers and ids by which `inspect` and `report` find them."""
    from share_data.audit.listing import ClipLine, RecordLine, list_clips, list_records, render_lines

    if as_json and as_csv:
        raise typer.BadParameter("give one of --json and --csv")
    lines = list_clips(corpus) if every else list_records(corpus)
    if as_json:
        emit([asdict(line) for line in lines])
    elif as_csv:
        writer = csv.DictWriter(sys.stdout, [field.name for field in fields(ClipLine if every else RecordLine)])
        writer.writeheader()
        writer.writerows(map(asdict, lines))
    else:
        show(render_lines(lines, f"{corpus}: {len(lines)} {'clip(s)' if every else 'record(s)'}"))
