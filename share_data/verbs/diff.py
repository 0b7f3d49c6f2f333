"""`share-data diff`."""

import sys
from typing import Annotated

import typer

from share_data.errors import ShareDataError
from share_data.text import plain_lines
from share_data.verbs.options import JsonFlag
from share_data.verbs.printing import emit, show

EXAMPLE = "Example: share-data diff out/monday out/tuesday"


def diff(
    first: Annotated[str, typer.Argument(help="Folder or URL of the earlier corpus.")],
    second: Annotated[str, typer.Argument(help="Folder or URL of the later one.")],
    as_json: JsonFlag = False,
) -> None:
    """Clips that came, went or changed between two corpora, and why. Exit 0: none, 1: some, 2: cannot be told."""
    from share_data.audit.diff.compare import compare
    from share_data.audit.diff.tables import render_diff

    try:
        found = compare(first, second)
    except ShareDataError as error:
        sys.stderr.write(f"error: {plain_lines(error)}\n")
        raise typer.Exit(2) from error
    if as_json:
        emit(found.to_json())
    else:
        show(render_diff(found))
    raise typer.Exit(1 if found.differences else 0)
