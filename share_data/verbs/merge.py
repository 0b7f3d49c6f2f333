"""`share-data merge`."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from share_data.verbs.options import JsonFlag
from share_data.verbs.printing import counted, emit, say

if TYPE_CHECKING:
    from share_data.publish.merging.merge import Merged

EXAMPLE = "Example: share-data merge out/kitchen out/garden --output out/both"


def merge(
    corpora: Annotated[list[str], typer.Argument(metavar="CORPUS...", help="Folders or URLs of finished corpora.")],
    output: Annotated[str, typer.Option(help="Folder or URL for the whole, where no corpus is.")],
    as_json: JsonFlag = False,
) -> None:
    """Corpora put together to one: records as they are, ledgers and scores added up, nothing computed."""
    from share_data.publish.merging.merge import merge_corpora

    done = merge_corpora(corpora, output, counted("shards", quiet=as_json))
    if as_json:
        emit(asdict(done))
    else:
        _show(done)


def _show(done: "Merged") -> None:
    say(f"{done.output}: {done.records} record(s) in {done.shards} shard(s), of {len(done.merged_from)} corpora")
    for line in done.says:
        say(f"  {line}")
