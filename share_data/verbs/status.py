"""`share-data status`."""

from typing import Annotated

import typer

from share_data.verbs.options import JsonFlag
from share_data.verbs.printing import emit, show

EXAMPLE = "Example: share-data status out/demo, or share-data status s3://bucket/corpus --json"


def status(
    corpus: Annotated[str, typer.Argument(help="Folder or URL that a build writes, or wrote, to.")],
    as_json: JsonFlag = False,
) -> None:
    """How far a build is, from any shell: running, finished, stopped or dead; what failed, and how to try it again."""
    from share_data.audit.status import read_status
    from share_data.audit.status_view import render_status

    found = read_status(corpus)
    if as_json:
        emit(found.to_json())
    else:
        show(render_status(found))
